// A drawing and what the networks say about it. The students answer in this browser, in the frame that shows the ink;
// the teacher is asked while the hand draws, one question at a time, the newest last.

import { Calm, send } from "../../components/js/asking.js"
import { Component, make } from "../../components/js/component.js"
import { IMAGE } from "../../components/js/ink.js"
import { Pad } from "../../components/js/pad.js"
import { Students } from "./students.js"
import { stillWords } from "./words.js"

const WHILE_DRAWING = 300 // milliseconds between two questions while a line is being drawn
const AT_MOST_EVERY = 700 // milliseconds between two questions about a run that trains
const AGAIN_AFTER = 2000 // milliseconds until it is tried again where nobody answered

export class Drawn extends Component {
  /** @type {any} */ answers
  /** @type {any} what the students in this browser say: {students, classes, update, teacher} */ here = null
  /** @type {any} what the server says: {teacher, students, classes, update} */ heard = null

  /**
   * @param {HTMLElement} root `.drawing` @param {() => void} changed there is another answer, or none any more
   * @param {Component} figure
   */
  constructor(root, changed, figure) {
    super(root, figure)
    this.changed = changed
    this.trouble = ""
    this.update = null // the moment that is looked back to
    this.newest = new Map() // run → its newest event
    this.pad = new Pad(root, ({ resting }) => this.inked(resting), this)
    this.students = new Students(root, () => this.inked(true), this)
    this.calm = new Calm(AT_MOST_EVERY, () => this.again(), this)
    this.on(root, "pointerover focusin", () => this.wanted || this.fetch())
    this.on(root, "click", ({ target }) => target.closest("[data-again]") && this.ask())
  }

  /** data: see figure.js. Another run has other students. */
  render(data) {
    const another = this.data && (this.data.run !== data.run || this.data.teacher !== data.teacher)
    this.data = data
    if (another) {
      this.update = null
      this.here = null
      this.heard = this.heard && { ...this.heard, students: null }
      this.ask()
    }
    this.fetchIfWanted()
  }

  lookBack(update) {
    this.update = update
    this.fetchIfWanted()
    this.ask()
  }

  /** The run has a new point, or has ended. */
  news({ run, seq, state }) {
    this.newest.set(run, seq)
    if (run === this.data?.run && this.update === null) this.calm.soon(state)
  }

  /** The students may be others by now. */
  again() {
    if (this.wanted) {
      this.fetchIfWanted()
      this.students.fetch()
    }
    return this.ask()
  }

  // ── the students, here ───────────────────────────────────────────────────────────────────────────────────────

  /** Somebody is about to draw: the students come into this browser. */
  fetch() {
    this.wanted = true
    this.fetchIfWanted()
  }

  fetchIfWanted() {
    if (this.wanted && this.data) this.students.of(this.hasStudents ? `${this.run}/students${this.asOf}` : "")
  }

  /** They answer what is on the pad. */
  draw() {
    const { picture } = this.pad
    this.here = picture && this.students.answer(picture)
    if (this.here) this.answers = (this.answers ?? 0) + 1
    this.told()
  }

  /** What everybody says: {teacher, students, classes, update}. teacher: null if it was replaced since. */
  get answer() {
    const { here, heard } = this
    return here ? { ...here, teacher: here.teacher ? heard?.teacher : null } : heard
  }

  /** The moment that is looked back to, null for the newest; while its students are on the way, that of the others. */
  get moment() {
    return this.update === null || !this.here || !this.students.fetching ? this.update : this.here.update
  }

  // ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────

  inked(resting) {
    this.cancel("inked")
    // What the pen's lift leaves to the frame is layout and paint.
    if (resting) this.drawNow()
    else this.drawSoon()
    const wait = resting ? 0 : Math.max(0, WHILE_DRAWING - (performance.now() - (this.asked ?? -1e9)))
    if (!wait) this.ask()
    else this.later("inked", wait, () => this.ask())
  }

  get run() {
    return `${this.data.api}/runs/${this.data.run}`
  }

  get hasStudents() {
    const { run, answered } = this.data
    return Boolean(run && (answered || this.newest.has(run)))
  }

  /** Which moment of the run is meant. */
  get asOf() {
    return this.update === null ? "" : `?update=${this.update}`
  }

  get address() {
    const { api, teacher, data } = this.data
    if (!this.hasStudents) return `${api}/teachers/${teacher}/drawing?data=${data}`
    return this.students.here ? `${this.run}/drawing?alone=1` : `${this.run}/drawing${this.asOf}`
  }

  async ask() {
    this.cancel("again")
    if (!this.data || this.root.hidden) return
    const { picture } = this.pad
    if (!picture) {
      Object.assign(this, { here: null, heard: null, trouble: "", more: false })
      return this.told()
    }
    if (this.students.here && !this.students.here.teacher) {
      this.trouble = ""
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
      if (ok && this.pad.picture && address === this.address) this.hears(body) // on the way: better than nothing
      return this.ask()
    }
    if (!this.pad.picture) return this.ask()
    if (ok) this.hears(body)
    else {
      const before = this.answer ? " What you see is the answer to an earlier drawing." : ""
      const why = body?.message ?? "The server does not answer. The drawing is kept."
      if (this.here) this.heard = null // it was about an earlier drawing
      this.trouble = `${why}${this.here ? stillWords(this.data) : before}`
      this.later("again", AGAIN_AFTER, () => this.ask())
      this.told()
    }
  }

  hears(heard) {
    Object.assign(this, { heard, trouble: "", answers: (this.answers ?? 0) + 1 })
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
