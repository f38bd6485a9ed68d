// The bug lab's words and numbers.

import assert from "node:assert/strict"
import { test } from "node:test"
import { fixtures, module } from "./fixtures.mjs"

const { liveWords, measured, ofArm, ownValues } = await module("figures/bug_lab/words")

test("a number is written as Python writes it", () => {
  assert.ok(fixtures.measured.length > 20)
  for (const { value, measure, text } of fixtures.measured)
    assert.equal(measured(value, measure), text, `${value} ${measure.mark}`)
  assert.equal(measured(null, { unit: 1, digits: 2, mark: "" }), "–")
})

const measures = {
  share: { unit: 100, digits: 1, mark: "%" },
  accuracy: { unit: 100, digits: 1, mark: "%" },
  soft: { unit: 1, digits: 2, mark: "" },
}
const arms = [{ role: "labels" }, { role: "distilled" }, { role: "distilled", bug: "cut" }]
const point = (update, cut) => ({
  kind: "point",
  update,
  accuracy: [[0.8], [0.9, 0.92], [0.81, 0.83]],
  diagnostics: {
    share: [[0, 0], [0.97, 0.99], cut],
    soft: [
      [null, null],
      [1, 1.2],
      [36, 38],
    ],
  },
})

test("a run of one's own gives two columns, from its latest point", () => {
  const answer = { spec: { arms }, events: [point(0, [0.5, 0.5]), point(8, [0, 0])] }
  assert.deepEqual(ownValues(answer, measures), {
    share: ["98.0%", "0.0%"],
    accuracy: ["91.0%", "82.0%"],
    soft: ["1.10", "37.0"],
  })
})

test("a run without points, without a bug or without diagnostics gives none", () => {
  const events = [point(8, [0, 0])]
  for (const answer of [null, { spec: { arms }, events: [] }, { spec: { arms: arms.slice(0, 2) }, events }])
    assert.equal(ownValues(answer, measures), null)
  assert.equal(ownValues({ spec: { arms }, events: events.map(({ diagnostics, ...rest }) => rest) }, measures), null)
})

test("the accuracy of a run that has ended is the one that its verdict takes, as the recorded one is", () => {
  const ended = { ...point(8, [0, 0]), final: { images: 10000, accuracy: [[0.8], [0.8, 0.82], [0.7, 0.72]] } }
  assert.deepEqual(ownValues({ spec: { arms }, events: [ended] }, measures).accuracy, ["81.0%", "71.0%"])
})

test("seeds without a number are left out of a mean", () => {
  assert.equal(ofArm({ diagnostics: { share: [[null, 0.5]] } }, "share", 0), 0.5)
  assert.equal(ofArm({ diagnostics: { share: [[null, null]] } }, "share", 0), null)
})

test("one is told how long a live run takes", () => {
  assert.match(liveWords({ asks: true }, 3), /^9 students, 3 of each kind, .* asks the teacher/)
  assert.doesNotMatch(liveWords({ asks: false }, 5), /asks the teacher/)
})
