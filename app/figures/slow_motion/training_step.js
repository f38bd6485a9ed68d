// One training step on one image, as `app/distillation/losses.py` computes it, with the gradient at the logits. In
// nats.

import { softmax } from "../../components/js/softmax.js"

export const PARTS = ["both", "hard", "soft"] // which loss makes the step

/** log softmax(logits / temperature), without the rounding of log(softmax). */
export function logSoftmax(logits, temperature = 1) {
  const scaled = logits.map((logit) => logit / temperature)
  const most = Math.max(...scaled)
  const sum = Math.log(scaled.reduce((total, logit) => total + Math.exp(logit - most), 0))
  return scaled.map((logit) => logit - most - sum)
}

/**
 * All numbers of a step. teacher, student: logits v and z; label: position of the right class; temperature T: > 0;
 * alpha: 0 … 1, the weight of the soft loss; parts: one of PARTS, where "hard" is alpha 0 and "soft" alpha 1.
 * rate: how far the step goes along the gradient, on the logits themselves.
 */
export function trainingStep({ teacher, student, label, temperature, alpha, parts = "both", rate = 1 }) {
  const targets = softmax(teacher, temperature) // p
  const answers = softmax(student, temperature) // q
  const [logTargets, logAnswers] = [logSoftmax(teacher, temperature), logSoftmax(student, temperature)]
  const terms = targets.map((p, index) => (p > 0 ? p * (logTargets[index] - logAnswers[index]) : 0))
  const kl = terms.reduce((total, term) => total + term, 0)
  const soft = temperature ** 2 * kl
  const before = softmax(student)
  const hard = -logSoftmax(student)[label]
  const weight = { both: alpha, hard: 0, soft: 1 }[parts]
  const hardGradient = before.map((p, index) => p - (index === label ? 1 : 0))
  const softGradient = answers.map((q, index) => temperature * (q - targets[index]))
  const gradient = hardGradient.map((slope, index) => (1 - weight) * slope + weight * softGradient[index])
  const updated = student.map((logit, index) => logit - rate * gradient[index])
  return {
    targets,
    answers,
    terms,
    kl,
    soft,
    before,
    hard,
    weight,
    total: (1 - weight) * hard + weight * soft,
    hardGradient,
    softGradient,
    gradient,
    updated,
    after: softmax(updated),
  }
}
