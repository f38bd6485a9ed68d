// Screens of every kind: how large letters can be on a projector, what paper says at its foot, and which axis is
// logarithmic.
import assert from "node:assert/strict"
import { test } from "node:test"
import { fixtures, module } from "./fixtures.mjs"

const { fitting, parted, SMALLEST } = await module("projector_size")
const { atTheFoot } = await module("paper")
const { LOG_SCALE } = await module("svg")
const curves = await module("figures/label_dial/curves")
const map = await module("sweep_map")

test("letters on a projector are the largest with which all is seen, and never smaller than elsewhere", () => {
  for (const most of [15, 18, 33, 40])
    for (const limit of [0, 15, 16.2, 20, 50]) {
      let tries = 0
      const size = fitting(most, (one) => ++tries && one <= limit)
      assert.ok(tries <= 7, "each try lays the whole page out anew")
      assert.ok(size >= SMALLEST && size <= Math.max(most, SMALLEST))
      if (limit > most) assert.equal(size, most)
      if (limit > SMALLEST && limit < most) assert.ok(size <= limit && size > 0.95 * limit - 1)
    }
})

test("a text too long for the screen comes in parts that are as long as there is room, and all of it comes", () => {
  for (const heights of [[90], [40, 40, 40], [100, 20, 20, 300, 10], [20, 20, 20, 20, 20, 20], [200, 200]])
    for (const room of [50, 100, 1000]) {
      let top = 7
      const boxes = heights.map((height) => ({ top, bottom: (top += height + 5) - 5 }))
      const parts = parted(boxes, room)
      assert.equal(parts[0].from, 0)
      assert.equal(parts.at(-1).to, heights.length)
      for (const [at, { from, to, height }] of parts.entries()) {
        assert.equal(height, boxes[to - 1].bottom - boxes[from].top)
        assert.ok(height <= room || to - from === 1)
        if (at) assert.equal(from, parts[at - 1].to)
        if (to < heights.length) assert.ok(boxes[to].bottom - boxes[from].top > room, "what follows has no room here")
      }
    }
})

test("at the foot of paper stands the page's address, of a run its own alone", () => {
  const foot = atTheFoot("http://localhost:8501/lab?labels=100&run=abc234&T=8")
  assert.ok(foot.includes('content: "http://localhost:8501/lab?run=abc234"'))
  assert.ok(atTheFoot("https://a.example/x/lesson?lesson=twins&show=key").includes('/x/lesson?lesson=twins&show=key"'))
  assert.ok(!atTheFoot('http://a.example/lab?x="}</style><b>').includes('"}</style>'))
})

test("a logarithmic axis is called one in its picture, whatever the link shows", () => {
  const { points, teacher } = fixtures.labelCurve
  const words = { key: "labels", name: "Labelled images", unit: "labelled images", when: "With" }
  const at = { width: 640, height: 300, fontSize: 14, teacher, words, points, marked: false, chosen: 0 }
  assert.ok(curves.labelsChart(at).svg.includes(`labelled images${LOG_SCALE}`))
  const names = ["labels only", "distilled"]
  for (const answer of Object.values(fixtures.sweeps).filter(({ axes }) => axes.length === 1)) {
    const svg = map.linesChart(map.lines({ width: 700, height: 300, fontSize: 13, answer, names }))
    assert.equal(svg.includes(LOG_SCALE), answer.axes[0].key === "labels")
  }
})
