// A curve of five knots: drag them in the picture, or set each with its own slider. After saving, the outcome over it.

import { spoken } from "./predict_words.js"

const WIDE = 480, HIGH = 200, EDGE = 14

export class Knots {
  constructor(parent, data) {
    this.data = data
    const knot = (at, index) => `<label><span>${at}</span><input type="range" min="${data.low}" max="${data.high}" step="${data.step}"><output></output></label>`
    parent.innerHTML = `<figure><svg viewBox="0 0 ${WIDE} ${HIGH}" aria-hidden="true"><path class="real"/><path class="mine"/>${data.at.map(() => '<circle r="7"/>').join("")}</svg>
      <figcaption class="muted"></figcaption></figure><div class="knots" role="group">${data.at.map(knot).join("")}</div>`
    this.svg = parent.querySelector("svg")
    this.inputs = [...parent.querySelectorAll("input")]
    parent.querySelector("figcaption").textContent = data.axis
    parent.querySelector(".knots").setAttribute("aria-label", `Your curve: ${data.axis}`)
    this.inputs.forEach((input, index) => {
      input.value = (data.low + data.high) / 2
      input.setAttribute("aria-label", `${data.axis}, at ${data.at[index]}`)
      input.addEventListener("input", () => this.draw())
    })
    this.svg.addEventListener("pointerdown", (event) => this.hold(event))
    this.svg.addEventListener("pointermove", (event) => this.held !== undefined && this.move(event))
    for (const end of ["pointerup", "pointercancel"]) this.svg.addEventListener(end, () => (this.held = undefined))
  }

  value() {
    return this.inputs.map((input) => Number(input.value))
  }

  show(saved, outcome) {
    this.done = saved !== null
    this.inputs.forEach((input, index) => {
      if (saved) input.value = saved[index]
      input.disabled = this.done
    })
    this.outcome = outcome
    this.draw()
  }

  x(index) {
    return EDGE + (index * (WIDE - 2 * EDGE)) / (this.inputs.length - 1)
  }

  y(value) {
    const { low, high } = this.data
    return HIGH - EDGE - ((Math.min(high, Math.max(low, value)) - low) / (high - low)) * (HIGH - 2 * EDGE)
  }

  draw() {
    const values = this.value()
    const line = (all) => `M${all.map((value, index) => `${this.x(index).toFixed(1)} ${this.y(value).toFixed(1)}`).join("L")}`
    this.svg.querySelector(".mine").setAttribute("d", line(values))
    this.svg.querySelector(".real").setAttribute("d", this.outcome ? line(this.outcome) : "")
    this.svg.querySelectorAll("circle").forEach((circle, index) => {
      circle.setAttribute("cx", this.x(index))
      circle.setAttribute("cy", this.y(values[index]))
    })
    this.inputs.forEach((input, index) => {
      const said = spoken(values[index], this.data.unit)
      input.nextElementSibling.textContent = this.outcome ? `${said} → ${spoken(this.outcome[index], this.data.unit)}` : said
      input.setAttribute("aria-valuetext", said)
    })
  }

  hold(event) {
    if (this.done) return
    const across = this.place(event).x
    this.held = this.inputs.reduce((best, _, index) => (Math.abs(this.x(index) - across) < Math.abs(this.x(best) - across) ? index : best), 0)
    this.svg.setPointerCapture(event.pointerId)
    this.move(event)
  }

  move(event) {
    const { low, high, step } = this.data
    const share = (HIGH - EDGE - this.place(event).y) / (HIGH - 2 * EDGE)
    const value = low + Math.min(1, Math.max(0, share)) * (high - low)
    this.inputs[this.held].value = Math.round(value / step) * step
    this.draw()
  }

  place(event) {
    const box = this.svg.getBoundingClientRect()
    return { x: ((event.clientX - box.x) / box.width) * WIDE, y: ((event.clientY - box.y) / box.height) * HIGH }
  }
}
