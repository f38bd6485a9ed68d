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

/** A number that somebody typed: 0,5 and 0.5 and −0.5 are numbers; null where it is none. */
export function typed(text) {
  const plain = text.trim().replace(/%$/, "").trim().replace("−", "-").replace(",", ".")
  return /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(plain) ? Number(plain) : null
}

/** A list with one of its things moved by a place; the same where it cannot go further. */
export function moved(list, from, by) {
  const to = from + by
  if (to < 0 || to >= list.length) return list
  const changed = [...list]
  changed.splice(to, 0, ...changed.splice(from, 1))
  return changed
}
