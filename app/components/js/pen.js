// A pen drawn over a curve's knots: which of them a stroke moves, and to which height. Pure; knows no page.

export class Pen {
  /** across: where the knots are, from left to right; grip: how far beside a knot still counts as above it. */
  constructor(across, grip) {
    Object.assign(this, { across, grip })
  }

  /** The stroke begins: the nearest knot comes to it. As `move`. */
  down(point) {
    this.at = point
    this.take(this.nearest(point.x), point, point)
    return [[this.held, point.y]]
  }

  /** The stroke goes on to `point`. Returns [knot, height] for every knot that it moves. */
  move(point) {
    const before = this.at, to = this.nearest(point.x), by = Math.sign(to - this.held)
    this.at = point
    this.note(before, point)
    if (!by) return [[this.held, point.y]]
    const passed = [[this.held, this.best.y]] // it stays where the stroke was above it, not where it left its column
    for (let knot = this.held + by; knot !== to; knot += by) passed.push([knot, heightAt(this.across[knot], before, point)])
    this.take(to, before, point)
    return [...passed, [to, point.y]]
  }

  take(knot, before, point) {
    this.held = knot
    this.best = { off: Infinity, y: point.y }
    this.note(before, point)
  }

  /** Where the stroke came closest to the knot that it holds, the latest place of several. */
  note(before, point) {
    const x = this.across[this.held], between = (x - before.x) * (x - point.x) < 0
    for (const near of [...(between ? [{ x, y: heightAt(x, before, point) }] : []), point]) {
      const off = Math.max(0, Math.abs(near.x - x) - this.grip)
      if (off <= this.best.off) this.best = { off, y: near.y }
    }
  }

  nearest(x) {
    return this.across.reduce((best, place, knot) => (Math.abs(place - x) < Math.abs(this.across[best] - x) ? knot : best), 0)
  }
}

/** How high the straight line from one point to the other is over a place. */
function heightAt(x, from, to) {
  return to.x === from.x ? to.y : from.y + ((to.y - from.y) * (x - from.x)) / (to.x - from.x)
}
