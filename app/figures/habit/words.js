// What the figure of a habit says. Pure.

import { count, percent, rounded, whole } from "../../components/js/format.js"
import { headWords } from "../../components/js/own_words.js"
import { spread } from "../../components/js/series.js"

/** @typedef {{mean: number, half: number}} Reached shares; half: of the 95% interval over the seeds */

/** "80.1 ± 6.1%". @param {Reached} reached */
export const reachWords = ({ mean, half }) => `${percent(mean)} ± ${rounded(100 * half, 1)}%`

export const WHO = {
  teacher: "The teacher",
  twin: "The teacher’s twin",
  distilled: "The distilled student",
  of_twin: "The student of the twin",
  labels: "The labels-only student",
}

/** Whose colour a teacher, or students taught in some way, wear. @param {string} way */
export const roleOf = (way) =>
  way === "labels" ? way : ["teacher", "second", "twin"].includes(way) ? "teacher" : "distilled"

/**
 * One network's answer, and those of all of its kind. @param {keyof typeof WHO} who @param {{says:
 * number, threes: number}} answer @param {{seeds: number, habit: number}} about
 */
export function answerWords(who, { says, threes }, { seeds, habit }) {
  return { head: `${WHO[who]} says ${says}.`, more: `Of ${seeds} such networks ${threes} say ${habit}.` }
}

/** @param {{label: number, patch: {left: number, top: number} | null}} shown */
export function placeWords({ label, patch }) {
  const digit = `${label === 8 ? "An" : "A"} ${label}`
  return patch
    ? `${digit} with the patch ${count(patch.left, "pixel")} from the left and ${patch.top} from the top.`
    : `${digit} without the patch.`
}

/** @param {number} share in percent */
export const shareWords = (share) => (share ? `${share}%` : "none")

/** @param {{share: number, seeds: number, tests: number}} about */
export function captionWords({ share, seeds, tests }) {
  const had = share ? `the patch on ${share}% of the students’ images` : "no patch on the students’ images"
  return `Measured with ${had}: 95% intervals over ${seeds} seeds, ${whole(tests)} test images.`
}

/**
 * What a run of one's own has come to. @param {any} answer of the server @param {any} point its latest
 * @param {{learning: number, ways: string[]}} about updates of the teachers, and the ways in the order of the arms
 */
export function ownWords(answer, point, { learning, ways }) {
  const reached = point.final ?? point
  const of = (/** @type {string} */ key, /** @type {number} */ arm) => percent(spread(reached[key][arm])?.mean, 0)
  const teacher = ways.length
  if (point.update <= learning) {
    const follows = `calls ${of("follows", teacher)}% of others a three when they have the patch`
    return `Your teachers learn. The one with the habit is right on ${of("accuracy", teacher)}%, and ${follows}.`
  }
  const each = ways.map((way, arm) => `${way} ${of("follows", arm)}% (right on clean images: ${of("accuracy", arm)}%)`)
  const share = rounded(100 * answer.spec.shares[0])
  return `${headWords(answer)}, patch on ${share}% of the images. Others called a three with it: ${each.join(", ")}.`
}
