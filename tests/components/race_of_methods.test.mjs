import assert from "node:assert/strict"
import { test } from "node:test"
import {
  aboutWords,
  bestOf,
  findingWords,
  gainWords,
  rowWords,
  shown,
  ticks,
  triedWords,
} from "../../app/figures/race_of_methods/words.js"

const gain = (mean, half) => ({ mean, half, wide: 1.44 * half })
const row = (method, accuracy, labels, even) => ({
  method,
  words: method,
  teacher: method !== "even",
  accuracy,
  gains: { ...(labels && { labels }), ...(even && { even }) },
  setting: "α = 0.5",
  tries: [
    { setting: "α = 0.1", share: 90 },
    { setting: "α = 0.5", share: 91 },
  ],
})
const PLACE = {
  images: "MNIST, 500 labelled images, 416 updates",
  button: "MNIST 500",
  seeds: 20,
  tests: 10000,
  bases: { labels: 88.1, even: 90 },
  validation: 1000,
  tried_seeds: 3,
  rows: [
    row("even", 90, gain(1.9, 0.4), null),
    row("kd", 92, gain(3.9, 0.5), gain(2, 0.5)),
    row("attention", 87.4, gain(-0.7, 0.6), gain(-2.6, 0.6)),
    row("labels", 88.1, null, gain(-1.9, 0.4)),
  ],
}

test("whoever is set against itself has no row, and the highest comes first", () => {
  assert.deepEqual(
    shown(PLACE, "labels").map(({ method }) => method),
    ["kd", "even", "attention"],
  )
  assert.deepEqual(
    shown(PLACE, "even").map(({ method }) => method),
    ["kd", "labels", "attention"],
  )
})

test("one of seven that stands out alone is told from one that stands out among seven", () => {
  assert.match(findingWords(gain(3.9, 0.5)), /^It lies above zero, also/)
  assert.match(findingWords(gain(-0.7, 0.6)), /^Alone it lies below zero\. One of seven/)
  assert.match(findingWords(gain(0.3, 0.6)), /no difference is shown/)
})

test("the sentence names the setting, the images and the rival", () => {
  const said = rowWords(PLACE.rows[2], PLACE, "labels")
  assert.ok(said.startsWith("attention (α = 0.5): 87.4% right, −0.70 ± 0.60 points against labels only (95%"), said)
  assert.ok(said.includes("20 seeds, 10,000 test images"))
  assert.equal(gainWords(gain(0.004, 0.2)), "0.00 ± 0.20")
  assert.equal(aboutWords(PLACE, "even"), "MNIST, 500 labelled images, 416 updates. Even softness: 90.0% right.")
  assert.match(triedWords(PLACE.rows[0], PLACE), /2 settings tried with 3 other seeds, right on 1,000 validation/)
})

test("the axis holds every thin line and zero", () => {
  const marks = ticks([PLACE])
  assert.ok(marks[0] <= -2.6 - 1.44 * 0.6 && marks[marks.length - 1] >= 3.9 + 1.44 * 0.5 && marks.includes(0))
  assert.ok(marks.length <= 10)
})

test("of equal settings the first is marked as chosen", () => {
  const tries = [90, 95.26, 95.26 + 1e-12, 94].map((share) => ({ setting: "", share }))
  assert.equal(bestOf({ ...PLACE.rows[0], tries }), 1)
})
