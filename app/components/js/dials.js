// Temperature and alpha: native sliders that tell the page their value in the same frame, and Python on release.

import { rounded } from "./format.js"
import { Component, filled, make, mounting } from "./component.js"
import { BESIDE, DIAL, LIGHT, SET, tell } from "./events.js"

const SETTLE = 350 // milliseconds without a key press after which a value typed with the arrow keys is sent

class Board extends Component {
  constructor(root) {
    super(root)
    this.dials = new Map()
    this.pending = {}
    this.on(document, "pointerdown", () => this.commit(), { capture: true }) // Train may be what is pressed next
    this.hear(SET, (detail) => this.set(detail))
    this.hearPhrases("dials", (values) => this.phrase(values))
    this.hear(LIGHT, (detail) => this.light(detail))
  }

  render({ data, setStateValue }) {
    this.data = data
    this.send = (values) => setStateValue("turned", values)
    this.own = data.own
    for (const dial of data.dials) {
      if (!this.dials.has(dial.key)) this.dials.set(dial.key, this.make(dial))
      this.fill(this.dials.get(dial.key), dial)
    }
    this.root.dataset.ready = "true"
    tell(BESIDE, data.beside)
  }

  make({ key, low, high, step }) {
    const box = make("div", { className: "dial" })
    box.innerHTML = `<label for="dial-${key}"></label><output for="dial-${key}"></output>
      <input id="dial-${key}" class="slider" type="range" aria-describedby="help-${key}">
      <div class="help muted" id="help-${key}"></div>`
    const input = box.querySelector("input")
    Object.assign(input, { min: low, max: high, step })
    this.on(input, "input", () => this.turned(key, input))
    this.on(input, "change", () => this.settled())
    this.on(input, "pointerdown", () => (this.held = key))
    this.on(input, "pointerup pointercancel", () => ((this.held = ""), this.commit()))
    this.on(input, "blur", () => this.commit())
    box.dataset.control = key
    this.root.append(box)
    return box
  }

  fill(box, { key, words, help, value, step }) {
    box.querySelector("label").textContent = words
    box.querySelector(".help").textContent = help
    const input = box.querySelector("input")
    input.dataset.digits = step < 0.1 ? 2 : 1
    // What Python says is old news while the learner's hand is on the dial or a value is on its way.
    if (this.held !== key && !(key in this.pending) && Number(input.value) !== value) input.value = value
    show(box, input)
  }

  /** A phrase of a lesson was pressed: the other dials go where the lesson has them, and its own run is shown. */
  phrase(values) {
    for (const [key, value] of Object.entries(this.own)) this.set({ key, value })
    for (const one of values) this.set(one)
    this.cancel("commit")
    this.commit({ phrase: true })
  }

  /** A phrase or a link sets a dial. */
  set({ key, value }) {
    const input = this.dials.get(key)?.querySelector("input")
    if (!input || !Number.isFinite(value) || Number(input.value) === value) return
    input.value = value // the browser keeps it in range
    this.turned(key, input)
    this.settled()
  }

  light({ term, on }) {
    this.dials.get({ T: "temperature", alpha: "alpha" }[term])?.querySelector("label").classList.toggle("lit", on)
  }

  turned(key, input) {
    const value = Number(input.value)
    this.pending[key] = value
    show(input.parentElement, input)
    tell(DIAL, { key, value })
  }

  settled() {
    if (this.held) this.cancel("commit")
    else this.later("commit", SETTLE, () => this.commit())
  }

  commit(also = {}) {
    this.cancel("commit")
    if (this.held || (!Object.keys(this.pending).length && !also.phrase)) return
    const values = Object.fromEntries(
      [...this.dials].map(([key, box]) => [key, Number(box.querySelector("input").value)]),
    )
    this.pending = {}
    this.send({ ...values, ...also, at: `${Date.now()} ${performance.now()}` })
  }
}

function show(box, input) {
  box.querySelector("output").textContent = rounded(Number(input.value), input.dataset.digits)
  filled(input)
}

export default mounting(Board)
