import assert from "node:assert/strict"
import { test } from "node:test"
import { module } from "./fixtures.mjs"

const { counted, pairWords, perDot, PITCH, squareOf } = await module("figures/to_scale/words")
const { fitWords, gigabytes, rows } = await module("figures/fits/words")

const ours = { teacher: 293_236, student: 9_098 }

test("both squares find room, whatever the screen, and no dot is lost", () => {
  for (const [width, height, ratio] of [
    [700, 420, 1],
    [700, 420, 2],
    [358, 240, 3],
    [320, 240, 1],
  ]) {
    for (const sizes of [ours, { teacher: 671e9, student: 7e9 }, { teacher: 110e6, student: 66e6 }]) {
      const each = perDot({ ...sizes, width, height, ratio })
      assert.ok(Number.isInteger(each) && each >= 1)
      const [big, small] = [sizes.teacher, sizes.student].map((numbers) => squareOf(numbers, each))
      const side = (/** @type {{across: number}} */ square) => (square.across * PITCH) / ratio
      assert.ok(side(big) <= height + PITCH && side(big) + side(small) <= width, `${width} ${ratio} ${sizes.teacher}`)
      for (const square of [big, small]) assert.equal(square.rows * square.across + square.rest, square.dots)
      assert.ok(Math.abs(big.dots * each - sizes.teacher) <= each / 2)
    }
  }
})

test("with room enough every dot is one number", () => {
  assert.equal(perDot({ ...ours, width: 4000, height: 2000, ratio: 1 }), 1)
  assert.deepEqual(squareOf(9098, 1), { dots: 9098, across: 96, rows: 94, rest: 74 })
  assert.equal(squareOf(3, 1000).dots, 1, "what is there is seen")
})

test("what is said of a pair", () => {
  const pair = { teacher: { name: "our teacher", numbers: 293_236 }, student: { name: "our student", numbers: 9_098 } }
  assert.match(
    pairWords(pair, 12),
    /^Our teacher is made of 293,236 numbers\. .* 9,098: 32 times fewer\. .* stands for 12 of them\.$/,
  )
  assert.match(pairWords(pair, 1), /Every dot is one of them\.$/)
  const whisper = { teacher: { name: "Whisper", numbers: 1.55e9 }, student: { name: "Distil-Whisper", numbers: 756e6 } }
  assert.match(
    pairWords(whisper, 63_456),
    /1\.55 billion .* 756 million: 2\.1 times fewer\. .* about 63,000 of them\.$/,
  )
  const done = { ...pair, counts: "multiply–adds" }
  assert.match(
    pairWords(done, 12),
    /^For one image our teacher makes 293,236 multiply–adds, our student 9,098: 32 times/,
  )
  const finished = { ...pair, taught: "What it wrote down went on training" }
  assert.match(pairWords(finished, 12), /What it wrote down went on training our student, which has 9,098/)
  assert.equal(counted(27_600_000), "27.6 million")
})

test("what fits", () => {
  const models = rows({ billions: [70, 8], bits: [16, 4] })
  assert.deepEqual(
    models.map(({ gb }) => gb),
    [140, 35, 16, 4],
  )
  assert.equal(models[0]?.how, "70 billion × 16 ÷ 8 = 140 GB")
  assert.equal(gigabytes(3, 8), 3)
  assert.match(fitWords(models, 3), /3 GB of memory holds none of them\.$/)
  assert.match(fitWords(models, 16), /holds 8 billion numbers at 16 bits and 8 billion numbers at 4 bits\.$/)
  assert.match(fitWords(models, 160), /holds each of them, though not all at once\.$/)
})
