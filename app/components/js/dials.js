// Temperature and alpha: native sliders that tell the page their value in the same frame, and Python on release.

import { ACTED, BESIDE, DIAL, LIGHT, SET } from "./events.js"
import { mounting } from "./mounting.js"

const SETTLE = 350 // milliseconds without a key press after which a value typed with the arrow keys is sent

export default mounting((parent) => new Board(parent))

class Board {
  constructor(parent) {
    this.root = parent.querySelector(".dials")
    this.dials = new Map()
    this.pending = {}
    this.flush = () => this.commit()
    document.addEventListener("pointerdown", this.flush, true) // Train may be what is pressed next
    this.heard = ({ detail }) => this.set(detail)
    document.addEventListener(SET, this.heard)
    this.lit = ({ detail }) => this.light(detail)
    document.addEventListener(LIGHT, this.lit)
  }

  leave() {
    document.removeEventListener("pointerdown", this.flush, true)
    document.removeEventListener(SET, this.heard)
    document.removeEventListener(LIGHT, this.lit)
    clearTimeout(this.timer)
  }

  render({ data, setStateValue }) {
    this.send = (values) => setStateValue("turned", values)
    for (const dial of data.dials) {
      if (!this.dials.has(dial.key)) this.dials.set(dial.key, this.make(dial))
      this.fill(this.dials.get(dial.key), dial)
    }
    document.dispatchEvent(new CustomEvent(BESIDE, { detail: data.beside }))
  }

  make({ key, low, high, step }) {
    const box = Object.assign(document.createElement("div"), { className: "dial" })
    box.innerHTML = `<label for="dial-${key}"></label><output for="dial-${key}"></output>
      <input id="dial-${key}" class="slider" type="range" aria-describedby="help-${key}"><div class="help muted" id="help-${key}"></div>`
    const input = box.querySelector("input")
    Object.assign(input, { min: low, max: high, step })
    input.addEventListener("input", () => {
      this.turned(key, input)
      document.dispatchEvent(new CustomEvent(ACTED, { detail: { figure: "dials", key } }))
    })
    input.addEventListener("change", () => this.settled())
    input.addEventListener("pointerdown", () => (this.held = key))
    for (const end of ["pointerup", "pointercancel"]) input.addEventListener(end, () => ((this.held = ""), this.commit()))
    input.addEventListener("blur", this.flush)
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

  /** A phrase of a lesson sets a dial. */
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
    document.dispatchEvent(new CustomEvent(DIAL, { detail: { key, value } }))
  }

  settled() {
    clearTimeout(this.timer)
    if (!this.held) this.timer = setTimeout(this.flush, SETTLE)
  }

  commit() {
    clearTimeout(this.timer)
    if (this.held || !Object.keys(this.pending).length) return
    const values = Object.fromEntries([...this.dials].map(([key, box]) => [key, Number(box.querySelector("input").value)]))
    this.pending = {}
    this.send({ ...values, at: `${Date.now()} ${performance.now()}` })
  }
}

function show(box, input) {
  const { value, min, max } = input
  box.querySelector("output").textContent = Number(value).toFixed(input.dataset.digits)
  input.style.setProperty("--share", `${(100 * (value - min)) / (max - min)}%`)
}
