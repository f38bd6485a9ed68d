// From recorded runs at several numbers of labels to curves with bands, and what they say.

import { percent, signed, whole } from "../../components/js/format.js"
import { DASH, frame, LINE } from "../../components/js/frame.js"
import { apart, endOf, spread } from "../../components/js/series.js"
import { across, down, line, outline, rules, svg, text, through } from "../../components/js/svg.js"
import { kind, marker, svgChart, teacherLine } from "../../components/js/svg_chart.js"

// The arms, by the keys that a point has. second: drawn as the second of two of one role.
export const ARMS = [
  { key: "labels", role: "labels", name: "labels only", words: "labels only" },
  { key: "same", role: "distilled", name: "distilled", words: "distilled, on the same images" },
  {
    key: "rest",
    role: "distilled",
    name: "and the rest",
    words: "distilled, and the rest marked by the teacher",
    second: true,
  },
]

const INSET = 14 // pixels from the picture's edge to its first and last point
const GUESS = "your guess"
const WITHIN = 0.01 // of labels only at their end: so near is as good, since curves are flat there

/** The arms that are drawn. marked: with the one that also learns from images without labels. */
export const armsOf = (marked) => ARMS.filter(({ key }) => marked || key !== "rest")

/** Where an arm of a point ended: {mean, low, high}, fractions; null if the point has no such arm. */
export function ended(point, key) {
  const seeds = point.ends[key]
  return seeds ? spread(seeds) : null
}

/** One series for each arm over the numbers of labels: [{role, name, second, points: [{place, mean, low, high}]}]. */
export function overLabels(points, marked) {
  return armsOf(marked).map((arm) => ({
    ...arm,
    points: points.flatMap((point, place) => {
      const found = ended(point, arm.key)
      return found ? [{ place, ...found }] : []
    }),
  }))
}

/** One series for each arm of a point over its updates, as the accuracy chart has them. */
export function overUpdates(point, marked) {
  return armsOf(marked).flatMap((arm) => {
    const moments = point.arms[arm.key]
    if (!moments) return []
    const end = point.apart ? endOf(point.ends[arm.key], point.updates.at(-1), point.apart) : {}
    return [{ ...arm, ...end, points: moments.map((seeds, at) => ({ update: point.updates[at], ...spread(seeds) })) }]
  })
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

/** Where each number of labels lies between 0 and 1: by its logarithm. */
export function places(points) {
  return points.map(({ labels }) => along(points, labels))
}

function along(points, labels) {
  const [first, last] = [points[0], points.at(-1)].map((point) => Math.log(point.labels))
  return last > first ? (Math.log(labels) - first) / (last - first) : 0.5
}

/** The stop of the dial that is nearest to a number of labels, by its logarithm. */
export function stopAt(points, labels) {
  const far = ({ labels: one }) => Math.abs(Math.log(one) - Math.log(labels))
  return points.reduce((best, point, at) => (far(point) < far(points[best]) ? at : best), 0)
}

/** The update, between two tests on a straight line, at which a curve first reaches a level; null if it does not. */
export function reachedAt(curve, level) {
  const at = curve.findIndex(({ mean }) => mean >= level)
  if (at < 0) return null
  if (at === 0) return curve[0].update
  const [before, after] = [curve[at - 1], curve[at]]
  return before.update + ((level - before.mean) / (after.mean - before.mean)) * (after.update - before.update)
}

/** "+2.6 ± 0.7", and that nothing can be measured where the interval holds 0. */
export function gainWords(gain) {
  if (!gain || gain.mean === null) return "–"
  const interval = `${signed(gain.mean)}${gain.half === null ? "" : ` ± ${gain.half.toFixed(1)}`}`
  if (gain.kind === "better" || gain.kind === "worse") return interval
  const seeds = gain.kind === "none" ? `, better in ${gain.ahead} of ${gain.seeds} seeds` : ""
  return `${interval}, not measurable${seeds}`
}

/** Rows of the table: [{role, words, accuracy, range, gain}]; range: from the lowest seed to the highest. */
export function rows(point, marked) {
  return armsOf(marked).flatMap(({ key, role, words }) => {
    const found = ended(point, key)
    if (!found) return []
    const range = found.low === found.high ? "" : `${percent(found.low)} … ${percent(found.high)}`
    return [
      { role, words, accuracy: percent(found.mean), range, gain: key === "labels" ? "" : gainWords(point.gains[key]) },
    ]
  })
}

/** What the dial's place comes to. */
export function verdictWords(point, marked) {
  const same = `With ${whole(point.labels)} labelled images: ${lower(point.gains.same.sentence)}`
  if (!marked) return same
  if (!point.gains.rest) return `${same} No image is left for the teacher to mark alone.`
  return (
    `${same} With ${whole(point.unlabelled)} more that the teacher alone marks: ` +
    `${lower(point.gains.rest.sentence)}`
  )
}

const lower = (sentence) => sentence[0].toLowerCase() + sentence.slice(1)

/** How long it takes: when each arm comes within a point of where labels only end. Their last point is chance. */
export function timeWords(point, marked) {
  const found = overUpdates(point, marked)
  const end = found[0].points.at(-1).mean
  const said = found.map(({ words, points }) => {
    const at = reachedAt(points, end - WITHIN)
    return at === null ? `${words}, never` : `${words}, after ${whole(at)}`
  })
  const start =
    `With ${whole(point.labels)} labelled images and ${whole(point.updates.at(-1))} updates labels ` +
    `only end at ${percent(end)}%.`
  return `${start} Updates to come within a point of that: ${said.join("; ")}.`
}

/** The picture in a sentence, for those who do not see it. */
export function curveWords(points, marked, teacher) {
  const said = overLabels(points, marked).map(({ words, points: found }) => {
    const values = found.map(({ place, mean }) => `${percent(mean)}% at ${whole(points[place].labels)}`)
    return `${words}: ${values.join(", ")}`
  })
  return `Accuracy against the number of labelled images. ${said.join(". ")}. The teacher: ${percent(teacher)}%.`
}

/** The gain's picture in a sentence. predicted: as `gainChart` has it. */
export function gainCurveWords(points, marked, predicted) {
  const said = overGain(points, marked).map(({ words, key, points: found }) => {
    const values = found.map(({ place }) => `${gainWords(points[place].gains[key])} at ${whole(points[place].labels)}`)
    return `${words}: ${values.join("; ")}`
  })
  const own = predicted
    ? ` You expected ${predicted.map(({ labels, value }) => `${signed(value)} at ${whole(labels)}`).join(", ")}.`
    : ""
  return `Points gained over labels only, against the number of labelled images. ${said.join(". ")}.${own}`
}

/** What the button says. */
export function trainWords(point, marked) {
  const rest = marked && point.unlabelled ? ` and ${whole(point.unlabelled)} without` : ""
  return `Train it here with ${whole(point.labels)} labels${rest}`
}

/**
 * Curves over the numbers of labels, and a line where the dial stands. chosen: its stop. Returns {svg, stops}: the text
 * of an <svg>, and where that line goes for each stop, so that turning the dial need not draw the rest again.
 * @param {any} look
 */
export function labelsChart({ points, marked, teacher, chosen, ...size }) {
  const series = overLabels(points, marked)
  const lowest = Math.min(...series.flatMap(({ points: all }) => all.map(({ low }) => low)))
  const step = lowest > 0.85 ? 0.05 : 0.1
  const low = Math.max(0, Math.floor((lowest - 0.005) / step) * step)
  const names = [...series.map(({ name }) => `${name} 99.9`), "teacher 99.9"]
  const written = (share) => String(Math.round(100 * share))
  const at = grid({ ...size, points, names, low, high: 1, step, written })
  at.parts.push(...bands(at, series), teacherLine(at.plot.left, at.right, at.y(teacher)))
  at.parts.push(down("now", at.x(chosen), at.plot.top, at.bottom), ...linesOf(at, series, DASH))
  return closed(at, [
    { role: "teacher", text: `teacher ${percent(teacher)}`, value: teacher },
    ...ends(series, percent),
  ])
}

/** The empty picture over the numbers of labels: its rules, their words, and where things go. @param {any} look */
function grid({ width, height, fontSize, points, names, low, high, step, written }) {
  const longest = Math.max(...names.map((name) => name.length))
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
  const half = (place) => 0.3 * fontSize * whole(points[place].labels).length
  const last = points.length - 1
  let free = -Infinity // to the right of what is written already
  points.forEach(({ labels }, place) => {
    const end = x(place) + half(place) + 0.5 * fontSize
    if (place < last && (x(place) - half(place) < free || end > x(last) - half(last))) return
    free = end
    parts.push(text(x(place), bottom + 1.3 * fontSize, whole(labels), "tick", "middle"))
  })
  parts.push(text(right, bottom + 2.7 * fontSize, "labelled images", "tick", "end"))
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
    return [line(kind(role, second), path, LINE[role], dash[role]), ...marks]
  })
}

/** What is written at the end of each series. */
function ends(series, written) {
  return series.flatMap(({ role, second, name, points }) => {
    const value = points.at(-1)?.mean
    return value === undefined ? [] : [{ role, second, text: `${name} ${written(value)}`, value }]
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
 * What the teacher adds, in points, over the numbers of labels: mean and 95% interval of each taught arm, and zero.
 * predicted: what the learner drew, [{labels, value}], or null. Returns what `labelsChart` does.
 * @param {any} look
 */
export function gainChart({ points, marked, chosen, predicted, ...size }) {
  const taught = overGain(points, marked)
  const own = predicted ?? []
  const reached = taught.flatMap(({ points: all }) => all.flatMap(({ low, high }) => [low, high]))
  const all = [...reached, ...own.map(({ value }) => value), 0]
  const step = Math.max(...all) - Math.min(...all) > 12 ? 5 : 2
  const [low, high] = [Math.floor(Math.min(...all) / step) * step, Math.ceil(Math.max(...all) / step) * step]
  const names = [...taught.map(({ name }) => `${name} +99.9`), ...(own.length ? [GUESS] : [])]
  const at = grid({ ...size, points, names, low, high, step, written: String })
  const { plot, right, y } = at
  at.parts.push(across("zero", plot.left, right, y(0)), ...bands(at, taught))
  at.parts.push(down("now", at.x(chosen), plot.top, at.bottom), ...linesOf(at, taught))
  if (!own.length) return closed(at, ends(taught, signed))
  const place = (labels) => plot.left + INSET + (plot.width - 2 * INSET) * along(points, labels)
  const path = through(own.map(({ labels, value }) => [place(labels), y(value)]))
  at.parts.push(line("predicted", path, LINE.predicted, DASH.predicted))
  return closed(at, [...ends(taught, signed), { role: "predicted", text: GUESS, value: own.at(-1).value }])
}

/** One point's curves over its updates, as the lab draws them: the text of an <svg>. @param {any} look */
export function updatesChart({ point, marked, teacher, ...size }) {
  const series = overUpdates(point, marked)
  const at = frame({ ...size, series, teacherAccuracy: teacher, updates: point.updates.at(-1) })
  return svgChart(at, series, teacher)
}
