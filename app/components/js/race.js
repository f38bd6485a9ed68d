// A finished run, run again: its curves grow from nothing, and what came out is told at the end. First it is seen for a
// moment that there are images, and a teacher who answers; then its updates go by.

import { Component, movesLittle } from "./component.js"
import { RACE, tell } from "./events.js"

/** @import { Series } from "./series.js" */

const DWELL = 450 // milliseconds for which images and teacher are seen
const LASTS = 6000 // milliseconds in which the updates go by

export class Race extends Component {
  /** @type {any} */ whole
  /** @type {any} */ turn
  /** @type {any} */ run
  /** @type {any} */ began
  /** @type {any} */ reached

  /**
   * @param {Component} whole that is drawn again at every frame
   * @param {(update: number | null) => void} turn it has come to another point; null: to the end
   */
  constructor(whole, turn) {
    super(whole.root, whole)
    Object.assign(this, { whole, turn })
    this.updates = /** @type {number[]} */ ([])
    this.now = /** @type {number | null} */ (null)
    this.atEnd(() => this.now !== null && tell(RACE, { run: this.run, step: null, update: null }))
  }

  /**
   * Begin at the start. Where little may move it ends at once, unless somebody asked for it: then it goes from point to
   * point. @param {string} run @param {number[]} updates of its points @param {boolean} [asked]
   */
  start(run, updates, asked = false) {
    if (updates.length < 2 || (movesLittle() && !asked)) return tell(RACE, { run, step: null, update: null })
    Object.assign(this, { run, updates, began: performance.now(), reached: null, now: updates[0] })
    this.tick()
  }

  /** The next frame. */
  tick() {
    if (this.now === null) return
    const passed = performance.now() - this.began
    const share = Math.max(0, passed - 2 * DWELL) / LASTS
    if (share >= 1) return this.stop()
    const step = Math.min(2, Math.floor(passed / DWELL))
    const [first, last] = [this.updates[0], this.updates.at(-1) ?? 0]
    const at = first + share * (last - first)
    const update = this.updates.findLast((one) => one <= at) ?? first
    this.now = movesLittle() ? update : at
    if (`${step} ${update}` !== this.reached) {
      this.reached = `${step} ${update}`
      tell(RACE, { run: this.run, step, update })
      this.turn(update)
    }
    this.whole.drawSoon()
    this.drawSoon()
  }

  draw() {
    this.tick()
  }

  /** It is over, or somebody wants to see the end. */
  stop() {
    if (this.now === null) return
    this.now = null
    tell(RACE, { run: this.run, step: null, update: null })
    this.turn(null)
  }
}

/**
 * What is known of a series at a moment between two points: on the straight line between them.
 * @param {Series} series @param {number | null} now null: all of it @returns {Series}
 */
export function upTo(series, now) {
  if (now === null) return series
  const { points, end: _verdict, ...rest } = series
  const next = points.findIndex(({ update }) => update > now)
  if (next <= 0) return { ...rest, points: next ? points : [] }
  const [before, after] = [points[next - 1], points[next]]
  const share = (now - before.update) / (after.update - before.update)
  const between = (/** @type {"mean" | "low" | "high"} */ key) => before[key] + share * (after[key] - before[key])
  const head = { update: now, mean: between("mean"), low: between("low"), high: between("high") }
  return { ...rest, points: [...points.slice(0, next), head] }
}
