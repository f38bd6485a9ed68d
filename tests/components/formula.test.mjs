import assert from "node:assert/strict"
import { test } from "node:test"
import { fixtures, module } from "./fixtures.mjs"

const { apart, numberWords, probabilityWords, softmaxNumbers } = await module("figures/softmax/words")

test("numbers keep the digits that count", () => {
  const read = [
    [8.0234, "8.02"],
    [-1.614, "−1.61"],
    [11.83, "11.8"],
    [3041.4, "3,041"],
    [0.5061, "0.506"],
    [0.05, "0.0500"],
    [0, "0.00"],
    [99.96, "100"],
    [9.996, "10.0"],
    [4e-6, "4 × 10⁻⁶"],
    [2.6e13, "3 × 10¹³"],
  ]
  for (const [value, words] of read) assert.equal(numberWords(value), words)
})

test("a probability below one is never one", () => {
  assert.deepEqual([0.506, 0.9951, 0.99976, 0.99999999, 1].map(probabilityWords), [
    "0.506",
    "0.995",
    "0.99976",
    "0.999999",
    "0.999999",
  ])
})

test("the numbers in the formula give its result, as scipy has it", () => {
  const number = (text) => Number(text.replace(",", "").replace("−", "-"))
  const mild = fixtures.softened.filter(
    ({ logits, temperature }) => logits.length === 10 && Math.max(...logits.map(Math.abs)) / temperature < 8,
  )
  assert.ok(mild.length > 20)
  for (const { logits, temperature, probabilities } of mild) {
    const chosen = probabilities.indexOf(Math.max(...probabilities))
    const now = softmaxNumbers({ T: temperature, logits, probabilities, chosen })
    assert.ok(Math.abs(number(now.power) / number(now.sum) - probabilities[chosen]) < 0.01, JSON.stringify(now))
    assert.ok(Math.abs(number(now.p) - probabilities[chosen]) < 0.001)
    assert.ok(now.ahead && now.name === String(chosen))
  }
})

test("a part and the whole are told apart", () => {
  assert.deepEqual(apart(3051.62, 3052.28), ["3,051.6", "3,052.3"])
  assert.deepEqual(apart(54.598, 62.987), ["54.60", "62.99"])
  assert.deepEqual(apart(0.00001, 62.987), ["1 × 10⁻⁵", "62.99"])
})

test("a class that is behind says so and is called by its name", () => {
  const now = softmaxNumbers({
    T: 2,
    logits: [4, 2],
    probabilities: [0.731, 0.269],
    chosen: 1,
    classes: ["cat", "dog"],
  })
  assert.deepEqual([now.name, now.ahead, now.T, now.v, now.top], ["dog", false, "2", "2.00", "0.731"])
})
