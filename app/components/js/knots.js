// A curve of five knots: drawn across the picture, or set with a slider each. None is there before it is set. After
// saving, the outcome over it.

import { rounded } from "./format.js"
import { find, findAll } from "./find.js"
import { withoutKnob } from "./first_touch.js"
import { Pen } from "./pen.js"
import { knotWords, placeWords } from "./predict_words.js"

const WIDE = 480
const HIGH = 200
const EDGE = 14
const GRIP = 12

/**
 * @typedef {{at: number[], axis: string, scale?: string, low: number, high: number, step: number, unit: string}}
 * CurveData
 */

export class Knots {
  /**
   * @param {HTMLElement} parent @param {CurveData} data @param {() => void} touched called with every change by hand
   */
  constructor(parent, data, touched) {
    this.data = data
    this.touched = touched
    const { at, axis, low, high, step, unit } = data
    const knots = at.map(
      (place) => `<label><span>${placeWords(place)}</span>
        <input type="range" class="slider" min="${low}" max="${high}" step="${step}"><output></output></label>`,
    )
    const marks = scaleMarks(data).map((value) => {
      const top = rounded((100 * this.y(value)) / HIGH, 1)
      return `<span style="top: ${top}%">${knotWords(value, unit)}</span>`
    })
    const places = at.map((place, index) => {
      const left = rounded((100 * this.x(index)) / WIDE, 1)
      return `<b style="left: ${left}%">${placeWords(place)}</b>`
    })
    const zero = low < 0 && high > 0 ? `<path class="zero" d="M0 ${rounded(this.y(0), 1)}H${WIDE}"/>` : ""
    const rules = at.map((_, index) => `<path class="zero" d="M${rounded(this.x(index), 1)} 0V${HIGH}"/>`).join("")
    const drawn = `${rules}${zero}<path class="real"/><path class="mine"/>${'<circle r="7"/>'.repeat(at.length)}`
    parent.innerHTML = `<figure>
      <div class="drawn"><svg viewBox="0 0 ${WIDE} ${HIGH}" aria-hidden="true">${drawn}</svg>${marks.join("")}</div>
      <div class="places" aria-hidden="true">${places.join("")}</div>
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
    })
    this.knobs = this.inputs.map((input) => withoutKnob(input, () => this.changed()))
    this.pen = new Pen(
      at.map((_, index) => this.x(index)),
      GRIP,
    )
    /** @type {number | null} */
    this.pointer = null // the one that draws
    this.svg.addEventListener("pointerdown", (event) => this.press(event))
    this.svg.addEventListener("pointermove", (event) => {
      if (event.pointerId === this.pointer) this.move(this.pen.move(this.place(event)))
    })
    for (const end of /** @type {const} */ (["pointerup", "pointercancel"])) {
      this.svg.addEventListener(end, ({ pointerId }) => {
        if (pointerId === this.pointer) this.pointer = null
      })
    }
  }

  /** The height of every knot, null for one that is not set. */
  heights() {
    return this.inputs.map((input, index) => (this.knobs[index].touched() ? Number(input.value) : null))
  }

  /** The curve, null as long as a knot of it is not set. */
  value() {
    const heights = this.heights()
    return heights.includes(null) ? null : /** @type {number[]} */ (heights)
  }

  /** @param {number[] | null} saved @param {number[] | null} outcome */
  show(saved, outcome) {
    this.done = saved !== null
    for (const input of this.inputs) input.disabled = this.done
    this.outcome = outcome
    const { unit, axis, scale } = this.data
    const [first, ...rest] = `${unit && unit !== "%" ? `${unit}, against ` : ""}${axis}`
    const both = outcome
      ? "Dashed is your guess, solid what was measured."
      : `Draw across the picture${this.caption.closest(".st-key-handout") ? "" : ", or use the sliders"}.`
    const how = outcome && !saved ? "As it was measured." : both
    const steps = scale === "log" ? " on a logarithmic scale" : ""
    this.caption.textContent = `${first.toUpperCase()}${rest.join("")}${steps}. ${how}`
    this.put((saved ?? []).map((value, index) => [index, value]))
  }

  /** Set some knots. @param {[knot: number, value: number][]} values */
  put(values) {
    for (const [index, value] of values) {
      this.inputs[index].value = String(value)
      this.knobs[index].touch()
    }
    this.draw()
  }

  changed() {
    this.draw()
    this.touched()
  }

  /** @param {number} index */
  x(index) {
    const { at, scale } = this.data
    const along = scale === "log" ? at.map(Math.log) : at
    const [first, last] = [along[0], along[along.length - 1]]
    return 2 * EDGE + ((along[index] - first) / (last - first)) * (WIDE - 4 * EDGE)
  }

  /** @param {number} value */
  y(value) {
    const { low, high } = this.data
    return HIGH - EDGE - ((Math.min(high, Math.max(low, value)) - low) / (high - low)) * (HIGH - 2 * EDGE)
  }

  draw() {
    const heights = this.heights()
    const point = (/** @type {number} */ value, /** @type {number} */ index) =>
      `${rounded(this.x(index), 1)} ${rounded(this.y(value), 1)}`
    find(this.svg, ".mine").setAttribute("d", lines(heights, point))
    find(this.svg, ".real").setAttribute("d", this.outcome ? lines(this.outcome, point) : "")
    this.svg.querySelectorAll("circle").forEach((circle, index) => {
      const height = heights[index]
      circle.style.display = height === null ? "none" : ""
      circle.setAttribute("cx", String(this.x(index)))
      circle.setAttribute("cy", String(height === null ? 0 : this.y(height)))
    })
    const { unit, low, high } = this.data
    this.inputs.forEach((input, index) => {
      const height = heights[index]
      if (height === null) return
      const said = knotWords(height, unit)
      this.outputs[index].textContent = this.outcome ? `${said} → ${knotWords(this.outcome[index], unit)}` : said
      input.setAttribute("aria-valuetext", unit === "%" || !unit ? said : `${said} ${unit}`)
      input.style.setProperty("--share", `${(100 * (height - low)) / (high - low)}%`)
    })
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (this.done || this.pointer !== null || event.button) return
    this.pointer = event.pointerId
    this.svg.setPointerCapture(event.pointerId)
    this.move(this.pen.down(this.place(event)))
  }

  /** @param {import("./pen.js").Move[]} moved */
  move(moved) {
    const { low, high, step } = this.data
    const values = moved.map(([index, y]) => {
      const share = (HIGH - EDGE - y) / (HIGH - 2 * EDGE)
      const value = low + Math.min(1, Math.max(0, share)) * (high - low)
      return /** @type {[number, number]} */ ([index, Math.round(value / step) * step])
    })
    this.put(values)
    this.touched()
  }

  /** @param {PointerEvent} event */
  place(event) {
    const box = this.svg.getBoundingClientRect()
    return { x: ((event.clientX - box.x) / box.width) * WIDE, y: ((event.clientY - box.y) / box.height) * HIGH }
  }
}

/**
 * A line through the knots that are set, with a gap at each that is not.
 * @param {(number | null)[]} heights @param {(value: number, index: number) => string} point
 */
export function lines(heights, point) {
  return heights
    .map((height, index) => {
      if (height === null) return ""
      const goesOn = index > 0 && heights[index - 1] !== null
      return `${goesOn ? "L" : "M"}${point(height, index)}`
    })
    .join("")
}

/** The values at the edge of the picture: both ends, and zero if it lies between them. @param {CurveData} data */
function scaleMarks({ low, high }) {
  return low < 0 && high > 0 ? [high, 0, low] : [high, low]
}
