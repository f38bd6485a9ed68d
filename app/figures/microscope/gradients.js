// What the hard and the soft loss ask of each logit of a student, as CORRECTNESS.md writes it: `student`, `teacher` are
// arrays of logits of one image, temperature is > 0.

import { softmax } from "../../components/js/softmax.js"

export const HOTTEST = 1000

/** Of CE(student, label): softmax(student) − onehot(label). */
export function hardGradient(student, label) {
  return softmax(student).map((q, index) => q - (index === label ? 1 : 0))
}

/** Of KL(p ‖ q) at this temperature: (q − p) / T; squared: of T² · KL(p ‖ q), which is T · (q − p). */
export function softGradient(student, teacher, temperature, squared = true) {
  const factor = squared ? temperature : 1 / temperature
  const wanted = softmax(teacher, temperature)
  return softmax(student, temperature).map((q, index) => factor * (q - wanted[index]))
}

/** Where the soft gradient with T² goes as T grows: (z̃ − ṽ) / C, the logits centred, C how many classes there are. */
export function limitGradient(student, teacher) {
  const [z, v] = [centred(student), centred(teacher)]
  return z.map((logit, index) => (logit - v[index]) / z.length)
}

/** How far the soft gradient is from that limit, as a share of the limit's length; NaN if the limit is zero. */
export function distance(student, teacher, temperature, squared = true) {
  const limit = limitGradient(student, teacher)
  const soft = softGradient(student, teacher, temperature, squared)
  return size(soft.map((value, index) => value - limit[index])) / size(limit)
}

/** Euclidean length. */
export function size(vector) {
  return Math.hypot(...vector)
}

/** The smallest and the largest entry that any of these gradients has at any of the dial's temperatures. */
export function extent(student, teacher, label) {
  const all = [
    hardGradient(student, label),
    limitGradient(student, teacher),
    ...STOPS.map((t) => softGradient(student, teacher, t)),
  ]
  return [Math.min(...all.flat()), Math.max(...all.flat())]
}

const centred = (logits) => {
  const mean = logits.reduce((total, logit) => total + logit, 0) / logits.length
  return logits.map((logit) => logit - mean)
}

// ── the dial ────────────────────────────────────────────────────────────────────────────────────────────────────────

const DECADE = [
  [1, 3, 0.1],
  [3, 5, 0.2],
  [5, 10, 0.5],
] // from, to, step: round numbers, about evenly far on a log scale

/** The temperatures of the dial, ascending from 1 to 1,000. */
export const STOPS = [1, 10, 100].flatMap((power) =>
  DECADE.flatMap(([from, to, step]) =>
    Array.from({ length: Math.round((to - from) / step) }, (_, at) =>
      Number((power * (from + at * step)).toPrecision(3)),
    ),
  ),
)
STOPS.push(HOTTEST)

/** The position of the stop that is nearest to a temperature, on a log scale. */
export function stopAt(temperature) {
  const far = (stop) => Math.abs(Math.log(stop / temperature))
  return STOPS.reduce((best, stop, at) => (far(stop) < far(STOPS[best]) ? at : best), 0)
}
