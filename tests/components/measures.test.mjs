import assert from "node:assert/strict"
import { test } from "node:test"
import { fixtures, METHODS, module } from "./fixtures.mjs"

const { ACCURACY, MEASURES, title, written } = await module("measures")
const { armNames, armSeries, axes, inWords, lacksLosses } = await module("series")
const { frame } = await module("frame")
const { svgChart } = await module("svg_chart")
const { layout, traces } = await module("plotly_chart")

const { run } = fixtures
const names = armNames(run.spec.arms, METHODS)
const of = (key) => MEASURES.find((measure) => measure.key === key)

test("values and titles are written with their unit", () => {
  assert.equal(written(0.9294, ACCURACY), "92.9")
  assert.equal(written(0.31749, of("kl")), "0.317")
  assert.equal(written(NaN, of("kl")), "–")
  assert.equal(title(ACCURACY, 1000), "accuracy on 1,000 test images, %")
  assert.equal(title(of("kl"), 0), "KL divergence from the teacher, nats")
  assert.equal(title(of("hard"), 1000), "hard loss (labels) on the batches, nats")
})

test("every measure of the test images is in the events, and becomes a series", () => {
  for (const measure of MEASURES.filter(({ part }) => !part)) {
    const series = armSeries(run, names, measure)
    const last = run.events.at(-1)[measure.key]
    assert.equal(series.length, last.length, measure.key)
    const mean = last[1].reduce((sum, value) => sum + value, 0) / last[1].length
    assert.ok(Math.abs(series[1].points.at(-1).mean - mean) < 1e-12, measure.key)
  }
})

test("a part of the loss is the mean over the updates since the point before", () => {
  const event = (update, losses) => ({ kind: "point", seq: update, update, accuracy: [[0.5, 0.5]], losses })
  const state = {
    spec: { arms: [{ role: "labels", method: "labels" }] },
    events: [
      event(0, { updates: [] }),
      event(2, {
        updates: [1, 2],
        total: [
          [
            [4, 2],
            [2, 2],
          ],
        ],
      }),
    ],
  }
  const [{ points }] = armSeries(state, ["labels only"], of("total"))
  assert.deepEqual(points, [{ update: 2, mean: 2.5, low: 2, high: 3 }])
  assert.equal(lacksLosses(state), false)
  assert.equal(lacksLosses({ events: [event(0), event(2)] }), true)
})

test("an axis holds its curves, with few round ticks", () => {
  for (const high of [0.003, 0.031, 0.4, 0.999, 1, 2.31, 7, 23]) {
    const { y, yTicks } = axes([{ points: [{ mean: high, high }] }], 100, of("kl"))
    assert.equal(y[0], 0)
    assert.ok(y[1] >= high && y[1] <= 2.1 * high, `${high}: ${y}`)
    assert.ok(yTicks.length >= 3 && yTicks.length <= 6, `${high}: ${yTicks}`)
  }
  assert.ok(axes([], 100, of("kl")).y[1] >= 1)
})

test("every measure can be drawn, in both pictures alike", () => {
  const colours = { teacher: "#000000", distilled: "#000000", labels: "#000000", paper: "#ffffff" }
  const look = { colours, font: "x", zoomable: true, revision: "" }
  for (const measure of MEASURES) {
    const series = armSeries(run, names, measure)
    const at = frame({ width: 700, height: 400, series, teacherAccuracy: null, updates: run.updates, measure })
    const svg = svgChart(at, series, null)
    const drawn = layout(at, look)
    assert.ok(!/NaN|undefined/.test(svg + JSON.stringify([drawn, traces(at, series, null, colours)])), measure.key)
    for (const text of drawn.yaxis.ticktext) assert.ok(svg.includes(`>${text}</text>`), `${measure.key}: ${text}`)
    for (const { points } of series)
      for (const { high } of points) assert.ok(measure.unit * high <= drawn.yaxis.range[1] + 1e-9, measure.key)
  }
})

test("the text alternative names what is shown", () => {
  const said = inWords(armSeries(run, names, of("kl")), null, 1000, of("kl"))
  assert.match(said, /from the teacher of \d\.\d{3} \(\d\.\d{3} to \d\.\d{3} over the seeds\) after 240 updates/)
})
