// What the bug lab says and writes. Plain text from plain data.

import { count, rounded } from "../../components/js/format.js"
import { spread } from "../../components/js/series.js"

/** A measure's value as Python's `Measure.written` has it: "97.3%", "0.0210", "−155"; "–" for none. */
export function measured(value, { unit, digits, mark }) {
  if (!Number.isFinite(value)) return "–"
  const found = Math.abs(unit * value)
  const wanted = mark || !found ? (mark ? digits : 0) : Math.max(0, Math.min(4, 2 - Math.floor(Math.log10(found))))
  const fraction = { minimumFractionDigits: wanted, maximumFractionDigits: wanted }
  const text = Number(rounded(found, wanted)).toLocaleString("en-US", fraction)
  return `${value < 0 && Number(text.replaceAll(",", "")) ? "−" : ""}${text}${mark}`
}

/**
 * A measure of one arm of an event, over its seeds: in the diagnostics, else among the metrics, on the test images of
 * the verdict if the run has ended.
 */
export function ofArm(event, key, arm) {
  return spread((event.diagnostics?.[key] ?? event.final?.[key] ?? event[key])?.[arm] ?? [])?.mean ?? null
}

/**
 * Values of a run of one's own, healthy and buggy: {key: [text, text]}, null if the run has none yet. answer: what
 * the bench has of it. measures: {key: {unit, digits, mark}}.
 */
export function ownValues(answer, measures) {
  const event = answer?.events?.findLast(({ kind, diagnostics }) => kind === "point" && diagnostics)
  if (!event) return null
  const arms = answer.spec.arms
  const bug = arms.findIndex((arm) => arm.bug)
  const healthy = arms.findIndex((arm) => arm.role === "distilled" && !arm.bug)
  if (bug < 0 || healthy < 0) return null
  return Object.fromEntries(
    Object.entries(measures).map(([key, measure]) => [
      key,
      [healthy, bug].map((arm) => measured(ofArm(event, key, arm), measure)),
    ]),
  )
}

/** How long a live run takes, before it is started. */
export function liveWords({ asks }, seeds) {
  const time = asks ? "A quarter of a minute: this one asks the teacher at every update." : "A few seconds."
  return `${count(3 * seeds, "student")}, ${seeds} of each kind, with new seeds. ${time}`
}

/** What the table of costs means, below it. */
export const COSTS_WORDS =
  "Points of accuracy lost, and their ±. The redder, the more of what the teacher brings; grey: no cost was shown."

/** What is read out of a line of code that does not see its colour. */
export const LINE_WORDS = { same: "", healthy: "healthy: ", buggy: "with the bug: " }
export const LINE_MARKS = { same: " ", healthy: "✓", buggy: "✗" }
