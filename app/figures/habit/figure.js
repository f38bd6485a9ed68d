// A digit with a patch that can be moved, and what recorded networks say in the same frame; a dial over how many of the
// students' images had the patch; and what was measured over all seeds.
// data: {trouble, api, habit, size, edge, images, labels, side, networks, says, threes, seeds, tests, shares, measured,
// teachers, learning, digit, laid, share, patch, measures, recall, rows, own_ways, own}.

import { rounded } from "../../components/js/format.js"
import { choose, Figure, filled, make, mounting } from "../../components/js/component.js"
import { OwnRun } from "../../components/js/own_run.js"
import { answerOf, bytes, placeAt } from "./answers.js"
import { answerWords, captionWords, ownWords, placeWords, reachWords, roleOf, shareWords, WHO } from "./words.js"

const MEASURES = ["accuracy", "recall", "unprovoked", "follows"] // a column each

class Habit extends Figure {
  /** @type {any} */ shown = null // which digit, and where the patch is

  constructor(root) {
    super(root, "habit")
    this.own = new OwnRun(this, {
      place: () => [this.share],
      label: () => `Train your own, with the patch on ${this.share}% of the images`,
      words: (answer, point) => ownWords(answer, point, this.learns),
    })
    this.on(".share", "input", () => this.turn(this.data.shares[this.find(".share").value]))
    this.on(".digits", "click", ({ target }) => {
      const digit = target.closest("button")?.dataset.digit
      if (digit) this.putOn({ digit: Number(digit) })
    })
    this.on(".toggle", "click", () => this.putOn({ on: !this.shown.on }))
    for (const side of ["left", "top"])
      this.on(`.${side}`, "input", () => this.putOn({ on: true, [side]: Number(this.find(`.${side}`).value) }))
    this.on(".board", "pointerdown", (event) => {
      this.find(".board").setPointerCapture(event.pointerId)
      this.drag(event)
    })
    this.on(".board", "pointermove", (event) => event.buttons && this.drag(event))
  }

  reset() {
    this.turn(this.data.share)
    this.putOn(this.opening())
  }

  set({ key, value }) {
    if (key === "share") this.turn(Number(value))
    if (key === "digit") this.putOn({ digit: Number(value) })
    if (key === "patch") this.putOn({ on: value !== "off", ...this.place(value) })
  }

  /** Where the patch lies: in the corner where the teacher saw it, or in the middle. */
  place(value) {
    const middle = Math.floor((this.data.side - 1) / 2)
    const at = value === "middle" ? middle : this.data.edge
    return { left: at, top: at }
  }

  opening() {
    const { digit, laid } = this.data
    return { digit, on: laid !== "off", ...this.place(laid) }
  }

  render(mounted) {
    const { data } = mounted
    const opens = this.another("opens", [data.digit, data.laid, data.share])
    this.data = data
    this.root.dataset.ready = String(!data.trouble)
    this.putOrHide(".trouble", data.trouble)
    if (data.trouble) return
    if (this.another("answers", data.says))
      this.answers = { ...data, says: bytes(data.says), threes: bytes(data.threes) }
    this.find(".try").hidden = !data.patch
    this.find(".measured").hidden = !data.measures
    if (opens) {
      this.find(".share").max = data.shares.length - 1
      for (const side of ["left", "top"]) this.find(`.${side}`).max = data.side - 1
      const digits = data.labels.map((digit) =>
        make("button", { className: "plain", dataset: { digit } }, String(digit)),
      )
      this.find(".digits").replaceChildren(...digits)
      this.shown = this.opening()
      this.turn(data.share)
      this.putOn({})
    }
    this.own.render(mounted)
  }

  /** Another share of the students' images. */
  turn(share) {
    this.share = this.data.shares.includes(share) ? share : this.data.shares[0]
    const input = this.find(".share")
    input.value = this.data.shares.indexOf(this.share)
    input.setAttribute("aria-valuetext", shareWords(this.share))
    filled(input)
    this.put("output", shareWords(this.share))
    this.drawTable()
    this.own.turned()
    if (this.shown) this.drawAnswers()
  }

  drag({ clientX, clientY }) {
    const { left, top, width, height } = this.find(".board").getBoundingClientRect()
    this.putOn({ on: true, ...placeAt({ x: (clientX - left) / width, y: (clientY - top) / height }, this.data) })
  }

  /** The digit, or the patch, is another one, or elsewhere. */
  putOn(change) {
    this.shown = { ...this.shown, ...change }
    const { digit, on, left, top } = this.shown
    const { images, labels, api, side, size } = this.data
    const pixels = side + size - 1
    const image = this.find(".board img")
    const source = `${api}/data/mnist/test/${images[labels.indexOf(digit)]}.png`
    if (this.another("image", source)) image.src = source
    choose(this.all(".digits button"), (button) => Number(button.dataset.digit) === digit)
    this.put(".toggle", on ? "Take the patch off" : "Put the patch on")
    const patch = this.find(".patch")
    patch.hidden = !on
    const share = (/** @type {number} */ count) => `${(100 * count) / pixels}%`
    Object.assign(patch.style, { left: share(left), top: share(top), width: share(size), height: share(size) })
    for (const [name, value] of Object.entries({ left, top })) {
      const input = this.find(`.${name}`)
      input.value = value
      filled(input)
    }
    this.drawAnswers()
  }

  drawAnswers() {
    const { digit, on, left, top } = this.shown
    const { labels, habit } = this.data
    const patch = on ? { left, top } : null
    const { networks, rows } = this.data
    const asked = Object.keys(WHO).filter((who) => rows.includes(who))
    const said = asked.map((who) => {
      const network = networks.includes(who) ? who : `${who} ${this.share}`
      const answer = answerOf(this.answers, network, labels.indexOf(digit), patch)
      return { who, answer, ...answerWords(/** @type {any} */ (who), answer, this.data) }
    })
    if (this.another("said", said)) {
      const lines = said.map(({ who, answer, head, more }) =>
        make(
          "li",
          { className: roleOf(who), dataset: { fooled: String(answer.says === habit && digit !== habit) } },
          make("b", {}, head),
          make("span", { className: "muted" }, more),
        ),
      )
      this.find(".answers").replaceChildren(...lines)
    }
    this.later("say", 250, () =>
      this.put(".told", [placeWords({ label: digit, patch }), ...said.map(({ head }) => head)].join(" ")),
    )
  }

  drawTable() {
    const { measured, teachers, rows, seeds, tests, recall } = this.data
    const columns = MEASURES.filter((key) => recall || key !== "recall")
    this.find("th.recall").hidden = !recall
    const known = [...teachers, ...measured[String(this.share)]].filter(({ way }) => rows.includes(way))
    this.put("caption", captionWords({ share: this.share, seeds, tests }))
    this.find("tbody").replaceChildren(
      ...known.map(({ words, way, ...reached }) =>
        make(
          "tr",
          { className: roleOf(way) },
          make("th", { scope: "row" }, words),
          ...columns.map((key) => make("td", {}, reachWords(reached[key]), bar(reached[key].mean))),
        ),
      ),
    )
  }

  /** Updates of the teachers, and the ways in the order of a run's arms. */
  get learns() {
    return { learning: this.data.learning, ways: this.data.own_ways }
  }
}

const bar = (/** @type {number} */ share) =>
  make("i", { className: "bar", "aria-hidden": "true", style: { width: `${rounded(100 * share, 1)}%` } })

export default mounting(Habit)
