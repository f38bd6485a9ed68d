// Where a run stands in the four steps, and what each says, in every state of a run.

import assert from "node:assert/strict"
import { test } from "node:test"
import { fourSteps, shareOf, stepOf } from "../../app/components/js/four_steps_words.js"

const arms = [
  { role: "labels", method: "labels" },
  { role: "distilled", method: "kd", temperature: 8 },
]
const spec = { labels: 500, student: "cnn-9k", arms }
const point = (update, better) => ({
  kind: "point",
  update,
  accuracy: [
    [0.8, 0.82],
    [0.9 + better, 0.92 + better],
  ],
})
const run = {
  state: "running",
  update: 96,
  updates: 256,
  teacher_accuracy: 0.997,
  spec,
  events: [point(0, -0.8), point(96, 0)],
}
const about = { parameters: { "cnn-9k": 9098 } }

const told = (change, at, moment) => {
  const answer = { ...run, ...change }
  return fourSteps(answer, about, at ?? stepOf(answer, moment ?? null), moment ?? null)
}
const states = (steps) => steps.map(({ state }) => state[0]).join("")

test("a step is lit by what the run is doing", () => {
  assert.equal(stepOf(null), -1)
  assert.equal(stepOf({ ...run, state: "queued", update: 0, events: [] }), 0)
  assert.equal(stepOf({ ...run, update: 0, events: [] }), 1, "the teacher’s answers are what it waits for")
  assert.equal(stepOf({ ...run, update: 0, events: [point(0, 0)] }), 2)
  assert.equal(stepOf({ ...run, state: "paused" }), 2)
  assert.equal(stepOf({ ...run, state: "finished", update: 256 }), 3)
  assert.equal(stepOf({ ...run, state: "finished", update: 256 }, 96), 2, "who looks back is in the loop")
  assert.equal(stepOf({ ...run, state: "stopped", update: 0, events: [] }), 0)
})

test("the words of every step, while it trains and when it is done", () => {
  assert.deepEqual(
    told({}).map(({ said }) => said),
    ["500 labelled images", "99.7% right, softened at T = 8", "update 96 of 256", ""],
  )
  assert.equal(states(told({})), "ddna")
  const done = told({ state: "finished", update: 256 })
  assert.equal(states(done), "dddd")
  assert.deepEqual(
    done.slice(2).map(({ said }) => said),
    ["256 updates", "9,098 parameters, 91.0% right"],
  )
  const final = { accuracy: [[0.8], [0.875]], images: 10000, teacher: 0.9965 }
  const tested = told({ state: "finished", update: 256, events: [point(0, -0.8), { ...point(256, 0), final }] })
  assert.equal(tested[3].said, "9,098 parameters, 87.5% right", "as the verdict has it")
})

test("waiting, paused, ended and looked back at are told apart", () => {
  assert.equal(told({ state: "queued", update: 0, events: [], place: 3 })[0].said, "place 3 in the queue")
  assert.equal(told({ state: "queued", update: 0, events: [], place: 1 })[0].said, "being prepared")
  assert.equal(told({ update: 0, events: [] })[1].said, "answers every image")
  assert.equal(told({ state: "paused" })[2].said, "paused at update 96 of 256")
  const stopped = told({ state: "stopped" })
  assert.equal(states(stopped), "ddea")
  assert.equal(stopped[2].said, "ended at update 96 of 256")
  const back = told({ state: "finished", update: 256 }, undefined, 32)
  assert.equal(back[2].said, "update 32 of 256")
  assert.equal(states(back), "ddna")
})

test("a run that nobody taught, and what is not known, is not made up", () => {
  assert.equal(told({ spec: { ...spec, arms: [arms[0]] } })[1].said, "not asked")
  assert.equal(
    told({ teacher_accuracy: null, spec: { ...spec, arms: [arms[0], { role: "distilled", method: "attention" }] } })[1]
      .said,
    "",
  )
  assert.equal(told({ spec: { ...spec, unlabelled: 1000 } })[0].said, "500 labelled images, 1,000 without")
  assert.equal(told({ spec: { ...spec, shift: 2 } })[0].said, "500 labelled images, shifted by ±2 px")
  assert.equal(told({ spec: { ...spec, left_out: 3 } })[0].said, "500 labelled images, one class left out")
  const unknown = fourSteps({ ...run, state: "finished", events: [] }, { parameters: {} })
  assert.equal(unknown[3].said, "")
  assert.deepEqual(
    fourSteps(null, about).map(({ state }) => state),
    ["ahead", "ahead", "ahead", "ahead"],
  )
})

test("the ring is as full as the run is far", () => {
  assert.equal(shareOf(null), 0)
  assert.equal(shareOf({ ...run, updates: 0 }), 0)
  assert.equal(shareOf(run), 0.375)
  assert.equal(shareOf(run, 64), 0.25)
})
