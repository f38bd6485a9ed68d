import assert from "node:assert/strict"
import { test } from "node:test"
import { module } from "./fixtures.mjs"

const { byClass, confusion, copies, digits, gain, groups, rightSeeds } = await module("who")
const { classGainWords, groupWords, howCounted, perClassWords } = await module("gallery_words")

const labels = digits("0120")
const plain = ["0100", "2102", "0110"].map(digits)
const distilled = ["0121", "0121", "0021"].map(digits)

test("digits become classes", () => {
  assert.deepEqual(digits("0919"), [0, 9, 1, 9])
  assert.deepEqual(digits(""), [])
})

test("how many seeds are right about each image", () => {
  assert.deepEqual(rightSeeds(plain, labels), [2, 3, 0, 2])
  assert.deepEqual(rightSeeds(distilled, labels), [3, 2, 3, 0])
})

test("every image that somebody errs about is in the group where it belongs", () => {
  const found = groups({ labels, teacher: digits("0122"), plain, distilled })
  assert.deepEqual(found, { fixed: [2], broken: [3], wrong: [], teacherWrong: [3] })
  assert.equal(groups({ labels, teacher: null, plain, distilled }).teacherWrong, null)
  const nobody = groups({ labels, teacher: labels, plain: [digits("1111")], distilled: [digits("1222")] })
  assert.deepEqual(nobody, { fixed: [2], broken: [1], wrong: [0, 3], teacherWrong: [] })
})

test("half of the seeds are not most of them", () => {
  const found = groups({ labels: [1], teacher: null, plain: [[1], [0]], distilled: [[1], [1]] })
  assert.deepEqual(found.fixed, [0])
})

test("the groups and the accuracies agree", () => {
  const random = (seed) =>
    Array.from({ length: 200 }, (_, index) => (index * 7919 + seed * 104729 + ((index * seed) % 5)) % 10)
  const truth = random(1)
  const one = random(2).map((said, index) => (index % 3 ? truth[index] : said))
  const other = random(3).map((said, index) => (index % 4 ? truth[index] : said))
  const { fixed, broken, wrong } = groups({ labels: truth, teacher: null, plain: [one], distilled: [other] })
  const right = (said) => said.filter((answer, index) => answer === truth[index]).length
  assert.equal(fixed.length - broken.length, right(other) - right(one))
  assert.equal(wrong.length + broken.length, 200 - right(other))
})

test("who gives the teacher's wrong answer", () => {
  const teacher = digits("0122")
  assert.equal(
    copies([3], teacher, [
      [0, 1, 2, 2],
      [0, 1, 2, 2],
      [0, 1, 2, 1],
    ]),
    1,
  )
  assert.equal(
    copies([3], teacher, [
      [0, 1, 2, 2],
      [0, 1, 2, 1],
    ]),
    0,
    "one of two seeds is not most",
  )
  assert.equal(copies([], teacher, distilled), 0)
})

test("a confusion matrix counts every answer once, its rows are whole, and its diagonal is the accuracy", () => {
  const table = confusion({ labels, voices: plain, classes: 3 })
  const share = (label, answer) => table[label][answer].share
  for (const label of [0, 1, 2])
    assert.ok(Math.abs([0, 1, 2].reduce((sum, answer) => sum + share(label, answer), 0) - 1) < 1e-12)
  assert.equal(share(1, 1), 1)
  assert.ok(Math.abs(share(0, 0) - 4 / 6) < 1e-12)
  assert.deepEqual(table[0][2].images, [0, 3])
  assert.deepEqual(table[2][0].images, [2], "two of the three seeds took it for 0")
  assert.ok(Number.isNaN(confusion({ labels: [0], voices: [[0]], classes: 2 })[1][0].share), "no image of that class")
})

test("accuracy by class, with its range over seeds", () => {
  const [zero, one, two, three] = byClass({ labels, seeds: plain, classes: 4 })
  assert.ok(Math.abs(zero.mean - 4 / 6) < 1e-12)
  assert.deepEqual([zero.low, zero.high, zero.each, zero.images], [0, 1, [1, 0, 1], 2])
  assert.deepEqual(one, { mean: 1, low: 1, high: 1, each: [1, 1, 1], images: 1 })
  assert.equal(two.mean, 0)
  assert.equal(three, null)
})

test("by how much an arm is ahead in a class, paired by seed", () => {
  const width = 4.3027 / Math.sqrt(3) // of three seeds
  const { mean, half } = gain([0.9, 0.8, 1.0], [0.8, 0.8, 0.8], width)
  assert.ok(Math.abs(mean - 10) < 1e-9 && Math.abs(half - width * 10) < 1e-9)
  assert.equal(classGainWords({ mean, half }), "+10.0 ± 24.8")
  assert.equal(gain([0.9], [0.8], null).half, null)
  assert.equal(classGainWords(gain([0.9], [0.8], null)), "+10.0")
  assert.equal(classGainWords(gain([0.5, 0.5], [1, 1], 8.98)), "−50.0", "no seed differs from another")
})

test("the gallery in words", () => {
  assert.match(
    groupWords("labels only", "distilled")[0].words,
    /^Labels only gets these wrong, distilled gets them right\.$/,
  )
  assert.match(
    groupWords("labels only", "distilled", { plain: 1, distilled: 3 })[3].words,
    /Distilled gives the same wrong answer to 3 of these, labels only to 1\.$/,
  )
  const said = { labels: new Array(1000) }
  const moment = { update: 1256, students: [[[], [], []], []] }
  assert.match(
    howCounted({ moment, said, data: { run: "r" }, view: "groups" }),
    /^1,000 test images, after 1,256 updates\. Right means: in most of the 3 seeds\./,
  )
  assert.match(
    howCounted({ moment, said, data: { run: "r" }, view: "confusion" }),
    /Mean of 3 seeds, in % of each label\./,
  )
  assert.match(howCounted({ moment: undefined, said: null, data: { run: "r" }, view: "groups" }), /not answered yet/)
  assert.match(howCounted({ moment: undefined, said: null, data: { run: null }, view: "groups" }), /Train/)
  const counted = [{ name: "distilled", shares: [{ mean: 0.9 }, null, { mean: 0.5 }] }]
  assert.equal(perClassWords(counted, ["a", "b", "c"]), "Distilled is best at a (90.0%) and worst at c (50.0%).")
})
