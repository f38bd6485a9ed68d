// What the curves can show: how it is called, written and scaled. Knows no page.

import { whole } from "./format.js"

const share = { unit: 100, digits: 1, mark: "%" } // a fraction, written in percent
const nats = { unit: 1, digits: 3, mark: "" }
const batches = "on the batches"

/**
 * key: in an event. part: where it is a part of the loss, which has a value for every update. unit: what a value is
 * multiplied by to be written. steep: most of it happens high up, and the axis need not begin at 0.
 */
export const MEASURES = [
  { key: "accuracy", name: "accuracy", words: "accuracy", steep: true, ...share },
  { key: "agreement", name: "agreement", words: "same answer as the teacher", steep: true, ...share },
  { key: "kl", name: "KL to the teacher", words: "KL divergence from the teacher", ...nats },
  { key: "nll", name: "cross-entropy", words: "cross-entropy", ...nats },
  { key: "ece", name: "calibration error", words: "calibration error (ECE)", ...share },
  { key: "entropy", name: "entropy", words: "entropy of the answers", ...nats },
  { key: "total", name: "loss", words: "loss", part: true, ...nats },
  { key: "hard", name: "hard loss", words: "hard loss (labels)", part: true, ...nats },
  { key: "soft", name: "soft loss", words: "soft loss (teacher)", part: true, ...nats },
]

export const ACCURACY = MEASURES[0]

/** A value as it is written beside a curve: "92.9", "0.317". */
export function written(value, { unit, digits }) {
  return Number.isFinite(value) ? (unit * value).toFixed(digits) : "–"
}

/** The line above the curves: "accuracy on 1,000 test images, %". */
export function title({ words, part, mark }, testImages) {
  const on = part ? ` ${batches}` : testImages ? ` on ${whole(testImages)} test images` : ""
  return `${words}${on}, ${mark || "nats"}`
}
