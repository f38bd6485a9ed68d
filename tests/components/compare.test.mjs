import assert from "node:assert/strict"
import { test } from "node:test"
import { fixtures, METHODS, module } from "./fixtures.mjs"

const { pairRows, pairSeries, standing, teachers } = await module("compare_words")
const { frame } = await module("frame")
const { ACCURACY, MEASURES } = await module("measures")
const { svgChart } = await module("svg_chart")

const run = fixtures.run
const other = {
  ...run,
  id: "other2345efg",
  updates: 120,
  events: run.events.slice(0, 5),
  spec: {
    ...run.spec,
    arms: run.spec.arms.map((arm) => (arm.method === "kd" ? { ...arm, method: "smoothing" } : arm)),
  },
}
const KL = MEASURES.find(({ key }) => key === "kl")

test("both runs' curves carry their letter, and those of B are told apart", () => {
  const series = pairSeries([run, other], METHODS, ACCURACY)
  assert.deepEqual(
    series.map(({ name }) => name),
    ["A labels only", "A distilled", "B labels only", "B label smoothing"],
  )
  assert.deepEqual(
    series.map(({ second }) => second),
    [false, false, true, true],
  )
  assert.deepEqual(
    series.map(({ role }) => role),
    ["labels", "distilled", "labels", "distilled"],
  )
  assert.equal(series[0].points.length, run.events.length)
})

test("one teacher is one line, two are two level ones, and of a divergence there is none", () => {
  assert.deepEqual(teachers([run, other], ACCURACY), { accuracy: run.teacher_accuracy, series: [] })
  const two = teachers([run, { ...other, teacher_accuracy: 0.88 }], ACCURACY)
  assert.equal(two.accuracy, null)
  assert.deepEqual(
    two.series.map(({ name, points }) => [name, points.at(-1).update, points.at(-1).mean]),
    [
      ["A teacher", 240, 0.996],
      ["B teacher", 240, 0.88],
    ],
  )
  assert.equal(teachers([run, { ...other, teacher_accuracy: null }], ACCURACY).series.length, 1)
  assert.deepEqual(teachers([run, other], KL), { accuracy: null, series: [] })
})

test("in the picture the second run has hollow lines, other marks, and both have their letter", () => {
  const series = pairSeries([run, other], METHODS, ACCURACY)
  const at = frame({ width: 900, height: 400, series, teacherAccuracy: 0.996, updates: 240 })
  const svg = svgChart(at, series, 0.996)
  assert.equal(svg.match(/class="line \w+ second"/g).length, 2)
  assert.equal(svg.match(/class="line core"/g).length, 2)
  assert.deepEqual(
    [...svg.matchAll(/class="label letter [^>]*>(.)</g)].map(([, letter]) => letter),
    ["A", "A", "B", "B"],
  )
  assert.equal(svg.match(/<circle/g).length, 1)
  assert.equal(svg.match(/<rect class="mark/g).length, 1)
  assert.ok(svg.match(/<path class="mark distilled" d="M/g).length > 1)
  assert.ok(svg.match(/<path class="mark hollow labels"/g).length > 1)
  assert.equal(svg.match(/class="label \w+ second"/g).length, 2, "and a name at its end")
  const alone = svgChart(at, series.slice(0, 2), 0.996)
  assert.ok(
    !/second"|class="mark distilled" d="M/.test(alone.replace(/class="label[^>]*>/g, "")),
    "one run alone looks as ever",
  )
})

test("a teacher's level line has no mark", () => {
  const { series } = teachers([run, { ...other, teacher_accuracy: 0.88 }], ACCURACY)
  const at = frame({ width: 900, height: 400, series, teacherAccuracy: null, updates: 240 })
  assert.ok(!svgChart(at, series, null).includes('class="mark'))
})

test("the last numbers of both, with a dash where one has none", () => {
  const { columns, rows } = pairRows([run, { ...other, events: [] }], METHODS)
  assert.deepEqual(
    columns.map(({ text }) => text),
    ["A labels only", "A distilled", "B labels only", "B label smoothing"],
  )
  assert.deepEqual(
    columns.map(({ role }) => role),
    ["labels", "distilled", "labels", "distilled"],
  )
  assert.equal(rows[0].length, 5)
  assert.deepEqual(rows[0].slice(3), ["–", "–"])
  assert.deepEqual(
    pairRows(
      [
        { ...run, events: [] },
        { ...other, events: [] },
      ],
      METHODS,
    ).rows,
    [],
  )
})

test("how each stands", () => {
  const say = (state) => standing({ ...run, state, update: 96 })
  assert.equal(say("finished"), "240 updates in 1.9 s")
  assert.deepEqual(["queued", "running", "paused", "stopped", "interrupted"].map(say), [
    "Waiting in the queue",
    "Training: update 96 of 240",
    "Paused at update 96 of 240",
    "Stopped at update 96 of 240",
    "Interrupted at update 96 of 240",
  ])
  assert.match(
    standing({ ...run, state: "finished", copy: "JPEG copy" }),
    /1\.9 s\. All of it .* a JPEG copy of the images/,
  )
})
