import assert from "node:assert/strict"
import { test } from "node:test"
import { fixtures, module } from "./fixtures.mjs"

const { logSoftmax, PARTS, trainingStep } = await module("figures/slow_motion/training_step")
const { HONEST, keyWords, plain, realWords, resultWords, share, stageBars, STAGES, stageWords } =
  await module("figures/slow_motion/words")

const close = (found, wanted) =>
  assert.ok(Math.abs(found - wanted) < 1e-9 * Math.max(1, Math.abs(wanted)), `${found} ≠ ${wanted}`)
const all = (found, wanted) => wanted.forEach((value, index) => close(found[index], value))
const classes = [..."0123456789"]
const [first] = fixtures.steps
const about = { ...first, classes, parts: "both", update: 32, updates: 256, made: 0 }

test("losses and gradients are those of the core and of autograd", () => {
  assert.ok(fixtures.steps.length > 20)
  for (const { losses, gradient, ...given } of fixtures.steps) {
    const step = trainingStep(given)
    close(step.hard, losses.hard)
    close(step.soft, losses.soft)
    close(step.total, losses.total)
    all(step.hardGradient, gradient.hard)
    all(step.softGradient, gradient.soft)
    all(step.gradient, gradient.total)
    all(
      step.updated,
      given.student.map((logit, index) => logit - gradient.total[index]),
    )
  }
})

test("the hard loss alone is alpha 0, the soft loss alone alpha 1", () => {
  for (const given of fixtures.steps) {
    all(trainingStep({ ...given, parts: "hard" }).gradient, trainingStep({ ...given, alpha: 0 }).gradient)
    all(trainingStep({ ...given, parts: "soft" }).gradient, trainingStep({ ...given, alpha: 1 }).gradient)
  }
})

test("steps with the soft loss lead to the teacher’s answer, steps with the hard loss to the label", () => {
  for (const [parts, wanted] of [
    ["soft", ({ targets }) => targets],
    ["hard", (_, { label }) => classes.map((_name, at) => Number(at === label))],
  ]) {
    let given = { ...first, temperature: 4, parts }
    for (let count = 0; count < 20000; count++) given = { ...given, student: trainingStep(given).updated }
    const step = trainingStep(given)
    const reached = parts === "soft" ? step.answers : step.before
    reached.forEach((p, index) => assert.ok(Math.abs(p - /** @type {any} */ (wanted)(step, given)[index]) < 1e-3))
  }
})

test("extreme logits stay finite", () => {
  const given = { teacher: [900, -900, 0], student: [-900, 900, 0], label: 0, temperature: 1, alpha: 0.5 }
  const step = trainingStep(given)
  for (const value of [step.kl, step.hard, step.total, ...step.updated, ...step.terms])
    assert.ok(Number.isFinite(value))
  close(logSoftmax([1000, 0])[1], -1000)
})

test("every stage has words, bars and a key in every mode", () => {
  for (const parts of PARTS) {
    const step = trainingStep({ ...first, parts })
    for (const { key } of STAGES) {
      const said = `${stageWords(key, step, { ...about, parts })} ${resultWords(key, step, { ...about, parts })}`
      assert.ok(!/undefined|NaN|null/.test(said), said)
      const { rows } = stageBars(key, step, { ...about, parts })
      assert.equal(rows.length, 10)
      assert.equal(rows[0].length, keyWords(key, step).length)
      assert.ok(rows.flat().every(({ value, text }) => Number.isFinite(value) && text))
    }
  }
})

test("gradients have the microscope’s sign: a step raises what is negative", () => {
  const step = trainingStep({ ...first, parts: "hard" })
  const { rows } = stageBars("mix", step, { ...about, parts: "hard" })
  assert.ok(rows[first.label][0].value < 0 && rows.every(([{ value }], at) => at === first.label || value >= 0))
  assert.deepEqual(
    rows.map(([{ role }]) => role),
    classes.map(() => "labels"),
  )
  const both = stageBars("mix", trainingStep({ ...first, alpha: 0.5 }), about)
  assert.deepEqual(
    both.rows[0].map(({ role }) => role),
    ["labels", "teacher"],
  )
})

test("a real update stands beside the step on the logits, and is not made up", () => {
  const step = trainingStep(first)
  assert.equal(realWords(step, { ...about, real: null }), null)
  const moved = { before: first.student, after: first.student.map((logit, at) => logit + (at === first.label ? 1 : 0)) }
  const made = { batch: 32, temperature: 8, alpha: 0.9, update: 32 }
  const { words, heads, rows } = realWords(step, { ...about, real: { distilled: moved, labels: moved }, made })
  assert.match(words, /update 33 of the recorded run did \(T = 8, α = 0\.9\)/)
  assert.equal(heads[0], `${classes[first.label]} (label)`)
  assert.deepEqual(rows[1].slice(1), rows[2].slice(1))
  assert.ok(rows.every((row) => row.length === 3 && !row.join().includes("NaN")))
})

test("words say what is used, and what is wrong", () => {
  const step = trainingStep({ ...first, parts: "hard" })
  assert.equal(resultWords("soft", step, about), "not used")
  assert.match(stageWords("mix", step, { ...about, parts: "hard" }), /same as α = 0/)
  assert.match(stageWords("student", step, { ...about, made: 1 }), /and 1 step made here/)
  const wrong = { ...about, label: 3, teacher: [9, 8, 0, 0, 0, 0, 0, 0, 0, 0] }
  assert.match(stageWords("teacher", step, wrong), /here the teacher is wrong/)
  assert.match(HONEST, /own logits/)
})

test("shares and numbers are written short", () => {
  assert.deepEqual([0.5, 0.0523, 0.0031, 0.0004, 0.00001, 0.99999].map(share), [
    "50.0%",
    "5.2%",
    "0.31%",
    "0.04%",
    "under 0.01%",
    "over 99.9%",
  ])
  assert.deepEqual([plain(-0.001), plain(-3.25, 1), plain(2)], ["0.00", "−3.3", "2.00"])
})
