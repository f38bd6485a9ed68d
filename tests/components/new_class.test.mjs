import assert from "node:assert/strict"
import { test } from "node:test"
import { momentAt, ownWords, rowWords, saidWords, updatesWords } from "../../app/figures/new_class/words.js"

const reached = (mean) => ({ seeds: [mean], mean, half: 0.004 })
const moment = (old, fresh, kept) => ({
  old: [reached(old), reached(0.92)],
  new: [reached(fresh), reached(0)],
  kept: [reached(kept), reached(1)],
  moved: [reached(0.25), reached(0)],
})
const DATA = {
  ways: [{ id: "new-labels", role: "labels", words: "the new digit alone", sees: "new" }],
  moments: [0, 10, 200],
  seeds: 20,
  tests: 10000,
  curve: 1000,
  before: 464,
  rates: { usual: [moment(0.92, 0, 1), moment(0.23, 0.973, 0.24), moment(0, 1, 0)] },
}

test("the sentence says what is learned and what is left, and on how many images that was measured", () => {
  const said = saidWords(DATA, "usual", 1, 0)
  assert.ok(said.startsWith("After 10 updates, the new digit alone: right on 23.0 ± 0.4% of the old digits and 97.3"))
  assert.ok(said.includes("it answers 24.0 ± 0.4% as before; 25.0% of its probability has moved"))
  assert.ok(said.endsWith("20 seeds, 1,000 test images.)"), "on the way the images of the curve")
  assert.ok(saidWords(DATA, "usual", 2, 0).endsWith("10,000 test images.)"), "at the end all of them")
  assert.ok(saidWords(DATA, "usual", 0, 0).startsWith("Before the new digit comes, "))
})

test("a phrase finds the nearest moment", () => {
  assert.deepEqual(
    [0, 4, 30, 150, 999].map((update) => momentAt(DATA.moments, update)),
    [0, 0, 1, 2, 2],
  )
  assert.equal(updatesWords(1), "1 update")
})

test("a row is read out without its picture", () => {
  assert.equal(rowWords(DATA.rates.usual[1], 0), "old digits 23%, the new one 97%, as before 24%")
})

test("a run of one's own tells of nine digits first", () => {
  const answer = { state: "running", message: "", update: 20, updates: 664, spec: { seeds: [1] } }
  const point = { update: 20, old: [[0.1]], new: [[0]] }
  assert.equal(ownWords(answer, point, DATA), "Your own run, update 20 of 664: your students learn nine digits.")
  const later = { update: 664, old: [[0.1]], new: [[0.9]], final: { old: [[0.02]], new: [[0.99]] } }
  assert.equal(
    ownWords({ ...answer, state: "finished" }, later, DATA),
    "Your own run (framed dots): the new digit alone: old 2%, new 99%.",
  )
})
