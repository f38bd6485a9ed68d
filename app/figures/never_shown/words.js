// What the figure of a class that nobody showed says, in words.

import { rounded, whole } from "../../components/js/format.js"

/** A bias as it is written: "+5.1", "−2.0", "0". */
export function biasWords(bias) {
  if (Math.abs(bias) < 0.05) return "0"
  return `${bias < 0 ? "−" : "+"}${rounded(Math.abs(bias), 1)}`
}

/** A share as "85.3%"; whole hundreds without digits. */
export function shareWords(share) {
  if (!Number.isFinite(share)) return "–"
  const text = rounded(100 * share, 1)
  return `${text.replace(/\.0$/, "")}%`
}

/** The sentence that states the figure's result. name: of the class; own: how many images it has; student: in words. */
export function resultWords({ student, name, bias, counts, own, images, share }) {
  const right =
    counts.own === 0
      ? `none of the ${whole(own)} images of ${name} is right`
      : `${whole(counts.own)} of the ${whole(own)} images of ${name} ${counts.own === 1 ? "is" : "are"} right`
  const where = Math.abs(bias) < 0.05 ? "without a bias" : `with a bias of ${biasWords(bias)}`
  return (
    `${student}, ${where}: ${right}, ${shareWords(share.others)} of the others, ${shareWords(share.all)} ` +
    `in all ${whole(images)}.`
  )
}

/**
 * How often the class is answered, against how often it occurs. own: of these answers, those that are right; lost:
 * those to images that are right without the bias.
 */
export function takenWords({ taken, own, lost, images, prior, name }) {
  const expected = Math.round(prior * images)
  const others = lost === 1 ? "other" : "others"
  const parts =
    `${whole(own)} of ${name}, ${whole(lost)} ${others} that had been right, ` +
    `${whole(taken - own - lost)} wrong anyway`
  const now = `Taken for ${name}: ${whole(taken)} of ${whole(images)} images${taken ? ` (${parts})` : ""}.`
  if (taken === expected) return `${now} That is as many as there ought to be, one in ${Math.round(1 / prior)}.`
  return `${now} There ought to be ${whole(expected)}, one in ${Math.round(1 / prior)}.`
}

const WHO = { labels: "Labels-only student", distilled: "Distilled student", even: "Even-softness student" }

/** Which students are looked at: "Distilled student 2 of 5". */
export function studentWords(role, seed, seeds) {
  const who = WHO[role]
  return seeds > 1 ? `${who} ${seed + 1} of ${seeds}` : who
}

/** What the two corrections did, once one was pressed. */
export function correctionWords(correction, bias, name, prior) {
  if (correction === "label-free")
    return (
      `Label-free: at ${biasWords(bias)} one image in ${Math.round(1 / prior)} is taken for ${name}. No ` +
      `label was read.`
    )
  if (correction === "best")
    return `Peeking: ${biasWords(bias)} is the best there is for these very test images. Their labels chose it.`
  return ""
}
