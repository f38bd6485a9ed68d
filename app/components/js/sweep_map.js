// From a sweep's cells to what its pictures draw: a map of two axes, or lines with bands over one. Knows no page.

import { tickText } from "./frame.js"
import { apart } from "./series.js"
import { mean } from "./sweep_words.js"

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

/** True where a cell is finished and its interval excludes 0. */
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
      const seeds = cell.accuracy[arm]
      return [
        {
          place: axis.values.indexOf(cell.at[0]),
          mean: mean(seeds),
          low: Math.min(...seeds),
          high: Math.max(...seeds),
          sure: cell.state === "finished",
        },
      ]
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
    ...(teacher === null ? [] : [{ role: "teacher", text: `teacher ${(100 * teacher).toFixed(1)}`, share: teacher }]),
    ...found
      .filter(({ points }) => points.length)
      .map(({ role: of, name, points }) => ({
        role: of,
        text: `${name} ${(100 * points.at(-1).mean).toFixed(1)}`,
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
  return {
    width,
    height,
    fontSize,
    plot,
    x,
    y,
    yTicks,
    unit: 100,
    axis,
    crowded,
    joined: isOrdered(axis),
    series: found,
    teacher,
    labels,
    axes: { y: [low, 1] },
  }
}

const isOrdered = ({ key }) => key !== "method"

/** Where the values lie between 0 and 1: numbers of images by their logarithm, everything else evenly. */
export function spacing({ key, values }) {
  if (values.length === 1) return [0.5]
  const scale = key === "labels" ? values.map((value) => Math.log(value)) : values.map((_, index) => index)
  const [first, last] = [scale[0], scale.at(-1)]
  return scale.map((value) => (value - first) / (last - first))
}

const DASH = { teacher: "2 4", distilled: "", labels: "7 4" }
const escaped = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** The picture of `lines` as the text of an <svg>. */
export function linesChart(at) {
  const { plot, fontSize } = at
  const bottom = plot.top + plot.height
  const text = (x, y, content, kind, anchor) =>
    `<text class="${kind}" x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escaped(content)}</text>`
  const parts = [
    `<svg class="chart" width="${at.width}" height="${at.height}" viewBox="0 0 ${at.width} ${at.height}" ` +
      `font-size="${fontSize}" aria-hidden="true" focusable="false">`,
  ]
  for (const tick of at.yTicks) {
    const y = at.y(tick).toFixed(1)
    parts.push(
      `<line class="rule" x1="${plot.left}" x2="${plot.left + plot.width}" y1="${y}" y2="${y}"/>`,
      text(plot.left - 6, Number(y) + 0.35 * fontSize, tickText(at, tick), "tick", "end"),
    )
  }
  at.axis.names.forEach((name, place) => {
    const lower = at.crowded && place % 2 ? 1.2 * fontSize : 0
    parts.push(text(at.x(place), bottom + 1.3 * fontSize + lower, name, "tick", "middle"))
  })
  parts.push(
    text(
      plot.left + plot.width,
      bottom + (at.crowded ? 3.9 : 2.7) * fontSize,
      at.axis.words.toLowerCase(),
      "tick",
      "end",
    ),
  )
  for (const { role: of, points } of at.series) parts.push(spreadOf(at, of, points))
  if (at.teacher !== null) {
    const y = at.y(at.teacher).toFixed(1)
    parts.push(
      `<path class="line teacher" d="M${plot.left} ${y}H${plot.left + plot.width}" stroke-width="2.2" ` +
        `stroke-dasharray="${DASH.teacher}"/>`,
    )
  }
  for (const { role: of, points } of at.series) {
    if (at.joined) {
      const d = points.map(({ place, mean }) => `${at.x(place).toFixed(1)} ${at.y(mean).toFixed(1)}`).join("L")
      parts.push(`<path class="line ${of}" d="M${d}" stroke-width="2.6" stroke-dasharray="${DASH[of]}"/>`)
    }
    parts.push(...points.map((point) => markOf(at, of, point)))
  }
  parts.push(
    ...at.labels.map((label) => text(label.x, label.y + 0.35 * fontSize, label.text, `label ${label.role}`, "start")),
    "</svg>",
  )
  return parts.join("")
}

/** From the lowest to the highest seed: a band along an order, else a bar at each value. */
function spreadOf(at, of, points) {
  const shift = at.joined ? 0 : of === "labels" ? -7 : 7
  if (at.joined && points.length > 1) {
    const top = points.map((point) => `${at.x(point.place).toFixed(1)} ${at.y(point.high).toFixed(1)}`)
    const low = [...points].reverse().map((point) => `${at.x(point.place).toFixed(1)} ${at.y(point.low).toFixed(1)}`)
    return `<path class="band ${of}" d="M${[...top, ...low].join("L")}Z"/>`
  }
  return points
    .map(
      (point) =>
        `<line class="line ${of}" x1="${(at.x(point.place) + shift).toFixed(1)}" ` +
        `x2="${(at.x(point.place) + shift).toFixed(1)}" y1="${at.y(point.high).toFixed(1)}" ` +
        `y2="${at.y(point.low).toFixed(1)}" stroke-width="5" stroke-opacity="0.35"/>`,
    )
    .join("")
}

function markOf(at, of, point) {
  const shift = at.joined ? 0 : of === "labels" ? -7 : 7
  const [x, y] = [at.x(point.place) + shift, at.y(point.mean)]
  const faint = point.sure ? "" : ' opacity="0.5"'
  if (of === "distilled")
    return `<circle class="mark distilled" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="4"${faint}/>`
  return (
    `<rect class="mark hollow labels" x="${(x - 3.5).toFixed(1)}" y="${(y - 3.5).toFixed(1)}" width="7" ` +
    `height="7"${faint}/>`
  )
}
