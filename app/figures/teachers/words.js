// What the figure of kinds of teachers says. Pure.

import { capital, percent, rounded, signed, whole } from "../../components/js/format.js"

/**
 * @typedef {{id: string, words: string, right: number, reached: number, mean: number, half: number, each?:
 *   number[][]}} Row each: of many teachers, how often each is right and its students’ gain in points; right,
 *   reached: shares; mean, half: the gain over labels only, in points, and half its interval
 * @typedef {{labels: number, alone: number, seeds: number, tests: number, shown: number, many?: boolean, at?: string}}
 *   About
 */

/** "+2.8 ± 0.4". @param {Row} row */
export const gainWords = ({ mean, half }) => `${signed(mean)} ± ${rounded(half, 1)}`

/** alone: what labels only reach, a share. @param {Row} row @param {About} about */
export function rowWords(row, { labels, alone, seeds, tests, shown, many, at }) {
  const { words, right, reached, mean, half } = row
  const compared = Math.abs(mean) <= half ? "That is no measurable difference" : `That is ${mean > 0 ? "more" : "less"}`
  const who = many
    ? `${seeds} such teachers are right on ${percent(right)}%, on average,`
    : `this teacher is right on ${percent(right)}%`
  const heard = many ? `At T = ${at}, with` : "With"
  return (
    `${capital(words)}: ${who} of ${whole(shown)} test images. ${heard} ` +
    `${whole(labels)} labelled images ${many ? "their" : "its"} students reach ${percent(reached)}%, and labels only ` +
    `${percent(alone)}%. ${compared}: ` +
    `${gainWords(row)} points (95% interval over ${seeds} seeds, ${whole(tests)} test images).`
  )
}

/** What the dots show. @param {Row[]} rows @param {About} about */
export function plotWords(rows, { seeds }) {
  const each = rows.map((row) => `${row.words}: right on ${percent(row.right)}%, ${gainWords(row)} points`)
  const dots = `A dot for each of ${seeds} teachers of a kind: how often it is right, and its students’ gain.`
  return `${dots} ${each.join("; ")}.`
}

/** The range that holds every interval, every dot and zero, in whole points. @param {Row[]} rows */
export function range(rows) {
  const ends = rows.flatMap(({ mean, half, each }) => [
    mean - half,
    mean + half,
    ...(each ?? []).map(([, points]) => points),
  ])
  return [Math.min(0, Math.floor(Math.min(...ends))), Math.max(1, Math.ceil(Math.max(...ends)))]
}
