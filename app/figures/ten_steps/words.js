// What twins say after some steps, one with the answer key, one with the teacher. Plain text from plain data.

import { count } from "../../components/js/format.js"
import { largest, softmax } from "../../components/js/softmax.js"
import { trainingStep } from "../slow_motion/training_step.js"
import { share } from "../slow_motion/words.js"

/**
 * What both twins give each class after some steps of rate 1 on the logits. @param {{teacher: number[], student:
 * number[], label: number}} image @param {number} temperature @param {number} steps
 */
export function after({ teacher, student, label }, temperature, steps) {
  const made = (/** @type {string} */ parts) => {
    let at = student
    for (let step = 0; step < steps; step++) {
      at = trainingStep({ teacher, student: at, label, temperature, alpha: 0, parts }).updated
    }
    return softmax(at)
  }
  return { key: made("hard"), taught: made("soft"), teacher: softmax(teacher) }
}

/**
 * @param {{classes: string[], label: number, steps: number}} about
 * @param {{key: number[], taught: number[], teacher: number[]}} now
 */
export function stepsWords({ classes, label, steps }, { key, taught, teacher }) {
  const wrong = largest(teacher, 2).find((at) => at !== label) ?? label // what the teacher finds it to resemble
  const both = (/** @type {number[]} */ shares) =>
    `${share(shares[wrong])} for ${classes[wrong]} and ${share(shares[label])} for ${classes[label]}`
  const asked = `The teacher says ${both(teacher)}, the answer key says ${classes[label]}.`
  if (!steps) return `Before any step both twins say ${both(key)}. ${asked}`
  return (
    `After ${count(steps, "step")}, the twin with the answer key says ${both(key)}, and the twin with the teacher ` +
    `${both(taught)}. ${asked}`
  )
}
