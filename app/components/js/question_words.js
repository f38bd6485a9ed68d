// What a question says of itself and of an answer. Knows no page.

export const SURE = { sure: "I am sure", think: "I think so", guess: "I guess" }

/** "Question 2 of 8", and what is to be done with it; 0 of 0 stands in no row. */
export function countWords(number, of, kind) {
  return `${of ? `Question ${number} of ${of}` : "Practice"} · ${TO_DO[kind]}`
}

const TO_DO = {
  single: "choose one",
  multiple: "choose all that hold",
  numeric: "a number",
  order: "bring them into order",
  slider: "turn the dial",
  curve: "draw the curve",
  pick: "press one",
  bug: "choose one",
}

/** What a score from 0 to 1 comes to, and what being sure of it means. */
export function outcomeWords(score, sure) {
  if (score === 1) return sure === "guess" ? "Right, and now you know it." : "Right."
  const part = score > 0 ? `Partly right: ${Math.round(100 * score)}%.` : "Not quite."
  return sure === "sure" ? `${part} You were sure, so this one is worth a second look.` : part
}

/** What the button for another hint says; "" where there is none left. */
export function hintWords(given, of) {
  if (given === of) return ""
  return given ? "Another hint" : "A hint"
}

const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)$/
const EITHER = /^[+-]?[1-9]\d{0,2},\d{3}$/ // a number in thousands, or one with three decimals
const GROUPED = [/^([+-]?\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+)(?:[.,](\d+))?$/, /^([+-]?\d{1,3}(?:,\d{3})+)\.(\d+)$/, /^([+-]?\d{1,3}(?:\.\d{3})+),(\d+)$/, /^([+-]?\d{1,3}(?:,\d{3}){2,})$/]

/**
 * A number that somebody typed: 0,5 and 0.5 and −0.5 are numbers, and 1 536 is one; null where it is none, or where it
 * may be two. unit: what stands beside the field: a % may be typed only where it means nothing else.
 */
export function typed(text, unit = "") {
  const plain = without(text, unit)
  if (EITHER.test(plain)) return null
  const found = GROUPED.map((form) => form.exec(plain)).find(Boolean)
  const digits = found ? `${found[1].replace(/[^\d+-]/g, "")}.${found[2] ?? ""}` : plain.replace(",", ".")
  const number = DECIMAL.test(digits) ? Number(digits) : NaN
  return Number.isFinite(number) ? number : null
}

/** What is said of something typed that is no number; "" where there is nothing to say. */
export function complaintWords(text, unit = "") {
  const plain = without(text, unit)
  if (!plain || typed(text, unit) !== null) return ""
  if (EITHER.test(plain)) return `This can be read in two ways: write ${plain.replace(",", "")} or ${plain.replace(",", ".")}.`
  return "This is no number. Write digits, with a point for decimals."
}

function without(text, unit) {
  const plain = text.trim().replace(/[−–]/, "-")
  return unit === "%" ? plain.replace(/%$/, "").trim() : plain
}

/** A list with one of its things moved by a place; the same where it cannot go further. */
export function moved(list, from, by) {
  const to = from + by
  if (to < 0 || to >= list.length) return list
  const changed = [...list]
  changed.splice(to, 0, ...changed.splice(from, 1))
  return changed
}
