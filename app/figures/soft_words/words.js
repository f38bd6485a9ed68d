// What the figure of students that read says, and where things are on its axis. Pure.

import { count, rounded, signed, whole } from "../../components/js/format.js"
import { headWords } from "../../components/js/own_words.js"
import { spread } from "../../components/js/series.js"

/**
 * @typedef {{values: number[], mean: number, half: number, update: number}} Reached nats a word; half: of the 95%
 *   interval over the seeds; update: after how many
 * @typedef {{arm: string, role: string, words: string, gains: Record<string, {mean: number, half: number}>,
 *   end: Reached, best: Reached, curve: number[][]}} Row gains: by how much nearer than text; curve: update, mean,
 *   lowest, highest
 * @typedef {"end" | "best"} Moment
 */

export const [NEAREST, FURTHEST] = [0.002, 4] // nats a word, ends of the axis
export const TICKS = [0.002, 0.01, 0.05, 0.2, 1, 4]
export const ASKED = { end: "at the end", best: "each group at its best moment" }

/** Where a distance lies on the axis, 0 … 1; its scale is logarithmic. @param {number} nats */
export function place(nats) {
  const inside = Math.min(FURTHEST, Math.max(NEAREST, nats))
  return Math.log(inside / NEAREST) / Math.log(FURTHEST / NEAREST)
}

/** As many digits as ± leaves: "0.031", "1.2". @param {number} nats */
export const natsWords = (nats) => rounded(nats, nats < 0.1 ? 3 : 2)

/** @param {Reached} reached */
export function reachWords({ mean, half }) {
  const digits = half < 0.0095 ? 3 : 2
  return `${rounded(mean, digits)} ± ${rounded(half, digits)}`
}

/** @param {{mean: number, half: number}} gain */
const side = ({ mean, half }) => (mean - half > 0 ? "nearer to" : mean + half < 0 ? "further from" : "")

/**
 * All rows against text. @param {{rows: Row[], seeds: number, sentences: string}} run @param {Moment} moment
 */
export function saidWords({ rows, seeds, sentences }, moment) {
  const [text, ...others] = rows
  const when = moment === "best" ? `, ${ASKED.best} (text after ${text.best.update} updates)` : ""
  const told = others.map(({ words, gains: { [moment]: gain } }) => {
    const digits = gain.half < 0.0095 ? 3 : 2
    const by = `${rounded(Math.abs(gain.mean), digits)} ± ${rounded(gain.half, digits)}`
    if (side(gain)) return `${words}: ${by} ${side(gain)} the truth`
    return `${words}: ${signed(gain.mean, digits)} ± ${rounded(gain.half, digits)}, no measurable difference`
  })
  const against = told.length ? ` Against text${when}: ${told.join("; ")}.` : ""
  return `${whole(Number(sentences))} sentences, ${count(seeds, "seed")}.${against}`
}

/** @param {{parameters: number, updates: number, teacher: number}} data */
export function aboutWords({ parameters, updates, teacher }) {
  return (
    `Students of ${whole(parameters)} parameters, ${whole(updates)} updates. Distance: KL(truth ‖ student), a mean ` +
    `over every word of the language; the scale is logarithmic. The teacher is ${natsWords(teacher)} nats away. ` +
    "± is a 95% interval over the seeds."
  )
}

/**
 * What a run of one's own has come to. @param {any} answer of the server @param {any} point its latest
 * @param {Row[]} rows
 */
export function ownWords(answer, point, rows) {
  const told = answer.spec.arms.map((/** @type {string} */ id, /** @type {number} */ arm) => {
    const words = rows.find((row) => row.arm === id)?.words ?? id
    return `${words}: ${natsWords(spread(point.kl[arm])?.mean ?? Number.NaN)}`
  })
  const about = `${whole(answer.spec.sentences)} sentences, ${count(answer.spec.seeds.length, "seed")}`
  return `${headWords(answer)} (rings; ${about}): ${told.join("; ")} nats a word.`
}
