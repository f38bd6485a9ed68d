// From a sweep's cells to what its pictures draw: a map of two axes, or lines with bands over one.

import { rounded } from "./format.js"
import { DASH, LINE, tickText } from "./frame.js"
import { apart, spread } from "./series.js"
import { circle, down, LOG_SCALE, line, outline, rules, square, svg, text, through } from "./svg.js"
import { teacherLine } from "./svg_chart.js"

const FULL = 3 // points of gain at which a cell wears its role's full colour, at least

/**
 * Rows from the highest value of the second axis to the lowest: [{name, cells}], a cell for each value of the first.
 */
export function rows({ axes: [across, down], cells }) {
  const at = new Map(cells.map((cell, index) => [JSON.stringify(cell.at), { ...cell, index }]))
  return down.values
    .map((value, row) => ({
      name: down.names[row],
      cells: across.values.map((first) => at.get(JSON.stringify([first, value])) ?? null),
    }))
    .reverse()
}

/** How strongly each cell is coloured, 0 … 1, by the size of its gain. */
export function strength({ cells }) {
  const most = Math.max(FULL, ...cells.map(({ gain }) => Math.abs(gain?.mean ?? 0)))
  return (cell) => Math.min(1, Math.abs(cell.gain?.mean ?? 0) / most)
}

/** Whose colour a cell wears: that of the arm which is ahead. */
export function role(cell) {
  return (cell.gain?.mean ?? 0) < 0 ? "labels" : "distilled"
}

/** True if a cell is finished and its interval excludes 0. */
export function measurable({ state, gain }) {
  return state === "finished" && (gain?.kind === "better" || gain?.kind === "worse")
}

/**
 * Two series over one axis: [{role, name, points: [{place, mean, low, high, sure}]}], place: 0 … values − 1.
 * Cells without numbers are left out.
 */
export function series({ axes: [axis], cells }, names) {
  return ["labels", "distilled"].map((which, arm) => ({
    role: which,
    name: names[arm],
    points: cells.flatMap((cell) => {
      if (!cell.accuracy) return []
      const over = spread(cell.accuracy[arm])
      return over ? [{ place: axis.values.indexOf(cell.at[0]), ...over, sure: cell.state === "finished" }] : []
    }),
  }))
}

/**
 * Where everything goes, in pixels. joined: whether the values are an order, so that a line between them means
 * something.
 */
export function lines({ width, height, fontSize, answer, names }) {
  const [axis] = answer.axes
  const found = series(answer, names)
  const teacher = Number.isFinite(answer.teacher_accuracy) ? answer.teacher_accuracy : null
  const values = found.flatMap(({ points }) => points.flatMap(({ low, high }) => [low, high]))
  const lowest = values.length ? Math.min(0.95, ...values) : 0
  const step = lowest > 0.85 ? 0.05 : lowest > 0.6 ? 0.1 : 0.2
  const low = Math.max(0, Math.floor((lowest - 0.005) / step) * step)
  const yTicks = []
  for (let tick = low; tick < 1 + 1e-9; tick += step) yTicks.push(Math.round(100 * tick) / 100)
  const longest = Math.max(...[...names, "teacher"].map((name) => `${name} 99.9`.length))
  const right = Math.min(Math.ceil(longest * 0.51 * fontSize) + 14, Math.round(width * 0.42))
  const crowded = axis.names.some((name) => name.length * 0.55 * fontSize > (width - right) / axis.names.length)
  const plot = { left: Math.round(2.6 * fontSize), top: fontSize, width: 0, height: 0 }
  plot.width = Math.max(40, width - plot.left - right)
  plot.height = Math.max(40, height - plot.top - Math.round((crowded ? 4.4 : 3.2) * fontSize))
  const spaced = spacing(axis)
  const inset = Math.min(40, plot.width / (2 * axis.values.length))
  const x = (place) => plot.left + inset + (plot.width - 2 * inset) * spaced[place]
  const y = (share) => plot.top + plot.height * (1 - (share - low) / (1.004 - low))
  const ends = [
    ...(teacher === null ? [] : [{ role: "teacher", text: `teacher ${rounded(100 * teacher, 1)}`, share: teacher }]),
    ...found
      .filter(({ points }) => points.length)
      .map(({ role: of, name, points }) => ({
        role: of,
        text: `${name} ${rounded(100 * points.at(-1).mean, 1)}`,
        share: points.at(-1).mean,
      })),
  ]
  const places = apart(
    ends.map(({ share }) => y(share)),
    1.3 * fontSize,
    plot.top + 4,
    plot.top + plot.height - 4,
  )
  const labels = ends.map((end, index) => ({ ...end, x: plot.left + plot.width + 8, y: places[index] }))
  const scale = { x, y, yTicks, unit: 100 }
  const size = { width, height, fontSize, plot }
  return { ...size, ...scale, axis, crowded, joined: isOrdered(axis), series: found, teacher, labels }
}

const isOrdered = ({ key }) => key !== "method"

const isLog = (key) => key === "labels"

const axisWords = ({ key, words }) => `${words.toLowerCase()}${isLog(key) ? LOG_SCALE : ""}`

/** Where the values lie between 0 and 1: numbers of images by their logarithm, everything else evenly. */
export function spacing({ key, values }) {
  if (values.length === 1) return [0.5]
  const scale = isLog(key) ? values.map((value) => Math.log(value)) : values.map((_, index) => index)
  const [first, last] = [scale[0], scale.at(-1)]
  return scale.map((value) => (value - first) / (last - first))
}

/** The picture of `lines` as the text of an <svg>. */
export function linesChart(at) {
  const { plot, fontSize } = at
  const [right, bottom] = [plot.left + plot.width, plot.top + plot.height]
  const teacher = at.teacher === null ? null : at.y(at.teacher)
  return svg(at, [
    ...rules(at.yTicks, plot.left, right, at.y, (tick) => tickText(at, tick), 0.35 * fontSize),
    ...at.axis.names.map((name, place) => {
      const lower = at.crowded && place % 2 ? 1.2 * fontSize : 0
      return text(at.x(place), bottom + 1.3 * fontSize + lower, name, "tick", "middle")
    }),
    text(right, bottom + (at.crowded ? 3.9 : 2.7) * fontSize, axisWords(at.axis), "tick", "end"),
    ...at.series.map(({ role: of, points }) => spreadOf(at, of, points)),
    teacherLine(plot.left, right, teacher),
    ...at.series.flatMap(({ role: of, points }) => {
      const places = points.map(({ place, mean: value }) => [at.x(place), at.y(value)])
      const joined = at.joined ? [line(of, through(places), LINE[of], DASH[of])] : []
      return [...joined, ...points.map((point) => markOf(at, of, point))]
    }),
    ...at.labels.map((label) => text(label.x, label.y + 0.35 * fontSize, label.text, `label ${label.role}`, "start")),
  ])
}

const shiftOf = (at, of) => (at.joined ? 0 : of === "labels" ? -7 : 7)

/** From the lowest to the highest seed: a band along an order, else a bar at each value. */
function spreadOf(at, of, points) {
  const band = points.map(({ place, low, high }) => [at.x(place), at.y(low), at.y(high)])
  if (at.joined && points.length > 1) return `<path class="band ${of}" d="${outline(band)}"/>`
  const bar = ' stroke-width="5" stroke-opacity="0.35"'
  return band.map(([x, low, high]) => down(`line ${of}`, x + shiftOf(at, of), high, low, bar)).join("")
}

function markOf(at, of, point) {
  const [x, y] = [at.x(point.place) + shiftOf(at, of), at.y(point.mean)]
  const faint = point.sure ? "" : ' opacity="0.5"'
  return of === "distilled" ? circle(x, y, of, faint) : square(x, y, "labels", faint)
}
