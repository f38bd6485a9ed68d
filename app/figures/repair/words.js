// What the figure of repaired students says. Pure.

import { count, percent, rounded, signed, whole } from "../../components/js/format.js"
import { headWords } from "../../components/js/own_words.js"
import { spread } from "../../components/js/series.js"

/**
 * @typedef {{words: string, role: string, values: number[], mean: number, half: number, gain?: number,
 *   gain_half?: number}} Row values, mean, half: shares; half: of the 95% interval over the seeds; gain: points over
 *   labels, of the same seeds
 * @typedef {{images: string, bits: number, rows: Row[], seeds: number, tests: number, found: string}} Run
 */

/** "91.0 ± 0.4%". @param {{mean: number, half: number}} row */
export const reachWords = ({ mean, half }) => `${percent(mean)} ± ${rounded(100 * half, 1)}%`

/** @param {Run} run */
export function saidWords({ images, bits, rows, seeds, tests }) {
  const gains = rows
    .filter(({ gain }) => gain !== undefined)
    .map(({ words, gain = 0, gain_half = 0 }) => `${words} ${signed(gain, 1)} ± ${rounded(gain_half, 1)}`)
  return (
    `In ${count(bits, "bit")}, repaired on ${whole(Number(images))} images, in points above labels: ` +
    `${gains.join("; ")}. (95% intervals over ${seeds} seeds, ${whole(tests)} tests.)`
  )
}

export const TICKS = [0.5, 0.7, 0.8, 0.9, 0.95] // shares on the axis
const [LEAST, MOST] = [0.3, 0.97] // lower and higher ones lie there

/** How far along a track a share lies, in percent: by the logarithm of what is wrong. @param {number} share */
export function at(share) {
  const far = (/** @type {number} */ one) => -Math.log(1 - Math.min(MOST, Math.max(LEAST, one)))
  return (100 * (far(share) - far(LEAST))) / (far(MOST) - far(LEAST))
}

/**
 * What a run of one's own has come to. @param {any} answer of the server @param {any} point its latest
 * @param {number} floats updates of the students before they are rounded @param {string[]} names of the arms
 */
export function ownWords(answer, point, floats, names) {
  const right = point.final?.accuracy ?? point.accuracy
  const means = names.map((_, arm) => percent(spread(right[arm])?.mean))
  if (answer.state !== "finished" && point.update <= floats)
    return `Your students learn as floats: ${means.at(-1)}% right, and ${means.at(-2)}% if they are rounded now.`
  const reached = names.map((name, arm) => `${name} ${means[arm]}%`).join(", ")
  const images = whole(answer.spec.images)
  const whose =
    answer.state === "finished" ? ` (rings; ${count(answer.spec.seeds.length, "seed")}, ${images} images)` : ""
  return `${headWords(answer)}${whose}: ${reached}.`
}
