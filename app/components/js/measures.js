// What the curves can show: how it is called, written and scaled.

import { rounded, whole } from "./format.js"

const share = { unit: 100, digits: 1, mark: "%" } // a fraction, written in percent
const nats = { unit: 1, digits: 3, mark: "" }

/**
 * key: in an event. verb: what a student does that stands at a value. part: of the loss, which has a value for every
 * update. unit: what a value is multiplied by to be written. steep: most of it happens high up, and the axis need not
 * begin at 0.
 * @typedef {{key: string, verb: string, words: string, unit: number, digits: number, mark: string, part?: boolean,
 *   steep?: boolean}} Measure
 */

/** @type {Measure[]} */
export const MEASURES = [
  { key: "accuracy", verb: "is at", words: "accuracy", steep: true, ...share },
  { key: "agreement", verb: "agrees with the teacher on", words: "same answer as the teacher", steep: true, ...share },
  { key: "kl", verb: "has a KL divergence from the teacher of", words: "KL divergence from the teacher", ...nats },
  { key: "nll", verb: "has a cross-entropy of", words: "cross-entropy", ...nats },
  { key: "ece", verb: "has a calibration error of", words: "calibration error (ECE)", ...share },
  { key: "entropy", verb: "answers with an entropy of", words: "entropy of the answers", ...nats },
  { key: "total", verb: "has a loss of", words: "loss", part: true, ...nats },
  { key: "hard", verb: "has a hard loss of", words: "hard loss (labels)", part: true, ...nats },
  { key: "soft", verb: "has a soft loss of", words: "soft loss (teacher)", part: true, ...nats },
]

export const ACCURACY = MEASURES[0]

/** A value as it is written beside a curve: "92.9", "0.317". @param {number} value @param {Measure} measure */
export function written(value, { unit, digits }) {
  return Number.isFinite(value) ? rounded(unit * value, digits) : "–"
}

/**
 * The line above the curves: "accuracy on 1,000 test images, %".
 * @param {Measure} measure @param {number} testImages
 */
export function title({ words, part, mark }, testImages) {
  const on = part ? " on the batches" : testImages ? ` on ${whole(testImages)} test images` : ""
  return `${words}${on}, ${mark || "nats"}`
}
