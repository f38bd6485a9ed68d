import assert from "node:assert/strict"
import { test } from "node:test"
import { fixtures, module } from "./fixtures.mjs"

const { softmax, meanSoftmax, largest } = await module("softmax")

const near = (found, wanted) => {
  assert.equal(found.length, wanted.length)
  found.forEach((value, index) => assert.ok(Math.abs(value - wanted[index]) < 1e-12, `${value} ≠ ${wanted[index]}`))
}

test("softened probabilities are scipy's", () => {
  assert.ok(fixtures.softened.length > 50)
  for (const { logits, temperature, probabilities } of fixtures.softened) near(softmax(logits, temperature), probabilities)
})

test("the mean over seeds is taken of the probabilities", () => {
  for (const { seeds, temperature, probabilities } of fixtures.overSeeds) near(meanSoftmax(seeds, temperature), probabilities)
})

test("a temperature that cannot be is refused", () => {
  for (const wrong of [0, -1, NaN]) assert.throws(() => softmax([1, 2], wrong), /temperature must be > 0/)
})

test("the largest come first", () => {
  assert.deepEqual(largest([0.1, 0.7, 0.2], 2), [1, 2])
  assert.deepEqual(largest([0.5, 0.5], 1), [0])
})
