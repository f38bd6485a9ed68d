// What becomes of a thousand questions, where each of them moves, and what is said of it. Pure.

import { capital, percent, rounded, whole } from "../../components/js/format.js"

export const QUESTIONS = 1000

/**
 * @typedef {{passed: number[], wrong: number[], mended: number[], kept: number[]}} Cell shares at every threshold
 * @typedef {{values: number[], mean: number, half: number}} Reached shares: of every seed, their mean, half its
 *   interval
 * @typedef {{thresholds: number[], cells: Record<string, Cell>, grounds: {id: string, words: string}[],
 *   refuses: {ground: string, gate: Reached, student: Reached}[], shares: number[], times: Record<string, number>,
 *   processor: string, seeds: number, tests: number}} Data
 * @typedef {{gate: string, foreign: string, share: number, step: number}} Place
 * @typedef {{foreign: boolean, by: "gate" | "student" | "teacher", bin: "right" | "wrong" | "refused",
 *   count: number}} Way
 */

/** The place of the threshold that is nearest. @param {number[]} thresholds @param {number} threshold */
export function stepAt(thresholds, threshold) {
  const apart = thresholds.map((one) => Math.abs(one - threshold))
  return apart.indexOf(Math.min(...apart))
}

/** Whole numbers with this sum that are nearest to some. @param {number[]} values @param {number} sum */
export function wholes(values, sum) {
  const down = values.map(Math.floor)
  const missing = sum - down.reduce((all, one) => all + one, 0)
  const order = values.map((value, at) => ({ at, over: value - down[at] })).sort((a, b) => b.over - a.over)
  for (const { at } of order.slice(0, missing)) down[at] += 1
  return down
}

/** The ways of a thousand questions: by whom each is settled, and how. @param {Data} data @param {Place} place */
export function waysOf({ cells }, { gate, foreign, share, step }) {
  const some = Math.round((QUESTIONS * share) / 100)
  const parts = (/** @type {string} */ ground, /** @type {number} */ count) => {
    const cell = cells[`${gate}/${ground}`]
    const [passed, wrong, mended, kept] = [cell.passed, cell.wrong, cell.mended, cell.kept].map((all) => all[step])
    const shares = [1 - kept - passed, kept - wrong, wrong, mended, passed - mended]
    return wholes(
      shares.map((one) => one * count),
      count,
    )
  }
  return [parts("clean", QUESTIONS - some), parts(foreign, some)].flatMap((counts, at) =>
    counts.map((count, kind) => ({
      foreign: at === 1,
      by: /** @type {Way["by"]} */ (["gate", "student", "student", "teacher", "teacher"][kind]),
      bin: /** @type {Way["bin"]} */ (["refused", "right", "wrong", "right", "wrong"][kind]),
      count,
    })),
  )
}

/** How many of the questions are so. @param {Way[]} ways @param {Partial<Way>} which */
export function counted(ways, which) {
  const fits = (/** @type {any} */ way) => Object.entries(which).every(([key, value]) => way[key] === value)
  return ways.filter(fits).reduce((sum, { count }) => sum + count, 0)
}

/** Milliseconds of a thousand questions, also if the teacher answers all. @param {Data} data @param {Place} place */
export function timeOf(data, place) {
  const ways = waysOf(data, place)
  const refused = counted(ways, { by: "gate" })
  const { gate, student, teacher } = data.times
  const asked = (place.gate === "gate" ? QUESTIONS * gate : 0) + (QUESTIONS - refused) * student
  return { whole: asked + counted(ways, { by: "teacher" }) * teacher, teacher: QUESTIONS * teacher }
}

/** @param {Data} data @param {Place} place */
export function saidWords(data, place) {
  const ways = waysOf(data, place)
  const name = data.grounds.find(({ id }) => id === place.foreign)?.words ?? ""
  const [whole_, teacher] = Object.values(timeOf(data, place)).map((time) => rounded(time))
  const digits = QUESTIONS - counted(ways, { foreign: true })
  const lost = counted(ways, { foreign: false, by: "gate" })
  const right = counted(ways, { foreign: false, bin: "right" })
  const answered = counted(ways, { foreign: true, bin: "wrong" })
  const some = counted(ways, { foreign: true })
  const foreign = some ? ` Of ${whole(some)} ${name}, ${whole(answered)} are called a digit.` : ""
  const refused = place.gate === "gate" ? ` and ${whole(lost)} refused` : ""
  return (
    `Of ${whole(digits)} digits, ${whole(right)} are answered right${refused}.` +
    `${foreign} The teacher is asked ${whole(counted(ways, { by: "teacher" }))} times. All of it takes ${whole_} ms; ` +
    `asking the teacher alone would take ${teacher} ms.`
  )
}

/** The rows of the table: words of a cell, and the share of every seed. @param {Data} data */
export function rowsOf({ refuses }) {
  const cell = (/** @type {Reached} */ { values, mean, half }) => ({
    words: `${percent(mean)} ± ${rounded(100 * half, 1)}%`,
    values,
  })
  return refuses.map(({ ground, gate, student }) => ({ words: capital(ground), cells: [gate, student].map(cell) }))
}

/** @param {Data} data @param {number} refused share of the validation digits */
export const captionWords = ({ seeds, tests }, refused = 0.01) =>
  `What is refused before anybody answers: means of ${seeds} seeds, ± the 95% interval, a dot for each seed, ` +
  `${whole(tests)} test images of each kind. Both limits are set so that ${percent(refused, 0)}% of the validation ` +
  "digits are refused."

/** @param {Data} data */
export function aboutWords({ times: { gate, student, teacher }, processor, seeds }) {
  const words = (/** @type {number} */ time) => rounded(time, time < 0.1 ? 3 : 2)
  return (
    `Each dot is a question; shares are means of ${seeds} seeds. Time for one image: gate ${words(gate)} ms, student ` +
    `${words(student)} ms, teacher ${words(teacher)} ms, one thread of a processor ${processor}.`
  )
}

// ── where a dot is ───────────────────────────────────────────────────────────────────────────────────────────────

const LEVEL = 0.34
/** Places as shares of the picture. @type {Record<string, [number, number]>} */
export const PLACES = {
  asked: [0.02, LEVEL],
  gate: [0.2, LEVEL],
  student: [0.42, LEVEL],
  teacher: [0.64, LEVEL],
  right: [0.8, 0.12],
  wrong: [0.8, 0.77],
  refused: [0.14, 0.79],
}

/** The way that a question goes. @param {Way} way @param {string} gate */
export function stopsOf({ by, bin }, gate) {
  const layers = ["gate", "student", "teacher"].filter((one) => one !== "gate" || gate === "gate")
  return ["asked", ...layers.slice(0, layers.indexOf(by) + 1), bin].map((stop) => PLACES[stop])
}

/** Where something is that has gone this share of its way. @param {[number, number][]} stops @param {number} gone */
export function placeAt(stops, gone) {
  const legs = stops.length - 1
  const leg = Math.min(legs - 1, Math.floor(gone * legs))
  const within = gone * legs - leg
  const [[x, y], [toX, toY]] = [stops[leg], stops[leg + 1]]
  return [x + within * (toX - x), y + within * (toY - y)]
}

/** A fixed order of so many questions that mixes them. @param {number} many */
export function mixed(many) {
  const order = Array.from({ length: many }, (_, at) => at)
  let state = 12345
  for (let at = many - 1; at > 0; at--) {
    state = (1103515245 * state + 12345) % 2147483648
    const other = Math.floor((state / 2147483648) * (at + 1))
    ;[order[at], order[other]] = [order[other], order[at]]
  }
  return order
}

/** Every question: its way, and when it starts, 0 … 1. @param {Way[]} ways */
export function questionsOf(ways) {
  const each = ways.flatMap((way) => Array.from({ length: way.count }, () => way))
  const order = mixed(each.length)
  return each.map((way, at) => ({ way, starts: order[at] / each.length }))
}
