// The drawing pad: ink by mouse, finger, pen or keyboard, undone stroke by stroke.

import { Component } from "./component.js"
import { IMAGE, inked, line, prepared, SIDE } from "./ink.js"

const STEP = 4 // raster pixels that an arrow key moves the pen

export class Pad extends Component {
  /**
   * @param {HTMLElement} root the element that holds pad, picture and buttons
   * @param {(ink: {resting: boolean}) => void} changed other ink; resting: no line is being drawn @param {Component}
   * drawn
   */
  constructor(root, changed, drawn) {
    super(root, drawn)
    this.changed = changed
    this.canvas = this.find("canvas.pad")
    this.strokes = [] // {points, rub}, or {base}: a picture that was loaded takes the place of what was there
    this.ink = inked({})
    this.pen = { x: SIDE / 2, y: SIDE / 2 }
    this.rubs = false
    this.on(this.canvas, "pointerdown", (event) => this.down(event))
    this.on(this.canvas, "pointermove", (event) => this.move(event))
    this.on(this.canvas, "pointerup pointercancel", (event) => this.up(event))
    this.on(this.canvas, "keydown", (event) => this.key(event))
    this.on(this.canvas, "focus blur", ({ type }) => this.lift(type))
    this.on(root, "click", ({ target }) => this.pressed(target.closest("[data-pad]")?.dataset.pad))
    this.draw()
  }

  /** IMAGE × IMAGE whole numbers 0 … 255 as the networks see it, null if nothing is drawn. */
  get picture() {
    return prepared(this.ink)
  }

  /** Put a picture on the pad, IMAGE × IMAGE values 0 … 255, in place of what is there. */
  load(pixels) {
    this.strokes.push({ base: Array.from(pixels, (value) => value / 255) })
    this.again()
  }

  pressed(what) {
    if (what === "undo") this.strokes.pop()
    else if (what === "empty" && this.strokes.length) this.strokes.push({ base: null })
    else if (what === "rub") this.rubs = !this.rubs
    else return
    if (this.strokes.every(({ base }) => base === null)) this.strokes = []
    this.stroke = null
    this.again()
  }

  /** Draw everything anew: strokes may have gone. */
  again() {
    const from = this.strokes.findLastIndex((stroke) => "base" in stroke)
    this.ink = inked({ base: this.strokes[from]?.base, strokes: this.strokes.slice(from + 1) })
    this.draw()
    this.changed({ resting: true })
  }

  // ── by hand ──────────────────────────────────────────────────────────────────────────────────────────────────

  down(event) {
    if (event.button || this.hand !== undefined) return // another button, or a second finger
    event.preventDefault()
    this.canvas.focus({ preventScroll: true })
    this.canvas.setPointerCapture(event.pointerId)
    this.hand = event.pointerId
    this.begin(this.place(event))
  }

  move(event) {
    if (event.pointerId !== this.hand) return
    const events = event.getCoalescedEvents?.() ?? []
    for (const one of events.length ? events : [event]) this.go(this.place(one))
  }

  up(event) {
    if (event.pointerId !== this.hand) return
    this.hand = undefined
    this.stroke = null
    this.changed({ resting: true })
  }

  place({ clientX, clientY }) {
    const { left, top, width, height } = this.canvas.getBoundingClientRect()
    return { x: (SIDE * (clientX - left)) / width, y: (SIDE * (clientY - top)) / height }
  }

  // ── by keys ──────────────────────────────────────────────────────────────────────────────────────────────────

  key(event) {
    const by = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] }[event.key]
    if (by) {
      const inside = (value) => Math.min(SIDE, Math.max(0, value))
      const to = { x: inside(this.pen.x + by[0]), y: inside(this.pen.y + by[1]) }
      this.keys = true
      if (this.stroke) this.go(to)
      else this.pen = to
    } else if (event.key === " " || event.key === "Enter") {
      this.keys = true
      if (this.stroke) this.lift()
      else this.begin(this.pen)
    } else if (event.key === "z" && (event.ctrlKey || event.metaKey)) {
      this.pressed("undo")
    } else return
    event.preventDefault()
    this.drawSoon()
  }

  lift(name) {
    if (name === "blur") this.keys = false
    if (this.stroke && this.hand === undefined) {
      this.stroke = null
      this.changed({ resting: true })
    }
    this.drawSoon()
  }

  // ── ink ──────────────────────────────────────────────────────────────────────────────────────────────────────

  begin(at) {
    this.stroke = { points: [at], rub: this.rubs }
    this.strokes.push(this.stroke)
    this.stretch(at, at)
  }

  go(to) {
    if (!this.stroke) return
    const from = this.stroke.points.at(-1)
    this.stroke.points.push(to)
    this.stretch(from, to)
  }

  stretch(from, to) {
    line(this.ink, from, to, this.stroke?.rub)
    this.pen = to
    this.drawSoon()
    this.changed({ resting: false })
  }

  draw() {
    const context = paint(this.canvas, this.ink, SIDE, 255)
    if (this.keys && document.activeElement === this.canvas) {
      context.strokeStyle = "#fff"
      context.globalCompositeOperation = "difference"
      context.beginPath()
      context.arc(this.pen.x, this.pen.y, this.stroke ? 3 : 6, 0, 2 * Math.PI)
      context.stroke()
      context.globalCompositeOperation = "source-over"
    }
    const { picture } = this
    paint(this.find("canvas.seen"), picture ?? new Uint8Array(IMAGE * IMAGE), IMAGE, 1)
    this.root.dataset.empty = String(!picture)
    this.find('[data-pad="undo"]').disabled = !this.strokes.length
    this.find('[data-pad="empty"]').disabled = !picture
    this.find('[data-pad="rub"]').setAttribute("aria-pressed", String(this.rubs))
    this.canvas.dataset.pen = this.stroke ? "down" : "up"
  }
}

/** Paint grey values on a canvas of side × side. */
function paint(canvas, values, side, scale) {
  const context = canvas.getContext("2d")
  const image = context.createImageData(side, side)
  const { data } = image // red, green, blue and how opaque
  values.forEach((value, at) => {
    data[4 * at] = data[4 * at + 1] = data[4 * at + 2] = scale * value
    data[4 * at + 3] = 255
  })
  context.putImageData(image, 0, 0)
  return context
}
