// What each stage of a training step says, and which bars it shows. Plain data from plain data.

import { count, rounded, signed } from "../../components/js/format.js"
import { largest, softmax } from "../../components/js/softmax.js"

export const STAGES = [
  { key: "teacher", title: "The teacher’s logits", formula: "v" },
  { key: "targets", title: "Divided by T, softmax", formula: "p = softmax(v / T)" },
  { key: "student", title: "The student’s logits", formula: "z" },
  { key: "answers", title: "Divided by the same T", formula: "q = softmax(z / T)" },
  { key: "soft", title: "The soft loss", formula: "T² · KL(p ‖ q) = T² · Σ p · (log p − log q)", term: "KL" },
  { key: "hard", title: "The hard loss", formula: "CE = −log softmax(z)[label]", term: "CE" },
  { key: "mix", title: "Mixed with α", formula: "(1 − α) · CE + α · T² · KL", term: "alpha" },
  { key: "update", title: "The update", formula: "z ← z − gradient" },
]

/** A probability as it is written: 84.5%, 0.31%, under 0.01%. */
export function share(value) {
  const percent = 100 * value
  if (percent > 99.95 && percent < 100) return "over 99.9%"
  if (percent >= 9.995) return `${rounded(percent, 1)}%`
  if (percent >= 0.095) return `${rounded(percent, percent >= 0.995 ? 1 : 2)}%`
  return percent < 0.01 ? "under 0.01%" : `${rounded(percent, 2)}%`
}

/** A number with its sign written as a sign: −3.2, 0.014. */
export function plain(value, digits = 2) {
  const text = rounded(Math.abs(value), digits)
  return value < 0 && Number(text) ? `−${text}` : text
}

const loss = (value) => (Math.abs(value) < 0.0995 ? plain(value, 4) : plain(value, 2))

/** What a stage came to, beside its title in the list. */
export function resultWords(key, step, { temperature, classes, teacher, student }) {
  const top = (values) => classes[largest(values)[0]]
  return {
    teacher: `top ${top(teacher)}`,
    targets: `${top(step.targets)}: ${share(Math.max(...step.targets))} at T = ${temperature}`,
    student: `top ${top(student)}`,
    answers: `${top(step.answers)}: ${share(Math.max(...step.answers))} at T = ${temperature}`,
    soft: step.weight === 0 ? "not used" : loss(step.soft),
    hard: step.weight === 1 ? "not used" : loss(step.hard),
    mix: loss(step.total),
    update: "",
  }[key]
}

/**
 * The sentences of a stage. about: {temperature, alpha, parts, label, classes, teacher, student, update, updates,
 * made}, where made counts the steps that the learner made on this image.
 */
export function stageWords(key, step, about) {
  const { temperature, label, classes, teacher, student, made } = about
  const [first, second] = largest(teacher, 2)
  const [said, next] = largest(student, 2)
  const sharp = softmax(teacher)
  const own = made ? `, and ${count(made, "step")} made here` : ""
  const then = `as it was after ${about.update} of ${about.updates} updates${own}`
  const right = said === label ? "and that is the label" : `but the label is ${classes[label]}`
  return {
    teacher:
      `The teacher looks at the image and writes one number per class. The largest, ` +
      `${plain(teacher[first], 1)}, belongs to ${classes[first]}; ` +
      `then comes ${classes[second]} with ` +
      `${plain(teacher[second], 1)}.` +
      (first === label ? "" : ` The label says ${classes[label]}: here the teacher is wrong.`),
    targets:
      `Every logit is divided by T = ${temperature} and put through the softmax: the soft targets. ` +
      `${share(step.targets[first])} goes to ${classes[first]}, ` +
      `${share(step.targets[second])} to ${classes[second]}. At T = 1 it would be ${share(sharp[first])} ` +
      `and ${share(sharp[second])}.`,
    student:
      `The same image, seen by a student ${then}. Its largest logit, ${plain(student[said], 1)}, belongs ` +
      `to ${classes[said]}, ${right}; then comes ${classes[next]} with ${plain(student[next], 1)}.`,
    answers:
      `The student’s logits are divided by the same T, so that like is compared with like. It gives ` +
      `${share(step.answers[first])} to ${classes[first]}; the teacher gives ${share(step.targets[first])}.`,
    soft:
      `How far the student’s softened answer is from the teacher’s: class by class p · (log p − log q), ` +
      `with the natural logarithm. It adds up to ${plain(step.kl, 4)}. Times ` +
      `T²\u00a0=\u00a0${plain(temperature ** 2, temperature % 1 ? 2 : 0)}: ${loss(step.soft)}.`,
    hard:
      `The answer key says ${classes[label]} and nothing about the other ${classes.length - 1} classes. ` +
      `The student gives ${share(step.before[label])} to it, and minus the natural logarithm of that is ` +
      `${loss(step.hard)}. Temperature plays no part here.`,
    mix: mixWords(step, about),
    update: updateWords(step, about),
  }[key]
}

function mixWords(step, { parts, label, classes, alpha }) {
  const pushed = step.gradient.map((slope) => -slope)
  const [up] = largest(pushed)
  const [down] = largest(step.gradient)
  const what = {
    both: `(1 − ${alpha}) · ${loss(step.hard)} + ${alpha} · ${loss(step.soft)} = ${loss(step.total)}.`,
    hard: `The hard loss alone: ${loss(step.total)}. It is the same as α = 0.`,
    soft: `The soft loss alone: ${loss(step.total)}. It is the same as α = 1: nobody looks at the label.`,
  }[parts]
  if (Math.max(...pushed.map(Math.abs)) < 5e-4) return `${what} There is nothing left to push.`
  const key =
    parts === "hard"
      ? ` The label ${classes[label]} is pushed up; every other class is pushed down as much as the student ` +
        `believed in it.`
      : ""
  return (
    `${what} A step goes against the gradient: what is negative it raises, ${classes[up]} the most, and what is ` +
    `positive it lowers, ${classes[down]} the most.${key}`
  )
}

function updateWords(step, { label, classes, parts }) {
  const moved = step.after.map((p, index) => Math.abs(p - step.before[index]))
  const other = largest(moved, moved.length).find((index) => index !== label)
  const change = (index) => `${classes[index]} from ${share(step.before[index])} to ${share(step.after[index])}`
  const by = { both: "", hard: " with the hard loss alone", soft: " with the soft loss alone" }[parts]
  return `One step against the gradient${by} would take ${change(label)}, and ${change(other)}.`
}

export const HONEST =
  "The step is made on this image’s own logits, with rate 1. In training the same gradient flows on " +
  "into the weights, mixed with those of 31 other images, so one real update moves each image less directly."

/**
 * What one real update did beside the step on the logits: {words, heads, rows: [[title, …]]}; null if none is
 * recorded. real: {distilled, labels}, each {before, after}, logits of this image; made: {batch, temperature, alpha,
 * update} of it.
 */
export function realWords(step, { label, classes, real, made }) {
  if (!real) return null
  // what the student mistakes it for, or might
  const other = largest(step.before, 2).find((index) => index !== label) ?? label
  const change = (before, after) => [label, other].map((index) => `${share(before[index])} → ${share(after[index])}`)
  const of = ({ before, after }) => change(softmax(before), softmax(after))
  return {
    words:
      `In training the gradient flows on into the weights, and each update learns from ${made.batch} images at once. ` +
      `This is what update ${made.update + 1} of the recorded run did (T = ${made.temperature}, α = ` +
      `${made.alpha}), to an image that was not among them:`,
    heads: [`${classes[label]} (label)`, classes[other]],
    rows: [
      ["this step, on the logits alone", ...change(step.before, step.after)],
      ["one real update of the weights", ...of(real.distilled)],
      ["the same, of the twin with labels only", ...of(real.labels)],
    ],
  }
}

/**
 * The bars of a stage: {rows: [[{value, role, text, ghost?}]], signed, unit}, one row per class. role: whose it is;
 * ghost: drawn as an outline.
 */
export function stageBars(key, step, { teacher, student }) {
  const bar = (role, value, text, more = {}) => ({ value, role, text, ...more })
  const each = (make, more = {}) => ({ rows: teacher.map((_, at) => make(at)), ...more })
  const sign = { signed: true }
  const pulls = [
    { role: "labels", weight: 1 - step.weight, gradient: step.hardGradient },
    { role: "teacher", weight: step.weight, gradient: step.softGradient },
  ].filter(({ weight }) => weight)
  const pull = ({ role, weight, gradient }, at) => bar(role, weight * gradient[at], signed(weight * gradient[at], 3))
  const shared = (role, shares, at, more) => bar(role, shares[at], share(shares[at]), more)
  return {
    teacher: () => each((at) => [bar("teacher", teacher[at], plain(teacher[at], 1))], sign),
    targets: () => each((at) => [shared("teacher", step.targets, at)]),
    student: () => each((at) => [bar("distilled", student[at], plain(student[at], 1))], sign),
    answers: () => each((at) => [shared("teacher", step.targets, at), shared("distilled", step.answers, at)]),
    soft: () => each((at) => [bar("teacher", step.terms[at], plain(step.terms[at], 4))], sign),
    hard: () => each((at) => [shared("labels", step.before, at)]),
    mix: () => each((at) => pulls.map((one) => pull(one, at)), sign),
    update: () =>
      each((at) => [shared("distilled", step.before, at, { ghost: true }), shared("distilled", step.after, at)]),
  }[key]()
}

/** A loss's gradient as it is drawn: times its weight, unless it is alone. */
const weighed = (which, other, weight) => `gradient of the ${which} loss${other ? `, times ${weight}` : ""}`

/** What the bars of a stage are, for the line above them: [{role, words, ghost?}]. */
export function keyWords(key, { weight }) {
  const both = [
    ...(weight === 1 ? [] : [{ role: "labels", words: weighed("hard", weight, "1 − α") }]),
    ...(weight === 0 ? [] : [{ role: "teacher", words: weighed("soft", 1 - weight, "α") }]),
  ]
  return {
    teacher: [{ role: "teacher", words: "teacher’s logits" }],
    targets: [{ role: "teacher", words: "soft targets p" }],
    student: [{ role: "distilled", words: "student’s logits" }],
    answers: [
      { role: "teacher", words: "teacher p" },
      { role: "distilled", words: "student q" },
    ],
    soft: [{ role: "teacher", words: "each class’s part of the KL" }],
    hard: [{ role: "labels", words: "student’s answer at T = 1" }],
    mix: both,
    update: [
      { role: "distilled", words: "student’s answer at T = 1, before", ghost: true },
      { role: "distilled", words: "after" },
    ],
  }[key]
}
