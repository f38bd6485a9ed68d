import assert from "node:assert/strict"
import { test } from "node:test"
import { at, ownWords, reachWords, saidWords, TICKS } from "../../app/figures/repair/words.js"

const rows = [
  { words: "by labels", role: "labels", values: [0.88, 0.9], mean: 0.89, half: 0.012 },
  { words: "by itself", role: "distilled", values: [0.91, 0.92], mean: 0.915, half: 0.004, gain: 2.5, gain_half: 0.6 },
  {
    words: "by a teacher",
    role: "distilled",
    values: [0.88, 0.89],
    mean: 0.885,
    half: 0.01,
    gain: -0.5,
    gain_half: 0.9,
  },
]
const run = { images: "4000", bits: 2, rows, seeds: 20, tests: 10000, found: "" }

test("the sentence tells what each repair has over labels, and over how many seeds", () => {
  const said = saidWords(run)
  assert.ok(said.startsWith("In 2 bits, repaired on 4,000 images, in points above labels: by itself +2.5 ± 0.6; by a"))
  assert.ok(said.includes("by a teacher −0.5 ± 0.9") && said.endsWith("(95% intervals over 20 seeds, 10,000 tests.)"))
  assert.equal(reachWords(rows[1]), "91.5 ± 0.4%")
})

test("every halving of what is wrong is as far along the track, and nothing lies beyond it", () => {
  const far = (first, second) => at(second) - at(first)
  assert.ok(Math.abs(far(0.6, 0.8) - far(0.8, 0.9)) < 1e-9 && far(0.8, 0.9) > 0)
  assert.deepEqual([at(0), at(0.3), at(0.97), at(1)], [0, 0, 100, 100])
  assert.ok(TICKS.every((share) => at(share) > 0 && at(share) < 100))
})

test("a run of one's own tells of its floats first, then of its repairs", () => {
  const names = ["by labels", "rounded, not repaired", "as floats"]
  const answer = { state: "running", message: "", update: 50, updates: 1100, spec: { images: 100, seeds: [1, 2] } }
  const accuracy = [
    [0.8, 0.82],
    [0.8, 0.82],
    [0.92, 0.94],
  ]
  const early = ownWords(answer, { update: 50, accuracy }, 1000, names)
  assert.equal(early, "Your students learn as floats: 93.0% right, and 81.0% if they are rounded now.")
  const late = ownWords({ ...answer, update: 1050 }, { update: 1050, accuracy }, 1000, names)
  assert.ok(late.startsWith("Your own run, update 1,050 of 1,100: by labels 81.0%"), late)
  const final = { accuracy: accuracy.map((row) => row.map((share) => share - 0.01)) }
  const done = ownWords({ ...answer, state: "finished" }, { update: 1100, accuracy, final }, 1000, names)
  assert.ok(done.startsWith("Your own run (rings; 2 seeds, 100 images): by labels 80.0%"), done)
})
