// The row below the curves with which a learner looks back in time. It tells the chart and, over the document, every
// other figure of the same run which moment to show.

import { Component } from "./component.js"
import { MOMENT, tell } from "./events.js"
import { percent, whole } from "./format.js"
import { nearest, pointAt } from "./series.js"

export class Scrubber extends Component {
  /**
   * @param {HTMLElement} root the row @param {() => void} changed the moment is another one @param {Component} [whole]
   */
  constructor(root, changed, whole) {
    super(root, whole)
    this.input = this.find("input")
    this.said = this.find("output")
    this.changed = changed
    this.moment = null
    this.on("input", "input", () => this.go(nearest(this.points, Number(this.input.value))))
    this.on("input", "keydown", (event) => this.pressed(event))
  }

  /** Another run: look at its newest point. */
  reset() {
    this.moment = null
    this.run = null
  }

  /**
   * series: see `armSeries`; updates: of the whole run. at: see `frame`, or null if nothing is drawn.
   * @param {any} look
   */
  render({ run, series, updates, at }) {
    this.run = run
    this.series = series
    this.points = series[0]?.points ?? []
    const last = this.points.at(-1)?.update ?? 0
    this.input.max = Math.max(1, updates)
    this.input.value = this.moment ?? last
    this.input.disabled = this.points.length < 2
    this.root.dataset.idle = this.points.length < 2
    this.input.style.setProperty("--share", `${(100 * this.input.value) / this.input.max}%`)
    if (at) {
      // the choice above the curves begins there, too
      this.root.parentElement.style.setProperty("--from", `${at.plot.left}px`)
      this.root.parentElement.style.setProperty("--wide", `${at.x(updates) - at.plot.left}px`)
    }
    const shown = this.moment ?? last
    this.said.textContent = this.points.length < 2 ? "" : this.moment === null ? "latest" : `after ${whole(shown)}`
    this.input.setAttribute("aria-valuetext", momentWords(series, shown, updates))
  }

  go(update) {
    const moment = update === this.points.at(-1)?.update ? null : update
    if (moment === this.moment) return this.changed() // the thumb snaps back to the point
    this.moment = moment
    this.changed()
    tell(MOMENT, { run: this.run, update: moment })
  }

  /** Keys go from point to point: between two of them there is nothing to see. */
  pressed(event) {
    const by = {
      ArrowLeft: -1,
      ArrowDown: -1,
      ArrowRight: 1,
      ArrowUp: 1,
      PageDown: -3,
      PageUp: 3,
      Home: -1e9,
      End: 1e9,
    }[event.key]
    if (!by || !this.points.length) return
    event.preventDefault()
    const last = this.points.length - 1
    const now = this.moment === null ? last : this.points.findIndex(({ update }) => update === this.moment)
    this.go(this.points[Math.min(Math.max(now + by, 0), last)].update)
  }
}

/** "Update 96 of 256: distilled 90.1%, labels only 87.0%". */
export function momentWords(series, update, updates) {
  const reached = series.flatMap(({ name, points }) => {
    const point = pointAt(points, update)
    return point ? [`${name} ${percent(point.mean)}%`] : []
  })
  return `Update ${whole(update)} of ${whole(updates)}${reached.length ? `: ${reached.join(", ")}` : ""}`
}
