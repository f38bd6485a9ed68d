import assert from "node:assert/strict"
import { test } from "node:test"
import { module } from "./fixtures.mjs"

const { target } = await module("roving")
const { handful, orderWords } = await module("figures/answers/chooser")

test("arrows go along rows and columns, and stop at the edges", () => {
  const go = (key, at) => target(key, at, 18, 9)
  assert.deepEqual([go("ArrowRight", 0), go("ArrowRight", 8), go("ArrowRight", 17)], [1, 9, 17])
  assert.deepEqual([go("ArrowLeft", 5), go("ArrowLeft", 0)], [4, 0])
  assert.deepEqual([go("ArrowDown", 4), go("ArrowDown", 13)], [13, 13])
  assert.deepEqual([go("ArrowUp", 13), go("ArrowUp", 4)], [4, 4])
  assert.deepEqual([go("Home", 13), go("End", 13), go("End", 2)], [9, 17, 8])
})

test("a last row may be short", () => {
  assert.equal(target("ArrowDown", 8, 12, 9), 8)
  assert.equal(target("ArrowDown", 1, 12, 9), 10)
  assert.equal(target("End", 10, 12, 9), 11)
})

test("what cannot be reached is passed over", () => {
  const can = (at) => ![1, 2, 10].includes(at)
  assert.equal(target("ArrowRight", 0, 18, 9, can), 3)
  assert.equal(target("ArrowLeft", 3, 18, 9, can), 0)
  assert.equal(
    target("ArrowUp", 10, 18, 9, (at) => at === 10),
    10,
  )
  assert.equal(
    target("Home", 8, 18, 9, (at) => at > 2),
    3,
  )
})

test("other keys lead nowhere", () => {
  for (const key of ["Enter", " ", "a", "Tab"]) assert.equal(target(key, 3, 18, 9), null)
})

test("a handful is of different images", () => {
  for (let round = 0; round < 50; round++) {
    const images = handful(20, 18)
    assert.equal(new Set(images).size, 18)
    assert.ok(images.every((image) => Number.isInteger(image) && image >= 0 && image < 20))
  }
  assert.equal(handful(5, 18).length, 5)
  assert.notDeepEqual(handful(1000, 18), handful(1000, 18))
})

test("each order says what it means", () => {
  for (const order of ["ambiguous", "differ", "random"]) assert.match(orderWords(order), /\.$/)
})
