import assert from "node:assert/strict"
import { test } from "node:test"
import { answerWords, saidWords as bitsSaid, histogram, stopAt, values } from "../../app/figures/one_bit/words.js"
import {
  aboutWords,
  bytesWords,
  keyOf,
  nearest,
  placed,
  planeChart,
  planeWords,
  roundNumbers,
  rows,
  saidWords,
  timeWords,
  within,
} from "../../app/figures/shrink/words.js"

const point = (words, bytes, accuracy, more = {}) => ({
  ...{ words, bytes, accuracy, low: accuracy - 0.001, high: accuracy + 0.001, agreement: accuracy, drawn: false },
  ...{ single: null, batch: null, ...more },
})
const shown = {
  ...{ id: "mnist", name: "handwritten digits", seen: "MNIST", tests: 10000, seeds: 10, processor: "AMD" },
  groups: [
    {
      id: "float",
      words: "the teacher as it is",
      role: "teacher",
      points: [point("32 bits", 1_176_528, 0.9957, { single: 1.4, batch: 190 })],
    },
    {
      id: "channel",
      words: "rounded",
      role: "control",
      points: [point("8 bits", 300_000, 0.9957), point("4 bits", 155_000, 0.9951)],
    },
    {
      id: "student-32",
      words: "distilled",
      role: "distilled",
      points: [point("9,098 numbers", 36_392, 0.968, { drawn: true, single: 0.048, batch: 2 })],
    },
  ],
}
const room = { width: 400, height: 300, fontSize: 14 }

test("what is not on a plane is neither in its key nor told of below it", () => {
  const rounded = { ...shown, groups: shown.groups.slice(0, 2) }
  assert.deepEqual(
    keyOf(rounded).map(({ role }) => role),
    ["teacher", "control"],
  )
  assert.deepEqual(keyOf(shown).at(-1), { role: "distilled", words: "● distilled students" })
  assert.ok(!aboutWords(rounded, false).includes("seeds") && aboutWords(shown, false).includes("means of 10 seeds"))
})

test("sizes and times have as many digits as they need, and what has no time has a dash", () => {
  assert.deepEqual([1_176_528, 155_305, 39_125, 2066].map(bytesWords), ["1.18 MB", "155 kB", "39.1 kB", "2.07 kB"])
  assert.deepEqual([0.0481, 1.44, 28.3, 193.4, null].map(timeWords), ["0.048 ms", "1.44 ms", "28.3 ms", "193 ms", "–"])
})

test("a network is told by its bytes, what it gets right, and its time if it has one", () => {
  const rounded = saidWords(shown, { group: "channel", level: 1 }, true, 256)
  assert.ok(
    rounded.startsWith(
      "Rounded, 4 bits: 155 kB, 13% of what the teacher takes as floats. It gets 99.51% (99.4 … 99.6)",
    ),
  )
  assert.ok(rounded.includes("0.1 points below the teacher as it is"))
  assert.ok(!saidWords(shown, { group: "float", level: 0 }, true, 256).includes("teacher as it is, and"))
  assert.ok(rounded.includes("over the test images") && rounded.endsWith("so no time is shown."))
  const student = saidWords(shown, { group: "student-32", level: 0 }, true, 256)
  assert.ok(student.includes("36.4 kB, 3.1% of what the teacher takes"), student)
  assert.ok(student.includes("96.8 ± 0.1%") && student.includes("over 10 seeds"))
  assert.ok(student.endsWith("It takes 0.048 ms for one image, 2.00 ms for 256 at once."))
  assert.ok(!saidWords(shown, { group: "student-32", level: 0 }, false, 256).includes("ms"))
  const [, , { points }] = shown.groups
  const narrow = {
    ...shown,
    groups: [shown.groups[0], { ...shown.groups[2], points: [{ ...points[0], low: 0.9677, high: 0.9683 }] }],
  }
  assert.ok(saidWords(narrow, { group: "student-32", level: 0 }, false, 256).includes("96.80 ± 0.03%"))
})

test("the dial stays on the networks that there are", () => {
  assert.deepEqual(within(shown, { group: "channel", level: 7 }), { group: "channel", level: 1 })
  assert.deepEqual(within(shown, { group: "of another teacher", level: -2 }), { group: "float", level: 0 })
})

test("on a plane smaller is further left and better is higher, and only what was timed is over time", () => {
  const { points } = placed(shown, "bytes", room)
  const [teacher, , four, student] = points
  assert.ok(student.x < four.x && four.x < teacher.x && student.y > four.y && four.y > teacher.y)
  assert.deepEqual(
    placed(shown, "single", room).points.map(({ group }) => group),
    ["float", "student-32"],
  )
  assert.equal(nearest(points, { x: four.x + 3, y: four.y - 2 }), four)
  assert.equal(nearest(points, { x: four.x, y: four.y + 60 }), null)
  const chart = planeChart(shown, { group: "channel", level: 1 }, "bytes", room)
  assert.ok(chart.includes("now-ring") && chart.includes("99.5%") && !chart.includes("NaN"))
  assert.ok(!planeChart(shown, { group: "channel", level: 1 }, "single", room).includes("now-ring"))
  assert.ok(planeWords(shown, { group: "channel", level: 1 }, "single").endsWith("has no measured time."))
  assert.ok(planeWords(shown, { group: "channel", level: 1 }, "bytes").includes("4 bits: 155 kB, 99.5%"))
})

test("a network that gets all or nothing right stands on the plane", () => {
  const ends = {
    ...shown,
    groups: [
      {
        ...shown.groups[0],
        points: [point("all", 1e6, 1, { low: 0.999, high: 1 }), point("none", 1e5, 0, { low: 0, high: 0.01 })],
      },
    ],
  }
  assert.ok(placed(ends, "bytes", room).points.every(({ y }) => Number.isFinite(y) && y >= 0 && y <= 300))
})

test("ticks are round and hold all", () => {
  assert.deepEqual(roundNumbers(0.048, 1.4), [0.02, 0.05, 0.1, 0.2, 0.5, 1, 2])
  assert.ok(roundNumbers(2000, 1.2e6).at(-1) >= 1.2e6)
})

test("the table has a row for every network", () => {
  assert.deepEqual(
    rows(shown).map(({ cells }) => cells[0]),
    ["the teacher as it is: 32 bits", "rounded: 8 bits", "rounded: 4 bits", "distilled: 9,098 numbers"],
  )
})

test("a stop of the bits tells how many values are left, and what the teacher says there", () => {
  const step = {
    bits: "2",
    accuracy: 0.8,
    low: 0.79,
    high: 0.81,
    bytes: 82_225,
    weights: [-0.3, -0.1, -0.1, 0.1, 0.3],
    says: [],
  }
  assert.equal(values(step.weights), 4)
  assert.ok(bitsSaid(step, 10000).startsWith("2 bits: the 5 weights of this filter have 4 different values"))
  assert.ok(bitsSaid({ ...step, bits: "1.6" }, 10000).startsWith("−1, 0 or 1: 1.6 bits"))
  assert.deepEqual(histogram([-1, -0.99, 0, 1], 1, 3), [2, 1, 1])
  assert.equal(stopAt([step], "7"), 0)
  assert.equal(answerWords(["a", "b"], [0.3, 0.7], [0.9, 0.1]), "It says b, 70% sure; as it is it says a.")
  assert.equal(answerWords(["a", "b"], [0.8, 0.2], [0.9, 0.1]), "It says a, 80% sure.")
})
