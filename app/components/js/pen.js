// A pen drawn over a curve's knots: which of them a stroke moves, and to which height.

/** @typedef {{x: number, y: number}} Place */
/** @typedef {[knot: number, height: number]} Move */

export class Pen {
  /**
   * across: where the knots are, from left to right; grip: how far beside a knot still counts as above it.
   * @param {number[]} across @param {number} grip
   */
  constructor(across, grip) {
    this.across = across
    this.grip = grip
    this.at = { x: 0, y: 0 }
    this.held = 0
    this.best = { off: Infinity, y: 0 }
  }

  /** Begin a stroke: the nearest knot comes to it. @param {Place} point @returns {Move[]} as `move` */
  down(point) {
    this.at = point
    this.take(this.nearest(point.x), point, point)
    return [[this.held, point.y]]
  }

  /** Continue the stroke to `point`. @param {Place} point @returns {Move[]} of every knot that it moves */
  move(point) {
    const before = this.at
    const to = this.nearest(point.x)
    const by = Math.sign(to - this.held)
    this.at = point
    this.note(before, point)
    if (!by) return [[this.held, point.y]]
    /** @type {Move[]} */
    const passed = [[this.held, this.best.y]] // it stays where the stroke was above it, not where it left its column
    for (let knot = this.held + by; knot !== to; knot += by) {
      passed.push([knot, heightAt(this.across[knot], before, point)])
    }
    this.take(to, before, point)
    return [...passed, [to, point.y]]
  }

  /** @param {number} knot @param {Place} before @param {Place} point */
  take(knot, before, point) {
    this.held = knot
    this.best = { off: Infinity, y: point.y }
    this.note(before, point)
  }

  /** Note where the stroke came closest to the knot that it holds. @param {Place} before @param {Place} point */
  note(before, point) {
    const x = this.across[this.held]
    const between = (x - before.x) * (x - point.x) < 0
    for (const near of [...(between ? [{ x, y: heightAt(x, before, point) }] : []), point]) {
      const off = Math.max(0, Math.abs(near.x - x) - this.grip)
      if (off <= this.best.off) this.best = { off, y: near.y }
    }
  }

  /** @param {number} x */
  nearest(x) {
    const off = this.across.map((place) => Math.abs(place - x))
    return off.indexOf(Math.min(...off))
  }
}

/**
 * The height of the straight line between two points at a place.
 * @param {number} x @param {Place} from @param {Place} to
 */
function heightAt(x, from, to) {
  return to.x === from.x ? to.y : from.y + ((to.y - from.y) * (x - from.x)) / (to.x - from.x)
}
