// What the bars say, in words. Knows no page.

import { entropy } from "./softmax.js"

/** A probability as a share of a hundred: "0.0002%" where it is tiny, "99.98%" where "100%" would be a lie. */
export function share(probability) {
  const percent = 100 * probability
  if (probability > 0.99) return `${Math.min(percent, 99.9999).toFixed(percent > 99.99 ? 4 : 2)}%`
  if (percent >= 9.95) return `${percent.toFixed(0)}%`
  if (percent >= 0.1) return `${percent.toFixed(1)}%`
  return percent >= 1e-4 ? `${percent.toPrecision(1)}%` : "< 0.0001%"
}

const bitsOf = (bits) => (bits < 0.1 ? bits.toPrecision(1) : bits.toFixed(2))

/** The sentence below the bars: the two largest, and the entropy against the most there can be. */
export function sentence(probabilities, classes, temperature) {
  const [first, second] = [...probabilities.keys()].sort((a, b) => probabilities[b] - probabilities[a])
  const bits = bitsOf(entropy(probabilities)), most = Math.log2(probabilities.length).toFixed(2)
  return (
    `At T = ${temperature} the teacher gives “${classes[first]}” ${share(probabilities[first])} and “${classes[second]}” ` +
    `${share(probabilities[second])}. Entropy: ${bits} of at most ${most} bits.`
  )
}

/** What a hunt has come to. seen: top probabilities by image; all: of every image that is offered. */
export function hunted(seen, all) {
  const tried = Object.values(seen)
  if (!tried.length) return "Choose an image. How sure the teacher is of it shows only then."
  const best = Math.min(...tried), least = Math.min(...all)
  if (best === least) return `Found, with ${tried.length} of ${all.length} opened: ${share(best)} is the least that it gives to its first choice among these.`
  return `The least sure so far: ${share(best)}, with ${tried.length} of ${all.length} opened. One of the others is lower.`
}
