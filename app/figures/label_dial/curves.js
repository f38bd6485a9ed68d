// From recorded runs at the stops of a dial (numbers of labels, or updates) to curves with bands, and what they say.
// words: {name, unit, when}, of the dial.

import { percent, rounded, signed, whole } from "../../components/js/format.js"
import { DASH, LINE } from "../../components/js/frame.js"
import { apart, spread } from "../../components/js/series.js"
import { across, down, LOG_SCALE, line, outline, rules, svg, text, through } from "../../components/js/svg.js"
import { kind, lineOf, marker, teacherLine } from "../../components/js/svg_chart.js"

// The arms, by the keys that a point has. second: drawn as the second of two of one role.
export const ARMS = [
  { key: "labels", role: "labels", name: "labels only", words: "labels only" },
  { key: "same", role: "distilled", name: "distilled", words: "distilled, on the same images" },
  {
    key: "rest",
    role: "distilled",
    name: "+ the rest",
    words: "distilled, and the rest marked by the teacher",
    second: true,
  },
]

const INSET = 14 // pixels from the picture's edge to its first and last point
const GUESS = "your guess"

/** The arms that are drawn. marked: with the one that also learns from images without labels. */
export const armsOf = (marked) => ARMS.filter(({ key }) => marked || key !== "rest")

/** Where an arm of a point ended: {mean, low, high}, fractions; null if the point has no such arm. */
export function ended(point, key) {
  const seeds = point.ends[key]
  return seeds ? spread(seeds) : null
}

/** One series for each arm over the stops: [{role, name, second, points: [{place, mean, low, high}]}]. */
export function overLabels(points, marked) {
  return armsOf(marked).map((arm) => ({
    ...arm,
    points: points.flatMap((point, place) => {
      const found = ended(point, arm.key)
      return found ? [{ place, ...found }] : []
    }),
  }))
}

/** What each taught arm adds, in points, as a mean with its 95% interval: series as `overLabels` has them. */
export function overGain(points, marked) {
  return armsOf(marked)
    .filter(({ key }) => key !== "labels")
    .map((arm) => ({
      ...arm,
      points: points.flatMap((point, place) => {
        const gain = point.gains[arm.key]
        return gain
          ? [{ place, mean: gain.mean, low: gain.mean - (gain.half ?? 0), high: gain.mean + (gain.half ?? 0) }]
          : []
      }),
    }))
}

/** Where each stop lies between 0 and 1: by its logarithm. */
export function places(points) {
  return points.map(({ stop }) => along(points, stop))
}

function along(points, stop) {
  const [first, last] = [points[0], points.at(-1)].map((point) => Math.log(point.stop))
  return last > first ? (Math.log(stop) - first) / (last - first) : 0.5
}

/** The place of the stop that is nearest to a number, by its logarithm. */
export function stopAt(points, number) {
  const far = ({ stop }) => Math.abs(Math.log(stop) - Math.log(number))
  return points.reduce((best, point, at) => (far(point) < far(points[best]) ? at : best), 0)
}

/** "+2.6 ± 0.7", and that nothing can be measured where the interval holds 0. */
export function gainWords(gain) {
  if (!gain || gain.mean === null) return "–"
  const interval = `${signed(gain.mean)}${gain.half === null ? "" : ` ± ${rounded(gain.half, 1)}`}`
  if (gain.kind === "better" || gain.kind === "worse") return interval
  const seeds = gain.kind === "none" ? `, better in ${gain.ahead} of ${gain.seeds} seeds` : ""
  return `${interval}, not measurable${seeds}`
}

/** Rows of the table: [{role, words, accuracy, range, gain}]; range: from the lowest seed to the highest. */
export function rows(point, marked) {
  const own = armsOf(marked).flatMap(({ key, role, words }) => {
    const found = ended(point, key)
    return found ? [row(role, words, found, key === "labels" ? "" : gainWords(point.gains[key]))] : []
  })
  const beside = marked ? point.beside : []
  return [...own, ...beside.map(({ role, words, ends, gain }) => row(role, words, spread(ends), gainWords(gain)))]
}

/** @param {any} found */
function row(role, words, found, gain) {
  const { mean, low, high } = found
  const range = low === high ? "" : `${percent(low)} … ${percent(high)}`
  return { role, words, accuracy: percent(mean), range, gain }
}

/** What the dial's place comes to. */
export function verdictWords(point, marked, { when, unit }) {
  const same = `${when} ${whole(point.stop)} ${unit}: ${lower(point.gains.same.sentence)}`
  if (!marked) return same
  if (!point.gains.rest) return `${same} No image is left for the teacher to mark alone.`
  return (
    `${same} With ${whole(point.unlabelled)} more that the teacher alone marks: ` +
    `${lower(point.gains.rest.sentence)}`
  )
}

const lower = (sentence) => sentence[0].toLowerCase() + sentence.slice(1)

/** The picture in a sentence, for those who do not see it. */
export function curveWords(points, marked, { unit }, teacher) {
  const said = overLabels(points, marked).map(({ words, points: found }) => {
    const values = found.map(({ place, mean }) => `${percent(mean)}% at ${whole(points[place].stop)}`)
    return `${words}: ${values.join(", ")}`
  })
  return `Accuracy against ${unit}. ${said.join(". ")}. The teacher: ${percent(teacher)}%.`
}

/** The gain's picture in a sentence. predicted: as `gainChart` has it. */
export function gainCurveWords(points, marked, { unit }, predicted) {
  const said = overGain(points, marked).map(({ words, key, points: found }) => {
    const values = found.map(({ place }) => `${gainWords(points[place].gains[key])} at ${whole(points[place].stop)}`)
    return `${words}: ${values.join("; ")}`
  })
  const own = predicted
    ? ` You expected ${predicted.map(({ stop, value }) => `${signed(value)} at ${whole(stop)}`).join(", ")}.`
    : ""
  return `Points gained over labels only, against ${unit}. ${said.join(". ")}.${own}`
}

/** What the button says. */
export function trainWords(point, marked, { key }) {
  const rest = marked && point.unlabelled ? ` and ${whole(point.unlabelled)} without` : ""
  const long = key === "updates" ? `, ${whole(point.stop)} updates` : ""
  return `Train it here with ${whole(point.labels)} labels${rest}${long}`
}

/**
 * Curves over the stops, and a line where the dial stands. chosen: its stop. Returns {svg, stops}: the text
 * of an <svg>, and where that line goes for each stop, so that turning the dial need not draw the rest again.
 * @param {any} look
 */
export function labelsChart({ points, marked, teacher, chosen, ...size }) {
  const series = overLabels(points, marked)
  const lowest = Math.min(...series.flatMap(({ points: all }) => all.map(({ low }) => low)))
  const step = lowest > 0.85 ? 0.05 : 0.1
  const low = Math.max(0, Math.floor((lowest - 0.005) / step) * step)
  const labels = [
    { role: "teacher", text: `teacher ${percent(teacher)}`, value: teacher },
    ...ends(series, percent, points),
  ]
  const written = (share) => String(Math.round(100 * share))
  const at = grid({ ...size, points, labels, low, high: 1, step, written })
  at.parts.push(...bands(at, series), teacherLine(at.plot.left, at.right, at.y(teacher)))
  at.parts.push(down("now", at.x(chosen), at.plot.top, at.bottom), ...linesOf(at, series, DASH))
  return closed(at, labels)
}

/** The empty picture over the stops: its rules, their words, and where things go. @param {any} look */
function grid({ width, height, fontSize, points, words, labels, low, high, step, written }) {
  const longest = Math.max(...labels.map(({ text: word }) => word.length))
  const margin = Math.min(Math.ceil(longest * 0.51 * fontSize) + 14, Math.round(width * 0.42))
  const plot = { left: Math.round(2.6 * fontSize), top: fontSize, width: 0, height: 0 }
  plot.width = Math.max(40, width - plot.left - margin)
  plot.height = Math.max(40, height - plot.top - Math.round(3.2 * fontSize))
  const [right, bottom] = [plot.left + plot.width, plot.top + plot.height]
  const spaced = places(points)
  const x = (place) => plot.left + INSET + (plot.width - 2 * INSET) * spaced[place]
  const y = (value) => plot.top + plot.height * (1 - (value - low) / (1.004 * high - low))
  const ticks = []
  for (let tick = low; tick < high + 1e-9; tick += step) ticks.push(tick)
  const parts = rules(ticks, plot.left, right, y, (tick) => written(tick).replace("-", "−"), 0.35 * fontSize)
  const half = (place) => 0.3 * fontSize * whole(points[place].stop).length
  const last = points.length - 1
  let free = -Infinity // to the right of what is written already
  points.forEach(({ stop }, place) => {
    const end = x(place) + half(place) + 0.5 * fontSize
    if (place < last && (x(place) - half(place) < free || end > x(last) - half(last))) return
    free = end
    parts.push(text(x(place), bottom + 1.3 * fontSize, whole(stop), "tick", "middle"))
  })
  parts.push(text(right, bottom + 2.7 * fontSize, `${words.unit}${LOG_SCALE}`, "tick", "end"))
  const stops = points.map((_, place) => x(place))
  return { width, height, parts, plot, right, bottom, fontSize, x, y, stops, axes: { y: [low, high] } }
}

/** The bands of all series. */
function bands(at, series) {
  return series.map(({ role, second, points }) => {
    const band = points.map(({ place, low, high }) => [at.x(place), at.y(low), at.y(high)])
    return `<path class="band ${kind(role, second)}" d="${outline(band)}"/>`
  })
}

/** The lines of all series with their marks. */
function linesOf(at, series, dash = {}) {
  return series.flatMap(({ role, second, points }) => {
    const path = through(points.map(({ place, mean }) => [at.x(place), at.y(mean)]))
    const marks = points.map(({ place, mean }) => marker(at, role, { update: place, mean }, second))
    return [lineOf(role, path, dash[role], second), ...marks]
  })
}

/** What is written at the end of each series, and of which stop if that is not the last one. */
function ends(series, written, stops) {
  return series.flatMap(({ role, second, name, points }) => {
    const end = points.at(-1)
    if (!end) return []
    const at = end.place < stops.length - 1 ? ` at ${whole(stops[end.place].stop)}` : ""
    return [{ role, second, text: `${name} ${written(end.mean)}${at}`, value: end.mean }]
  })
}

/** The picture with a word at the end of each line, [{role, second, text, value}], as `labelsChart` returns it. */
function closed(at, labels) {
  const wanted = labels.map(({ value }) => at.y(value))
  const heights = apart(wanted, 1.3 * at.fontSize, at.plot.top + 4, at.bottom - 4)
  const words = labels.map(({ text: word, role, second }, index) =>
    text(at.right + 8, heights[index] + 0.35 * at.fontSize, word, `label ${kind(role, second)}`, "start"),
  )
  return { svg: svg(at, [...at.parts, ...words]), stops: at.stops }
}

/**
 * What the teacher adds, in points, over the stops: mean and 95% interval of each taught arm, and zero.
 * predicted: what the learner drew, [{stop, value}], or null. Returns what `labelsChart` does.
 * @param {any} look
 */
export function gainChart({ points, marked, chosen, predicted, ...size }) {
  const taught = overGain(points, marked)
  const own = predicted ?? []
  const reached = taught.flatMap(({ points: all }) => all.flatMap(({ low, high }) => [low, high]))
  const all = [...reached, ...own.map(({ value }) => value), 0]
  const step = Math.max(...all) - Math.min(...all) > 12 ? 5 : 2
  const [low, high] = [Math.floor(Math.min(...all) / step) * step, Math.ceil(Math.max(...all) / step) * step]
  const labels = ends(taught, signed, points)
  if (own.length) labels.push({ role: "predicted", second: false, text: GUESS, value: own.at(-1).value })
  const at = grid({ ...size, points, labels, low, high, step, written: String })
  const { plot, right, y } = at
  at.parts.push(across("zero", plot.left, right, y(0)), ...bands(at, taught))
  at.parts.push(down("now", at.x(chosen), plot.top, at.bottom), ...linesOf(at, taught))
  const place = (stop) => plot.left + INSET + (plot.width - 2 * INSET) * along(points, stop)
  const path = through(own.map(({ stop, value }) => [place(stop), y(value)]))
  if (own.length) at.parts.push(line("predicted", path, LINE.predicted, DASH.predicted))
  return closed(at, labels)
}
