import assert from "node:assert/strict"
import { test } from "node:test"
import {
  answerWords,
  bitName,
  bitsOf,
  bytes,
  codeBits,
  courseChart,
  fitted,
  flippedWords,
  fromBits,
  fromCode,
  grid,
  layout,
  leastKept,
  placed,
  prunedWords,
  shade,
  shares,
  standsFor,
  valueWords,
  weightsOf,
} from "../../app/figures/by_hand/words.js"

// bits, codes and scale that `Rounded.fit` of app/distillation/packing.py gives for the row below
const EXPECTED = /** @type {[number, number[], number][]} */ ([
  [2, [3, 1, 2, 1, 2, 0], 0.54],
  [4, [15, 5, 9, 7, 11, 1], 0.12],
])
const parts = [
  { name: "layers.0.weight", shape: [2, 1, 3, 3] },
  { name: "layers.0.bias", shape: [2] },
  { name: "layers.1.weight", shape: [4, 2, 3, 3] },
  { name: "layers.1.bias", shape: [4] },
  { name: "head.weight", shape: [10, 196] },
  { name: "head.bias", shape: [10] },
]

test("numbers lie one after the other, and biases are no weights", () => {
  assert.deepEqual(
    placed(parts).map(({ start, count }) => [start, count]),
    [
      [0, 18],
      [18, 2],
      [20, 72],
      [92, 4],
      [96, 1960],
      [2056, 10],
    ],
  )
  const places = weightsOf(parts)
  assert.equal(places.length, 2050)
  assert.ok(!places.includes(18) && places.includes(96) && !places.includes(2056))
})

test("the smallest weights of all layers are left out first, and one is always kept", () => {
  const values = Float32Array.from([0.5, -3, 0.1, 2, 9])
  const places = [0, 1, 2, 3] // the last one is a bias
  const kept = (share) => places.filter((at) => Math.abs(values[at]) >= leastKept(values, places, share))
  assert.deepEqual([0, 25, 50, 98].map(kept), [[0, 1, 2, 3], [0, 1, 3], [1, 3], [1]])
  assert.deepEqual([shade(0.1, 1, 0.5), shade(0, 1, 0), shade(-1, 1, 0), shade(7, 1, 0)], [0, 1, 5, 5])
})

test("a float is its sign, exponent and fraction, and flips at each of them", () => {
  for (const value of [1, -1.5, 0, 0.3125, Infinity]) assert.equal(fromBits(bitsOf(value)), value)
  const flipped = (value, bit) => fromBits(bitsOf(value).map((one, at) => (at === bit ? 1 - one : one)))
  assert.equal(flipped(0.5, 0), -0.5)
  assert.equal(flipped(0.5, 1), 0.5 * 2 ** 128)
  assert.equal(flipped(1, 8), 0.5)
  assert.equal(flipped(1, 9), 1.5)
  assert.equal(flipped(1, 1), Infinity)
  assert.deepEqual(
    [0, 1, 8, 9, 31].map((at) => bitName(at, 32)),
    ["sign", "exponent, bit 1 of 8", "exponent, bit 8 of 8", "fraction, bit 1 of 23", "fraction, bit 23 of 23"],
  )
})

test("values are told in few digits, and what is no number is told as that", () => {
  assert.deepEqual([-0.31271, 1.7e38, -2e-6, 0, Number.NaN, -Infinity].map(valueWords), [
    "−0.3127",
    "1.7 · 10^38",
    "−2.0 · 10^−6",
    "0.0000",
    "not a number",
    "−infinity",
  ])
  assert.equal(flippedWords(0.5, 0.5, 0, 3, 32), "This weight is 0.5000. Flip one of its bits.")
  assert.equal(flippedWords(0.5, -0.5, 1, 3, 32), "This weight was 0.5000 and is −0.5000: 1 of the 3 answers changed.")
  assert.ok(flippedWords(0.5, -0.5, 0, 3, 32).endsWith("no answer changed."))
})

test("in few bits a weight is a place on the grid that fits its output best, as when a network is packed", () => {
  const row = Float32Array.from([0.9, -0.31, 0.13, -0.05, 0.44, -0.77])
  for (const [bits, codes, scale] of EXPECTED) {
    const found = fitted(row, bits)
    assert.deepEqual([...found.codes], codes)
    assert.ok(Math.abs(found.scale - scale) < 1e-6, `${bits}: ${found.scale}`)
    assert.ok(row.every((value, at) => Math.abs(standsFor(found.codes[at], found) - value) < scale))
  }
  const all = grid(new Float32Array(2066).fill(0.5), parts, 2)
  assert.deepEqual([...all.keys()], weightsOf(parts), "biases are not rounded")
  assert.ok([...all.values()].every((one) => Math.abs(standsFor(one.code, one) - 0.5) < 1e-6))
  assert.deepEqual([codeBits(5, 4), fromCode([0, 1, 0, 1])], [[0, 1, 0, 1], 5])
  assert.equal(bitName(1, 4), "bit 2 of 4")
  assert.ok(flippedWords(0.5, 0.5, 0, 3, 2).includes("one of 4 values that its output has"))
})

test("an answer is told with how sure it is, or that there is none", () => {
  const said = shares([0, 1000])
  assert.deepEqual(said, [0, 1])
  assert.equal(shares([0, Number.NaN]), null)
  assert.equal(shares([0, Infinity]), null)
  assert.equal(answerWords(["a", "b"], said, [0.1, 0.9]), "It says b, 100% sure.")
  assert.equal(answerWords(["a", "b"], said, [0.9, 0.1]), "It says b, 100% sure; as it is it says a.")
  assert.ok(answerWords(["a", "b"], null, [0.9, 0.1]).includes("no number comes out. As it is it says a."))
})

test("every weight has a cell of its own within the picture", () => {
  const { cells, names, width, height } = layout(parts, 7)
  assert.deepEqual(
    cells.map(({ at }) => at).toSorted((one, other) => one - other),
    weightsOf(parts),
  )
  assert.ok(cells.every(({ x, y, side }) => x >= 0 && x + side <= width && y >= 0 && y + side <= height))
  assert.equal(new Set(cells.map(({ x, y }) => `${x} ${y}`)).size, cells.length, "no two at one place")
  assert.equal(names.length, 12)
})

test("a share is told with what is left, and where it is on the course", () => {
  const steps = [
    { share: 0, accuracy: 0.94, half: 0.003 },
    { share: 50, accuracy: 0.853, half: 0.039 },
  ]
  assert.equal(
    prunedWords(steps[1], 2050, 20, 10000),
    "50% left out: 1,025 of 2,050 weights are there. Such students get 85.3 ± 3.9% of 10,000 test images right " +
      "(20 seeds).",
  )
  const chart = courseChart(steps, steps[1], { width: 200, height: 120, fontSize: 14 })
  assert.ok(chart.includes("circle") && chart.includes("100%"))
  assert.deepEqual([...bytes("AQID")], [1, 2, 3])
})
