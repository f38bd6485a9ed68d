// What the figure of kinds of teachers says. Pure.

import { capital, percent, signed, whole } from "../../components/js/format.js"

/**
 * @typedef {{id: string, words: string, right: number, reached: number, mean: number, half: number}} Row right,
 *   reached: shares; mean, half: the gain over labels only, in points, and half its interval
 */

/** "+2.8 ± 0.4". @param {Row} row */
export const gainWords = ({ mean, half }) => `${signed(mean)} ± ${half.toFixed(1)}`

/** alone: what labels only reach, a share. @param {Row} row @param {Record<string, number>} about */
export function rowWords(row, { labels, alone, seeds, tests, shown }) {
  const { words, right, reached, mean, half } = row
  const compared = Math.abs(mean) <= half ? "That is no measurable difference" : `That is ${mean > 0 ? "more" : "less"}`
  return (
    `${capital(words)}: this teacher is right on ${percent(right)}% of ${whole(shown)} test images. With ` +
    `${whole(labels)} labelled images its students reach ${percent(reached)}%, and labels only ` +
    `${percent(alone)}%. ${compared}: ` +
    `${gainWords(row)} points (95% interval over ${seeds} seeds, ${whole(tests)} test images).`
  )
}

/** The range that holds every interval and zero, in whole points. @param {Row[]} rows */
export function range(rows) {
  const ends = rows.flatMap(({ mean, half }) => [mean - half, mean + half])
  return [Math.min(0, Math.floor(Math.min(...ends))), Math.max(1, Math.ceil(Math.max(...ends)))]
}
