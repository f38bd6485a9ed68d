// From recorded runs at several numbers of labels to curves with bands, and what they say. Knows no page.

import { whole } from "./format.js"
import { DASH, frame, LINE } from "./frame.js"
import { apart, spread } from "./series.js"
import { marker, svgChart } from "./svg_chart.js"

// The arms, by the keys that a point has. second: drawn as the second of two of one role.
export const ARMS = [
  { key: "labels", role: "labels", name: "labels only", words: "labels only" },
  { key: "same", role: "distilled", name: "distilled", words: "distilled, on the same images" },
  { key: "rest", role: "distilled", name: "and the rest", words: "distilled, and the rest marked by the teacher", second: true },
]

const WITHIN = 0.01 // of labels only at their end: so near is as good, since curves are flat there

/** The arms that are drawn. marked: with the one that also learns from images without labels. */
export const armsOf = (marked) => ARMS.filter(({ key }) => marked || key !== "rest")

/** Where an arm of a point ended: {mean, low, high}, fractions; null where the point has no such arm. */
export function ended(point, key) {
  const moments = point.arms[key]
  return moments ? spread(moments.at(-1)) : null
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
    return moments ? [{ ...arm, points: moments.map((seeds, at) => ({ update: point.updates[at], ...spread(seeds) })) }] : []
  })
}

/** Where each number of labels lies between 0 and 1: by its logarithm. */
export function places(points) {
  const scale = points.map(({ labels }) => Math.log(labels))
  const [first, last] = [scale[0], scale.at(-1)]
  return scale.map((value) => (last > first ? (value - first) / (last - first) : 0.5))
}

/** The stop of the dial that is nearest to a number of labels, by its logarithm. */
export function stopAt(points, labels) {
  const far = ({ labels: one }) => Math.abs(Math.log(one) - Math.log(labels))
  return points.reduce((best, point, at) => (far(point) < far(points[best]) ? at : best), 0)
}

/** The update, between two tests on a straight line, at which a curve first reaches a level; null where it does not. */
export function reachedAt(curve, level) {
  const at = curve.findIndex(({ mean }) => mean >= level)
  if (at < 0) return null
  if (at === 0) return curve[0].update
  const [before, after] = [curve[at - 1], curve[at]]
  return before.update + ((level - before.mean) / (after.mean - before.mean)) * (after.update - before.update)
}

// ── words ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const percent = (share) => (100 * share).toFixed(1)
const signed = (value) => `${value < 0 ? "−" : "+"}${Math.abs(value).toFixed(1)}`

/** "+2.6 ± 0.7", and that nothing can be measured where the interval holds 0. */
export function gainWords(gain) {
  if (!gain || gain.mean === null) return "–"
  const interval = `${signed(gain.mean)}${gain.half === null ? "" : ` ± ${gain.half.toFixed(1)}`}`
  return gain.kind === "better" || gain.kind === "worse" ? interval : `${interval}, not measurable`
}

/** Rows of the table: [{role, words, accuracy, gain}]. */
export function rows(point, marked) {
  return armsOf(marked).flatMap(({ key, role, words }) => {
    const found = ended(point, key)
    if (!found) return []
    const band = found.low === found.high ? "" : ` (${percent(found.low)} … ${percent(found.high)})`
    return [{ role, words, accuracy: `${percent(found.mean)}${band}`, gain: key === "labels" ? "" : gainWords(point.gains[key]) }]
  })
}

/** What the dial's place comes to. */
export function verdictWords(point, marked) {
  const same = `With ${whole(point.labels)} labelled images: ${lower(point.gains.same.sentence)}`
  if (!marked) return same
  if (!point.gains.rest) return `${same} No image is left for the teacher to mark alone.`
  return `${same} With ${whole(point.unlabelled)} more that the teacher alone marks: ${lower(point.gains.rest.sentence)}`
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
  const start = `With ${whole(point.labels)} labelled images and ${whole(point.updates.at(-1))} updates labels only end at ${percent(end)}%.`
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

/** What the button says. */
export function trainWords(point, marked) {
  const rest = marked && point.unlabelled ? ` and ${whole(point.unlabelled)} without` : ""
  return `Train it here with ${whole(point.labels)} labels${rest}`
}

// ── pictures ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Curves over the numbers of labels as the text of an <svg>; a line where the dial stands. chosen: its stop. */
export function labelsChart({ width, height, fontSize, points, marked, teacher, chosen }) {
  const found = overLabels(points, marked)
  const lowest = Math.min(...found.flatMap(({ points: all }) => all.map(({ low }) => low)))
  const step = lowest > 0.85 ? 0.05 : 0.1
  const low = Math.max(0, Math.floor((lowest - 0.005) / step) * step)
  const names = [...found.map(({ name }) => name), "teacher"]
  const right = Math.min(Math.ceil(Math.max(...names.map((name) => `${name} 99.9`.length)) * 0.51 * fontSize) + 14, Math.round(width * 0.42))
  const plot = { left: Math.round(2.6 * fontSize), top: fontSize }
  Object.assign(plot, { width: Math.max(40, width - plot.left - right), height: Math.max(40, height - plot.top - Math.round(3.2 * fontSize)) })
  const bottom = plot.top + plot.height
  const spaced = places(points)
  const x = (place) => plot.left + 14 + (plot.width - 28) * spaced[place]
  const y = (share) => plot.top + plot.height * (1 - (share - low) / (1.004 - low))
  const at = { x: (place) => x(place), y, axes: { y: [low, 1] } }
  const parts = [`<svg class="chart" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-size="${fontSize}" aria-hidden="true" focusable="false">`]
  for (let tick = low; tick < 1 + 1e-9; tick += step) {
    parts.push(`<line class="rule" x1="${plot.left}" x2="${plot.left + plot.width}" y1="${y(tick).toFixed(1)}" y2="${y(tick).toFixed(1)}"/>`)
    parts.push(text(plot.left - 6, y(tick) + 0.35 * fontSize, String(Math.round(100 * tick)), "tick", "end"))
  }
  let free = -Infinity // to the right of what is written already
  points.forEach(({ labels }, place) => {
    const half = 0.3 * fontSize * whole(labels).length
    if (x(place) - half < free) return
    free = x(place) + half + 0.5 * fontSize
    parts.push(text(x(place), bottom + 1.3 * fontSize, whole(labels), "tick", "middle"))
  })
  parts.push(text(plot.left + plot.width, bottom + 2.7 * fontSize, "labelled images", "tick", "end"))
  parts.push(...found.map(({ role, second, points: all }) => `<path class="band ${kind(role, second)}" d="${band(all, x, y)}"/>`))
  parts.push(`<path class="line teacher" d="M${plot.left} ${y(teacher).toFixed(1)}H${plot.left + plot.width}" stroke-width="${LINE.teacher}" stroke-dasharray="${DASH.teacher}"/>`)
  parts.push(`<line class="now" x1="${x(chosen).toFixed(1)}" x2="${x(chosen).toFixed(1)}" y1="${plot.top}" y2="${bottom}"/>`)
  for (const { role, second, points: all } of found) {
    const path = all.map(({ place, mean }, index) => `${index ? "L" : "M"}${x(place).toFixed(1)} ${y(mean).toFixed(1)}`).join("")
    parts.push(`<path class="line ${kind(role, second)}" d="${path}" stroke-width="${LINE[role]}" stroke-dasharray="${DASH[role]}"/>`)
    parts.push(...all.map(({ place, mean }) => marker(at, role, { update: place, mean }, second)))
  }
  const ends = [
    { role: "teacher", text: `teacher ${percent(teacher)}`, share: teacher },
    ...found.flatMap(({ role, second, name, points: all }) => (all.length ? [{ role, second, text: `${name} ${percent(all.at(-1).mean)}`, share: all.at(-1).mean }] : [])),
  ]
  const heights = apart(ends.map(({ share }) => y(share)), 1.3 * fontSize, plot.top + 4, bottom - 4)
  parts.push(...ends.map((end, index) => text(plot.left + plot.width + 8, heights[index] + 0.35 * fontSize, end.text, `label ${kind(end.role, end.second)}`, "start")))
  return `${parts.join("")}</svg>`
}

/** One point's curves over its updates, as the lab draws them. */
export function updatesChart({ width, height, fontSize, point, marked, teacher }) {
  const series = overUpdates(point, marked)
  const at = frame({ width, height, fontSize, series, teacherAccuracy: teacher, updates: point.updates.at(-1) })
  return svgChart(at, series, teacher)
}

const kind = (role, second) => (second ? `${role} second` : role)

function band(points, x, y) {
  const top = points.map(({ place, high }) => `${x(place).toFixed(1)} ${y(high).toFixed(1)}`)
  const low = [...points].reverse().map(({ place, low: value }) => `${x(place).toFixed(1)} ${y(value).toFixed(1)}`)
  return points.length > 1 ? `M${[...top, ...low].join("L")}Z` : ""
}

function text(x, y, content, kinds, anchor) {
  return `<text class="${kinds}" x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${content}</text>`
}
