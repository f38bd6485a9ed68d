// The four steps of distillation. Beside a bench they light up with what its run is doing: while it trains, while a
// learner looks back in time, and while it races. Without a bench they say what each is.

import { Component, mounting, write } from "./component.js"
import { MOMENT, newestRace, newestRun, PLAY, RACE, RUN, tell } from "./events.js"
import { fourSteps, PLAIN, STEPS, shareOf, stepOf } from "./four_steps_words.js"

const DWELL = 450 // milliseconds for which a step is seen at least

class FourSteps extends Component {
  /** @type {any} */ at

  constructor(root) {
    super(root)
    this.items = STEPS.map((step) => this.find(`[data-step="${step}"]`))
    this.button = this.find(".play")
    this.on(".play", "click", () => this.play(!this.playing))
    this.hear(RUN, (detail) => this.take(detail.answer))
    this.hear(MOMENT, (detail) => this.look(detail))
    this.hear(RACE, (detail) => this.raced(detail))
    this.moment = null
    this.at = null // the step that is shown; a run that goes on may be ahead of it
  }

  render({ data }) {
    this.data = data
    this.root.dataset.live = String(data.live)
    this.root.setAttribute("aria-label", data.live ? "The four steps of this run" : "Distillation in four steps")
    if (data.live) this.take(newestRun(), newestRace())
    else this.items.forEach((item, index) => write(item.querySelector(".said"), PLAIN[index]))
    this.root.dataset.ready = "true"
  }

  /** How the run on the bench stands. */
  take(answer, race = this.playing) {
    if (!this.data?.live || (answer && answer.id !== this.data.run)) return
    if (answer?.id !== this.run) {
      this.run = answer?.id
      this.moment = null
      this.at = null
    }
    this.answer = answer
    this.playing = race?.run === this.run ? race : null
    this.follow()
  }

  /** The run is in a race, or it is over. */
  raced(detail) {
    if (detail.run !== this.run) return
    this.playing = detail.step === null ? null : detail
    this.draw()
  }

  look({ run, update }) {
    if (run !== this.run) return
    this.moment = update
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
    const moment = this.playing ? this.playing.update : this.moment
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

  /** Ask the bench to run a finished run again, or to come to the end. */
  play(on) {
    tell(PLAY, { run: this.run, on })
  }
}

export default mounting(FourSteps)
