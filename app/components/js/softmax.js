// Softened probabilities, as CORRECTNESS.md writes them: softmax(logits / T).

/** softmax(logits / temperature). logits: finite; temperature: > 0. Throws RangeError. @param {number[]} logits */
export function softmax(logits, temperature = 1) {
  if (!(temperature > 0)) throw new RangeError(`temperature must be > 0, got ${temperature}`)
  const largest = Math.max(...logits)
  const powers = logits.map((logit) => Math.exp((logit - largest) / temperature))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map((power) => power / sum)
}

/** Mean over seeds of the softened probabilities. seeds: one array of logits per seed. @param {number[][]} seeds */
export function meanSoftmax(seeds, temperature = 1) {
  const each = seeds.map((logits) => softmax(logits, temperature))
  return each[0].map((_, index) => each.reduce((total, row) => total + row[index], 0) / each.length)
}

/** Entropy of probabilities, in bits: 0 … log2(how many there are). @param {number[]} probabilities */
export function entropy(probabilities) {
  return probabilities.reduce((total, p) => (p > 0 ? total - p * Math.log2(p) : total), 0)
}

export const LOG_DECADES = 6 // a logarithmic bar begins at a millionth

/**
 * The length of a probability's bar, 0 … 1. log: each tenth of a probability takes the same part of a bar.
 * @param {number} probability
 */
export function barLength(probability, log = false) {
  if (!log) return probability
  return Math.max(0, 1 + Math.log10(Math.max(probability, 1e-12)) / LOG_DECADES)
}

/** Positions of the `count` largest values, the largest first. @param {number[]} values */
export function largest(values, count = 1) {
  return [...values.keys()].sort((a, b) => values[b] - values[a]).slice(0, count)
}
