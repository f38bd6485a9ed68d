// What the figure of hidden traits says. Pure.

import { count, percent, rounded, whole } from "../../components/js/format.js"
import { headWords } from "../../components/js/own_words.js"
import { spread } from "../../components/js/series.js"

/**
 * @typedef {{values: number[], mean: number, half: number}} Reached shares; half: of the 95% interval over the seeds
 * @typedef {{words: string, body: boolean, head: boolean, read: Record<string, Reached>, zero: number, copied: number}}
 *   Row zero: what the probe reads of such students whose teacher had learned nothing
 * @typedef {{outputs: string, rows: Row[], teacher: Record<string, number>, seeds: number, tests: number, found:
 *   Record<string, string>}} Run
 */

export const READS = {
  teacher: "the teacher’s outputs",
  other: "other outputs",
  probe: "new ones, fitted on labels",
}
export const KEYS = { teacher: ["through", "accuracy"], other: ["other"], probe: ["probe"] } // in a run's events
const THROUGH = {
  teacher: "read through the teacher’s outputs for digits",
  other: "read through other outputs, as they were drawn",
  probe: "read through new outputs that were fitted on labelled digits",
}

/** "86.5 ± 4.3%". @param {{mean: number, half: number}} row */
export const reachWords = ({ mean, half }) => `${percent(mean)} ± ${rounded(100 * half, 1)}%`

/** @param {Run} run */
export function saidWords({ outputs, rows, teacher, seeds, tests }, /** @type {keyof typeof READS} */ read) {
  const reached = rows.map((row) => `${row.words} ${reachWords(row.read[read])}`).join(", ")
  const copied = rows.map((row) => `${row.words} ${percent(row.copied, 0)}%`).join(", ")
  return (
    `Digits right after learning from noise and ${count(Number(outputs), "meaningless output")}, ${THROUGH[read]}: ` +
    `${reached}. Their teachers: ${percent(teacher[read])}%. ` +
    `Guessing: 10%. (95% intervals over ${seeds} seeds, ${whole(tests)} tests.) ` +
    `Of what they were asked to copy, the variance of these outputs, they copied: ${copied}.`
  )
}

/**
 * What a run of one's own has come to. @param {any} answer of the server @param {any} point its latest
 * @param {number[]} phases updates of the teacher, of the students @param {string[]} names of the students
 */
export function ownWords(answer, point, [teaching], names) {
  const outputs = count(answer.spec.outputs, "meaningless output")
  const right = point.final?.through ?? point.through ?? point.accuracy // older runs have been read through their own
  const means = names.map((_, arm) => spread(right[arm])?.mean)
  const reached = names.map((name, arm) => `${name} ${percent(means[arm])}%`).join(", ")
  if (answer.state === "finished")
    return `${headWords(answer)} (rings; ${count(answer.spec.seeds.length, "seed")}, ${outputs}): ${reached}.`
  if (point.update < teaching)
    return `Your teachers learn digits: ${percent(spread(point.accuracy[names.length])?.mean)}% right. Students wait.`
  return `${headWords(answer)}: students (rings) look at noise, ${reached}.`
}
