import assert from "node:assert/strict"
import { test } from "node:test"
import * as churn from "../../app/figures/churn/words.js"
import * as flow from "../../app/figures/flow/words.js"
import * as layers from "../../app/figures/layers/words.js"
import * as price from "../../app/figures/price/words.js"

const room = { width: 400, height: 220, fontSize: 14 }
const ways = [{ id: "distilled", words: "distilled", role: "distilled" }]
const clean = { passed: [0, 0.2, 1], wrong: [0.1, 0.02, 0], mended: [0, 0.19, 0.99], half: [0.01, 0.002, 0], ece: 0.03 }
const clothes = { passed: [0, 0.6, 1], wrong: [1, 0.4, 0], mended: [0, 0, 0], half: [], ece: null }
const known = {
  ...{ thresholds: [0, 0.9, 1], ways, seeds: 20, tests: 10000, share: 0.05, processor: "AMD" },
  times: { gate: 0.01, student: 0.04, teacher: 0.8 },
  cells: { "distilled/raw/clean": clean, "distilled/raw/clothes": clothes },
  grounds: [
    { id: "clean", words: "digits as they are", digits: true, teacher: 0.99 },
    { id: "clothes", words: "clothes", digits: false, teacher: 0 },
  ],
}
const place = (ground, step) => ({ way: "distilled", confidence: "raw", ground, step })

test("all images fall into the parts, and what is right is what the student keeps right and the teacher mends", () => {
  for (const ground of ["clean", "clothes"])
    for (const step of [0, 1, 2]) {
      const sum = layers.partsOf(known, place(ground, step)).reduce((all, { share }) => all + share, 0)
      assert.ok(Math.abs(sum - 1) < 1e-9, `${ground} ${step}`)
    }
  assert.ok(Math.abs(layers.rightAt(clean, 1) - 0.97) < 1e-9)
  const [right, wrong, mended, lost] = layers.partsOf(known, place("clean", 1))
  assert.ok(Math.abs(right.share + mended.share - 0.97) < 1e-9 && wrong.wrong && lost.role === "teacher")
})

test("what random help would bring lies on the line from the student to the teacher", () => {
  assert.equal(layers.randomAt(clean, 0), layers.rightAt(clean, 0))
  assert.equal(layers.randomAt(clean, 2), layers.rightAt(clean, 2))
  assert.ok(Math.abs(layers.randomAt(clean, 1) - (0.9 + 0.2 * 0.09)) < 1e-9)
})

test("a sentence tells what is handed on, what is right, its controls and its cost", () => {
  const said = layers.saidWords(known, place("clean", 1))
  for (const part of [
    "20.0% go to the teacher",
    "97.0 ± 0.2%",
    "alone has 90.0%",
    "99.0%",
    "at random it would be 91.8%",
  ])
    assert.ok(said.includes(part), `${part}: ${said}`)
  assert.ok(said.includes("catches 80%") && said.includes("costs 25% of what"), said)
  assert.ok(
    layers.saidWords({ ...known, scales: true }, place("clean", 1)).endsWith("calibration error is 3.0 points."),
  )
  const foreign = layers.saidWords(known, place("clothes", 1))
  assert.ok(foreign.startsWith("Clothes are no digits. 40.0% of them are called a digit"), foreign)
  assert.equal(layers.stepAt(known.thresholds, 0.85), 1)
  assert.ok(layers.curveChart(known, place("clean", 1), room).includes("<circle"))
  assert.ok(!layers.curveChart(known, place("clean", 1), room).includes("NaN"))
  assert.ok(layers.chartWords(known, place("clean", 1)).includes("20% handed on, 97.0% right"))
  assert.ok(layers.aboutWords(known, place("clean", 1)).includes("student 0.040 ms, teacher 0.80 ms"))
  assert.equal(layers.handedWords(0, 1000, 24), "At this threshold nothing is handed on.")
  assert.ok(layers.handedWords(200, 1000, 24).includes("the 24 just below the threshold first"))
})

test("a run of one’s own is told with what it has come to", () => {
  const answer = { state: "finished", seeds: [1, 2], spec: { seeds: [1, 2] } }
  const row = (...values) => values.map((value) => [value, value])
  const point = {
    accuracy: row(0.9, 0.92, 0.95, 0.98, 0.99),
    noise: row(0.8, 0.85, 0.7, 0.7, 0.2),
    clothes: row(0.6, 0.2, 0.6, 0.2, 0.1),
    passed: row(0, 0, 0.1, 0.15, 1),
  }
  const said = layers.ownWords(answer, point)
  assert.ok(said.includes("alone 92.0%, before the teacher 98.0% right with 15.0% handed on"), said)
  assert.ok(said.includes("labels only 60.0%, distilled 20.0%"), said)
  const early = layers.ownWords(answer, { ...point, noise: row(null, null, null, null, null) })
  assert.ok(early.endsWith("labels only 90.0%, distilled 92.0% right so far."), early)
})

const counts = { passed: [[0, 20, 100]], right: [[90, 97, 99]] }
const priced = {
  ...{ thresholds: [0, 0.9, 1], ways, seeds: 1, tests: 100, validation: 100, processor: "AMD" },
  ...{ tested: { distilled: counts }, chosen_on: { distilled: counts }, wrong: [1, 10, 1000], daily: [1000] },
  times: { gate: 0.01, student: 0.04, teacher: 0.8 },
}

test("a dear mistake asks for the teacher, a cheap one for the student, and one between for both", () => {
  const at = (wrong) => price.waysOf(priced, { way: "distilled", wrong, daily: 1000 })
  assert.deepEqual(
    [1, 10, 1000].map((wrong) => at(wrong).threshold),
    [0, 0.9, 1],
  )
  const { student, chosen, teacher, best } = at(10)
  assert.ok(Math.abs(student.cost - (0.05 + 1)) < 1e-9 && Math.abs(chosen.cost - (0.05 + 0.2 + 0.3)) < 1e-9)
  assert.ok(Math.abs(teacher.cost - (1 + 0.1)) < 1e-9, "whoever always asks the teacher asks no student before")
  assert.equal(best, chosen.cost)
  const rows = price.rowsOf(priced, { way: "distilled", wrong: 10, daily: 1000 })
  assert.deepEqual(rows[1].cells, ["0.55", "30", "0.2 s"])
  assert.ok(
    price.saidWords(priced, { way: "distilled", wrong: 10, daily: 1000 }).includes("the two together are cheapest"),
  )
  assert.ok(!price.priceChart(priced, { way: "distilled", wrong: 10, daily: 1000 }, room).includes("NaN"))
  assert.deepEqual(
    [0.5, 3600, 7_200_000].map((time) => price.busyWords(time, 1000)),
    ["0.5 s", "60 min", "2000.0 h"],
  )
})

const recipe = (id, role, images = 500) => ({ id, words: id, role, images })
const cell = (right, apart, gap) => ({ right, apart, half: 0.004, divided: 2 * apart, gap })
const apart = {
  ...{ recipes: [recipe("labels", "labels"), recipe("distilled", "distilled")], seeds: 20, tests: 10000, group: 5 },
  handed: 0.2,
  cells: {
    "own/students/labels": cell(0.889, 0.124, null),
    "own/students/distilled": cell(0.922, 0.075, { mean: -4.9, half: 0.5 }),
  },
}

test("students of a recipe are told by what they get right, how far they are apart, and by how much less", () => {
  const rows = churn.rowsOf(apart, { images: "own", asked: "students" })
  assert.deepEqual(rows[0].cells, ["88.9%", "12.4 ± 0.4%", "–", "24.8%"])
  assert.deepEqual(rows[1].cells, ["92.2%", "7.5 ± 0.4%", "−4.9 ± 0.5", "15.0%"])
  assert.ok(churn.captionWords(apart, { images: "same", asked: "systems" }).includes("10 pairs"))
  assert.ok(churn.captionWords(apart, { images: "same", asked: "systems" }).includes("hands the 20%"))
  const chart = churn.apartChart(apart, { images: "own", asked: "students" }, room)
  assert.ok(chart.includes("<circle") && !chart.includes("NaN"))
  const words = churn.chartWords(apart, { images: "own", asked: "students" })
  assert.ok(words.includes("distilled 92.2% right, 7.5 ± 0.4%"), words)
})

const kept = (passed, wrong, mended, all) => ({ passed: [passed], wrong: [wrong], mended: [mended], kept: [all] })
const flowing = {
  ...{ thresholds: [0.9], shares: [0, 20], seeds: 20, tests: 10000, processor: "AMD", refuses: [] },
  grounds: [{ id: "clothes", words: "clothes" }],
  times: { gate: 0.01, student: 0.04, teacher: 0.8 },
  cells: {
    "none/clean": kept(0.16, 0.016, 0.159, 0.84),
    "gate/clean": kept(0.15, 0.016, 0.149, 0.84),
    "none/clothes": kept(0.78, 0.22, 0, 0.22),
    "gate/clothes": kept(0.01, 0.002, 0, 0.002),
  },
}

test("a thousand questions are as many on every way, and each layer is paid for by those that reach it", () => {
  for (const gate of ["none", "gate"]) {
    const at = { gate, foreign: "clothes", share: 20, step: 0 }
    const found = flow.waysOf(flowing, at)
    assert.equal(flow.counted(found, {}), flow.QUESTIONS)
    assert.equal(flow.counted(found, { foreign: true }), 200)
    assert.equal(flow.counted(found, { foreign: true, bin: "right" }), 0, "no answer is right about a shoe")
    assert.equal(flow.counted(found, { bin: "refused" }) > 0, gate === "gate")
    const questions = flow.questionsOf(found)
    assert.equal(new Set(questions.map(({ starts }) => starts)).size, flow.QUESTIONS)
  }
  const none = { gate: "none", foreign: "clothes", share: 0, step: 0 }
  assert.ok(Math.abs(flow.timeOf(flowing, none).whole - (1000 * 0.04 + 160 * 0.8)) < 1e-9)
  const gated = { gate: "gate", foreign: "clothes", share: 20, step: 0 }
  const said = flow.saidWords(flowing, gated)
  assert.ok(
    said.includes("Of 800 digits") && said.includes("8 refused") && said.includes("Of 200 clothes, 2 are called"),
    said,
  )
})

test("what is refused is told for every seed", () => {
  const reached = { values: [0, 1], mean: 0.5, half: 0.1 }
  const rows = flow.rowsOf({ ...flowing, refuses: [{ ground: "clothes", gate: reached, student: reached }] })
  assert.deepEqual(rows[0].cells[0], { words: "50.0 ± 10.0%", values: [0, 1] })
  assert.equal(rows[0].words, "Clothes")
  assert.ok(flow.captionWords(flowing).includes("a dot for each seed"))
})

test("a question moves from where it is asked through the layers into its bin", () => {
  const way = /** @type {const} */ ({ foreign: false, by: "teacher", bin: "right", count: 1 })
  const stops = flow.stopsOf(way, "gate")
  assert.deepEqual(
    stops,
    ["asked", "gate", "student", "teacher", "right"].map((stop) => flow.PLACES[stop]),
  )
  assert.equal(flow.stopsOf(way, "none").length, 4)
  assert.deepEqual(flow.placeAt(stops, 0), flow.PLACES.asked)
  const near = flow.placeAt(stops, 1).map((one, at) => Math.abs(one - flow.PLACES.right[at]))
  assert.ok(Math.max(...near) < 1e-9)
  const [x] = flow.placeAt(stops, 0.125)
  assert.ok(x > flow.PLACES.asked[0] && x < flow.PLACES.gate[0])
  assert.deepEqual(
    flow.wholes([0.5, 1.5, 1], 3).reduce((sum, one) => sum + one),
    3,
  )
})
