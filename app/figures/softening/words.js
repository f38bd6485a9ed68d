// What the bars say, in words.

import { rounded } from "../../components/js/format.js"
import { shareOf as share } from "../../components/js/soft_bars.js"
import { entropy } from "../../components/js/softmax.js"

const bitsOf = (bits) => (bits < 0.001 ? "under 0.001" : bits < 0.1 ? bits.toPrecision(1) : rounded(bits, 2))

export const MORE = "The dial goes further once your prediction is saved."

/** A temperature as it is written: "0.5", "4", "1,000". */
export function spokenT(temperature) {
  return Number(temperature.toPrecision(3)).toLocaleString("en-US")
}

/** The two largest. */
export function topWords(probabilities, classes, temperature) {
  const [first, second] = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a])
  return (
    `At T = ${spokenT(temperature)} the teacher gives “${classes[first]}” ${share(probabilities[first])} ` +
    `and “${classes[second]}” ${share(probabilities[second])}.`
  )
}

/** The entropy against the most there can be. */
export function entropyWords(probabilities) {
  return `Entropy: ${bitsOf(entropy(probabilities))} of at most ${rounded(Math.log2(probabilities.length), 2)} bits.`
}

/** The sentence below the bars. */
export function sentence(probabilities, classes, temperature) {
  return `${topWords(probabilities, classes, temperature)} ${entropyWords(probabilities)}`
}
