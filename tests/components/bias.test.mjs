import assert from "node:assert/strict"
import { test } from "node:test"
import { fixtures, module } from "./fixtures.mjs"

const { answers, curves, highest, reached, shares, under } = await module("figures/never_shown/bias")
const { biasWords, correctionWords, resultWords, shareWords, studentWords, takenWords } =
  await module("figures/never_shown/words")

const close = (one, other) => assert.ok(Math.abs(one - other) < 1e-9, `${one} is not ${other}`)

test("what a bias brings out and costs is counted as Python counts it", () => {
  for (const { leftOut, labels, margins, others, steps } of fixtures.biased) {
    const student = answers({ margins, others, labels, leftOut })
    for (const { bias, own, others: rest, all, taken } of steps) {
      const counts = under(student, bias)
      const share = shares(student, counts)
      close(share.own, own)
      close(share.others, rest)
      close(share.all, all)
      assert.equal(counts.taken, taken)
    }
  }
})

test("images are lit in the order in which the bias reaches them", () => {
  const { leftOut, labels, margins, others } = fixtures.biased[0]
  const student = answers({ margins, others, labels, leftOut })
  for (const list of [student.own, student.lost]) {
    for (let at = 1; at < list.length; at += 1) assert.ok(list[at - 1].margin <= list[at].margin)
  }
  assert.ok(student.own.every(({ image }) => labels[image] === leftOut))
  assert.ok(student.lost.every(({ image }) => labels[image] !== leftOut && others[image] === labels[image]))
  assert.equal(reached(student.own, -1e9), 0)
  assert.equal(reached(student.own, 1e9), student.own.length)
})

test("curves rise for the class and fall for the rest, and the dial reaches both corrections", () => {
  const { leftOut, labels, margins, others } = fixtures.biased[0]
  const student = answers({ margins, others, labels, leftOut })
  const found = curves(student, -4, 20)
  for (const which of ["own", "others"]) {
    const steps = found[which].slice(1).map(({ share }, at) => share - found[which][at].share)
    assert.ok(steps.every((step) => (which === "own" ? step >= 0 : step <= 0)))
  }
  const high = highest(student, [13.2, 30.1])
  assert.ok(high >= 32.1 && high % 4 === 0)
})

test("no image of the class, or nothing else, is no number", () => {
  const only = answers({ margins: [1, 2], others: [1, 1], labels: [0, 0], leftOut: 0 })
  assert.ok(Number.isNaN(shares(only, under(only, 0)).others))
  const none = answers({ margins: [1, 2], others: [1, 1], labels: [1, 1], leftOut: 0 })
  assert.ok(Number.isNaN(shares(none, under(none, 0)).own))
  assert.equal(shareWords(NaN), "–")
})

test("the words state the result", () => {
  assert.deepEqual([-2, -0.01, 0, 5.06, 36].map(biasWords), ["−2.0", "0", "0", "+5.1", "+36.0"])
  assert.deepEqual([0, 0.123, 1, 0.9996].map(shareWords), ["0%", "12.3%", "100%", "100%"])
  const told = { student: studentWords("distilled", 0, 5), name: "3", own: 100, images: 1000 }
  assert.equal(
    resultWords({ ...told, bias: 0, counts: { own: 0 }, share: { others: 0.974, all: 0.877 } }),
    "Distilled student 1 of 5, without a bias: none of the 100 images of 3 is right, 97.4% of the " +
      "others, 87.7% in all 1,000.",
  )
  assert.equal(
    resultWords({ ...told, bias: 4, counts: { own: 52 }, share: { others: 0.97, all: 0.925 } }),
    "Distilled student 1 of 5, with a bias of +4.0: 52 of the 100 images of 3 are right, 97% of the " +
      "others, 92.5% in all 1,000.",
  )
  assert.equal(studentWords("labels", 1, 3), "Labels-only student 2 of 3")
  assert.equal(studentWords("labels", 0, 1), "Labels-only student")
  assert.equal(studentWords("even", 9, 10), "Even-softness student 10 of 10")
})

test("it says whether the class is answered as often as it occurs", () => {
  const told = { images: 1000, prior: 0.1, name: "7" }
  const none = { ...told, taken: 0, own: 0, lost: 0 }
  assert.equal(takenWords(none), "Taken for 7: 0 of 1,000 images. There ought to be 100, one in 10.")
  assert.equal(
    takenWords({ ...told, taken: 116, own: 89, lost: 17 }),
    "Taken for 7: 116 of 1,000 images (89 of 7, 17 others that had been right, 10 wrong anyway). " +
      "There ought to be 100, one in 10.",
  )
  assert.match(takenWords({ ...told, taken: 100, own: 80, lost: 12 }), /as many as there ought to be/)
  assert.match(correctionWords("label-free", 5.2, "7", 0.1), /No label was read/)
  assert.match(correctionWords("best", 5.2, "7", 0.1), /Peeking/)
  assert.equal(correctionWords("", 5.2, "7", 0.1), "")
})
