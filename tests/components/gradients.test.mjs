import assert from "node:assert/strict"
import { test } from "node:test"
import { fixtures, module } from "./fixtures.mjs"

const { distance, extent, hardGradient, HOTTEST, limitGradient, size, softGradient, STOPS, stopAt } =
  await module("figures/microscope/gradients")
const { digitsFor, gradientWords, lengthWords, limitWords, shareWords } = await module("figures/microscope/words")
const { signed } = await module("format")

const near = (found, wanted, what) => {
  assert.equal(found.length, wanted.length)
  found.forEach((value, index) =>
    assert.ok(Math.abs(value - wanted[index]) < 1e-10, `${what}: ${value} ≠ ${wanted[index]}`),
  )
}

test("both gradients are what torch finds by differentiating the losses", () => {
  assert.ok(fixtures.gradients.length >= 18)
  for (const { student, teacher, label, temperature, hard, soft } of fixtures.gradients) {
    near(hardGradient(student, label), hard, "hard")
    near(softGradient(student, teacher, temperature, false), soft, "soft")
    near(
      softGradient(student, teacher, temperature),
      soft.map((value) => temperature ** 2 * value),
      "soft with T²",
    )
  }
})

test("the limit of logit matching and the distance to it", () => {
  for (const { student, teacher, temperature, limit, distance: wanted } of fixtures.gradients) {
    near(limitGradient(student, teacher), limit, "limit")
    near([distance(student, teacher, temperature)], [wanted], "distance")
    assert.ok(distance(student, teacher, HOTTEST) < 0.01, "within a percent at the end of the dial")
    assert.ok(distance(student, teacher, HOTTEST, false) > 0.99, "without T² it fades to zero")
  }
})

test("a teacher with the student's own logits asks for nothing, and has no distance", () => {
  near(softGradient([1, 2, 3], [1, 2, 3], 4), [0, 0, 0], "soft")
  assert.ok(Number.isNaN(distance([1, 2], [2, 3], 4)))
})

test("nothing is longer than the scale of the bars", () => {
  for (const { student, teacher, label, hard } of fixtures.gradients) {
    const [low, high] = extent(student, teacher, label)
    const within = (value) => assert.ok(low - 1e-12 <= value && value <= high + 1e-12)
    for (const temperature of STOPS) {
      softGradient(student, teacher, temperature).forEach(within)
    }
    hard.forEach(within)
  }
})

test("the dial goes from 1 to 1,000 in round numbers and finds the nearest", () => {
  assert.deepEqual([STOPS[0], STOPS.at(-1), new Set(STOPS).size], [1, 1000, STOPS.length])
  assert.deepEqual(
    STOPS,
    [...STOPS].sort((a, b) => a - b),
  )
  for (const wanted of [1, 2, 4, 8, 20, 100, 1000]) assert.equal(STOPS[stopAt(wanted)], wanted)
  assert.equal(STOPS[stopAt(7.3)], 7.5)
  assert.throws(() => softGradient([1, 2], [1, 2], 0), /temperature must be > 0/)
})

test("numbers as they are read", () => {
  assert.deepEqual(
    [-1.6351, 0.2, 0, -0.0031].map((value) => signed(value, 2)),
    ["−1.64", "+0.20", "0.00", "0.00"],
  )
  assert.equal(signed(-0.0031, digitsFor([0.002, -0.0031])), "−0.0031")
  assert.deepEqual([1.126, 0.0432, 0.0043, NaN].map(shareWords), ["113%", "4.3%", "0.43%", "–"])
  assert.deepEqual([1.83, 1.02, 1 / 35.01, 12].map(lengthWords), [
    "1.8 times as long as",
    "as long as",
    "35 times shorter than",
    "12 times as long as",
  ])
})

test("the sentences state the result", () => {
  const about = {
    classes: ["a", "b", "c"],
    label: 0,
    hard: [-0.6, 0.3, 0.3],
    soft: [-0.9, -0.3, 1.2],
    temperature: 4,
    squared: true,
  }
  const ratio = size(about.soft) / size(about.hard)
  assert.equal(
    gradientWords(about),
    `At T = 4, with the factor T², the soft gradient is ${ratio.toFixed(1)} times as long as the hard ` +
      `one. The hard gradient raises a (−0.60); the soft gradient raises a (−0.90) and b (−0.30).`,
  )
  const same = gradientWords({ ...about, soft: [0, 0, 0], squared: false })
  assert.ok(
    same.includes("without the factor T²") &&
      same.endsWith("the soft gradient raises nothing.") &&
      !/Infinity|NaN/.test(same),
    same,
  )
  assert.match(
    limitWords({ temperature: 1000, share: 0.0043, squared: true }),
    /^At T = 1,000 the soft gradient is 0.43% away/,
  )
  assert.match(limitWords({ temperature: 8, share: 0.98, squared: false }), /never gets there.*98% away/)
  assert.match(limitWords({ temperature: 8, share: NaN, squared: true }), /nothing to match/)
})
