// What the figure of the new digit says. Pure.

import { percent, rounded, whole } from "../../components/js/format.js"
import { headWords } from "../../components/js/own_words.js"
import { spread } from "../../components/js/series.js"

/**
 * @typedef {{seeds: number[], mean: number, half: number}} Reached shares; half: of the 95% interval over the seeds
 * @typedef {{id: string, role: string, words: string, sees: string}} Way
 * @typedef {Record<string, Reached[]>} Moment by measure, of each way; the last is the student before
 * @typedef {{ways: Way[], moments: number[], seeds: number, tests: number, curve: number, before: number,
 *   rates: Record<string, Moment[]>}} Data
 */

export const RATES = { usual: "the usual one", gentle: "a tenth of it" }
export const MEASURES = ["old", "new", "kept"]

/** The place of the moment that is nearest to so many updates. @param {number[]} moments @param {number} update */
export function momentAt(moments, update) {
  const far = moments.map((moment) => Math.abs(moment - update))
  return far.indexOf(Math.min(...far))
}

/** "200 updates". @param {number} updates */
export const updatesWords = (updates) => (updates === 1 ? "1 update" : `${whole(updates)} updates`)

/** "91.4 ± 0.3%". @param {Reached} reached */
const share = ({ mean, half }) => `${percent(mean)} ± ${rounded(100 * half, 1)}%`

/** @param {Data} data @param {string} rate @param {number} place of the moment @param {number} way */
export function saidWords({ ways, moments, seeds, tests, curve, rates }, rate, place, way) {
  const at = rates[rate][place]
  const [old, fresh, kept, moved] = [...MEASURES, "moved"].map((key) => at[key][way])
  const images = place === moments.length - 1 ? tests : curve
  const when = moments[place] ? `After ${updatesWords(moments[place])}` : "Before the new digit comes"
  return (
    `${when}, ${ways[way].words}: right on ${share(old)} of the old digits and ${share(fresh)} of the new one. ` +
    `Of the old digits it answers ${share(kept)} as before; ${percent(moved.mean)}% of its probability has moved. ` +
    `(95% intervals over ${seeds} seeds, ${whole(images)} test images.)`
  )
}

/** How a row is read out. @param {Moment} at @param {number} way */
export function rowWords(at, way) {
  const [old, fresh, kept] = MEASURES.map((key) => `${percent(at[key][way].mean, 0)}%`)
  return `old digits ${old}, the new one ${fresh}, as before ${kept}`
}

/**
 * What a run of one's own has come to. @param {any} answer of the server @param {any} point its latest
 * @param {Data} data
 */
export function ownWords(answer, point, { ways, before }) {
  if (point.update < before) return `${headWords(answer)}: your students learn nine digits.`
  const mean = (/** @type {string} */ key, /** @type {number} */ way) =>
    `${percent(spread((point.final?.[key] ?? point[key])[way])?.mean, 0)}%`
  const reached = ways.map(({ words }, at) => `${words}: old ${mean("old", at)}, new ${mean("new", at)}`)
  return `${headWords(answer)} (framed dots): ${reached.join("; ")}.`
}
