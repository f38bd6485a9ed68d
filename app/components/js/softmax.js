// Softened probabilities, as CORRECTNESS.md writes them: softmax(logits / T). Knows no page.

/** softmax(logits / temperature). logits: array of finite numbers; temperature: > 0. */
export function softmax(logits, temperature = 1) {
  if (!(temperature > 0)) throw new RangeError(`temperature must be > 0, got ${temperature}`)
  const largest = Math.max(...logits)
  const powers = logits.map((logit) => Math.exp((logit - largest) / temperature))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map((power) => power / sum)
}

/** Mean over seeds of the softened probabilities. seeds: one array of logits per seed. */
export function meanSoftmax(seeds, temperature = 1) {
  const each = seeds.map((logits) => softmax(logits, temperature))
  return each[0].map((_, index) => each.reduce((total, row) => total + row[index], 0) / each.length)
}

/** Positions of the `count` largest values, the largest first. */
export function largest(values, count = 1) {
  return [...values.keys()].sort((a, b) => values[b] - values[a]).slice(0, count)
}
