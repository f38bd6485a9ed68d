// The accuracy chart as SVG text: there at once, before Plotly has loaded. Knows no page.

import { whole } from "./format.js"
import { bandPath, DASH, LINE, linePath, tickText } from "./frame.js"
import { pointAt } from "./series.js"

const escaped = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** at: see `frame`. series: see `armSeries`. teacherAccuracy: 0 … 1 or null. Returns the text of an <svg>. */
export function svgChart(at, series, teacherAccuracy) {
  const { plot } = at
  const bottom = plot.top + plot.height
  const clip = "chart-clip"
  const parts = [
    `<svg class="chart" width="${at.width}" height="${at.height}" viewBox="0 0 ${at.width} ${at.height}" ` +
      `font-size="${at.fontSize}" aria-hidden="true" focusable="false">`,
    `<defs><clipPath id="${clip}"><rect x="${plot.left}" y="${plot.top - 2}" width="${plot.width}" ` +
      `height="${plot.height + 2}"/></clipPath></defs>`,
    ...at.axes.yTicks.map((tick) => grid(at, tick)),
    ...at.axes.xTicks.map((tick) => text(at.x(tick), bottom + 1.3 * at.fontSize, whole(tick), "tick", "middle")),
    text(plot.left + plot.width, bottom + 2.6 * at.fontSize, "updates", "tick", "end"),
    `<g clip-path="url(#${clip})">`,
    ...series.map(
      ({ role, points, second }) => `<path class="band ${kind(role, second)}" d="${bandPath(points, at)}"/>`,
    ),
    Number.isFinite(teacherAccuracy) ? teacherLine(at, teacherAccuracy) : "",
    ...series.map(({ role, points, second }) => line(role, linePath(points, at), second)),
    "</g>",
    at.moment === null
      ? ""
      : `<line class="now" x1="${at.x(at.moment).toFixed(1)}" x2="${at.x(at.moment).toFixed(1)}" ` +
        `y1="${plot.top}" y2="${bottom}"/>`,
    ...series.flatMap(({ role, points, second }) =>
      (second ? along(points) : []).map((point) => marker(at, role, point, second)),
    ),
    ...series.map(({ role, points, second }) => marker(at, role, pointAt(points, at.moment), second)),
    ...at.labels.map((label) =>
      text(label.x, label.y + 0.35 * at.fontSize, label.text, `label ${kind(label.role, label.second)}`, "start"),
    ),
    "</svg>",
  ]
  return parts.join("")
}

function grid(at, tick) {
  const y = at.y(tick).toFixed(1)
  const rule = `<line class="rule" x1="${at.plot.left}" x2="${at.plot.left + at.plot.width}" y1="${y}" y2="${y}"/>`
  return rule + text(at.plot.left - 6, Number(y) + 0.35 * at.fontSize, tickText(at, tick), "tick", "end")
}

function text(x, y, content, kind, anchor) {
  return (
    `<text class="${kind}" x="${x.toFixed(1)}" y="${y.toFixed(1)}" ` +
    `text-anchor="${anchor}">${escaped(content)}</text>`
  )
}

const kind = (role, second) => (second ? `${role} second` : role)

/** Some points along a line that is told from another of its colour by its marks. */
function along(points) {
  const step = Math.max(1, Math.round(points.length / 6))
  return points.filter((_, index) => index % step === step - 1 && index < points.length - 1)
}

function line(role, path, second = false) {
  const dash = DASH[role] ? ` stroke-dasharray="${DASH[role]}"` : ""
  return `<path class="line ${kind(role, second)}" d="${path}" stroke-width="${LINE[role]}"${dash}/>`
}

function teacherLine(at, accuracy) {
  const y = at.y(at.inside(accuracy)).toFixed(1)
  return line("teacher", `M${at.plot.left} ${y}L${at.plot.left + at.plot.width} ${y}`)
}

/**
 * A filled circle for the distilled student, a hollow square for labels only, a cross where there is a bug, where the
 * learner looks: by default at the last point. Of the second of two runs a filled diamond and a hollow triangle; a
 * teacher has none.
 */
export function marker(at, role, point, second = false) {
  if (!point || role === "teacher" || role === "predicted" || point.mean < at.axes.y[0]) return ""
  const [x, y] = [at.x(point.update), at.y(point.mean)]
  if (second) return pointed(role, x, y)
  if (role === "bugged") return crossed(x, y)
  if (role === "distilled") return `<circle class="mark ${role}" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="4"/>`
  return (
    `<rect class="mark hollow ${role}" x="${(x - 3.5).toFixed(1)}" y="${(y - 3.5).toFixed(1)}" width="7" ` +
    `height="7"/>`
  )
}

const beside = (/** @type {number} */ x, /** @type {number} */ y, /** @type {number[]} */ [dx, dy]) =>
  `${(x + dx).toFixed(1)} ${(y + dy).toFixed(1)}`

function crossed(x, y) {
  const strokes = [
    [
      [-4, -4],
      [4, 4],
    ],
    [
      [-4, 4],
      [4, -4],
    ],
  ].map((ends) => `M${ends.map((end) => beside(x, y, end)).join("L")}`)
  return `<path class="mark cross bugged" d="${strokes.join("")}"/>`
}

function pointed(role, x, y) {
  const corners =
    role === "distilled"
      ? [
          [0, -5],
          [5, 0],
          [0, 5],
          [-5, 0],
        ]
      : [
          [0, -5],
          [4.6, 3.4],
          [-4.6, 3.4],
        ]
  const path = corners.map((corner) => beside(x, y, corner)).join("L")
  return `<path class="mark ${role === "distilled" ? "" : "hollow "}${role}" d="M${path}Z"/>`
}
