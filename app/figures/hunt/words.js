// What the hunt says. Plain text from plain data.

import { count, whole } from "../../components/js/format.js"
import { roundedShare } from "../../components/js/soft_bars.js"
import { largest } from "../../components/js/softmax.js"

export const HELP_AFTER = 4 // looks until the answer is offered

/** Before the guess: an ordinary sheet. */
export function firstWords(images, all) {
  return `The first ${images} of the ${whole(all)}, as they come. Over how many would you hesitate yourself?`
}

/** "Labelled 7. The teacher: 7 (68%), then 2 (30%)." */
export function lookWords(classes, label, probabilities) {
  const [first, second] = largest(probabilities, 2)
  const [one, two] = [first, second].map((at) => `${classes[at]} (${roundedShare(probabilities[at])})`)
  const wrong = first === label ? "" : " It is wrong here."
  return `Labelled ${classes[label]}. The teacher: ${one}, then ${two}.${wrong}`
}

/** How the hunt stands. looks: shares that were seen, with places; least: the one to find; shown: it was given away. */
export function standingWords({ looks, least, all, shown }) {
  if (!looks.length) return ""
  const found = looks.some(({ place }) => place === least.place)
  const rank =
    least.place === 1
      ? `the least sure of all ${whole(all)}`
      : `number ${least.place} of ${whole(all)}, from the least sure`
  if (found && shown) return `This is the one: ${roundedShare(least.share)} sure, ${rank}.`
  if (found) return `Found after ${count(looks.length, "look")}: ${roundedShare(least.share)} sure, ${rank}.`
  const best = looks.reduce((low, one) => (one.share < low.share ? one : low))
  const sofar = `${count(looks.length, "look")} so far; the least sure had ${roundedShare(best.share)}.`
  return `${sofar} There is one below that.`
}
