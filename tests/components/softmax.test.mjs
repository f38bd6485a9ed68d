import assert from "node:assert/strict"
import { test } from "node:test"
import { fixtures, module } from "./fixtures.mjs"

const { barLength, entropy, softmax, meanSoftmax, largest } = await module("softmax")

const near = (found, wanted) => {
  assert.equal(found.length, wanted.length)
  found.forEach((value, index) => assert.ok(Math.abs(value - wanted[index]) < 1e-12, `${value} ≠ ${wanted[index]}`))
}

test("softened probabilities are scipy's", () => {
  assert.ok(fixtures.softened.length > 50)
  for (const { logits, temperature, probabilities } of fixtures.softened)
    near(softmax(logits, temperature), probabilities)
})

test("the mean over seeds is taken of the probabilities", () => {
  for (const { seeds, temperature, probabilities } of fixtures.overSeeds)
    near(meanSoftmax(seeds, temperature), probabilities)
})

test("a temperature that cannot be is refused", () => {
  for (const wrong of [0, -1, NaN]) assert.throws(() => softmax([1, 2], wrong), /temperature must be > 0/)
})

test("the largest come first", () => {
  assert.deepEqual(largest([0.1, 0.7, 0.2], 2), [1, 2])
  assert.deepEqual(largest([0.5, 0.5], 1), [0])
})

test("entropy in bits", () => {
  assert.equal(entropy([1, 0, 0]), 0)
  assert.equal(entropy([0.25, 0.25, 0.25, 0.25]), 2)
  assert.ok(Math.abs(entropy(new Array(10).fill(0.1)) - Math.log2(10)) < 1e-12)
})

test("bars grow with the probability on both scales", () => {
  for (const log of [false, true]) {
    const lengths = [0, 1e-9, 1e-4, 0.001, 0.01, 0.1, 0.5, 1].map((p) => barLength(p, log))
    assert.deepEqual(
      lengths,
      [...lengths].sort((a, b) => a - b),
    )
    assert.deepEqual([lengths[0], lengths.at(-1)], [0, 1])
  }
  assert.ok(Math.abs(barLength(0.001, true) - 0.5) < 1e-12, "one in a thousand is in the middle")
})
