// What the table of runs says, and in which order. Plain text from plain data.

import { capital, count, percent, rounded, seconds, signed, whole } from "./format.js"
import { LIVE } from "./poll.js"

const STATES = { queued: "waiting", running: "training" }

/** Rows as objects. keys: of every column; rows: their values. */
export function asRows({ keys, rows }) {
  return rows.map((row) => Object.fromEntries(keys.map((key, index) => [key, row[index]])))
}

/** The rows by a column, "ascending" or "descending"; what is missing comes last, equal ones keep their order. */
export function ordered(rows, key, direction) {
  const sign = direction === "descending" ? -1 : 1
  const compare = (a, b) =>
    typeof a === "string" ? a.localeCompare(b, "en", { numeric: true, sensitivity: "base" }) : a - b
  const known = rows.filter((row) => row[key] !== null)
  const missing = rows.filter((row) => row[key] === null)
  return [...known.sort((a, b) => sign * compare(a[key], b[key])), ...missing]
}

/**
 * The direction in which a press on a column's head sorts: text from A, numbers from the highest, then the other way.
 */
export function nextDirection(kind, now) {
  const first = ["name", "text", "state"].includes(kind) ? "ascending" : "descending"
  if (!now) return first
  return now === "ascending" ? "descending" : "ascending"
}

const WRITE = {
  name: (row) => row.name,
  moment: (row) => (row.recorded ? "–" : shortMoment(row.created)),
  whole: (row, key) => whole(row[key]),
  number: (row, key) => String(Number(row[key].toPrecision(6))),
  share: (row, key) => percent(row[key]),
  gain: ({ gain_points: gain, gain_half_width: half, verdict }) =>
    [signed(gain) + (half === null ? "" : ` ± ${rounded(half, 1)}`), verdict].filter(Boolean).join(", "),
  progress: (row) =>
    row.update === row.updates ? whole(row.updates) : `${whole(row.update)} of ${whole(row.updates)}`,
  seconds: (row) => seconds(row.seconds),
  student: (row) => `${row.student} (${whole(row.parameters)})`,
  state: (row) => stateWords(row),
}

/** What a cell says; "–" where nothing is known. column: {key, kind}. */
export function cellText({ key, kind }, row) {
  if (kind === "student" && row.parameters === null) return row.student ?? "–"
  if (row[key] === null && kind !== "state" && kind !== "moment") return "–"
  return (WRITE[kind] ?? (() => String(row[key])))(row, key)
}

/** How a run stands, in a word or more. */
export function stateWords({ state, recorded, readable, here }) {
  if (recorded) return "recorded"
  if (!readable) return `${state}, by another version`
  return (STATES[state] ?? state) + (here ? "" : ", images gone")
}

/** "22 Nov, 11:34", with the year where it is another; in the reader's own time zone. */
export function shortMoment(created, now = Date.now()) {
  const at = new Date(1000 * created)
  const year = at.getFullYear() === new Date(now).getFullYear() ? undefined : "numeric"
  return at.toLocaleString("en-GB", { day: "numeric", month: "short", year, hour: "2-digit", minute: "2-digit" })
}

/** Below a run's name, which many others may have, too: "22 Nov, 11:34 · 5 seeds". */
export function aside({ recorded, created, seeds }, now = Date.now()) {
  return [recorded ? "recorded" : shortMoment(created, now), seeds && count(seeds, "seed")].filter(Boolean).join(" · ")
}

/** A run as it is called among others: a name that its learner gave, else the words of its settings and its moment. */
export function called(row, now = Date.now()) {
  return row.named || row.recorded ? row.name : `${row.name}, of ${shortMoment(row.created, now)}`
}

/** The line above the table: "12 runs of yours, 2 still going on, and 5 recorded ones." */
export function countWords(rows) {
  const own = rows.filter(({ recorded }) => !recorded)
  const live = own.filter(({ state }) => LIVE.includes(state)).length
  const recorded = rows.length - own.length
  const others = recorded ? `${count(recorded, "recorded run")}` : ""
  if (!own.length) return others && `${capital(others)}, shipped with the app.`
  const going = live ? `, ${live} still going on` : ""
  return `${count(own.length, "run")} of yours${going}${others ? `, and ${others}` : ""}.`
}

/** What is asked before runs are deleted. */
export function askWords(rows) {
  const what = rows.length === 1 ? `“${called(rows[0])}”` : count(rows.length, "run")
  return (
    `Delete ${what}? Curves, answers and weights go for good, and links to ` +
    `${rows.length === 1 ? "it" : "them"} end here.`
  )
}

/** What is read out when live runs have ended. before, now: the same runs, as rows. */
export function endedWords(before, now) {
  const ended = now.filter(
    (row) => before.some(({ id, state }) => id === row.id && LIVE.includes(state)) && !LIVE.includes(row.state),
  )
  return ended.map((row) => `${called(row)}: ${stateWords(row)}.`).join(" ")
}

/** Why a run cannot be deleted. */
export function keptWords({ recorded, compared }) {
  if (recorded) return "A recorded run, shipped with the app: it cannot be renamed or deleted."
  return compared
    ? "It still goes on: stop it in the lab before you delete it."
    : "It still goes on: it can be deleted when it has ended."
}

/** What may be done with a run. compared: the lab shows it, and it can be compared with another one. */
export function possible({ recorded, state, readable, compared }) {
  const over = !LIVE.includes(state)
  return {
    open: readable,
    pin: compared,
    rename: !recorded,
    remove: !recorded && over,
    weights: compared && !recorded && ["finished", "stopped"].includes(state),
  }
}
