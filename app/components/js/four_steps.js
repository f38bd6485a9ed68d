// The four steps of distillation. Beside a bench they light up with what its run is doing: while it trains, while a
// learner looks back in time, and when it is played again. Without a bench they say what each is.

import { Component, mounting, write } from "./component.js"
import { ACTED, LOOK, MOMENT, newestRun, RUN, tell } from "./events.js"
import { fourSteps, PLAIN, STEPS, shareOf, stepOf } from "./four_steps_words.js"

const DWELL = 450 // milliseconds for which a step is seen at least
const PLAYED = 4000 // milliseconds in which a finished run's updates are played

class FourSteps extends Component {
  /** @type {any} */ at

  constructor(root) {
    super(root)
    this.items = STEPS.map((step) => this.find(`[data-step="${step}"]`))
    this.button = this.find(".play")
    this.on(".play", "click", () => (this.playing ? this.stop() : this.play()))
    this.hear(RUN, (detail) => this.take(detail.answer))
    this.hear(MOMENT, (detail) => this.look(detail))
    this.moment = null
    this.at = null // the step that is shown; a run that goes on may be ahead of it
  }

  leave() {
    super.leave()
    this.stop()
  }

  render({ data }) {
    this.data = data
    this.root.dataset.live = String(data.live)
    this.root.setAttribute("aria-label", data.live ? "The four steps of this run" : "Distillation in four steps")
    if (data.live) this.take(newestRun())
    else this.items.forEach((item, index) => write(item.querySelector(".said"), PLAIN[index]))
    this.root.dataset.ready = "true"
  }

  /** How the run on the bench stands. */
  take(answer) {
    if (!this.data?.live || (answer && answer.id !== this.data.run)) return
    if (answer?.id !== this.run) {
      this.run = answer?.id
      this.moment = null
      this.at = null
      this.stop()
    }
    this.answer = answer
    this.follow()
  }

  look({ run, update }) {
    if (run !== this.run) return
    this.moment = update
    if (this.playing && update !== this.playing.update) this.stop() // somebody else turned the time back
    this.at = stepOf(this.answer, update)
    this.draw()
  }

  /** Go towards the step that the run is at, one at a time, so that a short one is seen, too. */
  follow() {
    const there = stepOf(this.answer, this.moment)
    const over = !this.answer || !["queued", "running"].includes(this.answer.state)
    if (this.at === null) this.at = over ? there : 0
    if (this.at > there) this.at = there
    if (this.at < there && !this.going) {
      this.going = true
      this.later("on", DWELL, () => {
        this.going = false
        this.at += 1
        this.follow()
      })
    }
    this.draw()
  }

  draw() {
    const { answer } = this
    const at = this.playing?.step ?? this.at
    const moment = this.playing ? this.playing.update : this.moment // the bench may not look back yet
    const steps = fourSteps(answer, this.data, at, moment)
    steps.forEach(({ state, said }, index) => {
      const item = this.items[index]
      item.dataset.state = state
      item.toggleAttribute("aria-current", false)
      if (index === at) item.setAttribute("aria-current", "step")
      write(item.querySelector(".said"), said)
    })
    this.items[2].style.setProperty("--share", at < 2 ? 0 : 100 * shareOf(answer, at === 2 ? moment : null))
    const playable = answer?.state === "finished" && this.points.length > 1
    this.button.hidden = !playable
    write(this.button, this.playing ? "Stop" : "Play this run again")
  }

  get points() {
    return (this.answer?.events ?? []).filter((event) => event.kind === "point")
  }

  // ── a finished run, played again ───────────────────────────────────────────────────────────────────────────────

  play() {
    tell(ACTED, { figure: "four-steps", key: "play" })
    const updates = this.points.map(({ update }) => update)
    const frames = [
      [0, updates[0], DWELL],
      [1, updates[0], DWELL],
      ...updates.slice(0, -1).map((update) => [2, update, PLAYED / updates.length]),
    ]
    this.playing = { step: 0, update: null }
    this.show(frames)
  }

  /** @param {any[]} frames */
  show([frame, ...rest]) {
    if (!this.playing) return
    if (!frame) return this.stop()
    const [step, update, wait] = frame
    Object.assign(this.playing, { step, update })
    this.later("play", wait, () => this.show(rest))
    this.draw()
    if (this.moment !== update) this.turn(update)
  }

  stop() {
    if (!this.playing) return
    this.cancel("play")
    const own = this.moment === this.playing.update
    this.playing = null
    if (own) this.turn(null)
    else this.draw()
  }

  /** Ask the bench to show another moment; it tells everybody. */
  turn(update) {
    tell(LOOK, { run: this.run, update })
  }
}

export default mounting(FourSteps)
