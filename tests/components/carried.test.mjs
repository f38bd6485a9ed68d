import assert from "node:assert/strict"
import { test } from "node:test"
import { module } from "./fixtures.mjs"

const { placeOf } = await module("carry")
const { Pen } = await module("pen")

const boxes = (...heights) =>
  heights.map((height, at) => ({ height, top: heights.slice(0, at).reduce((sum, one) => sum + one, 0) }))

test("what is carried goes behind those whose middle it has passed", () => {
  const even = boxes(40, 40, 40, 40)
  assert.deepEqual(
    [10, 59, 61, 99, 101, 500].map((y) => placeOf(y, 0, even)),
    [0, 0, 1, 1, 2, 3],
  )
  assert.deepEqual(
    [150, 101, 99, 61, 59, 19, -50].map((y) => placeOf(y, 3, even)),
    [3, 3, 2, 2, 1, 0, 0],
  )
})

test("a taller neighbour that went by does not come back at the same place", () => {
  const y = 40 + 51 // just beyond the middle of the tall one
  assert.equal(placeOf(y, 0, boxes(40, 100)), 1)
  assert.equal(placeOf(y, 1, boxes(100, 40)), 1)
})

/** Where the knots are after a stroke, from zero. */
function drawn(path, across = [50, 150, 250, 350, 450]) {
  const pen = new Pen(across, 12),
    heights = across.map(() => 0)
  const put = (moved) => moved.forEach(([knot, y]) => (heights[knot] = Math.round(y)))
  put(pen.down(path[0]))
  for (const point of path.slice(1)) put(pen.move(point))
  return heights
}

const stroke = (from, to, count, height) =>
  Array.from({ length: count + 1 }, (_, at) => from + ((to - from) * at) / count).map((x) => ({ x, y: height(x) }))

test(
  "a stroke across the picture brings every knot to where it was above it, however fast and in either " + "direction",
  () => {
    const line = (x) => x / 2 + 10
    for (const [from, to] of [
      [50, 450],
      [450, 50],
    ])
      for (const count of [1, 3, 7, 200]) {
        const found = drawn(stroke(from, to, count, line))
        found.forEach((y, knot) =>
          assert.ok(Math.abs(y - line(50 + 100 * knot)) <= 7, `${from}, ${count} moves: ${found}`),
        )
      }
  },
)

test("a knot that is pulled up or down follows, and its neighbours stay, though the hand is not steady", () => {
  const path = Array.from({ length: 21 }, (_, at) => ({ x: 160 + 30 * Math.sin(at), y: 5 * at }))
  assert.deepEqual(drawn(path), [0, 100, 0, 0, 0])
  assert.deepEqual(drawn([{ x: 260, y: 30 }]), [0, 0, 30, 0, 0])
})

test("a stroke that begins or ends between knots leaves the others alone", () => {
  assert.deepEqual(
    drawn([
      { x: 120, y: 40 },
      { x: 280, y: 40 },
    ]),
    [0, 40, 40, 0, 0],
  )
})
