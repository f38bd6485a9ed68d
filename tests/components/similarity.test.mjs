import assert from "node:assert/strict"
import { test } from "node:test"
import { module } from "./fixtures.mjs"

const { layout, nearest, range, strength, treePath } = await module("figures/similarity/layout")
const { cellWords, keyWords, members, rowWords, shareWords, treeWords } = await module("figures/similarity/words")
const { firstWords, lookWords, standingWords } = await module("figures/hunt/words")

const CLASSES = ["cat", "dog", "ship"]
const MAP = [
  [880000, 110000, 10000],
  [90000, 900000, 10000],
  [4000, 6000, 990000],
]
const JOINS = [
  [0, 1, 200000],
  [2, 3, 15000],
]

test("shares keep the digits that tell them apart", () => {
  const said = [999450, 990000, 667321, 108408, 8141, 1234, 21, 3, 0.2, 0].map(shareWords)
  assert.deepEqual(said, [
    "99.9%",
    "99.0%",
    "66.7%",
    "10.8%",
    "0.81%",
    "0.12%",
    "0.002%",
    "0.0003%",
    "0.0000%",
    "<\u202f0.0001%",
  ])
})

test("a row says its own class, then who gets most", () => {
  assert.equal(
    rowWords(CLASSES, MAP[0], 0),
    "Images of “cat”, on average: “cat” 88.0%; then “dog” 11.0% and “ship” 1.0%.",
  )
  assert.equal(cellWords(CLASSES, MAP, 2, 1), "Images of “ship” give “dog” 0.60%.")
  assert.equal(cellWords(CLASSES, MAP, 1, 1), "Images of “dog” give “dog” itself 90.0%.")
})

test("the tree says who is closest and what its first fork parts", () => {
  assert.deepEqual(members(JOINS, 3, 3), [0, 1])
  assert.equal(
    treeWords(CLASSES, JOINS, 4),
    "Closest at T = 4: cat and dog, whose average answers overlap by 20.0%. First fork: ship | cat and dog.",
  )
})

test("colours go from the smallest to the largest share beside the diagonal", () => {
  const shares = range(MAP)
  assert.deepEqual(shares, { least: 4000, most: 110000 })
  assert.deepEqual(
    [4000, 30500, 110000].map((share) => strength(share, shares)),
    [0.04, 0.5, 1],
  )
  assert.equal(strength(7, { least: 7, most: 7 }), 0.04)
  assert.match(keyWords("CIFAR-10", "1,000"), /The teacher of CIFAR-10, 1,000 test images/)
})

test("map and tree fit the width, from a telephone to a projector", () => {
  for (const width of [280, 343, 600, 736]) {
    for (const names of [9, 78]) {
      const place = layout(width, names, 10, false)
      assert.ok(place.width <= width + 0.5, `${width} ${names}: ${place.width}`)
      assert.ok(place.cell >= 12 && place.row >= 26)
    }
  }
  assert.equal(layout(343, 9, 10, true).row, 44)
})

test("branches never go back, and every class has one", () => {
  const place = layout(600, 40, 3, false)
  const path = treePath(JOINS, [2, 0, 1], place)
  assert.equal(path.match(/M/g).length, 2)
  const ends = [...path.matchAll(/M([\d.]+) [\d.]+H([\d.]+)V[\d.]+H([\d.]+)/g)]
  for (const [, from, to, back] of ends) assert.ok(Number(to) >= Number(from) && Number(to) >= Number(back))
  assert.ok(Math.max(...ends.map(([, , to]) => Number(to))) <= place.width)
})

test("equal likenesses draw a tree, too", () => {
  assert.ok(
    !treePath(
      [
        [0, 1, 5],
        [2, 3, 5],
      ],
      [0, 1, 2],
      layout(300, 9, 3, false),
    ).includes("NaN"),
  )
})

test("a phrase finds the nearest temperature of the dial", () => {
  assert.deepEqual(
    [1, 1.2, 1.4, 300].map((wanted) => nearest([1, 1.5, 2], wanted)),
    [0, 0, 1, 2],
  )
})

// ── the hunt ─────────────────────────────────────────────────────────────────────────────────────────────────────

test("before the guess it says how many are shown", () => {
  assert.match(firstWords(18, 1000), /^The first 18 of the 1,000/)
})

test("a look says label, first and second choice, and a mistake", () => {
  const said = lookWords(["4", "9", "7"], 0, [0.84, 0.15, 0.01])
  assert.equal(said, "Labelled 4. The teacher: 4 (84%), then 9 (15%).")
  assert.match(lookWords(["4", "9", "7"], 1, [0.84, 0.15, 0.01]), /It is wrong here\./)
})

test("the hunt says how it stands until the least sure is found", () => {
  const least = { place: 1, share: 0.68 }
  const looks = [
    { place: 40, share: 0.992 },
    { place: 2, share: 0.72 },
  ]
  assert.equal(standingWords({ looks: [], least, all: 1000 }), "")
  assert.match(standingWords({ looks, least, all: 1000 }), /^2 looks so far; the least sure had 72%/)
  assert.equal(
    standingWords({ looks: [least], least, all: 1000 }),
    "Found after 1 look: 68% sure, the least sure of all 1,000.",
  )
  assert.match(standingWords({ looks: [...looks, least], least, all: 1000, shown: true }), /^This is the one/)
  assert.match(
    standingWords({ looks: [{ place: 3, share: 0.7 }], least: { place: 3, share: 0.7 }, all: 1000 }),
    /number 3 of 1,000/,
  )
})
