// The numbers in a formula, as they are read.

import { powerWords, rounded } from "../../components/js/format.js"

/** Three digits that count: "8.02", "11.8", "3,041", "0.0052", "4 × 10⁻⁶". value: finite. */
export function numberWords(value) {
  const size = Math.abs(value)
  const sign = value < 0 ? "−" : ""
  if (size >= 1e9 || (size > 0 && size < 1e-4)) return sign + powerWords(size)
  if (size >= 99.95) return sign + Math.round(size).toLocaleString("en-US")
  if (size >= 0.9995 || !size) return sign + rounded(size, size >= 9.995 ? 1 : 2)
  return sign + rounded(size, size >= 0.0995 ? 3 : size >= 0.00995 ? 4 : 5)
}

/** A probability; never “1” for what is less. */
export function probabilityWords(value) {
  if (value < 0.99) return numberWords(value)
  return value < 0.999 ? rounded(value, 3) : String(Math.floor(1e6 * Math.min(value, 0.999999)) / 1e6)
}

/** A part and the whole in as few digits, four at least, as tell them apart. 0 < part < whole. */
export function apart(part, whole) {
  const written = (value, digits) =>
    value >= 1e9 || value < 1e-4
      ? numberWords(value)
      : value.toLocaleString("en-US", { minimumSignificantDigits: digits, maximumSignificantDigits: digits })
  let digits = 4
  while (digits < 12 && written(part, digits) === written(whole, digits)) digits += 1
  return [written(part, digits), written(whole, digits)]
}

/**
 * What stands in the softmax for one class. values: {T, logits, probabilities, chosen, classes}. Returns texts by name,
 * and whether the class is the one that is ahead.
 */
export function softmaxNumbers({ T, logits, probabilities, chosen, classes }) {
  const powers = logits.map((logit) => Math.exp(logit / T))
  const top = Math.max(...probabilities)
  const [power, sum] = apart(
    powers[chosen],
    powers.reduce((total, one) => total + one, 0),
  )
  return {
    T: Number(T.toPrecision(4)).toLocaleString("en-US"),
    v: numberWords(logits[chosen]),
    power,
    sum,
    p: probabilityWords(probabilities[chosen]),
    top: probabilityWords(top),
    name: String(classes?.[chosen] ?? chosen),
    ahead: probabilities[chosen] === top,
  }
}
