import assert from "node:assert/strict"
import { test } from "node:test"
import { module } from "./fixtures.mjs"

/** An element that takes whatever is written to it. @returns {any} */
const element = () => ({
  dataset: {},
  style: { setProperty() {} },
  value: 4,
  addEventListener() {},
  setAttribute() {},
  querySelector: () => element(),
})

test("a place that is gone has nothing measured", async (t) => {
  /** @type {string[]} */
  const asked = []
  /** @type {(body: any) => void} */
  let answer = () => {}
  const ResizeObserver = class {
    observe() {}
    disconnect() {}
  }
  Object.assign(globalThis, { document: { addEventListener() {} }, cancelAnimationFrame() {}, ResizeObserver })
  t.mock.method(globalThis, "fetch", (/** @type {string} */ _address, /** @type {any} */ { method }) => {
    asked.push(method ?? "GET")
    return new Promise((resolve) => (answer = (body) => resolve({ ok: true, status: 200, json: async () => body })))
  })
  const { default: mount } = await module("figures/queries/figure")
  for (const gone of [false, true]) {
    const leave = mount({ parentElement: element(), data: { run: "r", api: "/api", per_day: 1000 } })
    if (gone) leave()
    answer({ ready: true, teacher: {}, student: {} })
    await new Promise(setImmediate)
    leave()
  }
  assert.deepEqual(asked, ["GET", "POST", "GET"])
})

const words = await module("figures/queries/words")
const invested = { teacher_seconds: 1245.6, teacher_labels: 59_000, student_seconds: 0.4, student_labels: 500 }

test("training has paid for itself when the questions have saved as much time as it took", () => {
  for (const perDay of [1, 1000, 1_000_000]) {
    const { both, alone } = words.earnedAfter({ perDay, teacher: 2, student: 0.1, invested })
    assert.ok(Math.abs(both * perDay * 1.9e-3 - 1247) < 1e-6)
    assert.ok(Math.abs(alone * perDay * 1.9e-3 - 1.4) < 1e-9, "the teacher was asked about its images, too")
  }
  const never = words.earnedAfter({ perDay: 5, teacher: 1, student: 1.2, invested })
  assert.equal(never.both, Infinity)
  assert.match(words.earnedSentence(5, never), /never earned back/)
})

test("days are said in the unit that people would take", () => {
  const said = [1 / 86_400, 0.5 / 24 / 60, 0.5, 1, 12.4, 364, 700_000].map(words.days)
  assert.deepEqual(said, ["1.0 second", "30 seconds", "12 hours", "1.0 day", "12 days", "1.0 year", "1,900 years"])
})

test("the lines of a year cross where the sentence says", () => {
  const asked = { perDay: 10_000, teacher: 2, student: 0.1, invested }
  const { teacher, student, crossing, most } = words.yearOf(asked)
  assert.ok(Math.abs(crossing.day - words.earnedAfter(asked).both) < 1e-9)
  const at = (/** @type {number[]} */ [from, to]) => from + ((to - from) * crossing.day) / 365
  assert.ok(Math.abs(at(teacher) - at(student)) < 1e-9 && Math.abs(at(teacher) - crossing.hours) < 1e-9)
  assert.equal(most, teacher[1])
  const few = words.yearOf({ ...asked, perDay: 100 })
  assert.equal(few.crossing, null)
  assert.equal(few.most, few.student[1])
})

test("what an estimate leaves out stands beside it", () => {
  const timed = { teacher: { ms: 2, per_second: 800 }, student: { ms: 0.1, per_second: 40_000 } }
  const how = words.howSentence(timed, 6.75)
  for (const part of ["one image at a time: 2.0 ms and 0.10 ms", "takes 1.3 ms and 0.025 ms", "6.75 W", "cooling"])
    assert.ok(how.includes(part), how)
  assert.equal(words.howSentence(timed, null), how.slice(0, how.indexOf(" With 64")))
  const spent = words.spentSentence({ ...invested, teacher: 2 })
  assert.match(spent, /1,246 seconds .* 0\.40 .* 500 images takes 1\.0\. .* 59,000/)
})

test("a day in words that people would use", () => {
  const day = (/** @type {number} */ ms, /** @type {number} */ perDay) =>
    words.dayOf({ perDay, ms, watts: 6.75, price: 0.2872 })
  const said = (/** @type {number} */ perDay) => words.daySentence(perDay, day(2, perDay), day(0.1, perDay), "euro")
  assert.match(said(1), /^For 1 question a day .* 0\.00010 seconds instead of 0\.0020 seconds: 20 times less\./)
  assert.match(
    said(1_000_000),
    /1\.7 minutes instead of 33 minutes.* less than a cent of electricity a day\. A teacher/,
  )
  assert.match(said(1_000_000), /a thousand times as long would cost 1\.1 euro a day\.$/)
  assert.match(said(1e9), /about 1\.0 euro .* The teacher needs 24 cores day and night, the student 2\. /)
  const [time, money] = words.dayRows(day(2, 1e6), day(0.1, 1e6), { watts: 6.75, price: 0.2872, currency: "euro" })
  assert.deepEqual([time.teacher, money.teacher, money.student], ["33 minutes", "0.11 cents", "0.0054 cents"])
})
