// Asks the server how a run stands, as often as is worth it. The rule is pure; `Poller` applies it.

export const UNTIL_FIRST_POINT = 100
export const WHILE_TRAINING = 400
export const WHILE_WAITING = 1000
export const WHILE_PAUSED = 2000
export const LONGEST = 10000
export const LIVE = ["queued", "running", "paused"]

/**
 * Milliseconds until the next question, null if nothing more will come.
 * state: the last answer or null; points: points so far; failures: unanswered questions in a row; since: milliseconds
 * since the run was asked for or acted on; left: milliseconds until it is likely to end, so that its end is not missed.
 */
export function delay({ state, points, failures, since, left = Infinity }) {
  if (failures) return Math.min(LONGEST, WHILE_TRAINING * 2 ** (failures - 1))
  if (!state) return 0
  if (!LIVE.includes(state)) return null
  if (state === "paused") return since < 1000 ? UNTIL_FIRST_POINT : WHILE_PAUSED
  if (state === "queued") return since < 5000 ? UNTIL_FIRST_POINT : WHILE_WAITING
  return points ? Math.max(UNTIL_FIRST_POINT, Math.min(WHILE_TRAINING, left)) : UNTIL_FIRST_POINT
}

/** Add an answer's events to those before; an answer that came twice adds nothing. */
export function joined(before, answer) {
  const seen = before.length ? before.at(-1).seq : 0
  return [...before, ...answer.events.filter((event) => event.seq > seen)]
}

/**
 * Polls one run. ask(after) → promise of {ok, status, body}; told(change) hears {answer}, {lost: failures} or
 * {gone: sentence}. `clock` and `page` are injected by the tests.
 */
export class Poller {
  constructor(ask, told, { clock = globalThis, page = globalThis.document } = {}) {
    this.ask = ask
    this.told = told
    this.clock = clock
    this.page = page
    this.after = 0
    this.points = 0
    this.state = null
    this.failures = 0
    this.timer = null
    this.asking = false
    this.started = this.now()
    this.seen = () => this.page?.hidden || this.soon()
  }

  now() {
    return this.clock.performance.now()
  }

  /** Begin, or go on from an answer that is known already. */
  start(known = null) {
    this.page?.addEventListener("visibilitychange", this.seen)
    if (known) this.heard(known)
    this.plan()
  }

  stop() {
    this.page?.removeEventListener("visibilitychange", this.seen)
    this.clock.clearTimeout(this.timer ?? undefined)
    this.stopped = true
  }

  /** Something was asked of the run: look at once. */
  soon() {
    this.started = this.now()
    if (this.state && !LIVE.includes(this.state) && !this.failures) return
    this.clock.clearTimeout(this.timer ?? undefined)
    this.timer = this.clock.setTimeout(() => this.once(), 0)
  }

  heard(answer) {
    this.state = answer.state
    this.after = Math.max(this.after, answer.next)
    this.points += answer.events.length
    if (answer.state !== "running") this.pace = null
    else if (answer.update) this.pace = { ...(this.pace ?? { from: answer.update, since: this.now() }), answer }
  }

  /** Milliseconds until the run is likely to end, at its pace since the first answer with an update. */
  left() {
    const { from, since, answer } = this.pace ?? {}
    if (!answer || answer.update <= from) return Infinity
    return ((answer.updates - answer.update) * (this.now() - since)) / (answer.update - from)
  }

  plan() {
    if (this.stopped) return
    const { state, points, failures } = this
    const wait = delay({ state, points, failures, since: this.now() - this.started, left: this.left() })
    this.clock.clearTimeout(this.timer ?? undefined)
    if (wait !== null) this.timer = this.clock.setTimeout(() => this.once(), wait)
  }

  async once() {
    if (this.stopped || this.asking || this.page?.hidden) return // `seen` asks again when the page is looked at
    this.asking = true
    // Nothing but the asking may fail here in silence: what `told` throws is no lost server.
    const { ok, status, body } = await this.ask(this.after).catch(() => ({}))
    this.asking = false
    if (this.stopped) return
    try {
      this.told(this.change(ok && body, status, body))
    } finally {
      this.plan()
    }
  }

  /** What the server's answer comes to. */
  change(answered, status, body) {
    this.failures = answered || status === 404 ? 0 : this.failures + 1
    if (status === 404) {
      this.state = "gone"
      return { gone: body?.message ?? "There is no such run here." }
    }
    if (!answered) return { lost: this.failures }
    this.heard(body)
    return { answer: body }
  }
}
