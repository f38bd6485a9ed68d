// Numbers, durations and sentences as the page writes them.

const UPWARD = 1 + 2 ** -44 // more than what sums of floats leave, and less than what anybody reads

/**
 * A number with so many decimals, as Python's `rounded` in app/catalog/rounding.py writes it too: what lies half-way
 * goes away from zero (84.25 → "84.3"), also if a float holds a little less; and nothing is "-0.0".
 * @param {number} value
 */
export function rounded(value, digits = 0) {
  const text = (Number.isInteger(value) ? value : UPWARD * value).toFixed(digits)
  return Number(text) ? text : text.replace("-", "")
}

/** A share (0 … 1) as "92.9"; without digits for a whole hundred. @param {number | null | undefined} share */
export function percent(share, digits = 1) {
  return Number.isFinite(share) ? rounded(100 * Number(share), digits).replace("-", "−") : "–"
}

/** Seconds in words: "0.4 s", "12 s", "3 min". @param {number} value */
export function seconds(value) {
  if (!Number.isFinite(value)) return "–"
  if (value < 9.95) return `${rounded(value, 1)} s`
  if (value < 99.5) return `${rounded(value)} s`
  return `${rounded(value / 60)} min`
}

/** 1234 → "1,234", −5 → "−5". @param {number} value */
export function whole(value) {
  return Number(rounded(value)).toLocaleString("en-US").replace("-", "−")
}

/** "1 student", "6 students". @param {number} value @param {string} noun */
export function count(value, noun) {
  return `${whole(value)} ${noun}${value === 1 ? "" : "s"}`
}

/** 31.6 → "32 times", 1.26 → "1.3 times". @param {number} ratio */
export function times(ratio) {
  return `${ratio >= 9.95 ? whole(ratio) : rounded(ratio, 1)} times`
}

/** A difference: "+0.9", "−0.3", "0.0". @param {number} value */
export function signed(value, digits = 1) {
  const text = rounded(Math.abs(value), digits)
  return Number(text) ? `${value < 0 ? "−" : "+"}${text}` : text
}

/** How the teacher is heard. @param {{temperature: number, alpha: number}} settings */
export const taughtWords = ({ temperature, alpha }) => `T = ${temperature}, α = ${alpha}`

/** @param {string} text */
export const capital = (text) => text[0].toUpperCase() + text.slice(1)

/** "a, b and c". @param {string[]} parts */
export function listed(parts) {
  return parts.length < 2 ? parts.join("") : `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}`
}

/** A date and time for people, in the reader's own time zone. @param {number} created seconds since 1970 */
export function moment(created) {
  return new Date(1000 * created).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" })
}

/** @typedef {{text: string, role?: string, strong?: boolean}} Part */

/**
 * Cut a sentence into parts so that a role's words can wear its colour and its numbers can be bold. The parts' texts
 * joined give the sentence.
 * @param {string} sentence @param {{words: string, role: string}[]} roles @returns {Part[]}
 */
export function marked(sentence, roles) {
  const names = [...roles].sort((a, b) => b.words.length - a.words.length)
  const words = names.map(({ words: name }) => name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join("|")
  const numbers = "[+−-]?\\d[\\d.,]*(?: ± [\\d.]+| … [+−]?[\\d.]+)? points?"
  /** @type {Part[]} */
  const parts = []
  let from = 0
  const either = words ? `(?<!\\w)(${words})(?!\\w)|(${numbers})` : `()(${numbers})`
  for (const match of sentence.matchAll(new RegExp(either, "gi"))) {
    if (match.index > from) parts.push({ text: sentence.slice(from, match.index) })
    const named = match[1] && names.find(({ words: name }) => name.toLowerCase() === match[1].toLowerCase())
    parts.push(named ? { text: match[0], role: named.role } : { text: match[0], strong: true })
    from = match.index + match[0].length
  }
  if (from < sentence.length) parts.push({ text: sentence.slice(from) })
  return parts
}

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"

/** A number by a power of ten: "4 × 10⁻⁶". @param {number} size > 0 @param {number} [digits] */
export function powerWords(size, digits = 0) {
  const [factor, power] = size.toExponential(digits).split("e")
  const raised = [...String(Math.abs(Number(power)))].map((digit) => RAISED[Number(digit)]).join("")
  return `${factor} × 10${Number(power) < 0 ? "⁻" : ""}${raised}`
}

/**
 * A measured quantity, with no more than two significant digits: "0.00023", "31", "14,000".
 * @param {number} value
 */
export function two(value) {
  if (!(value > 0)) return "0"
  if (value >= 100) return Number(value.toPrecision(2)).toLocaleString("en-US")
  const digits = Math.max(0, 1 - Math.floor(Math.log10(value)))
  return digits > 6 ? powerWords(value, 1) : rounded(value, digits)
}
