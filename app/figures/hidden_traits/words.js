// What the figure of hidden traits says. Pure.

import { count, percent, whole } from "../../components/js/format.js"
import { headWords } from "../../components/js/own_words.js"
import { spread } from "../../components/js/series.js"

/**
 * @typedef {{words: string, body: boolean, head: boolean, values: number[], mean: number, half: number, copied:
 *   number}} Row shares; half: of the 95% interval over the seeds
 * @typedef {{outputs: string, rows: Row[], teacher: number, seeds: number, tests: number, found: string}} Run
 */

/** "86.5 ± 4.3%". @param {{mean: number, half: number}} row */
export const reachWords = ({ mean, half }) => `${percent(mean)} ± ${(100 * half).toFixed(1)}%`

/** @param {Run} run */
export function saidWords({ outputs, rows, teacher, seeds, tests }) {
  const reached = rows.map((row) => `${row.words} ${reachWords(row)}`).join(", ")
  const copied = rows.map((row) => `${row.words} ${percent(row.copied, 0)}%`).join(", ")
  return (
    `Digits right after learning from noise and ${count(Number(outputs), "meaningless output")}: ${reached}. Their ` +
    `teachers: ${percent(teacher)}%. Guessing: 10%. (95% intervals over ${seeds} seeds, ${whole(tests)} tests.) ` +
    `Of what they were asked to copy, the variance of these outputs, they copied: ${copied}.`
  )
}

/**
 * What a run of one's own has come to. @param {any} answer of the server @param {any} point its latest
 * @param {number[]} phases updates of the teacher, of the students @param {string[]} names of the students
 */
export function ownWords(answer, point, [teaching], names) {
  const outputs = count(answer.spec.outputs, "meaningless output")
  const means = names.map((_, arm) => spread(point.accuracy[arm])?.mean)
  const reached = names.map((name, arm) => `${name} ${percent(means[arm])}%`).join(", ")
  if (answer.state === "finished")
    return `${headWords(answer)} (rings; ${count(answer.spec.seeds.length, "seed")}, ${outputs}): ${reached}.`
  if (point.update < teaching)
    return `Your teachers learn digits: ${percent(spread(point.accuracy[names.length])?.mean)}% right. Students wait.`
  return `${headWords(answer)}: students (rings) look at noise, ${reached}.`
}
