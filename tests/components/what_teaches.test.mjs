import assert from "node:assert/strict"
import { test } from "node:test"
import { gainWords, imageWords, range, rowWords, softWords } from "../../app/figures/what_teaches/words.js"

const row = (method, mean, half, teacher = true) => ({
  method,
  words: method,
  kept: `only ${method}`,
  teacher,
  soft: [0.1, 0.7, 0.2],
  mean,
  half,
})
const ROWS = [row("kd", 2.8, 0.4), row("even", 1.7, 0.4, false), row("smoothing", -0.2, 0.6, false)]

test("a row says what its students hear, what they gain, and what share of the teacher's gain that is", () => {
  const said = rowWords(ROWS[1], ROWS, { seeds: 20, tests: 10000 })
  assert.equal(
    said,
    "even: these students hear only even. They are +1.7 ± 0.4 points above labels only (95% interval over 20 seeds, " +
      "10,000 test images): 61% of what the teacher’s own words bring.",
  )
  assert.ok(!rowWords(ROWS[0], ROWS, { seeds: 20, tests: 1000 }).includes("of what the teacher"))
  assert.equal(gainWords(ROWS[2]), "−0.2 ± 0.6")
})

test("a teacher that brings nothing is no measure", () => {
  const rows = [row("kd", -1, 0.4), row("even", 1, 0.4)]
  assert.ok(!rowWords(rows[1], rows, { seeds: 3, tests: 1000 }).includes("%  of"))
  assert.ok(rowWords(rows[1], rows, { seeds: 3, tests: 1000 }).endsWith("test images)."))
})

test("the axis holds every interval and zero", () => {
  assert.deepEqual(range(ROWS), [-1, 4])
  assert.deepEqual(range([row("kd", 2.2, 0.1)]), [0, 3])
})

test("a soft label is read out by its largest classes, and the picture has its words", () => {
  assert.equal(softWords([0.1, 0.7, 0.2], ["zero", "one", "two"]), "One 70%, two 20%, zero 10%")
  const data = { classes: ["0", "1"], label: 1, labels: 500, temperature: 8, alpha: 0.9 }
  assert.match(imageWords(data), /told of this 1, .* 500 labelled images; T = 8, α = 0.9\./)
})
