import assert from "node:assert/strict"
import { test } from "node:test"
import { fixtures, METHODS, module } from "./fixtures.mjs"

const { armNames, armSeries, predictedSeries } = await module("series")
const { predictedWords } = await module("bench_words")
const { frame } = await module("frame")
const { svgChart } = await module("svg_chart")
const { traces } = await module("plotly_chart")

const series = armSeries(fixtures.run, armNames(fixtures.run.spec.arms, METHODS))
const finished = (mean, state = "finished") => ({ state, verdict: { mean } })

test("a prediction lies that many points above what labels only came to", () => {
  const [found] = predictedSeries(3.8, series, 240)
  const end = series[0].points.at(-1)
  assert.ok(Math.abs(found.points[1].mean - end.mean - 0.038) < 1e-12)
  assert.deepEqual(
    found.points.map(({ update }) => update),
    [0, 240],
  )
  assert.equal(predictedSeries(900, series, 240)[0].points[0].mean, 1, "nobody is right on more than all")
  assert.deepEqual([predictedSeries(null, series, 240), predictedSeries(3, [], 240)], [[], []])
})

test("both charts draw it as a line of its own, without band or marker", () => {
  const all = [...series, ...predictedSeries(3.8, series, 240)]
  const at = frame({ width: 720, height: 500, series: all, teacherAccuracy: 0.996, updates: 240 })
  const svg = svgChart(at, all, 0.996)
  assert.match(svg, /class="line predicted" [^>]*stroke-dasharray="9px,3px,2px,3px"/)
  assert.match(svg, /class="label predicted"[^>]*>your guess/)
  assert.ok(!/class="mark[^"]* predicted"/.test(svg))
  const colours = {
    teacher: "#111111",
    distilled: "#222222",
    labels: "#333333",
    paper: "#444444",
    predicted: "#555555",
  }
  const drawn = traces(at, all, 0.996, colours).filter(({ line }) => line?.color === "#555555")
  assert.equal(drawn.length, 1)
  assert.match(drawn[0].hovertemplate, /^your guess %\{y:\.1f\}%</)
})

test("numbers of lines that end close together are written one below the other", () => {
  const close = [0.922, 0.913, 0.912, 0.893].map((mean, at) => {
    const points = [
      { update: 0, mean: 0.1 },
      { update: 240, mean },
    ].map((one) => ({ ...one, low: 0, high: 1 }))
    return { role: at === 3 ? "labels" : "distilled", name: `${at}`, points, end: { ...points[1], mean: 0.9 } }
  })
  const at = frame({ width: 400, height: 220, fontSize: 15, series: close, teacherAccuracy: 1, updates: 240 })
  const middles = at.ends.map(({ share, shift }) => at.y(share) + shift)
  assert.equal(middles.length, close.length)
  middles.slice(1).forEach((middle, index) => assert.ok(middle - middles[index] > 15, middles.join()))
})

test("the number of a line is not struck out by the teacher’s", () => {
  const points = [
    { update: 0, mean: 0.1, low: 0, high: 1 },
    { update: 240, mean: 0.937, low: 0.9, high: 1 },
  ]
  for (const [role, others] of [
    ["distilled", []],
    ["labels", [{ role: "distilled", name: "d", points: [points[0], { ...points[1], mean: 0.99 }], end: points[1] }]],
  ]) {
    const series = [...others, { role, name: role, points, end: points[1] }]
    for (const teacherAccuracy of [0.88, 0.92, 0.937, 0.96, 0.997]) {
      const at = frame({ width: 400, height: 220, fontSize: 15, series, teacherAccuracy, updates: 240 })
      const { share, shift } = at.ends.at(-1)
      assert.ok(Math.abs(at.y(share) + shift - at.y(teacherAccuracy)) > 0.69 * 15, `${role} ${teacherAccuracy}`)
    }
  }
})

test("the gap is told once the run is finished, with its sign", () => {
  assert.equal(
    predictedWords(3.8, finished(2.56)),
    "You said +3.8 points; it came to +2.6. You were 1.2 points too high.",
  )
  assert.equal(predictedWords(-1, finished(0)), "You said −1.0 points; it came to 0.0. You were 1.0 points too low.")
  assert.equal(
    predictedWords(2.6, finished(2.56)),
    "You said +2.6 points; it came to +2.6. As exact as it is measured.",
  )
  for (const [said, answer] of [
    [null, finished(2)],
    [2, null],
    [2, finished(null)],
    [2, finished(2, "running")],
    [2, finished(2, "stopped")],
  ]) {
    assert.equal(predictedWords(said, answer), "")
  }
})
