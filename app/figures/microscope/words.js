// What the gradients of one image say, in words. Plain text from plain data.

import { listed, rounded, signed, whole } from "../../components/js/format.js"
import { size } from "./gradients.js"

/** How many digits tell the entries of a gradient apart. */
export function digitsFor(gradient) {
  return Math.max(...gradient.map(Math.abs)) >= 0.095 ? 2 : 4
}

/** A share as a percentage that keeps two digits: "63%", "4.3%", "0.43%". */
export function shareWords(share) {
  const percent = 100 * share
  if (!Number.isFinite(percent)) return "–"
  return `${percent >= 9.95 ? whole(percent) : percent >= 0.995 ? rounded(percent, 1) : rounded(percent, 2)}%`
}

/** "1.8 times as long as", "35 times shorter than", "as long as", "nothing beside". */
export function lengthWords(ratio) {
  if (!(ratio > 1e-9)) return "nothing beside"
  if (ratio > 0.95 && ratio < 1.05) return "as long as"
  const times = (value) => (value >= 9.95 ? whole(value) : rounded(value, 1))
  return ratio > 1 ? `${times(ratio)} times as long as` : `${times(1 / ratio)} times shorter than`
}

/** The result. classes: names; hard, soft: gradients, one number per class. */
export function gradientWords({ classes, hard, soft, temperature, squared }) {
  const how = squared ? "with the factor T²" : "without the factor T²"
  const ratio = size(soft) / size(hard)
  const start = `At T = ${degrees(temperature)}, ${how}, the soft gradient is ${lengthWords(ratio)} the hard one.`
  return `${start} ${raised("The hard gradient raises", classes, hard)}; ${raised("the soft gradient", classes, soft)}.`
}

/** "The hard gradient raises 3 and lowers the other nine": whom a step along it raises, those that matter. */
function raised(start, classes, gradient) {
  const order = [...gradient.keys()].sort((a, b) => gradient[a] - gradient[b])
  const most = -gradient[order[0]]
  if (!(most > 0)) return `${start} raises nothing`
  const named = order
    .filter((index) => -gradient[index] > most / 5)
    .map((index) => `${classes[index]} (${signed(gradient[index], digitsFor(gradient))})`)
  const verb = start.endsWith("raises") ? "" : " raises"
  return `${start}${verb} ${listed(named.length > 4 ? [...named.slice(0, 3), `${named.length - 3} more`] : named)}`
}

/** How far the soft gradient is from the limit of logit matching. share: see `distance` in gradients.js. */
export function limitWords({ temperature, share, squared }) {
  if (!Number.isFinite(share)) return "Teacher and student have the same logits: there is nothing to match."
  if (!squared)
    return (
      `Without the factor T² it fades as T grows and never gets there: at T = ${degrees(temperature)} it ` +
      `is ${shareWords(share)} away.`
    )
  return (
    `At T = ${degrees(temperature)} the soft gradient is ${shareWords(share)} away from the limit of ` +
    `logit matching.`
  )
}

/** A temperature as it is read: "8", "1.5", "1,000". */
export function degrees(temperature) {
  return temperature < 1000 ? String(Number(temperature.toPrecision(4))) : whole(temperature)
}
