// What the race of methods says. Pure.

import { capital, rounded, signed, whole } from "../../components/js/format.js"

/**
 * @typedef {{mean: number, half: number, wide: number}} Gain points; half: of the 95% interval; wide: of the one that
 *   allows for all methods being looked at
 * @typedef {{method: string, words: string, teacher: boolean, accuracy: number, gains: Record<string, Gain>,
 *   setting: string, tries: {setting: string, share: number}[]}} Row
 * @typedef {{images: string, button: string, seeds: number, tests: number, bases: Record<string, number>, validation:
 *   number, tried_seeds: number, rows: Row[]}} Place
 */

export const OVERS = { labels: "labels only", usual: "labels at the usual rate", even: "even softness" }

/** "+2.84 ± 0.41". @param {Gain} gain */
export const gainWords = ({ mean, half }) => `${signed(mean, 2)} ± ${rounded(half, 2)}`

/** The rows that are set against `over`, the highest first. @param {Place} place @param {string} over */
export function shown({ rows }, over) {
  const others = rows.filter(({ gains }) => gains[over])
  return others.sort((a, b) => b.gains[over].mean - a.gains[over].mean)
}

/** @param {Place} place @param {string} over */
export const aboutWords = ({ images, bases }, over) =>
  `${images}. ${capital(name(over))}: ${rounded(bases[over], 1)}% right.`

const name = (/** @type {string} */ over) => /** @type {Record<string, string>} */ (OVERS)[over]

/** @param {Row} row @param {Place} place @param {string} over */
export function rowWords({ words, setting, accuracy, gains }, { seeds, tests }, over) {
  const gain = gains[over]
  const head = `${words} (${setting}): ${rounded(accuracy, 1)}% right, ${gainWords(gain)} points against ${name(over)}`
  return `${head} (95% interval over ${seeds} seeds, ${whole(tests)} test images). ${findingWords(gain)}`
}

/** What both intervals say. @param {Gain} gain */
export function findingWords({ mean, half, wide }) {
  const way = mean > 0 ? "above" : "below"
  if (Math.abs(mean) > wide) return `It lies ${way} zero, also if one allows for seven methods being looked at.`
  if (Math.abs(mean) > half)
    return `Alone it lies ${way} zero. One of seven may do so by luck, and the thin line holds zero.`
  return "It holds zero: no difference is shown."
}

/** @param {Row} row @param {Place} place */
export const triedWords = ({ words, tries }, { validation, tried_seeds }) =>
  `${words}: ${tries.length} settings tried with ${tried_seeds} other seeds, right on ${whole(validation)} ` +
  "validation images:"

/** The place of the setting that was chosen: the first of those with most right. @param {Row} row */
export function bestOf({ tries }) {
  const shares = tries.map(({ share }) => rounded(share, 4))
  return shares.findIndex((share) => Number(share) === Math.max(...shares.map(Number)))
}

/** Round numbers for the axis, which holds every thin line and zero. @param {Place[]} places */
export function ticks(places) {
  const gains = places.flatMap(({ rows }) => rows.flatMap((row) => Object.values(row.gains)))
  const low = Math.min(0, ...gains.map(({ mean, wide }) => mean - wide))
  const high = Math.max(0, ...gains.map(({ mean, wide }) => mean + wide))
  const step = [1, 2, 5, 10, 20, 50].find((size) => (high - low) / size <= 8) ?? 100
  const [first, last] = [Math.floor(low / step), Math.ceil(high / step)]
  return Array.from({ length: last - first + 1 }, (_, at) => step * (first + at))
}
