// A race: its curves grow between the points that were measured, and the axis shows how far apart they end.

import assert from "node:assert/strict"
import { test } from "node:test"
import { fixtures, METHODS, module } from "./fixtures.mjs"

const { upTo } = await module("race")
const { armNames, armSeries, closeUp, predictedSeries } = await module("series")
const { frame } = await module("frame")
const { svgChart } = await module("svg_chart")

const series = armSeries(fixtures.run, armNames(fixtures.run.spec.arms, METHODS))
const { updates } = fixtures.run
const ends = series.map(({ points }) => points.at(-1))

test("a curve grows from nothing to all that was measured, between two points on a straight line", () => {
  const [arm] = series
  const [first, second] = arm.points
  assert.deepEqual(upTo(arm, -1).points, [], "before its first point there is nothing")
  assert.deepEqual(upTo(arm, first.update).points.at(-1), { ...first })
  const half = upTo(arm, (first.update + second.update) / 2).points
  assert.equal(half.length, 2)
  assert.ok(Math.abs(half[1].mean - (first.mean + second.mean) / 2) < 1e-12)
  for (const key of ["low", "high"]) assert.ok(half[1][key] >= Math.min(first[key], second[key]) - 1e-12)
  assert.deepEqual(upTo(arm, arm.points.at(-1).update).points, arm.points)
  assert.equal(upTo(arm, null), arm)
})

test("the axis closes in on where the curves end, with the guess, and holds them all", () => {
  for (const guess of [-4, 3, 10]) {
    const all = [...series, ...predictedSeries(guess, series, updates)]
    const { y, yTicks } = closeUp(all, updates)
    for (const one of all) assert.ok(one.points.at(-1).mean > y[0] && one.points.at(-1).mean <= y[1], one.name)
    assert.ok(y[1] - y[0] < 0.6 && yTicks.length >= 3 && yTicks.length <= 8, `${guess}: ${yTicks}`)
    assert.ok(yTicks.every((tick) => tick >= y[0] - 1e-9 && tick <= y[1] + 1e-9 && tick <= 1 + 1e-9))
  }
  const { y } = closeUp(series, updates)
  assert.ok(Math.abs(ends[0].mean - ends[1].mean) > 0.1 * (y[1] - y[0]), "the gap can be seen")
})

test("no label lies on a curve, and what the axis does not hold is said", () => {
  const at = frame({ width: 720, height: 400, series, teacherAccuracy: 1, updates, held: closeUp(series, updates) })
  for (const { x } of at.labels) assert.ok(x > at.plot.left + at.plot.width)
  const begun = series.map((one) => upTo(one, 0))
  const early = frame({ width: 720, height: 400, series: begun, teacherAccuracy: 1, updates, held: at.axes })
  const words = early.labels.map(({ text }) => text)
  assert.ok(
    words.slice(1).every((text) => text.endsWith(" ↓")),
    words.join(),
  )
  const beyond = at.axes.y[1] < 1
  assert.equal(words[0].endsWith(" ↑"), beyond)
  assert.equal(/class="line teacher"/.test(svgChart(at, series, 1)), !beyond, "no line where it is not")
})

test("a run that lies behind another is faint, and has neither label nor mark", () => {
  const behind = series.map((one) => ({ ...one, name: `recorded, ${one.name}`, ghost: true }))
  const all = [...behind, ...series]
  const at = frame({ width: 720, height: 400, series: all, teacherAccuracy: 0.99, updates })
  const svg = svgChart(at, all, 0.99)
  assert.equal(svg.match(/class="line \w+ ghost"/g)?.length, series.length)
  assert.equal(svg.match(/class="band/g)?.length, series.length)
  assert.ok(!svg.includes("recorded,"))
})
