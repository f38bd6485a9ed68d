// What the figure of arms says. Pure.

import { capital, rounded, signed, taughtWords, whole } from "../../components/js/format.js"

/**
 * @typedef {{method: string, words: string, kept: string, teacher: boolean, soft: number[], mean: number, half:
 *   number}} Row mean, half: the gain over labels only, in points, and half its interval
 */

/** "+2.8 ± 0.4". @param {Row} row */
export const gainWords = ({ mean, half }) => `${signed(mean)} ± ${rounded(half, 1)}`

/** @param {Row} row @param {Row[]} rows @param {{seeds: number, tests: number}} about */
export function rowWords(row, rows, { seeds, tests }) {
  const all = rows.find(({ method }) => method === "kd")
  const told = `${row.words}: these students hear ${row.kept}.`
  const over = `(95% interval over ${seeds} seeds, ${whole(tests)} test images)`
  const gain = `They are ${gainWords(row)} points above labels only ${over}`
  if (!all || row === all || all.mean <= 0) return `${told} ${gain}.`
  return `${told} ${gain}: ${rounded((100 * row.mean) / all.mean)}% of what the teacher’s own words bring.`
}

/** @param {{classes: string[], label: number, labels: number, temperature: number, alpha: number}} data */
export function imageWords({ classes, label, labels, ...taught }) {
  return (
    `What each kind of students is told of this ${classes[label]}, and how many points above labels only they come ` +
    `with ${whole(labels)} labelled images; ${taughtWords(taught)}.`
  )
}

/** The range that holds every interval and zero, in whole points. @param {Row[]} rows */
export function range(rows) {
  const ends = rows.flatMap(({ mean, half }) => [mean - half, mean + half])
  return [Math.min(0, Math.floor(Math.min(...ends))), Math.max(1, Math.ceil(Math.max(...ends)))]
}

/** How a soft label is read out: its three largest classes. @param {number[]} soft @param {string[]} classes */
export function softWords(soft, classes) {
  const order = [...soft.keys()].sort((a, b) => soft[b] - soft[a]).slice(0, 3)
  return capital(order.map((at) => `${classes[at]} ${rounded(100 * soft[at])}%`).join(", "))
}
