import assert from "node:assert/strict"
import { test } from "node:test"
import { fixtures, module } from "./fixtures.mjs"

const { after, stepsWords } = await module("figures/ten_steps/words")
const { trainingStep } = await module("figures/slow_motion/training_step")

const [first] = fixtures.steps
const classes = [..."0123456789"]

test("twins begin at one answer and part with each step of their own loss", () => {
  const before = after(first, 4, 0)
  assert.deepEqual(before.key, before.taught)
  const one = after(first, 4, 1)
  assert.deepEqual(one.key, trainingStep({ ...first, temperature: 4, parts: "hard" }).after)
  assert.deepEqual(one.taught, trainingStep({ ...first, temperature: 4, parts: "soft" }).after)
})

test("many steps lead to the label with the answer key, and to the teacher’s answer with the teacher", () => {
  const { key, taught, teacher } = after(first, 4, 20000)
  assert.ok(key[first.label] > 0.99)
  taught.forEach((share, at) => assert.ok(Math.abs(share - teacher[at]) < 0.01))
})

test("words say both twins, the teacher and the answer key", () => {
  const about = { ...first, classes, steps: 0 }
  assert.match(stepsWords(about, after(first, 4, 0)), /^Before any step both twins say .*%.*the answer key says \d\.$/)
  assert.match(stepsWords({ ...about, steps: 1 }, after(first, 4, 1)), /^After 1 step, the twin with the answer key/)
  assert.match(stepsWords({ ...about, steps: 9 }, after(first, 4, 9)), /^After 9 steps, .* and the twin with the teach/)
})
