// How a run of one's own stands in a figure that follows it, as long as its numbers do not say it. Pure.

import { STARTING } from "./asked.js"
import { queuedWords } from "./bench_words.js"
import { whole } from "./format.js"

const ENDINGS = { stopped: "was stopped", failed: "has failed", interrupted: "was interrupted" }

/** Of a run that has ended before it was finished; "" of any other. @param {{state: string, message: string}} answer */
export function endedWords({ state, message }) {
  const ending = /** @type {Record<string, string>} */ (ENDINGS)[state]
  return ending ? `Your own run ${ending}. ${message}`.trim() : ""
}

/** What is said instead of its numbers; "" if these are there. @param {any} answer of the server @param {any} point */
export function standWords(answer, point) {
  if (!answer) return STARTING
  if (answer.state === "queued") return `${queuedWords(answer)} ${answer.message}`.trim()
  return endedWords(answer) || (point ? "" : `${headWords(answer)}.`)
}

/** Whose numbers follow, and how far it is: "Your own run, update 20 of 600". @param {any} answer */
export function headWords({ state, update, updates }) {
  const paused = state === "paused" ? ", paused at" : ","
  return state === "finished" ? "Your own run" : `Your own run${paused} update ${whole(update)} of ${whole(updates)}`
}
