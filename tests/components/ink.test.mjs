import assert from "node:assert/strict"
import { test } from "node:test"
import { fixtures, module } from "./fixtures.mjs"

const { IMAGE, inked, line, prepared, SIDE } = await module("ink")

const points = (stroke) => stroke.map(([x, y]) => ({ x, y }))
const strokesOf = ({ drawn, rubbed }) => [
  ...drawn.map((stroke) => ({ points: points(stroke), rub: false })),
  ...rubbed.map((stroke) => ({ points: points(stroke), rub: true })),
]

test("a drawing becomes the picture that numpy and scipy make of it", () => {
  assert.ok(fixtures.drawings.length >= 30)
  for (const drawing of fixtures.drawings) {
    const picture = prepared(inked({ base: drawing.base, strokes: strokesOf(drawing) }))
    let [most, different] = [0, 0]
    picture.forEach((value, at) => {
      most = Math.max(most, Math.abs(value - drawing.picture[at]))
      different += Number(value !== drawing.picture[at])
    })
    assert.ok(most <= 1 && different < 40, `${drawing.name}: ${most} apart, ${different} pixels`)
  }
})

test("a test image that is put on the pad stays as it is", () => {
  for (const { pixels } of fixtures.digits) {
    assert.deepEqual([...prepared(inked({ base: pixels.map((value) => value / 255) }))], pixels)
  }
})

test("where a drawing lies on the pad changes nothing", () => {
  const seven = [
    { x: 20, y: 20 },
    { x: 60, y: 20 },
    { x: 40, y: 80 },
  ]
  const shifted = seven.map(({ x, y }) => ({ x: x + 32, y: y + 12 }))
  const picture = (stroke) => [...prepared(inked({ strokes: [{ points: stroke }] }))]
  assert.deepEqual(picture(seven), picture(shifted))
})

test("its ink fills the box of 20 pixels, its mass lies in the middle", () => {
  const picture = prepared(
    inked({
      strokes: [
        {
          points: [
            { x: 10, y: 10 },
            { x: 10, y: 40 },
          ],
        },
      ],
    }),
  )
  const rows = new Set([...picture.keys()].filter((at) => picture[at]).map((at) => Math.floor(at / IMAGE)))
  assert.equal(rows.size, 20)
  let [sum, down, right] = [0, 0, 0]
  picture.forEach((value, at) => {
    sum += value
    down += value * Math.floor(at / IMAGE)
    right += value * (at % IMAGE)
  })
  assert.ok(Math.abs(down / sum - 14) <= 0.5 && Math.abs(right / sum - 14) <= 0.5)
})

test("a point, a line at the edge, and nothing", () => {
  assert.equal(prepared(inked({})), null)
  assert.ok(prepared(inked({ strokes: [{ points: [{ x: 56, y: 56 }] }] })).some((value) => value > 200))
  assert.ok(
    prepared(
      inked({
        strokes: [
          {
            points: [
              { x: -30, y: 0 },
              { x: 400, y: 0 },
            ],
          },
        ],
      }),
    ).length ===
      IMAGE * IMAGE,
  )
})

test("the rubber takes ink away, and all of it leaves nothing", () => {
  const ink = inked({ strokes: [{ points: [{ x: 50, y: 50 }] }] })
  line(ink, { x: 50, y: 50 }, { x: 50, y: 50 }, true)
  assert.ok(ink.every((value) => value < 0.51))
  const broad = [
    { x: 0, y: 0 },
    { x: SIDE, y: 0 },
  ]
  const rubbed = Array.from({ length: 40 }, (_, y) => ({ points: broad.map(({ x }) => ({ x, y: 3 * y })), rub: true }))
  assert.equal(prepared(inked({ strokes: [{ points: [{ x: 50, y: 50 }] }, ...rubbed] })), null)
})
