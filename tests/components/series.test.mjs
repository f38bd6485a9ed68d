import assert from "node:assert/strict"
import { test } from "node:test"
import { fixtures, METHODS, module } from "./fixtures.mjs"

const { apart, armNames, armSeries, axes, inWords, predictedSeries, roleOf, spread, ticks } = await module("series")
const { testedWords } = await module("final")
const { frame, VERDICT } = await module("frame")
const { svgChart } = await module("svg_chart")
const { layout, titled, traces, transparent, wrapped } = await module("plotly_chart")

const names = armNames(fixtures.run.spec.arms, METHODS)
const series = armSeries(fixtures.run, names)
const at = frame({ width: 720, height: 500, series, teacherAccuracy: 0.996, updates: 240, testImages: 1000 })

test("mean and band are numpy's", () => {
  for (const { values, mean, low, high } of fixtures.spreads) {
    const found = spread(values)
    assert.ok(Math.abs(found.mean - mean) < 1e-12)
    assert.deepEqual([found.low, found.high], [low, high])
  }
  assert.equal(spread([null, null]), null)
  assert.equal(spread([0.5, null]).mean, 0.5)
})

test("a series per arm, in the arms' order, with a point per event", () => {
  assert.deepEqual(
    series.map(({ role }) => role),
    ["labels", "distilled"],
  )
  assert.deepEqual(names, ["labels only", "distilled"])
  assert.equal(series[0].points.length, fixtures.run.events.length)
  const { accuracy } = fixtures.run.events.at(-1)
  assert.ok(Math.abs(series[1].points.at(-1).high - Math.max(...accuracy[1])) < 1e-12)
})

test("arms of one method are told apart by what differs", () => {
  const arm = (temperature, alpha) => ({ role: "distilled", method: "kd", temperature, alpha })
  assert.deepEqual(armNames([arm(4, 0.9), arm(8, 0.9)], METHODS), ["distilled T 4", "distilled T 8"])
  const broken = { ...arm(4, 0.9), bug: "cut" }
  assert.deepEqual(armNames([arm(4, 0.9), broken], { ...METHODS, cut: "graph cut" }), [
    "distilled",
    "distilled (bug: graph cut)",
  ])
  assert.deepEqual([roleOf(arm(4, 0.9)), roleOf(broken)], ["distilled", "bugged"])
})

test("ticks are few, round and within", () => {
  for (const high of [1, 3, 8, 10, 24, 100, 240, 6300]) {
    const found = ticks(high)
    assert.deepEqual(
      found,
      found.map((_, index) => index * found[1] || 0),
      "evenly spaced",
    )
    assert.equal(found[0], 0)
    assert.ok(found.length <= 6 && found.every((tick) => Number.isInteger(tick) && tick <= high), `${high}: ${found}`)
    assert.equal(new Set(found).size, found.length)
  }
})

test("the axis starts at 0 until the curves have risen", () => {
  assert.equal(axes([{ points: [{ mean: 0.1 }] }], 240).y[0], 0)
  assert.equal(axes(series, 240).y[0], 0.4)
  assert.equal(axes([], 240).y[0], 0)
})

test("labels never collide and stay as near as they can", () => {
  for (const wanted of [[100, 102, 104], [0, 0, 0], [400, 399], [10, 50, 90], [5]]) {
    const found = apart(wanted, 17, 0, 400)
    const sorted = [...found].sort((a, b) => a - b)
    sorted.slice(1).forEach((place, index) => assert.ok(place - sorted[index] >= 17 - 1e-9, `${found}`))
    assert.ok(found.every((place) => place >= 0 && place <= 400))
  }
  assert.deepEqual(apart([10, 50, 90], 17, 0, 400), [10, 50, 90])
  assert.deepEqual(apart([], 17, 0, 400), [])
  const crowded = apart([10, 10, 10], 17, 0, 20)
  assert.deepEqual(crowded, [0, 10, 20])
})

test("labels keep the order of their lines", () => {
  const found = apart([200, 198, 205], 17, 0, 400)
  assert.ok(found[1] < found[0] && found[0] < found[2])
})

test("no label is clipped, on a phone neither", () => {
  for (const width of [288, 358, 720, 1100]) {
    const place = frame({ width, height: 400, series, teacherAccuracy: 0.996, updates: 240, testImages: 1000 })
    for (const { text, x } of place.labels) assert.ok(x + text.length * 6.3 <= width, `${text} at ${x} of ${width}`)
    assert.ok(place.plot.width > 100)
  }
})

test("the first labels of a run find their room kept", () => {
  const waiting = series.map((arm) => ({ ...arm, points: [] }))
  const [before, after] = [waiting, series].map((some) =>
    frame({ width: 720, height: 500, series: some, teacherAccuracy: 0.9, updates: 240, testImages: 1000 }),
  )
  assert.deepEqual(before.plot, after.plot)
})

test("both pictures put the same things at the same places", () => {
  const svg = svgChart(at, series, 0.996)
  const look = {
    colours: { teacher: "#0F5C63", distilled: "#BA441D", labels: "#604529" },
    font: "x",
    zoomable: true,
    revision: "r",
  }
  const drawn = layout(at, look)
  assert.deepEqual([drawn.width, drawn.height], [at.width, at.height])
  assert.equal(drawn.margin.l + drawn.margin.r + at.plot.width, at.width)
  assert.equal(drawn.margin.t + drawn.margin.b + at.plot.height, at.height)
  assert.deepEqual(
    drawn.yaxis.range,
    at.axes.y.map((share) => 100 * share),
  )
  for (const { text } of at.labels) {
    assert.ok(svg.includes(`>${text}</text>`))
    assert.ok(drawn.annotations.some((annotation) => annotation.text === `<b>${text}</b>`))
  }
  const last = series[1].points.at(-1)
  assert.ok(svg.includes(`cx="${at.x(last.update).toFixed(1)}" cy="${at.y(last.mean).toFixed(1)}"`))
})

test("a zoom is kept as long as the run stays the same", () => {
  const look = (revision) => ({ colours: {}, font: "x", zoomable: true, revision })
  assert.equal(layout(at, look("run-1")).uirevision, layout(at, look("run-1")).uirevision)
  assert.notEqual(layout(at, look("run-1")).uirevision, layout(at, look("run-2")).uirevision)
  const held = frame({
    width: 500,
    height: 300,
    series: [],
    teacherAccuracy: 0.99,
    updates: 240,
    testImages: 10,
    held: at.axes,
  })
  assert.equal(held.axes, at.axes)
})

test("a touch screen scrolls instead of zooming", () => {
  const drawn = layout(at, { colours: {}, font: "x", zoomable: false, revision: "" })
  assert.deepEqual([drawn.dragmode, drawn.xaxis.fixedrange, drawn.yaxis.fixedrange], [false, true, true])
})

test("roles differ in dash and marker, not only in colour", () => {
  const found = traces(at, series, 0.996, {
    teacher: "#000000",
    distilled: "#000000",
    labels: "#000000",
    paper: "#ffffff",
  })
  const dash = Object.fromEntries(found.filter(({ name }) => name).map(({ name, line }) => [name, line.dash]))
  assert.equal(new Set(Object.values(dash)).size, 3)
  const symbols = found.filter(({ mode }) => mode === "markers").map(({ marker }) => marker.symbol)
  assert.deepEqual(new Set(symbols), new Set(["square", "circle"]))
  const bands = found.filter(({ fill }) => fill === "toself")
  assert.equal(bands.length, 2)
  assert.equal(bands[0].x.length, 2 * series[0].points.length)
})

test("no run, one point and no teacher can be drawn, too", () => {
  const look = { colours: { distilled: "#000000", labels: "#000000" }, font: "x", zoomable: true, revision: "" }
  const one = [{ ...series[0], points: series[0].points.slice(0, 1) }]
  for (const [some, teacher] of [
    [[], null],
    [[], 0.5],
    [one, null],
    [[{ ...series[0], points: [] }], 0.9],
  ]) {
    const place = frame({ width: 400, height: 300, series: some, teacherAccuracy: teacher, updates: 1, testImages: 0 })
    assert.ok(!/NaN|undefined/.test(svgChart(place, some, teacher)))
    assert.ok(
      !/NaN|undefined/.test(
        JSON.stringify([layout(place, look), traces(place, some, teacher, { ...look.colours, teacher: "#000000" })]),
      ),
    )
  }
})

test("a class name cannot break out of the picture", () => {
  const evil = [{ ...series[0], name: "<script>" }]
  const place = frame({ width: 400, height: 300, series: evil, teacherAccuracy: null, updates: 240, testImages: 0 })
  assert.ok(!svgChart(place, evil, null).includes("<script>"))
})

test("the text alternative states the result", () => {
  const said = inWords(series, 0.996, 1000)
  assert.match(said, /The teacher is right on 99\.6% of 1,000 test images/)
  assert.match(said, /Labels only is at \d+\.\d% \(\d+\.\d to \d+\.\d over the seeds\) after 240 updates/)
  assert.match(inWords([], null, 0), /No student has been tested yet/)
})

test("a colour with an opacity", () => {
  assert.equal(transparent("#0F5C63", 0.16), "rgba(15,92,99,0.16)")
  assert.equal(transparent("rgb(1, 2, 3)", 0.5), "rgba(1,2,3,0.5)")
})

test("an arm that stays low is not cut off by the axis", () => {
  const at = (mean) => ({ role: "labels", name: "", points: [{ update: 9, mean, low: mean, high: mean }] })
  assert.equal(axes([at(0.9), at(0.88)], 9).y[0], 0.4)
  assert.equal(axes([at(0.9), at(0.12)], 9).y[0], 0)
})

const accuracy = [
  [0.86, 0.87, 0.88],
  [0.9, 0.91, 0.92],
]
const events = fixtures.run.events.map((event, index, all) =>
  index === all.length - 1 ? { ...event, final: { accuracy, images: 10000, teacher: 0.9965 } } : event,
)
const ended = armSeries({ ...fixtures.run, events }, names)

test("what the verdict is taken on has a mark of its own at the right edge", () => {
  assert.ok(series.every(({ end }) => end === undefined))
  assert.deepEqual(
    ended.map(({ end }) => [end.mean.toFixed(3), end.low, end.high, end.images]),
    [
      ["0.870", 0.86, 0.88, 10000],
      ["0.910", 0.9, 0.92, 10000],
    ],
  )
  const look = { width: 720, height: 500, teacherAccuracy: 0.996, updates: 240 }
  const place = frame({ ...look, series: ended })
  assert.deepEqual(place.plot, at.plot, "nothing moves when it comes")
  assert.deepEqual(place.axes.x, at.axes.x)
  assert.ok(place.labels.some(({ text }) => text === "distilled 91.0"))
  const last = (/** @type {any} */ { points }) => (100 * points.at(-1).mean).toFixed(1)
  assert.deepEqual(
    place.ends.map(({ text }) => text),
    ended.map(last).sort().reverse(),
    "each line says what it comes to, beside what its mark says",
  )
  assert.deepEqual(at.ends, [])
  for (const width of [288, 720, 1800]) {
    const there = frame({ ...look, width, series: ended })
    const [from, tick] = [there.after, there.axes.xTicks.at(-1)]
    assert.ok(from >= there.x(tick) + 3.5 * String(tick).length + 3, `it is written clear of the tick, at ${width}`)
    const notes = layout(there, { colours: {}, font: "x" }).annotations
    const { xshift } = notes.find(({ text }) => text === VERDICT)
    assert.equal(xshift, from - there.plot.left - there.plot.width)
  }
  const { update, mean } = ended[1].end
  assert.ok(update > 240 && place.x(update) < place.plot.left + place.plot.width, "right of the curve, inside the plot")
  const mark = (picture) => picture.includes(`cx="${place.x(update).toFixed(1)}" cy="${place.y(mean).toFixed(1)}"`)
  assert.ok(mark(svgChart(place, ended, 0.996)))
  const colours = { teacher: "#000000", distilled: "#000000", labels: "#000000", paper: "#ffffff" }
  const marks = traces(place, ended, 0.996, colours).filter(({ mode }) => mode === "markers")
  assert.deepEqual(
    marks.map(({ x, y }) => [x[0] > 240, y[0].toFixed(1)]),
    [
      [true, "87.0"],
      [true, "91.0"],
    ],
  )
  const back = frame({ ...look, series: ended, moment: 120 })
  assert.ok(!mark(svgChart(back, ended, 0.996)), "who looks back sees the curve")
  assert.match(
    inWords(ended, 0.996, 1000),
    /after 240 updates, and at 91\.0% \(.*\) on the 10,000 test images of the ver/,
  )
})

test("another measure than accuracy is of the curve's images alone", () => {
  const measure = { key: "kl", verb: "", words: "", unit: 1, digits: 3, mark: "" }
  assert.ok(armSeries({ ...fixtures.run, events }, names, measure).every(({ end }) => end === undefined))
})

test("a guess is laid over what the verdict is taken on", () => {
  const [guess] = predictedSeries(3, ended, 240)
  assert.ok(Math.abs(guess.points[0].mean - 0.9) < 1e-9)
})

test("it is said once why the curve's end and the verdict differ", () => {
  const told = testedWords({ ...fixtures.run, events })
  assert.match(told, /^Lines: 1,000 test images.* marks at the right edge: 10,000 others/)
  assert.equal(testedWords(fixtures.run), "")
  assert.match(testedWords({ ...fixtures.run, copy: "JPEG copy" }), /^All of it is measured on a JPEG copy/)
  assert.equal(testedWords(null), "")
})

test("a picture to take away has a head that fits, and its names stand off their marks", () => {
  const plain = layout(at, { colours: {}, font: "x", zoomable: false, revision: "r" })
  const said = { title: "Accuracy, %", verdict: "Distilled beats labels only. ".repeat(8), settings: "T < 8 & more" }
  const {
    layout: made,
    width,
    height,
    data,
  } = titled({ data: [1], layout: plain }, said, { fontSize: 13, paper: "#fff", ink: "#000" })
  const lines = made.title.text.split("<br>")
  assert.equal(lines[0], "<b>Accuracy, %</b>")
  assert.equal(lines.at(-1), "T &lt; 8 &amp; more", "its markup is text")
  assert.ok(lines.every((line) => line.length * 0.56 * 13 <= width) && lines.length > 4)
  assert.equal(height - plain.height, made.margin.t - plain.margin.t, "the plot is as high as it was")
  assert.ok(made.margin.t - plain.margin.t >= 13 * lines.length && made.title.x === 0 && made.title.pad.l >= 10)
  const shifts = (one) => one.annotations.map(({ xshift }) => xshift)
  assert.ok(shifts(made).some((shift, index) => shift > shifts(plain)[index]))
  assert.deepEqual(data, [1])
})

test("text is wrapped where words allow it", () => {
  assert.deepEqual(wrapped("one two three", 7), ["one two", "three"])
  assert.deepEqual(wrapped("unbreakable", 3), ["unbreakable"])
  assert.deepEqual(wrapped("", 3), [])
})
