// What the figure of next words says, and which words get a bar. Pure.

import { shareOf } from "../../components/js/soft_bars.js"
import { largest } from "../../components/js/softmax.js"

export const END = "."

/** "I-eat-an" → its words, of those that are known. @param {string} sentence @param {string[]} known */
export const wordsOf = (sentence, known) => sentence.split("-").filter((word) => known.indexOf(word) > 0)

/** A sentence as it is written. @param {string[]} words */
export function writtenWords(words) {
  const [first = "", ...rest] = words
  return [first.slice(0, 1).toUpperCase() + first.slice(1), ...rest].join(" ").replace(` ${END}`, END)
}

/**
 * The words that get a bar, by their numbers: the likeliest, and at the end the one that is watched if it is none of
 * them. @param {number[]} logits @param {number} rows @param {number} watched
 */
export function shownWords(logits, rows, watched) {
  const first = largest(logits, rows)
  return first.includes(watched) || watched < 0 ? first : [...first.slice(0, -1), watched]
}

/** What the words without a bar get together. @param {number[]} probabilities @param {number[]} shown */
export function restWords(probabilities, shown) {
  const rest = 1 - shown.reduce((sum, word) => sum + probabilities[word], 0)
  return `${probabilities.length - shown.length} other words together: ${shareOf(Math.max(0, rest))}`
}

/**
 * The two likeliest, and the one that is watched. @param {string[]} sentence @param {string[]} words
 * @param {number[]} probabilities @param {number} watched @param {string} temperature as it is written
 */
export function saidWords(sentence, words, probabilities, watched, temperature) {
  const [first, second] = largest(probabilities, 2)
  const after = sentence.length ? `After “${writtenWords(sentence)}”` : "As the first word"
  const told = (/** @type {number} */ word) => `“${words[word]}” ${shareOf(probabilities[word])}`
  const traces = watched >= 0 && watched !== first && watched !== second ? `, and ${told(watched)}` : ""
  return `${after}, at T = ${temperature}, the teacher gives ${told(first)} and ${told(second)}${traces}.`
}

/** @param {string[]} sentence */
export const endedWords = (sentence) =>
  sentence.at(-1) === END
    ? `“${writtenWords(sentence)}” The sentence has ended. Take a word back, or begin anew.`
    : "A sentence of this language has no more words than that. Take a word back, or begin anew."
