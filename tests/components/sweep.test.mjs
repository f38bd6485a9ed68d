// Sweeps: what the figure says and draws, from what the server answers in each state.
import assert from "node:assert/strict"
import { test } from "node:test"
import { fixtures, module } from "./fixtures.mjs"

const words = await module("sweep_words")
const map = await module("sweep_map")
const { sweeps } = fixtures
const names = ["labels only", "distilled"]
const methods = sweeps.methods.cells.length

test("the headline counts what the finished settings found", () => {
  const { better, worse, finished, total } = words.tally(sweeps.map)
  assert.equal(total, 36)
  assert.equal(finished, 36)
  const { sentence, kind } = words.headline(sweeps.map)
  assert.ok(sentence.startsWith(`Of 36 settings: distilled beats labels only at ${better}`), sentence)
  assert.ok(sentence.endsWith(`no measurable difference at ${36 - better - worse}.`) || better + worse === 36, sentence)
  assert.equal(kind, better > worse ? "better" : worse ? "worse" : "")
})

test("the headline in every other state", () => {
  assert.match(words.headline(sweeps.none).sentence, /Nobody has run this sweep here yet/)
  assert.match(words.headline(sweeps.none, { disabled: "no" }).sentence, /Nothing to show here yet/)
  assert.equal(words.headline(sweeps.live).sentence, `2 of ${methods} settings trained, about 12 s left.`)
  const waiting = {
    ...sweeps.live,
    seconds: 0,
    left: null,
    message: "Starting.",
    cells: sweeps.live.cells.map((cell) => ({ ...cell, state: "queued", gain: null })),
  }
  assert.deepEqual(words.headline(waiting), {
    kind: "",
    sentence: `${methods} settings wait for a worker.`,
    aside: "Starting.",
  })
  const failed = {
    ...waiting,
    state: "ended",
    message: "The worker ended.",
    cells: waiting.cells.map((cell) => ({ ...cell, state: "interrupted" })),
  }
  assert.equal(words.headline(failed).kind, "trouble")
  assert.equal(words.headline(failed).aside, "The worker ended.")
  assert.equal(words.headline(sweeps.map, { gone: "It is gone." }).sentence, "It is gone.")
})

test("a sweep that was stopped says how many settings were trained, and one whose runs made room, too", () => {
  const cells = sweeps.methods.cells.map((cell, index) => (index ? { ...cell, state: "stopped", gain: null } : cell))
  const { sentence } = words.headline({ ...sweeps.methods, cells })
  assert.ok(sentence.startsWith(`Of 1 setting (1 of ${methods} settings were trained): `), sentence)
  const gone = sweeps.methods.cells.map((cell, index) => (index ? { ...cell, state: "missing", gain: null } : cell))
  assert.match(words.headline({ ...sweeps.methods, cells: gone }).sentence, /the others made room for newer runs/)
})

test("one seed gives no verdict", () => {
  const cells = sweeps.methods.cells.map((cell) => ({ ...cell, gain: { ...cell.gain, kind: "one-seed", half: null } }))
  const { sentence, kind } = words.headline({ ...sweeps.methods, seeds: [11], cells })
  assert.equal(sentence, `Of ${methods} settings: at ${methods} there is no verdict: one seed shows no spread.`)
  assert.equal(kind, "")
  assert.match(words.intervalWords(cells[0]), /^[+−]?\d+\.\d$/)
})

test("the best setting is told with the validation images that chose it, and chance is told of many intervals", () => {
  const said = words.asides(sweeps.map)
  assert.match(
    said[0],
    /^Best on validation images: temperature \d+, weight on the teacher [\d.]+, where distilled reaches \d+\.\d%/,
  )
  assert.match(said[1], /about 2 of 36 intervals at 95% would exclude zero all the same, on average\. But all/)
  assert.match(said[1], /the same labels-only students, so they win or lose together: .* one experiment, not 36\.$/)
  assert.match(words.asides({ ...sweeps.map, one_baseline: false })[1], /on average\.$/)
  assert.deepEqual(words.asides(sweeps.lines), [], "a count of labels is not tuned")
  assert.match(words.asides({ ...sweeps.methods, chosen: null })[0], /No images were left to choose/)
  assert.deepEqual(words.asides(sweeps.live), [])
})

test("what cannot be trained is named", () => {
  const left_out = ["Hints", "Attention"]
  const said = words.asides({ ...sweeps.lines, left_out, refused: ["Why not hints.", "Why not attention."] })
  assert.equal(said.at(-1), "Left out: Hints, Attention. Why not hints. Why not attention.")
})

test("a cell in words, finished, training, waiting, gone", () => {
  const [first, , third, fourth] = sweeps.live.cells
  assert.match(
    words.cellWords(sweeps.live, first),
    /^How the teacher teaches Soft labels: [+−]\d+\.\d, distilled \d+\.\d%, labels only \d+\.\d%\. /,
  )
  for (const cell of [first, third]) assert.ok(words.cellWords(sweeps.live, cell).includes(words.gainWords(cell)))
  assert.match(words.cellWords(sweeps.live, third), /, at 25% of its updates: \S+, distilled/)
  assert.match(words.cellWords(sweeps.live, fourth), /: waiting\.$/)
  assert.match(words.cellWords(sweeps.none, sweeps.none.cells[0]), /: not trained yet\.$/)
  assert.match(words.cellWords(sweeps.map, { ...sweeps.map.cells[0], state: "missing" }), /: no longer here\.$/)
})

test("a gain in a few signs", () => {
  const of = (mean, half = 0.4) => ({ gain: { mean, half } })
  assert.equal(words.gainWords(of(2.94)), "+2.9")
  assert.equal(words.gainWords(of(-0.3)), "−0.3")
  assert.equal(words.gainWords(of(0.01)), "0.0")
  assert.equal(words.gainWords({ gain: null }), "")
  assert.equal(words.intervalWords(of(2.94)), "+2.9 ± 0.4")
  assert.equal(words.intervalWords({ gain: null }), "–")
})

test("the map has the highest alpha on top and every cell once", () => {
  const found = map.rows(sweeps.map)
  assert.deepEqual(
    found.map(({ name }) => name),
    ["1", "0.9", "0.7", "0.5", "0.3", "0.1"],
  )
  const places = found.flatMap(({ cells }) => cells.map(({ index }) => index))
  assert.deepEqual(
    [...places].sort((a, b) => a - b),
    [...Array(36).keys()],
  )
  for (const { name, cells } of found) for (const cell of cells) assert.equal(String(cell.at[1]), name)
})

test("colour: the arm that is ahead, stronger with the gain, and full only from three points on", () => {
  const cells = [-1, 0, 1.5, 3].map((mean) => ({ gain: { mean } }))
  const strong = map.strength({ cells })
  assert.deepEqual(
    cells.map(strong).map((value) => Math.round(100 * value)),
    [33, 0, 50, 100],
  )
  assert.deepEqual(cells.map(map.role), ["labels", "distilled", "distilled", "distilled"])
  assert.equal(map.measurable({ state: "running", gain: { kind: "better" } }), false)
  assert.equal(map.measurable({ state: "finished", gain: { kind: "worse" } }), true)
})

test("numbers of images lie by their logarithm, everything else evenly", () => {
  assert.deepEqual(
    map.spacing({ key: "labels", values: [100, 1000, 10000] }).map((x) => x.toFixed(3)),
    ["0.000", "0.500", "1.000"],
  )
  assert.deepEqual(map.spacing({ key: "student", values: ["a", "b", "c"] }), [0, 0.5, 1])
  assert.deepEqual(map.spacing({ key: "student", values: ["a"] }), [0.5])
})

for (const [name, width] of [
  ["lines", 1100],
  ["lines", 340],
  ["methods", 1100],
  ["methods", 340],
  ["live", 700],
  ["none", 700],
]) {
  test(`the curves of ${name}, ${width} wide, stay inside the picture`, () => {
    const at = map.lines({ width, height: 300, fontSize: 13, answer: sweeps[name], names })
    const svg = map.linesChart(at)
    assert.ok(!svg.includes("NaN") && !svg.includes("undefined"))
    for (const { points } of at.series) {
      for (const point of points) {
        assert.ok(at.x(point.place) >= at.plot.left && at.x(point.place) <= at.plot.left + at.plot.width)
        assert.ok(at.y(point.high) >= at.plot.top - 1 && at.y(point.low) <= at.plot.top + at.plot.height + 1)
      }
    }
    assert.equal(at.joined, name === "lines")
    assert.equal(svg.includes('class="band'), name === "lines")
  })
}

test("names with markup are text", () => {
  const answer = structuredClone(sweeps.methods)
  answer.axes[0].names[0] = "<b>&"
  assert.ok(
    map.linesChart(map.lines({ width: 700, height: 300, fontSize: 13, answer, names })).includes("&#60;b&#62;&#38;"),
  )
})
