// A curve of five knots: drawn across the picture, or set with a slider each. After saving, the outcome over it.

import { find, findAll } from "./find.js"
import { Pen } from "./pen.js"
import { knotWords, placeWords } from "./predict_words.js"

const WIDE = 480
const HIGH = 200
const EDGE = 14
const GRIP = 12

/** @typedef {{at: number[], axis: string, low: number, high: number, step: number, unit: string}} CurveData */

export class Knots {
  /** @param {HTMLElement} parent @param {CurveData} data */
  constructor(parent, data) {
    this.data = data
    const { at, axis, low, high, step, unit } = data
    const knots = at.map(
      (place) => `<label><span>${placeWords(place)}</span>
        <input type="range" min="${low}" max="${high}" step="${step}"><output></output></label>`,
    )
    const marks = scaleMarks(data).map((value) => {
      const top = ((100 * this.y(value)) / HIGH).toFixed(1)
      return `<span style="top: ${top}%">${knotWords(value, unit)}</span>`
    })
    const zero = low < 0 && high > 0 ? `<path class="zero" d="M0 ${this.y(0).toFixed(1)}H${WIDE}"/>` : ""
    const drawn = `${zero}<path class="real"/><path class="mine"/>${'<circle r="7"/>'.repeat(at.length)}`
    parent.innerHTML = `<figure>
      <div class="drawn"><svg viewBox="0 0 ${WIDE} ${HIGH}" aria-hidden="true">${drawn}</svg>${marks.join("")}</div>
      <figcaption class="muted"></figcaption></figure><div class="knots" role="group">${knots.join("")}</div>`
    /** @type {SVGSVGElement} */
    this.svg = find(parent, "svg")
    /** @type {HTMLInputElement[]} */
    this.inputs = findAll(parent, "input")
    this.outputs = findAll(parent, "output")
    this.caption = find(parent, "figcaption")
    this.done = false
    /** @type {number[] | null} */
    this.outcome = null
    find(parent, ".knots").setAttribute("aria-label", `Your curve: ${axis}`)
    this.inputs.forEach((input, index) => {
      input.value = String((low + high) / 2)
      input.setAttribute("aria-label", `${axis}, at ${placeWords(at[index])}`)
      input.addEventListener("input", () => this.draw())
    })
    this.pen = new Pen(
      at.map((_, index) => this.x(index)),
      GRIP,
    )
    /** @type {number | null} */
    this.pointer = null // the one that draws
    this.svg.addEventListener("pointerdown", (event) => this.press(event))
    this.svg.addEventListener("pointermove", (event) => {
      if (event.pointerId === this.pointer) this.put(this.pen.move(this.place(event)))
    })
    for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) {
      this.svg.addEventListener(end, ({ pointerId }) => {
        if (pointerId === this.pointer) this.pointer = null
      })
    }
  }

  value() {
    return this.inputs.map((input) => Number(input.value))
  }

  /** @param {number[] | null} saved @param {number[] | null} outcome */
  show(saved, outcome) {
    this.done = saved !== null
    this.inputs.forEach((input, index) => {
      if (saved) input.value = String(saved[index])
      input.disabled = this.done
    })
    this.outcome = outcome
    const { unit, axis } = this.data
    const [first, ...rest] = `${unit && unit !== "%" ? `${unit}, against ` : ""}${axis}`
    const how = outcome
      ? "Dashed is your guess, solid what was measured."
      : "Draw across the picture, or use the sliders."
    this.caption.textContent = `${first.toUpperCase()}${rest.join("")}. ${how}`
    this.draw()
  }

  /** @param {number} index */
  x(index) {
    return ((index + 0.5) * WIDE) / this.data.at.length // above its slider
  }

  /** @param {number} value */
  y(value) {
    const { low, high } = this.data
    return HIGH - EDGE - ((Math.min(high, Math.max(low, value)) - low) / (high - low)) * (HIGH - 2 * EDGE)
  }

  draw() {
    const values = this.value()
    const point = (/** @type {number} */ value, /** @type {number} */ index) =>
      `${this.x(index).toFixed(1)} ${this.y(value).toFixed(1)}`
    const line = (/** @type {number[]} */ all) => `M${all.map(point).join("L")}`
    find(this.svg, ".mine").setAttribute("d", line(values))
    find(this.svg, ".real").setAttribute("d", this.outcome ? line(this.outcome) : "")
    this.svg.querySelectorAll("circle").forEach((circle, index) => {
      circle.setAttribute("cx", String(this.x(index)))
      circle.setAttribute("cy", String(this.y(values[index])))
    })
    this.inputs.forEach((input, index) => {
      const { unit } = this.data
      const said = knotWords(values[index], unit)
      this.outputs[index].textContent = this.outcome ? `${said} → ${knotWords(this.outcome[index], unit)}` : said
      input.setAttribute("aria-valuetext", unit === "%" || !unit ? said : `${said} ${unit}`)
    })
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (this.done || this.pointer !== null || event.button) return
    this.pointer = event.pointerId
    this.svg.setPointerCapture(event.pointerId)
    this.put(this.pen.down(this.place(event)))
  }

  /** @param {import("./pen.js").Move[]} moved */
  put(moved) {
    const { low, high, step } = this.data
    for (const [index, y] of moved) {
      const share = (HIGH - EDGE - y) / (HIGH - 2 * EDGE)
      const value = low + Math.min(1, Math.max(0, share)) * (high - low)
      this.inputs[index].value = String(Math.round(value / step) * step)
    }
    this.draw()
  }

  /** @param {PointerEvent} event */
  place(event) {
    const box = this.svg.getBoundingClientRect()
    return { x: ((event.clientX - box.x) / box.width) * WIDE, y: ((event.clientY - box.y) / box.height) * HIGH }
  }
}

/** The values at the edge of the picture: both ends, and zero if it lies between them. @param {CurveData} data */
function scaleMarks({ low, high }) {
  return low < 0 && high > 0 ? [high, 0, low] : [high, low]
}
