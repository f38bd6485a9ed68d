// What the comparison of two runs says and draws, from plain data.

import { copyWords } from "./final.js"
import { capital, seconds, whole } from "./format.js"
import { rows } from "./numbers.js"
import { armNames, armSeries } from "./series.js"

export const LETTERS = ["A", "B"]

/**
 * The curves of both runs, named "A distilled", …, each with its letter; those of B are `second`. answers: what /events
 * says of each.
 */
export function pairSeries(answers, methods, measure) {
  return answers.flatMap((answer, which) => {
    const names = armNames(answer.spec.arms, methods).map((name) => `${LETTERS[which]} ${name}`)
    return armSeries(answer, names, measure).map((one) => ({ ...one, letter: LETTERS[which], second: which === 1 }))
  })
}

/**
 * The teachers' lines: one accuracy where both runs have the same, else a level line for each. Returns {accuracy,
 * series}; nothing for a measure that is no accuracy.
 */
export function teachers(answers, measure) {
  const known = answers.map(({ teacher_accuracy: accuracy }) => accuracy)
  if (measure.key !== "accuracy") return { accuracy: null, series: [] }
  if (known.every((accuracy) => Number.isFinite(accuracy) && accuracy === known[0]))
    return { accuracy: known[0], series: [] }
  const updates = Math.max(...answers.map(({ updates: all }) => all))
  const series = known.flatMap((accuracy, which) => {
    if (!Number.isFinite(accuracy)) return []
    const at = (update) => ({ update, mean: accuracy, low: accuracy, high: accuracy })
    return [{ role: "teacher", name: `${LETTERS[which]} teacher`, points: [at(0), at(updates)], second: which === 1 }]
  })
  return { accuracy: null, series }
}

/** Rows of the last numbers: [heading, one text for each arm of A and of B], and what the columns are called. */
export function pairRows(answers, methods) {
  const tables = answers.map((answer) => new Map(rows(answer).map(([heading, ...values]) => [heading, values])))
  const names = answers.map((answer) => armNames(answer.spec.arms, methods))
  const headings = [...new Set(tables.flatMap((table) => [...table.keys()]))]
  const empty = (which) => names[which].map(() => "–")
  return {
    columns: answers.flatMap((answer, which) =>
      names[which].map((name, arm) => ({ text: `${LETTERS[which]} ${name}`, role: answer.spec.arms[arm].role })),
    ),
    rows: headings.map((heading) => [heading, ...tables.flatMap((table, which) => table.get(heading) ?? empty(which))]),
  }
}

/** How a run stands, below its verdict, and what images it is measured on if they are a copy. */
export function standing(answer) {
  const copy = copyWords(answer)
  return copy ? `${stateWords(answer)}. ${copy}` : stateWords(answer)
}

function stateWords({ state, update, updates, seconds: took }) {
  const at = `update ${whole(update)} of ${whole(updates)}`
  if (state === "queued") return "Waiting in the queue"
  if (state === "running") return `Training: ${at}`
  if (state === "paused") return `Paused at ${at}`
  if (state === "finished") return `${whole(updates)} updates in ${seconds(took)}`
  return `${capital(state)} at ${at}`
}

/** The head of the list of shared settings. */
export function sharedWords(count) {
  return count ? `What both have in common (${count})` : ""
}
