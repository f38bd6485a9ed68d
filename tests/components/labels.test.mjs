// The dial over labelled images: what it says and draws, from recorded runs.
import assert from "node:assert/strict"
import { test } from "node:test"
import { fixtures, module } from "./fixtures.mjs"

const curves = await module("figures/label_dial/curves")
const { points, teacher } = fixtures.labelCurve
const words = { key: "labels", name: "Labelled images", unit: "labelled images", when: "With" }
const at = { width: 640, height: 300, fontSize: 14, teacher, words }

test("every arm has a point for each number of labels that it was trained with", () => {
  const [alone, same, rest] = curves.overLabels(points, true)
  assert.deepEqual(
    alone.points.map(({ place }) => place),
    [0, 1, 2],
  )
  assert.deepEqual(
    same.points.map(({ place }) => place),
    [0, 1, 2],
  )
  assert.deepEqual(
    rest.points.map(({ place }) => place),
    [0, 1],
    "at the last nothing is left without a label",
  )
  assert.equal(curves.overLabels(points, false).length, 2)
  for (const { mean, low, high } of [...alone.points, ...same.points, ...rest.points])
    assert.ok(low <= mean && mean <= high)
  assert.ok(Math.abs(alone.points[0].mean - 0.78) < 1e-9)
})

test("numbers of labels lie by their logarithm, and a phrase finds the nearest stop", () => {
  const spaced = curves.places(points)
  assert.deepEqual([spaced[0], spaced[2]], [0, 1])
  assert.ok(Math.abs(spaced[1] - Math.log(10) / Math.log(40)) < 1e-12)
  assert.deepEqual(
    [1, 100, 250, 500, 4000, 59000].map((labels) => curves.stopAt(points, labels)),
    [0, 0, 0, 1, 2, 2],
  )
  assert.deepEqual(curves.places(points.slice(0, 1)), [0.5])
})

test("the table has a row for each arm that is there, and says where nothing can be measured", () => {
  const found = curves.rows(points[0], true)
  assert.deepEqual(
    found.map(({ role }) => role),
    ["labels", "distilled", "distilled"],
  )
  assert.deepEqual([found[0].accuracy, found[0].range], ["78.0", "77.0 … 79.0"])
  assert.equal(found[0].gain, "")
  assert.match(found[2].gain, /^\+\d+\.\d ± \d+\.\d$/)
  assert.equal(curves.rows(points[2], true).length, 2)
  const beside = [
    { role: "control", words: "a control", ends: [0.8, 0.82], gain: { mean: 3, half: 1, kind: "better" } },
  ]
  const last = curves.rows({ ...points[0], beside }, true).at(-1)
  assert.deepEqual(last, {
    role: "control",
    words: "a control",
    accuracy: "81.0",
    range: "80.0 … 82.0",
    gain: "+3.0 ± 1.0",
  })
  assert.equal(curves.rows({ ...points[0], beside }, false).length, 2, "they hear about the rest")
  assert.equal(
    curves.gainWords({ mean: -0.31, half: 1.2, kind: "none", ahead: 1, seeds: 3 }),
    "−0.3 ± 1.2, not measurable, better in 1 of 3 seeds",
  )
  assert.equal(curves.gainWords({ mean: 3, half: null, kind: "one-seed" }), "+3.0, not measurable")
  assert.equal(curves.gainWords(undefined), "–")
})

test("the verdict names both comparisons, or that no image is left", () => {
  const both = curves.verdictWords(points[0], true, words)
  assert.match(
    both,
    /^With 100 labelled images: .* test images\)\. .*\. With 3,500 more that the teacher alone marks: distilled beats/,
  )
  assert.ok(!curves.verdictWords(points[0], false, words).includes("3,500"))
  assert.match(curves.verdictWords(points[2], true, words), /No image is left for the teacher to mark alone\.$/)
})

test("the button says what it trains", () => {
  assert.equal(curves.trainWords(points[1], true, words), "Train it here with 1,000 labels and 2,500 without")
  assert.equal(curves.trainWords(points[1], false, words), "Train it here with 1,000 labels")
  assert.equal(curves.trainWords(points[2], true, words), "Train it here with 4,000 labels")
  const long = { ...points[1], stop: 64, labels: 500 }
  assert.equal(curves.trainWords(long, false, { key: "updates" }), "Train it here with 500 labels, 64 updates")
})

test("both pictures are drawn without a number that is none, and the text alternative has every value", () => {
  for (const marked of [true, false]) {
    for (const width of [280, 640, 1200]) {
      const { svg, stops } = curves.labelsChart({ ...at, width, points, marked, chosen: 1 })
      assert.ok(svg.includes(`class="now" x1="${stops[1].toFixed(1)}"`) && stops[0] < stops[1] && stops[1] < stops[2])
      assert.ok(!/NaN|undefined|Infinity/.test(svg), svg)
      assert.equal(svg.match(/class="line (labels|distilled)/g).length, marked ? 3 : 2)
      assert.equal(svg.includes("second"), marked)
      assert.equal(svg.includes("at 1,000"), marked, "where a line ends before the others")
    }
  }
  const said = curves.curveWords(points, true, words, teacher)
  for (const words of ["labels only: 78.0% at 100", "92.0% at 1,000", "96.0% at 4,000", "The teacher: 99.7%."])
    assert.ok(said.includes(words), said)
})

test("ticks that would touch are left out, and the first and the last stay", () => {
  const close = [...Array(8)].map((_, index) => ({ ...points[1], stop: 1000 + index }))
  const { svg } = curves.labelsChart({ ...at, width: 300, points: close, marked: false, chosen: 0 })
  const ticks = svg.match(/>1,00\d</g)
  assert.ok(ticks.length < 8 && ticks[0] === ">1,000<" && ticks.at(-1) === ">1,007<")
})

test("the gain is drawn with its interval, zero, and what the learner expected", () => {
  const [same, rest] = curves.overGain(points, true)
  assert.deepEqual([same.points.length, rest.points.length], [3, 2])
  for (const { mean, low, high } of rest.points) assert.ok(low <= mean && mean <= high && mean > 5)
  const predicted = [
    { stop: 100, value: -4 },
    { stop: 300, value: 20 },
    { stop: 4000, value: 2 },
  ]
  for (const own of [predicted, null]) {
    for (const marked of [true, false]) {
      const { svg } = curves.gainChart({ ...at, points, marked, chosen: 0, predicted: own })
      assert.ok(!/NaN|undefined|Infinity/.test(svg), svg)
      assert.equal(svg.match(/class="band/g).length, marked ? 2 : 1)
      assert.equal(svg.includes("your guess"), Boolean(own))
      assert.ok(svg.includes('class="zero"'))
    }
  }
  assert.ok(
    curves.gainChart({ ...at, points, marked: false, chosen: 0, predicted }).svg.includes(">−5<"),
    "harm has its place",
  )
  const said = curves.gainCurveWords(points, true, words, predicted)
  assert.match(said, /You expected −4\.0 at 100, \+20\.0 at 300, \+2\.0 at 4,000\.$/)
  assert.match(said, /distilled, and the rest marked by the teacher: \+\d+\.\d ± \d+\.\d at 100/)
})
