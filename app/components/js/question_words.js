// What a question says of itself and of an answer.

import { rounded } from "./format.js"

export const SURE = { sure: "I am sure", think: "I think so", guess: "I guess" }

/**
 * "Question 2 of 8", and what is to be done with it; 0 of 0 stands in no row.
 * @param {number} number @param {number} of @param {string} instruction
 */
export function countWords(number, of, instruction) {
  return `${of ? `Question ${number} of ${of}` : "Practice"} · ${instruction}`
}

const partWords = (/** @type {number} */ score) =>
  score > 0 ? `Partly right: ${rounded(100 * score)}%.` : "Not quite."

/**
 * What a score from 0 to 1 comes to, and what being sure of it means. @param {number} score @param {string} sure
 * @param {number} tries
 */
export function outcomeWords(score, sure, tries = 1) {
  if (score !== 1) return partWords(score)
  if (tries > 1) return "Right, at the second try."
  return sure === "guess" ? "Right, and now you know it." : "Right."
}

/** What is said of a first miss. @param {number} score @param {string} sure */
export function missAgainWords(score, sure) {
  const surprised = sure === "sure" ? " You were sure, so this one is worth a second look." : ""
  return `${partWords(score)}${surprised} Try once more.`
}

/** What the button for another hint says; "" if there is none left. @param {number} given @param {number} of */
export function hintWords(given, of) {
  if (given === of) return ""
  return given ? "Another hint" : "A hint"
}

const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)$/
const EITHER = /^[+-]?[1-9]\d{0,2},\d{3}$/ // a number in thousands, or one with three decimals
const GROUPED = [
  /^([+-]?\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+)(?:[.,](\d+))?$/,
  /^([+-]?\d{1,3}(?:,\d{3})+)\.(\d+)$/,
  /^([+-]?\d{1,3}(?:\.\d{3})+),(\d+)$/,
  /^([+-]?\d{1,3}(?:,\d{3}){2,})$/,
]

/**
 * A number that somebody typed: 0,5 and 0.5 and −0.5 are numbers, and 1 536 is one; null if it is none, or if it
 * may be two. unit: what stands beside the field: a % may be typed only if it means nothing else.
 * @param {string} text
 */
export function typed(text, unit = "") {
  const plain = without(text, unit)
  if (EITHER.test(plain)) return null
  const grouped = GROUPED.map((form) => form.exec(plain)).find(Boolean)
  const digits = grouped ? `${grouped[1].replace(/[^\d+-]/g, "")}.${grouped[2] ?? ""}` : plain.replace(",", ".")
  const number = DECIMAL.test(digits) ? Number(digits) : NaN
  return Number.isFinite(number) ? number : null
}

/** What is said of something typed that is no number; "" if there is nothing to say. @param {string} text */
export function complaintWords(text, unit = "") {
  const plain = without(text, unit)
  if (!plain || typed(text, unit) !== null) return ""
  const either = EITHER.test(plain) ? [plain.replace(",", ""), plain.replace(",", ".")] : null
  if (either) return `This can be read in two ways: write ${either.join(" or ")}.`
  return "That isn’t a number. Write digits, with a point for decimals."
}

/** A number's text with plain signs, without the unit. @param {string} text @param {string} unit */
function without(text, unit) {
  const plain = text.trim().replace(/[−–]/, "-")
  return unit === "%" ? plain.replace(/%$/, "").trim() : plain
}

/**
 * A list with one of its things moved; the same list if it cannot go that far.
 * @template T @param {T[]} list @param {number} from @param {number} by @returns {T[]}
 */
export function moved(list, from, by) {
  const to = from + by
  if (to < 0 || to >= list.length) return list
  const changed = [...list]
  changed.splice(to, 0, ...changed.splice(from, 1))
  return changed
}
