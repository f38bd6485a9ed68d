// What the cascade says. Pure.

import { percent, rounded, whole } from "../../components/js/format.js"

/**
 * @typedef {{threshold: number, escalated: number, cost: number, accuracy: number, half: number}} Step shares; half: of
 *   the 95% interval over the seeds
 */

/** The place of the step whose threshold is nearest. @param {Step[]} steps @param {number} threshold */
export function stepAt(steps, threshold) {
  const apart = steps.map((step) => Math.abs(step.threshold - threshold))
  return apart.indexOf(Math.min(...apart))
}

/** @param {Step} step @param {{seeds: number, tests: number}} about */
export function stepWords({ threshold, escalated, cost, accuracy, half }, { seeds, tests }) {
  const share =
    escalated >= 1 ? "every image goes" : escalated > 0 ? `${percent(escalated)} of the images go` : "no image goes"
  const right = `${percent(accuracy)} ± ${rounded(100 * half, 1)} are right`
  const spent = `an image costs ${percent(cost)} of what the teacher alone takes`
  return {
    head: `surer than ${String(threshold)}`,
    said:
      `At this threshold ${share} to the teacher, ${right} (95% interval over ${seeds} seeds, ` +
      `${whole(tests)} test images), and ${spent}.`,
  }
}

/** @param {{verdict: string, validation: number}} data */
export function chosenWords({ verdict, validation }) {
  return (
    `For each seed the threshold was chosen on ${whole(validation)} validation images: the lowest that gives up at ` +
    `most one point of the teacher’s accuracy there. ${verdict}`
  )
}
