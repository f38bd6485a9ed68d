import assert from "node:assert/strict"
import { test } from "node:test"
import { module } from "./fixtures.mjs"

const { costRows, costWords, howMeasured } = await module("figures/costs/words")
const { drawnWords } = await module("figures/answers/words")

const timed = { ms: 0.081, ms_p95: 0.2, per_second: 21000.4, threads: 1, when: 1_700_000_000, beside: 0 }
const student = { parameters: 9098, multiply_adds: 79_184, weight_bytes: 36_392, timed }
const teacher = {
  parameters: 297_000,
  multiply_adds: 12_000_000,
  weight_bytes: 1_190_000,
  timed: { ...timed, ms: 1.62, ms_p95: 2.4 },
}
const arms = [
  { role: "labels", name: "labels only" },
  { role: "distilled", name: "distilled" },
]
const shown = { teacher, student, teacher_accuracy: 0.996, accuracy: [0.89, 0.92], arms }
const row = (rows, words) => rows.find((one) => one.words.startsWith(words))

test("rows", () => {
  const rows = costRows(shown)
  assert.deepEqual(row(rows, "parameters"), { words: "parameters", teacher: "297,000", student: "9,098" })
  assert.equal(row(rows, "KB").student, "36")
  assert.equal(row(rows, "ms per image").teacher, "1.6 (2.4)")
  assert.equal(row(rows, "ms per image").student, "0.081 (0.20)")
  assert.equal(row(rows, "images per second").student, "21,000")
  assert.deepEqual(row(rows, "accuracy, %").arms, ["89.0", "92.0"])
  assert.deepEqual(row(rows, "of the teacher").arms, ["89.4", "92.4"])
})

test("what is not measured is not there", () => {
  const rows = costRows({ ...shown, student: { ...student, timed: null } })
  assert.equal(row(rows, "ms per image").student, "not measured")
  assert.equal(row(rows, "images per second").student, "not measured")
  assert.equal(
    row(costRows({ ...shown, student: { ...student, timed: null } }, true), "ms per image").student,
    "measuring …",
  )
  assert.doesNotMatch(costWords({ ...shown, student: { ...student, timed: null } }), /this machine/)
  assert.match(howMeasured({ teacher, student: { ...student, timed: null } }, {}), /has not been measured .* yet\.$/)
  assert.match(howMeasured({ teacher: null, student: { ...student, timed: null } }, { ready: false }), /is starting\.$/)
  const before = costRows({ ...shown, teacher: null, teacher_accuracy: null, accuracy: null })
  assert.deepEqual(
    before.map((one) => one.teacher),
    ["–", "–", "–", "–", "–", "–", "–"],
  )
  assert.deepEqual(row(before, "accuracy, %").arms, ["–", "–"])
  assert.ok(before.every((one) => !JSON.stringify(one).match(/NaN|undefined|null/)))
})

test("ratios in words", () => {
  const words = costWords(shown)
  assert.match(words, /33 times fewer parameters than the teacher/)
  assert.match(words, /152 times fewer multiply–adds/)
  assert.match(words, /answers 20 times faster/)
  assert.match(words, /Labels only keeps 89\.4% of the teacher’s accuracy, distilled 92\.4%\./)
  assert.match(costWords({ ...shown, student: { ...student, timed: { ...timed, ms: 3.24 } } }), /2\.0 times slower/)
  const busy = { ...teacher, timed: { ...teacher.timed, ms_p95: 12.2 } }
  assert.match(
    costWords({ ...shown, teacher: busy }),
    /about 20 times faster; the times scatter, from 8\.1 times faster to 150 times faster, so measure again\./,
  )
  const late = { ...student, timed: { ...timed, ms_p95: 2 } }
  assert.doesNotMatch(costWords({ ...shown, teacher: { ...teacher, timed: null }, student: late }), /this machine/)
  const slow = { ...teacher, timed: { ...teacher.timed, ms: 2219 * timed.ms, ms_p95: 2300 * timed.ms } }
  assert.match(costWords({ ...shown, teacher: slow }), /answers 2,200 times faster\./, "as exactly as it is known")
  assert.match(
    costWords({ ...shown, student: { ...student, parameters: 400_000 } }),
    /as large as the teacher, or larger/,
  )
  assert.match(costWords({ ...shown, teacher: null }), /not here any more/)
  assert.match(costWords(null), /being counted/)
})

test("how it was measured", () => {
  assert.match(
    howMeasured(shown, {}),
    /Measured on this machine, .*2023.* 1 thread of the processor, with no training beside it\.$/,
  )
  assert.match(
    howMeasured({ teacher, student: { ...student, timed: { ...timed, beside: 2 } } }, {}),
    /while 2 trainings ran beside it, so it was slower/,
  )
  assert.match(howMeasured(shown, { measuring: true, update: 96 }), /Measuring .* after 96 updates\.$/)
})

test("who answers a drawing, back in time too", () => {
  const about = { answer: { update: 96 }, data: { run: "abcd" }, temperature: 8, seeds: 3, wanted: null }
  assert.match(drawnWords(about), /mean of 3 seeds\.$/)
  assert.match(drawnWords({ ...about, here: true }), /mean of 3 seeds\. The students answer in this browser, without/)
  assert.match(drawnWords({ ...about, wanted: 96 }), /As they were after 96 updates\.$/)
  assert.match(drawnWords({ ...about, wanted: 130 }), /no students were kept: these are the ones after 96 updates/)
  assert.match(drawnWords({ ...about, seeds: 0 }), /students answer once they train\.$/)
  assert.match(drawnWords({ ...about, seeds: 0, answered: true }), /can be asked once the run has ended\.$/)
  assert.match(drawnWords({ ...about, answer: null }), /while you draw/)
})
