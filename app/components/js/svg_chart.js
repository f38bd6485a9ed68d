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
    `<svg class="chart" width="${at.width}" height="${at.height}" viewBox="0 0 ${at.width} ${at.height}" font-size="${at.fontSize}" aria-hidden="true" focusable="false">`,
    `<defs><clipPath id="${clip}"><rect x="${plot.left}" y="${plot.top - 2}" width="${plot.width}" height="${plot.height + 2}"/></clipPath></defs>`,
    ...at.axes.yTicks.map((tick) => grid(at, tick)),
    ...at.axes.xTicks.map((tick) => text(at.x(tick), bottom + 1.3 * at.fontSize, whole(tick), "tick", "middle")),
    text(plot.left + plot.width, bottom + 2.6 * at.fontSize, "updates", "tick", "end"),
    `<g clip-path="url(#${clip})">`,
    ...series.map(({ role, points }) => `<path class="band ${role}" d="${bandPath(points, at)}"/>`),
    Number.isFinite(teacherAccuracy) ? teacherLine(at, teacherAccuracy) : "",
    ...series.map(({ role, points }) => line(role, linePath(points, at))),
    "</g>",
    at.moment === null ? "" : `<line class="now" x1="${at.x(at.moment).toFixed(1)}" x2="${at.x(at.moment).toFixed(1)}" y1="${plot.top}" y2="${bottom}"/>`,
    ...series.map(({ role, points }) => marker(at, role, pointAt(points, at.moment))),
    ...at.labels.map((label) => text(label.x, label.y + 0.35 * at.fontSize, label.text, `label ${label.role}`, "start")),
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
  return `<text class="${kind}" x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${escaped(content)}</text>`
}

function line(role, path) {
  const dash = DASH[role] ? ` stroke-dasharray="${DASH[role]}"` : ""
  return `<path class="line ${role}" d="${path}" stroke-width="${LINE[role]}"${dash}/>`
}

function teacherLine(at, accuracy) {
  const y = at.y(at.inside(accuracy)).toFixed(1)
  return line("teacher", `M${at.plot.left} ${y}L${at.plot.left + at.plot.width} ${y}`)
}

/** A filled circle for the distilled student, a hollow square for labels only, where the learner looks: by default at the last point. */
export function marker(at, role, point) {
  if (!point || point.mean < at.axes.y[0]) return ""
  const [x, y] = [at.x(point.update), at.y(point.mean)]
  if (role === "distilled") return `<circle class="mark ${role}" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="4"/>`
  return `<rect class="mark hollow ${role}" x="${(x - 3.5).toFixed(1)}" y="${(y - 3.5).toFixed(1)}" width="7" height="7"/>`
}
