// From recorded runs at several numbers of labels to curves with bands, and what they say. Knows no page.

import { whole } from "../../components/js/format.js"
import { DASH, frame, LINE } from "../../components/js/frame.js"
import { apart, spread } from "../../components/js/series.js"
import { marker, svgChart } from "../../components/js/svg_chart.js"

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
    return moments
      ? [{ ...arm, points: moments.map((seeds, at) => ({ update: point.updates[at], ...spread(seeds) })) }]
      : []
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

// ── pictures ────────────────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Curves over the numbers of labels, and a line where the dial stands. chosen: its stop. Returns {svg, stops}: the text
 * of an <svg>, and where that line goes for each stop, so that turning the dial need not draw the rest again.
 */
export function labelsChart({ width, height, fontSize, points, marked, teacher, chosen }) {
  const found = overLabels(points, marked)
  const lowest = Math.min(...found.flatMap(({ points: all }) => all.map(({ low }) => low)))
  const step = lowest > 0.85 ? 0.05 : 0.1
  const low = Math.max(0, Math.floor((lowest - 0.005) / step) * step)
  const names = [...found.map(({ name }) => `${name} 99.9`), "teacher 99.9"]
  const at = grid({
    width,
    height,
    fontSize,
    points,
    names,
    low,
    high: 1,
    step,
    written: (share) => String(Math.round(100 * share)),
  })
  const { x, y, parts, plot, bottom } = at
  parts.push(
    ...found.map(
      ({ role, second, points: all }) => `<path class="band ${kind(role, second)}" d="${band(all, x, y)}"/>`,
    ),
  )
  parts.push(
    `<path class="line teacher" d="M${plot.left} ${y(teacher).toFixed(1)}H${plot.left + plot.width}" ` +
      `stroke-width="${LINE.teacher}" stroke-dasharray="${DASH.teacher}"/>`,
  )
  parts.push(
    `<line class="now" x1="${x(chosen).toFixed(1)}" x2="${x(chosen).toFixed(1)}" y1="${plot.top}" y2="${bottom}"/>`,
  )
  for (const { role, second, points: all } of found) {
    parts.push(
      `<path class="line ${kind(role, second)}" d="${lineThrough(all, x, y)}" stroke-width="${LINE[role]}" ` +
        `stroke-dasharray="${DASH[role]}"/>`,
    )
    parts.push(
      ...all.map(({ place, mean }) => marker({ x, y, axes: { y: [low, 1] } }, role, { update: place, mean }, second)),
    )
  }
  return closed(at, [
    { role: "teacher", text: `teacher ${percent(teacher)}`, value: teacher },
    ...found.flatMap(({ role, second, name, points: all }) =>
      all.length ? [{ role, second, text: `${name} ${percent(all.at(-1).mean)}`, value: all.at(-1).mean }] : [],
    ),
  ])
}

/** The empty picture over the numbers of labels: its rules, what is written at them, and where things go. */
function grid({ width, height, fontSize, points, names, low, high, step, written }) {
  const right = Math.min(
    Math.ceil(Math.max(...names.map((name) => name.length)) * 0.51 * fontSize) + 14,
    Math.round(width * 0.42),
  )
  const plot = { left: Math.round(2.6 * fontSize), top: fontSize }
  Object.assign(plot, {
    width: Math.max(40, width - plot.left - right),
    height: Math.max(40, height - plot.top - Math.round(3.2 * fontSize)),
  })
  const bottom = plot.top + plot.height
  const spaced = places(points)
  const x = (place) => plot.left + INSET + (plot.width - 2 * INSET) * spaced[place]
  const y = (value) => plot.top + plot.height * (1 - (value - low) / (1.004 * high - low))
  const parts = [
    `<svg class="chart" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
      `font-size="${fontSize}" aria-hidden="true" focusable="false">`,
  ]
  for (let tick = low; tick < high + 1e-9; tick += step) {
    parts.push(
      `<line class="rule" x1="${plot.left}" x2="${plot.left + plot.width}" y1="${y(tick).toFixed(1)}" ` +
        `y2="${y(tick).toFixed(1)}"/>`,
    )
    parts.push(text(plot.left - 6, y(tick) + 0.35 * fontSize, written(tick).replace("-", "−"), "tick", "end"))
  }
  const half = (place) => 0.3 * fontSize * whole(points[place].labels).length
  const last = points.length - 1
  let free = -Infinity // to the right of what is written already
  points.forEach(({ labels }, place) => {
    const touches =
      x(place) - half(place) < free || (place < last && x(place) + half(place) + 0.5 * fontSize > x(last) - half(last))
    if (touches && place < last) return
    free = x(place) + half(place) + 0.5 * fontSize
    parts.push(text(x(place), bottom + 1.3 * fontSize, whole(labels), "tick", "middle"))
  })
  parts.push(text(plot.left + plot.width, bottom + 2.7 * fontSize, "labelled images", "tick", "end"))
  return { parts, plot, bottom, fontSize, x, y, stops: points.map((_, place) => x(place)) }
}

/** The picture with a word at the end of each line, [{role, second, text, value}], as `labelsChart` returns it. */
function closed({ parts, plot, bottom, fontSize, y, stops }, ends) {
  const heights = apart(
    ends.map(({ value }) => y(value)),
    1.3 * fontSize,
    plot.top + 4,
    bottom - 4,
  )
  const words = ends.map((end, index) =>
    text(
      plot.left + plot.width + 8,
      heights[index] + 0.35 * fontSize,
      end.text,
      `label ${kind(end.role, end.second)}`,
      "start",
    ),
  )
  return { svg: `${parts.join("")}${words.join("")}</svg>`, stops }
}

/**
 * What the teacher adds, in points, over the numbers of labels: mean and 95% interval of each taught arm, and nought.
 * predicted: what the learner drew, [{labels, value}], or null. Returns what `labelsChart` does.
 */
export function gainChart({ width, height, fontSize, points, marked, chosen, predicted }) {
  const taught = overGain(points, marked)
  const own = predicted ?? []
  const ends = taught
    .flatMap(({ points: all }) => all.flatMap(({ low, high }) => [low, high]))
    .concat(
      own.map(({ value }) => value),
      0,
    )
  const step = Math.max(...ends) - Math.min(...ends) > 12 ? 5 : 2
  const [low, high] = [Math.floor(Math.min(...ends) / step) * step, Math.ceil(Math.max(...ends) / step) * step]
  const names = [...taught.map(({ name }) => `${name} +99.9`), ...(own.length ? [GUESS] : [])]
  const at = grid({ width, height, fontSize, points, names, low, high, step, written: String })
  const { x, y, parts, plot, bottom } = at
  parts.push(
    `<line class="nought" x1="${plot.left}" x2="${plot.left + plot.width}" y1="${y(0).toFixed(1)}" ` +
      `y2="${y(0).toFixed(1)}"/>`,
  )
  parts.push(
    ...taught.map(
      ({ role, second, points: all }) => `<path class="band ${kind(role, second)}" d="${band(all, x, y)}"/>`,
    ),
  )
  parts.push(
    `<line class="now" x1="${x(chosen).toFixed(1)}" x2="${x(chosen).toFixed(1)}" y1="${plot.top}" y2="${bottom}"/>`,
  )
  for (const { role, second, points: all } of taught) {
    parts.push(`<path class="line ${kind(role, second)}" d="${lineThrough(all, x, y)}" stroke-width="${LINE[role]}"/>`)
    parts.push(
      ...all.map(({ place, mean }) =>
        marker({ x, y, axes: { y: [low, high] } }, role, { update: place, mean }, second),
      ),
    )
  }
  const across = (labels) => plot.left + INSET + (plot.width - 2 * INSET) * along(points, labels)
  if (own.length) {
    const path = own
      .map(({ labels, value }, index) => `${index ? "L" : "M"}${across(labels).toFixed(1)} ${y(value).toFixed(1)}`)
      .join("")
    parts.push(
      `<path class="line predicted" d="${path}" stroke-width="${LINE.predicted}" ` +
        `stroke-dasharray="${DASH.predicted}"/>`,
    )
  }
  const said = [
    ...taught.flatMap(({ role, second, name, points: all }) =>
      all.length ? [{ role, second, text: `${name} ${signed(all.at(-1).mean)}`, value: all.at(-1).mean }] : [],
    ),
    ...(own.length ? [{ role: "predicted", text: GUESS, value: own.at(-1).value }] : []),
  ]
  return closed(at, said)
}

/** One point's curves over its updates, as the lab draws them: the text of an <svg>. */
export function updatesChart({ width, height, fontSize, point, marked, teacher }) {
  const series = overUpdates(point, marked)
  const at = frame({ width, height, fontSize, series, teacherAccuracy: teacher, updates: point.updates.at(-1) })
  return svgChart(at, series, teacher)
}

const kind = (role, second) => (second ? `${role} second` : role)

function lineThrough(points, x, y) {
  return points
    .map(({ place, mean }, index) => `${index ? "L" : "M"}${x(place).toFixed(1)} ${y(mean).toFixed(1)}`)
    .join("")
}

function band(points, x, y) {
  const top = points.map(({ place, high }) => `${x(place).toFixed(1)} ${y(high).toFixed(1)}`)
  const low = [...points].reverse().map(({ place, low: value }) => `${x(place).toFixed(1)} ${y(value).toFixed(1)}`)
  return points.length > 1 ? `M${[...top, ...low].join("L")}Z` : ""
}

function text(x, y, content, kinds, anchor) {
  return `<text class="${kinds}" x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${content}</text>`
}
