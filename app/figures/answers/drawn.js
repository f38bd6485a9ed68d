// A drawing and what the networks say about it: asked while the hand draws, one question at a time, the newest last.

import { Calm, send } from "../../components/js/asking.js"
import { Component, make } from "../../components/js/component.js"
import { IMAGE } from "./ink.js"
import { Pad } from "./pad.js"

const WHILE_DRAWING = 300 // milliseconds between two questions while a line is being drawn
const AT_MOST_EVERY = 700 // milliseconds between two questions about a run that trains
const AGAIN_AFTER = 2000 // milliseconds until it is tried again where nobody answered

export class Drawn extends Component {
  /** @type {any} */ answers

  /**
   * @param {HTMLElement} root `.drawing` @param {() => void} changed there is another answer, or none any more
   * @param {Component} figure
   */
  constructor(root, changed, figure) {
    super(root, figure)
    this.changed = changed
    this.answer = null // {teacher, students, classes, update}
    this.trouble = ""
    this.update = null // the moment that is looked back to
    this.newest = new Map() // run → its newest event
    this.pad = new Pad(root, ({ resting }) => this.inked(resting), this)
    this.calm = new Calm(AT_MOST_EVERY, () => this.ask(), this)
    this.on(root, "click", ({ target }) => target.closest("[data-again]") && this.ask())
  }

  /** data: see figure.js. Another run has other students. */
  render(data) {
    const another = this.data && (this.data.run !== data.run || this.data.teacher !== data.teacher)
    this.data = data
    if (another) {
      this.update = null
      this.answer = this.answer && { ...this.answer, students: null }
      this.ask()
    }
  }

  lookBack(update) {
    this.update = update
    this.ask()
  }

  /** The run has a new point, or has ended. */
  news({ run, seq, state }) {
    this.newest.set(run, seq)
    if (run === this.data?.run && this.update === null) this.calm.soon(state)
  }

  // ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────

  inked(resting) {
    this.cancel("inked")
    const wait = resting ? 0 : Math.max(0, WHILE_DRAWING - (performance.now() - (this.asked ?? -1e9)))
    if (!wait) this.ask()
    else this.later("inked", wait, () => this.ask())
  }

  get address() {
    const { api, run, teacher, data, answered } = this.data
    if (!run || !(answered || this.newest.has(run))) return `${api}/teachers/${teacher}/drawing?data=${data}`
    return `${api}/runs/${run}/drawing${this.update === null ? "" : `?update=${this.update}`}`
  }

  async ask() {
    this.cancel("again")
    if (!this.data || this.root.hidden) return
    const { picture } = this.pad
    if (!picture) {
      Object.assign(this, { answer: null, trouble: "", more: false })
      return this.told()
    }
    if (this.asking) {
      this.more = true
      return
    }
    this.asked = performance.now()
    this.calm.now()
    this.asking = this.root.dataset.asking = true
    const { address } = this
    const { ok, body } = await send(address, picture)
    if (this.left) return
    this.asking = this.root.dataset.asking = false
    if (this.more || address !== this.address) {
      this.more = false
      if (ok && this.pad.picture && address === this.address) this.heard(body) // on the way: better than nothing
      return this.ask()
    }
    if (!this.pad.picture) return this.ask()
    if (ok) this.heard(body)
    else {
      const before = this.answer ? " What you see is the answer to an earlier drawing." : ""
      this.trouble = `${body?.message ?? "The server does not answer. The drawing is kept."}${before}`
      this.later("again", AGAIN_AFTER, () => this.ask())
      this.told()
    }
  }

  heard(answer) {
    Object.assign(this, { answer, trouble: "", answers: (this.answers ?? 0) + 1 })
    this.told()
  }

  told() {
    const line = this.find(".trouble")
    line.hidden = !this.trouble
    line.querySelector("span").textContent = this.trouble
    this.root.dataset.answers = this.answers ?? 0
    this.changed()
  }

  // ── samples ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** Put a test image on the pad. source: its address. */
  async load(source) {
    const image = Object.assign(new Image(), { src: source })
    try {
      await image.decode()
    } catch {
      this.trouble = "This image could not be loaded. Try another one."
      return this.told()
    }
    const canvas = make("canvas", { width: IMAGE, height: IMAGE })
    const context = canvas.getContext("2d")
    context.drawImage(image, 0, 0)
    const { data } = context.getImageData(0, 0, IMAGE, IMAGE)
    this.pad.load(Uint8Array.from({ length: IMAGE * IMAGE }, (_, at) => data[4 * at]))
  }
}
