// Rows of students in few bits, a dot for each seed, by who repaired them. Buttons choose on how many images; a run of
// one's own lies as rings in the same rows. data: {trouble, runs, images, own, floats}; see figure.py.

import { choose, Figure, make, mounting } from "../../components/js/component.js"
import { percent, rounded, whole } from "../../components/js/format.js"
import { OwnRun } from "../../components/js/own_run.js"
import { at, ownWords, reachWords, saidWords, TICKS } from "./words.js"

class Repair extends Figure {
  /** @type {any} one of `runs` */ run = null

  constructor(root) {
    super(root, "repair")
    this.own = new OwnRun(this, {
      place: () => [this.run.images],
      label: () => `Train your own, repaired on ${whole(Number(this.run.images))} images`,
      words: (answer, point) => ownWords(answer, point, this.data.floats, this.names),
      heard: () => this.drawSoon(),
    })
    this.on(".which", "click", ({ target }) => {
      const images = target.closest("button")?.dataset.images
      if (images) this.look(images)
    })
  }

  reset() {
    this.look(this.data.images)
  }

  set({ key, value }) {
    if (key === "images") this.look(String(value))
  }

  render(mounted) {
    const { data } = mounted
    const first = this.another("opens", [data.images, data.trouble])
    this.data = data
    this.root.dataset.ready = String(!data.trouble)
    this.putOrHide(".trouble", data.trouble)
    if (data.trouble) return
    if (this.another("runs", data.runs)) {
      const button = ({ images }) => make("button", { className: "plain", dataset: { images } }, whole(Number(images)))
      this.find(".which").replaceChildren(...data.runs.map(button))
      const mark = (/** @type {number} */ share) =>
        make("span", { style: { left: this.lies(share) } }, percent(share, 0))
      this.find(".ticks").replaceChildren(...TICKS.map(mark))
    }
    if (first) this.look(data.images)
    this.own.render(mounted)
  }

  /** Of the arms. */
  get names() {
    return this.run.rows.map(({ words }) => words)
  }

  /** @param {number} share */
  lies(share) {
    return `${rounded(at(share), 2)}%`
  }

  /** @param {string} images on how many the repairs learn */
  look(images) {
    const { runs } = this.data
    this.run = runs.find((one) => one.images === images) ?? runs[0]
    choose(this.all(".which button"), ({ dataset }) => dataset.images === this.run.images)
    this.find(".rows").replaceChildren(...this.run.rows.map((one) => this.row(one)))
    this.put(".said", saidWords(this.run))
    this.put(".found", this.run.found)
    this.own.turned()
    this.draw()
  }

  /** @param {import("./words.js").Row} row */
  row({ words, role, values, mean, half }) {
    return make(
      "li",
      { className: role },
      make("span", { className: "name" }, words),
      make(
        "span",
        { className: "track", "aria-hidden": "true" },
        ...values.map((share) => this.dot(share)),
        make("i", { className: "mean", style: { left: this.lies(mean) } }),
      ),
      make("span", { className: "reach" }, reachWords({ mean, half })),
    )
  }

  /** @param {number} share */
  dot(share, kind = "") {
    return make("i", { className: `dot ${kind}`, style: { left: this.lies(share) } })
  }

  /** The latest of one's own run, where as many images are learned from. */
  draw() {
    const { answer, point } = this.own
    for (const dot of this.all(".mine")) dot.remove()
    if (!point || String(answer.spec.images) !== this.run.images) return
    const right = point.final?.accuracy ?? point.accuracy
    for (const [arm, track] of this.all(".track").entries())
      track.append(...right[arm].map((share) => this.dot(share, "mine")))
  }
}

export default mounting(Repair)
