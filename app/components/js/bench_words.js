// What the bench says in each state of a run. Plain text from plain data.

import { capital, count, moment, rounded, seconds, signed, whole } from "./format.js"
import { LIVE } from "./poll.js"

const ENDINGS = { failed: "This run failed.", interrupted: "This run was interrupted." }

/**
 * The sentence above the curves. answer: what /events says, or null if there is no run. Returns
 * {kind, sentence, aside, again, more, control}: kind for the edge's colour; again: whether the run can be started
 * again from here; more: how many seeds it may come to, null if that is not offered; control: whether there is
 * one to train.
 */
export function verdictWords(answer, { gone = "", disabled = "" } = {}) {
  const plain = { kind: "", aside: "", again: false, more: null, control: false }
  if (gone) return { ...plain, sentence: gone, aside: "The settings on this page still work: press Train." }
  if (!answer) {
    return { ...plain, sentence: disabled ? "No run to show here yet." : "Press Train and watch the students learn." }
  }
  const { state, verdict, message } = answer
  if (state in ENDINGS) {
    return {
      kind: "trouble",
      sentence: ENDINGS[state],
      aside: message || "Start it again: same settings, same seeds.",
      again: true,
      more: null,
      control: false,
    }
  }
  if (verdict) return { ...plain, ...comparedWords(answer) }
  if (state === "stopped")
    return { ...plain, sentence: "Stopped before there was anything to compare.", aside: message, again: true }
  if (state === "queued") return { ...plain, sentence: queuedWords(answer), aside: message }
  if (state === "paused") return { ...plain, sentence: "Paused before the first update.", aside: "" }
  return { ...plain, sentence: beginningWords(answer.spec), aside: "" }
}

/** What a comparison says. Where it leaves the question open, more seeds may answer it: they narrow the interval. */
function comparedWords({ state, verdict, message, mine, control, spec }) {
  const kind = verdict.stage === "so-far" ? "so-far" : verdict.kind
  const more = (state === "finished" && mine && !isControlled(spec) && verdict.more) || null
  const few = more && !verdict.strict
  const wide = few
    ? "With few seeds the interval is wide. More seeds narrow it, whichever way it falls; a further look is judged " +
      "more strictly."
    : ""
  const aside = [isControlled(spec) ? controlWords(spec) : "", verdict.strict, wide].filter(Boolean).join(" ")
  const asks = state === "finished" && mine && Boolean(control)
  return { kind, sentence: verdict.sentence, aside: state === "stopped" ? message : aside, more, control: asks }
}

/** Who the control's students are, and what they can show; of an earlier version's no more than who they are. */
const controlWords = ({ unlabelled, shift, taught_by: by }) => {
  const same = `Self-taught: no teacher. The same ${whole(unlabelled)} images, each marked`
  if (!by?.choice) return `${same} by the student with labels only, with its own logits.`
  const better = shift ? "" : ": set the shift to 2, train anew, and see whether these come closer"
  return (
    `${same} with what the student with labels only takes it for, evenly softened. If these stay behind, more images ` +
    `do not do it by themselves. A better way without a teacher may still${better}.`
  )
}

/** Whether a comparison has its control: then that is what its verdict begins with. */
const isControlled = ({ arms = [] } = {}) => arms.some(({ role }) => role === "control")

/**
 * A prediction beside what came out, in points. predicted: by how much the learner said that distilled students would
 * be better; null: nothing. "" before the run is finished, and where there is no such difference.
 */
export function predictedWords(predicted, answer) {
  const mean = answer?.verdict?.mean
  if (!Number.isFinite(predicted) || !Number.isFinite(mean) || answer.state !== "finished") return ""
  const missed = tenth(predicted) - tenth(mean)
  const said = `You said ${signed(predicted)} points; it came to ${signed(mean)}.`
  if (Math.abs(missed) < 0.05) return `${said} As exact as it is measured.`
  return `${said} You were ${rounded(Math.abs(missed), 1)} points too ${missed > 0 ? "high" : "low"}.`
}

const tenth = (points) => Number(rounded(points, 1))

/** Whether a run waits for others. */
export function waits({ state, place, wait_s: wait }) {
  return state === "queued" && Boolean(place) && !(place === 1 && typeof wait === "number" && wait < 1)
}

/** Of a run that waits for others. */
export function queuedWords(answer) {
  if (!waits(answer)) return answer.message ? "Waiting to begin." : "Starting…" // for what the message says
  const { place, wait_s: wait } = answer
  const known = typeof wait === "number" // not before somebody has measured how fast this machine is
  const span = wait < 1 ? "less than a second" : `about ${seconds(wait)}`
  return `Waiting: place ${place} in the queue${known ? `, ${span}` : ""}.`
}

/** How many students a run trains: those of a run that it adds to are there. */
function trained({ arms, seeds, kept, taught_by: by }) {
  if (by) return seeds.length
  return arms.length * (seeds.length - (kept?.seeds ?? 0))
}

function beginningWords(spec) {
  const { arms, kept, taught_by: by } = spec
  const students = trained(spec)
  if (kept || by) return `${count(students, "student")} more start to learn, beside those that are there.`
  if (arms.length === 1) return `${count(students, "student")} at the start.`
  return (
    `${count(students, "student")}, in ${arms.length === 2 ? "pairs" : "groups"} with the same first ` +
    `weights, start to learn.`
  )
}

/**
 * The line below the chart. fresh: the run was started in this tab. engine: the present one; where it is not named,
 * nothing is said of it. linkWords: what `link` is called. Returns [{text, href?}].
 */
export function statusWords(answer, { fresh = false, link = "", linkWords = "link to this run", engine = null } = {}) {
  if (!answer) return []
  const { name, state, update, updates, seconds: took, spec, mine, created, record } = answer
  const students = count(trained(spec), "student")
  const at = updates ? `update ${whole(update)} of ${whole(updates)}` : ""
  const parts = []
  if (state === "queued") parts.push(update ? `Queued again at ${at}` : "Queued")
  if (state === "running") parts.push(`Training: ${at}`, seconds(took))
  if (state === "paused") parts.push(`Paused at ${at}`, seconds(took))
  if (state === "stopped")
    parts.push(update ? `Stopped at ${at}, after ${seconds(took)}; the numbers so far are kept` : "Stopped")
  if (state === "failed" || state === "interrupted") parts.push(update ? `It came to ${at}` : "")
  if (state === "finished") parts.push(...finishedWords({ fresh, created, took, record }), `${students} at once`)
  if (state === "finished") parts.push(engineWords(record?.engine, engine))
  if (mine && LIVE.includes(state)) parts.push(trainWords(state, fresh))
  if (!mine && created)
    parts.push(
      LIVE.includes(state) ? "somebody else’s run: you can watch it, only they can stop it" : "somebody else’s run",
    )
  const said = parts.filter(Boolean).map((text, index) => ({ text: index ? text : capital(text) }))
  const words = name ? [{ text: `“${name}”` }, ...said] : said
  return link ? [...words, { text: linkWords, href: link }] : words
}

/** What a press on Train does to one's own run that is not over. */
function trainWords(state, fresh) {
  return fresh && state !== "paused"
    ? "Train stops it and starts a new one"
    : "Train leaves it alone and starts a new one"
}

function engineWords(made, now) {
  if (!made || !now || made === now) return ""
  const numbered = typeof made === "number" && typeof now === "number"
  const which = numbered ? (made < now ? "an earlier" : "a later") : "another"
  return `made by ${which} engine: the same settings give other numbers now`
}

/** What is said while the server does not answer. */
export function lostWords(answer) {
  const asked = "The server does not answer; it is asked again every few seconds."
  if (!LIVE.includes(answer?.state)) return asked
  return `${asked} If the server was stopped, the run has ended and can be started again.`
}

function finishedWords({ fresh, created, took, record }) {
  const time = seconds(took)
  if (fresh) return [`Trained just now in ${time} on this machine`]
  if (created) return [`Replay: trained on ${moment(created)} in ${time}`]
  return [`Recorded run, shipped with the app${record?.date ? ` (${record.date})` : ""}: ${time} when it was made`]
}

/** What may be pressed. Returns {pause, resume, step, stop}: true if it makes sense. */
export function transport(answer) {
  const live = Boolean(answer?.mine) && LIVE.includes(answer.state)
  const paused = answer?.state === "paused"
  return { pause: live && !paused, resume: live && paused, step: live, stop: live }
}

/** What is read out when a run's state changes; "" if nothing has to be said. */
export function announcement(before, answer) {
  if (!answer || before === answer.state) return ""
  // it was over when the page opened: nothing changed
  if (before === undefined && !LIVE.includes(answer.state)) return ""
  if (answer.state === "running") return "Training."
  if (answer.state === "paused") return `Paused at update ${answer.update}.`
  if (answer.state === "queued") return "Waiting in the queue."
  const { sentence, aside } = verdictWords(answer)
  return [answer.state === "finished" ? "Finished." : "", sentence, aside].filter(Boolean).join(" ")
}
