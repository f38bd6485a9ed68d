// The words of predictions and of the softening bars, and what a phrase says.

import assert from "node:assert/strict"
import { test } from "node:test"
import { gapWords, knotWords, placeWords, spoken } from "../../app/components/js/predict_words.js"
import { settings } from "../../app/components/js/prose.js"
import { roundedShare, shareOf as share } from "../../app/components/js/soft_bars.js"
import { sentence, spokenT } from "../../app/figures/softening/words.js"

test("a number is spoken with its unit", () => {
  assert.equal(spoken(31.24, "%"), "31.2%")
  assert.equal(spoken(-2, "points"), "−2 points")
  assert.equal(spoken(0.125, "bits"), "0.13 bits")
  assert.deepEqual(
    [1, -1, 10, 0].map((value) => spoken(value, "digits")),
    ["1 digit", "−1 digit", "10 digits", "0 digits"],
  )
})

test("the gap says how far off, and in which direction", () => {
  const number = { kind: "number", unit: "%", step: 1 }
  assert.equal(
    gapWords({ ...number, saved: 60, outcome: 31.2 }),
    "You said 60%. It is 31.2%: you were 28.8 points too high.",
  )
  assert.equal(
    gapWords({ ...number, saved: 31, outcome: 31.2 }),
    "You said 31%. It is 31.2%: as near as the slider goes.",
  )
  assert.match(gapWords({ ...number, unit: "points", saved: 1, outcome: 2.5, step: 0.5 }), /1\.5 points too low\.$/)
})

test("the gap is that of the numbers as they are read", () => {
  const points = { kind: "number", unit: "points", step: 0.2, saved: 3.2, outcome: 2.56 }
  assert.equal(gapWords(points), "You said 3.2 points. It is 2.6 points: you were 0.6 points too high.")
})

test("what is asked for in whole numbers is answered in whole numbers", () => {
  const times = { kind: "number", unit: "times", step: 1, saved: 52, outcome: 35.02 }
  assert.equal(gapWords(times), "You said 52 times. It is 35 times: you were 17 times too high.")
  assert.equal(gapWords({ ...times, saved: 36 }), "You said 36 times. It is 35 times: one too many.")
  assert.equal(gapWords({ ...times, saved: 34 }), "You said 34 times. It is 35 times: one too few.")
  assert.equal(gapWords({ ...times, saved: 35 }), "You said 35 times. It is 35 times: exactly.")
})

test("a choice and a curve are compared, too", () => {
  assert.equal(gapWords({ kind: "choice", saved: "more", outcome: "less" }), "You said “more”. It is “less”.")
  assert.equal(gapWords({ kind: "choice", saved: "more", outcome: "more" }), "You said “more”, and so it is.")
  const curve = { kind: "curve", unit: "bits", at: [1, 2, 4, 8, 16], saved: [0, 1, 2, 3, 3], outcome: [0, 1, 1, 1, 3] }
  assert.equal(
    gapWords(curve),
    "Your curve is 0.6 bits from the measured one on average, and furthest at 8: 2 bits too high.",
  )
})

test("a knot is written short, its place with thousands", () => {
  assert.deepEqual(
    [-4, 0, 2.86, -0.04, 31.25].map((value) => knotWords(value, "points")),
    ["−4", "0", "2.9", "0.0", "31.3"],
  )
  assert.equal(knotWords(31.2, "%"), "31.2%")
  assert.deepEqual([100, 4000, 0.5].map(placeWords), ["100", "4,000", "0.5"])
})

test("a phrase sets numbers and words", () => {
  assert.deepEqual(settings("temperature=4&scale=log"), [
    { key: "temperature", value: 4 },
    { key: "scale", value: "log" },
  ])
})

test("a share in two digits", () => {
  assert.deepEqual([0.9999, 0.68, 0.003].map(roundedShare), [">\u202f99%", "68%", "<\u202f1%"])
})

test("no share is told as 0 or 100 where it is not", () => {
  assert.equal(share(0.5), "50%")
  assert.equal(share(0.99998), "99.9980%")
  assert.equal(share(0.9999999999), "99.9999%")
  assert.equal(share(0.0000004), "< 0.0001%")
  assert.equal(share(0.012), "1.2%")
  assert.deepEqual([0.000065, 0.0000039].map(share), ["0.0065%", "0.00039%"])
})

test("the sentence names the two largest and the entropy", () => {
  assert.equal(
    sentence([0.25, 0.5, 0.25, 0], ["a", "b", "c", "d"], 4),
    "At T = 4 the teacher gives “b” 50% and “a” 25%. Entropy: 1.50 of at most 2.00 bits.",
  )
})

test("an entropy that is nearly none is said to be so", () => {
  assert.match(sentence([1 - 1e-9, 1e-9], ["a", "b"], 0.5), /Entropy: under 0\.001 of at most/)
})

test("a temperature is written short", () => {
  assert.deepEqual([0.5, 4, 1.3, 1000].map(spokenT), ["0.5", "4", "1.3", "1,000"])
})
