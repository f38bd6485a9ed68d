// A curve of five knots: drawn across the picture, or set with a slider each. After saving, the outcome over it.

import { Pen } from "./pen.js"
import { knotWords, placeWords } from "./predict_words.js"

const WIDE = 480, HIGH = 200, EDGE = 14, GRIP = 12

export class Knots {
  constructor(parent, data) {
    this.data = data
    const knot = (at) => `<label><span>${placeWords(at)}</span><input type="range" min="${data.low}" max="${data.high}" step="${data.step}"><output></output></label>`
    const marks = scaleMarks(data).map((value) => `<span style="top: ${((100 * this.y(value)) / HIGH).toFixed(1)}%">${knotWords(value, data.unit)}</span>`)
    const nought = data.low < 0 && data.high > 0 ? `<path class="nought" d="M0 ${this.y(0).toFixed(1)}H${WIDE}"/>` : ""
    parent.innerHTML = `<figure><div class="drawn"><svg viewBox="0 0 ${WIDE} ${HIGH}" aria-hidden="true">${nought}<path class="real"/><path class="mine"/>${data.at.map(() => '<circle r="7"/>').join("")}</svg>${marks.join("")}</div>
      <figcaption class="muted"></figcaption></figure><div class="knots" role="group">${data.at.map(knot).join("")}</div>`
    this.svg = parent.querySelector("svg")
    this.inputs = [...parent.querySelectorAll("input")]
    this.caption = parent.querySelector("figcaption")
    parent.querySelector(".knots").setAttribute("aria-label", `Your curve: ${data.axis}`)
    this.inputs.forEach((input, index) => {
      input.value = (data.low + data.high) / 2
      input.setAttribute("aria-label", `${data.axis}, at ${placeWords(data.at[index])}`)
      input.addEventListener("input", () => this.draw())
    })
    this.pen = new Pen(data.at.map((_, index) => this.x(index)), GRIP)
    this.pointer = null // the one that draws
    this.svg.addEventListener("pointerdown", (event) => this.press(event))
    this.svg.addEventListener("pointermove", (event) => event.pointerId === this.pointer && this.put(this.pen.move(this.place(event))))
    for (const end of ["pointerup", "pointercancel"]) this.svg.addEventListener(end, ({ pointerId }) => pointerId === this.pointer && (this.pointer = null))
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
    const { unit, axis } = this.data
    const [first, ...rest] = `${unit && unit !== "%" ? `${unit}, against ` : ""}${axis}`
    this.caption.textContent = `${first.toUpperCase()}${rest.join("")}. ${outcome ? "Dashed is your guess, solid what was measured." : "Draw across the picture, or use the sliders."}`
    this.draw()
  }

  x(index) {
    return ((index + 0.5) * WIDE) / this.data.at.length // above its slider
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
      const { unit } = this.data
      const said = knotWords(values[index], unit)
      input.nextElementSibling.textContent = this.outcome ? `${said} → ${knotWords(this.outcome[index], unit)}` : said
      input.setAttribute("aria-valuetext", unit === "%" || !unit ? said : `${said} ${unit}`)
    })
  }

  press(event) {
    if (this.done || this.pointer !== null || event.button) return
    this.pointer = event.pointerId
    this.svg.setPointerCapture(event.pointerId)
    this.put(this.pen.down(this.place(event)))
  }

  put(moved) {
    const { low, high, step } = this.data
    for (const [index, y] of moved) {
      const share = (HIGH - EDGE - y) / (HIGH - 2 * EDGE)
      const value = low + Math.min(1, Math.max(0, share)) * (high - low)
      this.inputs[index].value = Math.round(value / step) * step
    }
    this.draw()
  }

  place(event) {
    const box = this.svg.getBoundingClientRect()
    return { x: ((event.clientX - box.x) / box.width) * WIDE, y: ((event.clientY - box.y) / box.height) * HIGH }
  }
}

/** What is written at the edge of the picture: both ends, and nought where it lies between them. */
function scaleMarks({ low, high }) {
  return low < 0 && high > 0 ? [high, 0, low] : [high, low]
}
