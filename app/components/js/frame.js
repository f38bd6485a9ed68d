// Where everything in the accuracy chart goes, in pixels. Both pictures (SVG first, then Plotly) are drawn from this
// one frame, so that nothing jumps when the second takes over.

import { whole } from "./format.js"
import { ACCURACY, written } from "./measures.js"
import { apart, axes, pointAt } from "./series.js"

export const DASH = {
  teacher: "2px,4px",
  distilled: "",
  labels: "7px,4px",
  bugged: "3px,3px",
  control: "14px,3px",
  predicted: "9px,3px,2px,3px",
}
export const LINE = { teacher: 2.2, distilled: 2.6, labels: 2.6, bugged: 3, control: 2.2, predicted: 2.2 }
export const VERDICT = "verdict" // what the marks at the right edge are of
const LABEL_CHARACTER = 0.51 // width of an average character of the labels, in font sizes
const LABEL_GAP = 1.3 // between two labels, in font sizes
const BESIDE = 0.85 // from a line's end to the middle of its number, in font sizes
const LINE_HIGH = 1.1 // from one such number to the next, in font sizes
const CLEAR = 0.7 // from the teacher's line to the middle of such a number, in font sizes: else the line strikes it out

/**
 * width, height, fontSize: pixels. series: see `armSeries`. teacherAccuracy: 0 … 1 or null.
 * held: axes to keep instead of fitting new ones. moment: the update to look back to; null: the newest.
 * measure: what the series are. Returns {margin, plot, axes, moment, unit, x(update), y(share), labels: [{role, text,
 * x, y, anchorY}], ends: [{role, text, update, share, shift}], after}; ends: the numbers of lines whose marks have
 * others, and how far each is written below its line's end;
 * after: the x from which what is written beside the last tick of updates stands clear of it.
 * @param {any} look
 */
export function frame({
  width,
  height,
  series,
  teacherAccuracy,
  updates,
  fontSize = 13,
  held = null,
  moment = null,
  measure = ACCURACY,
}) {
  const scale = held ?? axes(series, updates, measure)
  const labels = endLabels(series, teacherAccuracy, scale, moment, measure)
  // Also of labels to come: nothing moves when they do.
  const names = ["teacher", ...series.filter(({ ghost }) => !ghost).map(({ name }) => name)]
  const longest = Math.max(...names.map((name) => `${name} 99.9 ↑`.length))
  const right = Math.min(Math.ceil(longest * LABEL_CHARACTER * fontSize) + 14, Math.round(width * 0.42))
  const margin = { left: Math.round(2.6 * fontSize), right, top: 2 * fontSize, bottom: Math.round(3.1 * fontSize) }
  const plot = {
    left: margin.left,
    top: margin.top,
    width: Math.max(40, width - margin.left - right),
    height: Math.max(40, height - margin.top - margin.bottom),
  }
  const x = (update) => plot.left + (plot.width * (update - scale.x[0])) / (scale.x[1] - scale.x[0])
  const y = (share) => plot.top + plot.height * (1 - (share - scale.y[0]) / (scale.y[1] - scale.y[0]))
  const inside = (share) => Math.min(Math.max(share, scale.y[0]), scale.y[1])
  const wanted = labels.map(({ share }) => y(inside(share)))
  const places = apart(wanted, LABEL_GAP * fontSize, plot.top + 4, plot.top + plot.height - 4)
  labels.forEach((label, index) => {
    Object.assign(label, { x: plot.left + plot.width + 8, y: places[index], anchorY: wanted[index] }) // never on a line
  })
  const ends = moment === null ? lineEnds(series, scale, measure) : []
  const level = Number.isFinite(teacherAccuracy) ? y(teacherAccuracy) : -Infinity
  ends.forEach((end, at) => {
    const [way, above] = [at ? 1 : -1, ends[at - 1]]
    const free = at > 1 ? y(above.share) + above.shift + LINE_HIGH * fontSize : 0 // below the number before
    const middle = Math.max(y(end.share) + way * BESIDE * fontSize, free)
    const struck = Math.abs(middle - level) < CLEAR * fontSize
    end.shift = (struck ? level + way * CLEAR * fontSize : middle) - y(end.share)
  })
  const tick = scale.xTicks.at(-1)
  const after = Math.max(
    plot.left + plot.width + 2,
    x(tick) + LABEL_CHARACTER * fontSize * (whole(tick).length / 2 + 1),
  )
  const unit = measure.unit
  return { width, height, fontSize, margin, plot, axes: scale, moment, unit, x, y, inside, labels, ends, after }
}

/** What a line comes to, if its mark is of other images: the highest is written above its line, others below theirs. */
function lineEnds(series, { y: [low] }, measure) {
  return series
    .filter(({ points, ghost, end }) => end && !ghost && points.length && points[points.length - 1].mean >= low)
    .map(({ role, points }) => ({
      role,
      share: points[points.length - 1].mean,
      update: points[points.length - 1].update,
    }))
    .sort((a, b) => b.share - a.share)
    .map((one) => ({ ...one, text: written(one.share, measure), shift: 0 }))
}

function endLabels(series, teacherAccuracy, scale, moment, measure) {
  const students = series
    .filter(({ points, ghost }) => points.length && !ghost)
    .map(({ role, name, points, second, end }) => {
      const { mean, update } = (moment === null && end) || pointAt(points, moment) || points[0]
      return { role, second, text: `${name} ${written(mean, measure)}`, share: mean, update }
    })
  const text = `teacher ${written(teacherAccuracy, measure)}`
  const teacher = { role: "teacher", text, share: teacherAccuracy, update: scale.x[1] }
  const all = Number.isFinite(teacherAccuracy) ? [teacher, ...students] : students
  return all.map((one) => ({ ...one, text: one.text + beyond(one.share, scale) }))
}

/** Where a value lies that the axis does not hold. */
function beyond(share, { y: [low, high] }) {
  return share > high ? " ↑" : share < low ? " ↓" : ""
}

/** The axes' ranges as Plotly counts them: updates, and percent or nats. */
export function ranges(at) {
  return [at.axes.x, at.axes.y.map((value) => at.unit * value)]
}

/** What is written at a tick of the vertical axis. */
export function tickText(at, tick) {
  return String(Number((at.unit * tick).toPrecision(6)))
}
