import assert from "node:assert/strict"
import { test } from "node:test"
import { module } from "./fixtures.mjs"

const {
  aside,
  asRows,
  askWords,
  called,
  cellText,
  countWords,
  endedWords,
  keptWords,
  nextDirection,
  ordered,
  possible,
  shortMoment,
  stateWords,
} = await module("overview_words")

const row = (change) => ({
  id: "r",
  name: "MNIST 500",
  named: false,
  recorded: false,
  readable: true,
  compared: true,
  here: true,
  created: 1_700_000_000,
  images: "MNIST",
  labels: 500,
  student: "9 k",
  parameters: 9098,
  method: "Soft labels",
  temperature: 8,
  alpha: 0.9,
  epochs: 16,
  seeds: 3,
  labels_only_accuracy: 0.8928,
  distilled_accuracy: 0.9242,
  gain_points: 3.14,
  gain_half_width: 0.69,
  verdict: "better",
  update: 256,
  updates: 256,
  seconds: 1.9,
  state: "finished",
  ...change,
})
const said = (kind, key, change = {}) => cellText({ kind, key }, row(change))

test("rows come as lists and become objects", () => {
  assert.deepEqual(
    asRows({
      keys: ["id", "seconds"],
      rows: [
        ["a", 1],
        ["b", null],
      ],
    }),
    [
      { id: "a", seconds: 1 },
      { id: "b", seconds: null },
    ],
  )
})

test("any column sorts both ways, what is missing comes last, equal ones stay", () => {
  const rows = [
    row({ id: "a", gain_points: null }),
    row({ id: "b", gain_points: -1 }),
    row({ id: "c", gain_points: 4 }),
    row({ id: "d", gain_points: 4 }),
  ]
  const ids = (key, direction) =>
    ordered(rows, key, direction)
      .map(({ id }) => id)
      .join("")
  assert.equal(ids("gain_points", "descending"), "cdba")
  assert.equal(ids("gain_points", "ascending"), "bcda")
  assert.equal(ids("labels", "ascending"), "abcd")
  assert.equal(rows.map(({ id }) => id).join(""), "abcd", "the rows themselves are left as they were")
  const named = ["run 10", "Run 9", "älter", "b"].map((name) => row({ name }))
  assert.deepEqual(
    ordered(named, "name", "ascending").map(({ name }) => name),
    ["älter", "b", "Run 9", "run 10"],
  )
})

test("numbers sort from the highest first, text from A", () => {
  assert.deepEqual(
    ["gain", "text", "name", "moment"].map((kind) => nextDirection(kind, null)),
    ["descending", "ascending", "ascending", "descending"],
  )
  assert.deepEqual(
    [nextDirection("gain", "descending"), nextDirection("gain", "ascending")],
    ["ascending", "descending"],
  )
})

test("what a cell says", () => {
  assert.equal(said("gain", "gain_points"), "+3.1 ± 0.7, better")
  assert.equal(
    said("gain", "gain_points", { gain_points: -0.2, gain_half_width: null, verdict: "one seed: no verdict" }),
    "−0.2, one seed: no verdict",
  )
  assert.equal(said("gain", "gain_points", { gain_points: null }), "–")
  assert.equal(said("share", "distilled_accuracy"), "92.4")
  assert.equal(said("student", "parameters"), "9 k (9,098)")
  assert.equal(said("student", "parameters", { parameters: null }), "9 k")
  assert.equal(said("student", "parameters", { parameters: null, student: null }), "–")
  assert.equal(said("progress", "update", { update: 96 }), "96 of 256")
  assert.equal(said("number", "temperature", { temperature: 12.5 }), "12.5")
  assert.equal(said("number", "temperature", { temperature: null }), "–")
  assert.equal(said("moment", "created", { recorded: true, created: null }), "–")
  assert.equal(said("text", "images"), "MNIST")
})

test("the moment has a year only where it is another", () => {
  const at = new Date(2026, 10, 22, 9, 5).getTime() / 1000
  assert.equal(shortMoment(at, new Date(2026, 11, 1)), "22 Nov, 09:05")
  assert.match(shortMoment(at, new Date(2027, 0, 1)), /22 Nov 2026, 09:05/)
})

test("runs of the same words are told apart by when and how often", () => {
  const at = new Date(2026, 10, 22, 9, 5).getTime() / 1000
  const now = new Date(2026, 11, 1)
  assert.equal(aside(row({ created: at }), now), "22 Nov, 09:05 · 3 seeds")
  assert.equal(aside(row({ recorded: true, created: null, seeds: 1 })), "recorded · 1 seed")
  assert.equal(aside(row({ created: at, seeds: null }), now), "22 Nov, 09:05")
  assert.equal(called(row({ created: at }), now), "MNIST 500, of 22 Nov, 09:05")
  assert.equal(called(row({ named: true, name: "mine" })), "mine")
})

test("how a run stands", () => {
  assert.equal(stateWords(row({ state: "running" })), "training")
  assert.equal(stateWords(row({ recorded: true })), "recorded")
  assert.equal(stateWords(row({ here: false })), "finished, images gone")
  assert.equal(stateWords(row({ readable: false, here: false })), "finished, by another version")
})

test("the line above the table", () => {
  const kept = row({ recorded: true })
  assert.equal(countWords([kept, kept]), "2 recorded runs, shipped with the app.")
  assert.equal(
    countWords([row(), row({ state: "paused" }), kept]),
    "2 runs of yours, 1 still going on, and 1 recorded run.",
  )
  assert.equal(countWords([row()]), "1 run of yours.")
  assert.equal(countWords([]), "")
})

test("before runs go, they are named or counted", () => {
  assert.match(
    askWords([row({ name: "<b>mine</b>", named: true })]),
    /^Delete “<b>mine<\/b>”\? .* links to it end here\.$/,
  )
  assert.match(askWords([row(), row()]), /^Delete 2 runs\? .* links to them end here\.$/)
})

test("an end is read out once", () => {
  const before = [row({ id: "a", name: "first", named: true, state: "running" }), row({ id: "b" })]
  assert.equal(endedWords(before, [row({ id: "a", name: "first", named: true }), row({ id: "b" })]), "first: finished.")
  assert.equal(endedWords(before, [row({ id: "a", state: "running" })]), "")
})

test("only what makes sense can be done", () => {
  const can = (change) =>
    Object.entries(possible(row(change)))
      .filter(([, yes]) => yes)
      .map(([name]) => name)
  assert.deepEqual(can({}), ["open", "pin", "rename", "remove", "weights"])
  assert.deepEqual(can({ state: "running" }), ["open", "pin", "rename"])
  assert.deepEqual(can({ state: "failed" }), ["open", "pin", "rename", "remove"])
  assert.deepEqual(can({ recorded: true }), ["open", "pin"])
  assert.deepEqual(can({ compared: false }), ["open", "rename", "remove"], "its lesson shows it, and nothing else does")
  assert.deepEqual(can({ readable: false, compared: false }), ["rename", "remove"])
  assert.match(keptWords(row({ compared: false })), /when it has ended/)
})
