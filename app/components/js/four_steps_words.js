// Where a run stands in the four steps of distillation, and what each says. Plain data from plain data.

import { reached } from "./final.js"
import { count, percent, whole } from "./format.js"
import { spread } from "./series.js"

export const STEPS = ["input", "teacher", "loop", "model"]
export const PLAIN = [
  "Images, some of them with a label.",
  "The large network says how much each image looks like every class.",
  "The small network answers, is compared, and is changed a little. Again and again.",
  "It gives nearly the same answers, and is quick and cheap to ask.",
]

const points = (answer) => answer.events.filter((event) => event.kind === "point")

/**
 * Which step a run is at, 0 … 3; -1 where there is none. moment: the update that is looked back at, null: the newest.
 * @param {any} answer @param {number | null} moment
 */
export function stepOf(answer, moment = null) {
  if (!answer) return -1
  const { state, update } = answer
  if (state === "finished") return moment === null ? 3 : 2
  const learning = update > 0 || points(answer).length > 0
  if (state === "queued") return 0
  if (state === "running") return learning ? 2 : 1
  return learning ? 2 : 0 // paused, or ended before its time
}

/**
 * The steps as they are shown: [{state, said}]; state: "ahead", "now", "done" or "ended". about: {parameters}, by the
 * student's id. at: see `stepOf`; moment: as there.
 */
export function fourSteps(answer, about, at = stepOf(answer), moment = null) {
  if (!answer) return STEPS.map(() => ({ state: "ahead", said: "" }))
  const over = ["stopped", "failed", "interrupted"].includes(answer.state)
  const told = [inputWords, teacherWords, loopWords, modelWords]
  return STEPS.map((_, index) => {
    const state = index > at ? "ahead" : index < at || (index === 3 && at === 3) ? "done" : over ? "ended" : "now"
    return { state, said: state === "ahead" ? "" : told[index](answer, { state, moment, ...about }) }
  })
}

/** The share of the updates that are made, 0 … 1. @param {any} answer @param {number | null} moment */
export function shareOf(answer, moment = null) {
  if (!answer?.updates) return 0
  return Math.min(1, (moment ?? answer.update) / answer.updates)
}

function inputWords({ state, place, spec }) {
  if (state === "queued") return place > 1 ? `place ${place} in the queue` : "being prepared"
  const without = spec.unlabelled ? `, ${whole(spec.unlabelled)} without` : ""
  const left = Number.isInteger(spec.left_out) ? ", one class left out" : ""
  const shift = spec.shift ? `, shifted by ±${spec.shift} px` : ""
  return `${count(spec.labels, "labelled image")}${without}${shift}${left}`
}

function teacherWords({ spec, teacher_accuracy: right }, { state }) {
  if (state === "now") return "answers every image"
  const taught = spec.arms.filter(({ role }) => role === "distilled")
  if (!taught.length) return "not asked"
  const temperatures = new Set(taught.filter(({ method }) => method === "kd").map(({ temperature }) => temperature))
  const softened = temperatures.size === 1 ? `softened at T = ${[...temperatures][0]}` : ""
  const good = Number.isFinite(right) ? `${percent(right)}% right` : ""
  return [good, softened].filter(Boolean).join(", ")
}

function loopWords({ update, updates, state: run }, { state, moment }) {
  if (state === "done") return count(updates, "update")
  const said = `update ${whole(moment ?? update)} of ${whole(updates)}`
  if (run === "paused") return `paused at ${said}`
  return state === "ended" ? `ended at ${said}` : said
}

function modelWords(answer, { parameters }) {
  const { spec } = answer
  const taught = spec.arms.findIndex(({ role }) => role === "distilled")
  const right = spread(reached(answer)?.accuracy?.[Math.max(0, taught)] ?? [])
  const size = parameters?.[spec.student]
  return [size ? count(size, "parameter") : "", right ? `${percent(right.mean)}% right` : ""].filter(Boolean).join(", ")
}
