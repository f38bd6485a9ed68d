// The accuracy chart as SVG text: there at once, before Plotly has loaded.

import { rounded, whole } from "./format.js"
import { DASH, LINE, tickText, VERDICT } from "./frame.js"
import { pointAt } from "./series.js"
import { circle, down, line, outline, rules, square, svg, text, through } from "./svg.js"

/** at: see `frame`. series: see `armSeries`. teacherAccuracy: 0 … 1 or null. Returns the text of an <svg>. */
export function svgChart(at, series, teacherAccuracy) {
  const { plot, fontSize } = at
  const [right, bottom] = [plot.left + plot.width, plot.top + plot.height]
  const place = ({ update, mean }) => [at.x(update), at.y(mean)]
  const drawn = ({ role, points, second, ghost }) =>
    lineOf(role, through(points.map(place)), DASH[role], second, ghost ? " ghost" : "")
  const own = series.filter(({ ghost }) => !ghost)
  const held = Number.isFinite(teacherAccuracy) && teacherAccuracy === at.inside(teacherAccuracy)
  const teacher = held ? at.y(teacherAccuracy) : null
  const clip = `x="${plot.left}" y="${plot.top - 2}" width="${plot.width}" height="${plot.height + 2}"`
  return svg(at, [
    `<defs><clipPath id="chart-clip"><rect ${clip}/></clipPath></defs>`,
    ...rules(at.axes.yTicks, plot.left, right, at.y, (tick) => tickText(at, tick), 0.35 * fontSize),
    ...at.axes.xTicks.map((tick) => text(at.x(tick), bottom + 1.3 * fontSize, whole(tick), "tick", "middle")),
    text(right, bottom + 2.6 * fontSize, "updates", "tick", "end"),
    `<g clip-path="url(#chart-clip)">`,
    ...own.map(({ role, points, second }) => {
      const band = points.map(({ update, low, high }) => [at.x(update), at.y(low), at.y(high)])
      return `<path class="band ${kind(role, second)}" d="${outline(band)}"/>`
    }),
    teacherLine(plot.left, right, teacher),
    ...series.map(drawn),
    "</g>",
    ...own.flatMap(({ letter, role, points, second }) => letterOn(at, letter, points, kind(role, second))),
    at.moment === null ? "" : down("now", at.x(at.moment), plot.top, bottom),
    ...own.flatMap(({ role, points, second, end }) => {
      const last = at.moment === null && end ? end : pointAt(points, at.moment)
      const reach = last === end && end ? [down(`line ${role}`, at.x(end.update), at.y(end.high), at.y(end.low))] : []
      return [...reach, ...[...(second ? along(points) : []), last].map((point) => marker(at, role, point, second))]
    }),
    ...at.ends.map(({ role, text: words, update, share, shift }) =>
      text(at.x(update), at.y(share) + shift + 0.35 * fontSize, words, `end ${role}`, "end"),
    ),
    at.ends.length ? text(at.after, bottom + 1.3 * fontSize, VERDICT, "tick", "start") : "",
    ...at.labels.map(({ x, y, text: words, role, second }) =>
      text(x, y + 0.35 * fontSize, words, `label ${kind(role, second)}`, "start"),
    ),
  ])
}

/** The teacher's level, null if it is not known. */
export function teacherLine(left, right, y) {
  if (y === null) return ""
  return line("teacher", `M${left} ${rounded(y, 1)}H${right}`, LINE.teacher, DASH.teacher)
}

/** The classes of a role, or of the second of two of it. */
export const kind = (role, second) => (second ? `${role} second` : role)

/** A line; the second of two of one colour is hollow, so that both are seen where they lie on each other. */
export function lineOf(role, path, dash, second = false, also = "") {
  if (!second) return line(`${role}${also}`, path, LINE[role], dash)
  return line(`${role} second${also}`, path, LINE[role] + 2.2, dash) + line("core", path, LINE[role] - 0.6)
}

/** On a line of one of two runs its letter, between two points, and beside that of any other line. */
function letterOn(at, letter, points, role) {
  const along = (letter === "A" ? 0.3 : 0.6) + (role.startsWith("labels") ? 0.15 : 0)
  const from = Math.floor(along * (points.length - 1))
  const [one, next] = letter ? [points[from], points[from + 1]] : []
  if (!next || Math.min(one.mean, next.mean) < at.axes.y[0]) return []
  const [x, y] = [at.x((one.update + next.update) / 2), at.y((one.mean + next.mean) / 2)]
  return [text(x, y + 0.35 * at.fontSize, letter, `label letter ${role}`, "middle")]
}

/** Some points along a line that is told from another of its colour by its marks. */
function along(points) {
  const step = Math.max(1, Math.round(points.length / 6))
  return points.filter((_, index) => index % step === step - 1 && index < points.length - 1)
}

/**
 * A filled circle for the distilled student, a hollow square for labels only, a cross where there is a bug, where the
 * learner looks: by default at the last point, or at what the verdict is taken on. Of the second of two runs a filled
 * diamond and a hollow triangle, which a control has, too; a teacher has none.
 */
export function marker(at, role, point, second = false) {
  if (!point || role === "teacher" || role === "predicted" || point.mean < at.axes.y[0]) return ""
  const [x, y] = [at.x(point.update), at.y(point.mean)]
  const from = (dx, dy) => `M${rounded(x + dx, 1)} ${rounded(y + dy, 1)}`
  if (second && role === "distilled") return `<path class="mark distilled" d="${from(0, -5)}l5 5l-5 5l-5 -5Z"/>`
  if (second || role === "control") return `<path class="mark hollow ${role}" d="${from(0, -5)}l4.6 8.4h-9.2Z"/>`
  if (role === "bugged") return `<path class="mark cross bugged" d="${from(-4, -4)}l8 8${from(-4, 4)}l8 -8"/>`
  return role === "distilled" ? circle(x, y, role) : square(x, y, role)
}
