// A whole student, every weight a cell: a dial lets the small ones go dark, or the bits of one flip; what it says of
// three images is computed here in the same frame. data: {trouble, hand, opens, layers, mean, spread, parts, weights,
// api, data, classes, images, pixels, steps, seeds, tests}; see figure.py.

import { choose, Figure, filled, make, mounting, thumbnail } from "../../components/js/component.js"
import { rounded, whole } from "../../components/js/format.js"
import { logits, standardised } from "../../components/js/network.js"
import { text } from "../../components/js/svg.js"
import { answerChart } from "../one_bit/words.js"
import {
  answerWords,
  bitName,
  bitsOf,
  bytes,
  codeBits,
  courseChart,
  FLOAT,
  flippedWords,
  fromBits,
  fromCode,
  grid,
  layout,
  leastKept,
  PLACES,
  placed,
  prunedWords,
  shade,
  shares,
  standsFor,
  weightsOf,
} from "./words.js"

const ABOUT = {
  prune:
    "The stronger a cell is coloured, the larger its weight beside the others of its layer; dark ones are left out. " +
    "What this student says is computed here, in your browser; how often such students are right was recorded. " +
    "Outlines are what it says as it is.",
  flip:
    "Press a cell to choose another weight, and a bit to flip it. In few bits, each output has a grid of its own, " +
    "and the bits say which of its values is meant. What this student says of three images is computed here, in " +
    "your browser. Outlines are what it says as floats.",
}

class ByHand extends Figure {
  /** @type {Float32Array} as they were trained */ values = new Float32Array()
  /** @type {Float32Array} as they are now */ now = new Float32Array()
  /** @type {number[]} places of the weights */ places = []
  at = 0 // the chosen one, among `places`
  first = 0 // and the one that is chosen at first
  least = 0 // size of a weight that is not left out
  /** @type {Map<string, import("../../components/js/safetensors.js").Tensor>} */ tensors = new Map()
  /** @type {Map<number, any>} of each weight, by its place */ cells = new Map()
  /** @type {Map<number, number>} the largest of its layer */ most = new Map()
  /** @type {number[]} */ bits = []
  stored = FLOAT // bits of every weight
  /** @type {Map<number, any>} codes of the weights, if they are of few bits */ codes = new Map()
  /** @type {Float32Array} what is stored, before a bit is flipped */ base = new Float32Array()

  constructor(root) {
    super(root, "by-hand")
    this.dial = this.find(".dial input")
    this.which = this.find(".which")
    this.on(this.dial, "input", () => this.turn())
    this.on(this.which, "input", () => this.choose(Number(this.which.value)))
    this.on(".stored", "click", ({ target }) => {
      const bits = target.closest("button")?.dataset.bits
      if (bits) this.store(Number(bits))
    })
    this.on(".bits", "click", ({ target }) => {
      const bit = target.closest("button")?.dataset.bit
      if (bit) this.flip(Number(bit))
    })
    this.on(".weights", "click", ({ target }) => {
      const at = target.dataset.at && this.places.indexOf(Number(target.dataset.at))
      if (this.data.hand === "flip" && at >= 0) this.choose(at)
    })
    this.observe(".sides", () => this.drawSoon())
  }

  get step() {
    return this.data.steps[this.dial.value]
  }

  reset() {
    const { share, bit, stored } = this.data.opens
    this.dial.value = this.data.steps.findIndex((one) => String(one.share) === share)
    this.at = this.first
    this.store(Number(stored))
    this.set({ key: "bit", value: bit })
    this.turn()
  }

  set({ key, value }) {
    if (!this.data.steps) return
    if (key === "share") {
      this.dial.value = this.data.steps.findIndex((one) => String(one.share) === String(value))
      this.turn()
    }
    if (key === "stored") this.store(Number(value))
    if (key === "bit" && value in PLACES && this.stored === FLOAT)
      this.flip(PLACES[/** @type {keyof typeof PLACES} */ (value)])
  }

  render({ data }) {
    this.root.dataset.ready = String(!data.trouble)
    this.putOrHide(".trouble", data.trouble)
    if (data.trouble || !this.another("given", data)) return
    this.data = data
    this.values = new Float32Array(bytes(data.weights).buffer)
    this.now = this.values.slice()
    this.places = weightsOf(data.parts)
    this.tensors = new Map(
      placed(data.parts).map(({ name, shape, start, count }) => [
        name,
        { shape, values: this.now.subarray(start, start + count) },
      ]),
    )
    this.seen = data.pixels.map((one) => standardised(bytes(one), data.mean, data.spread))
    this.was = this.answers()
    for (const part of this.all(".dial, .course")) part.hidden = data.hand !== "prune"
    this.find(".one").hidden = data.hand !== "flip"
    this.dial.max = data.steps.length - 1
    this.which.max = this.places.length - 1
    this.build()
    this.put(".about", ABOUT[/** @type {keyof typeof ABOUT} */ (data.hand)])
    this.reset()
  }

  /** What does not change: cells, bits and images. */
  build() {
    const { data } = this
    const [head] = placed(data.parts)
      .filter(({ weight }) => weight)
      .slice(-1)
    const channels = data.layers.filter(({ kind }) => kind === "Conv").at(-1).outputs
    const { cells, names, width, height } = layout(data.parts, Math.round(Math.sqrt(head.shape[1] / channels)))
    const cell = ({ at, x, y, side }) =>
      `<rect data-at="${at}" x="${rounded(x, 2)}" y="${rounded(y, 2)}" width="${side}" height="${side}"/>`
    const name = ({ words, x, y }) => text(x, y, words, "name", words.length === 1 ? "middle" : "start")
    this.find(".weights").innerHTML =
      `<svg viewBox="-0.3 0 ${width + 0.6} ${height + 0.3}" aria-hidden="true" focusable="false">` +
      `${cells.map(cell).join("")}${names.map(name).join("")}</svg>`
    this.cells = new Map([...this.all(".weights rect")].map((rect) => [Number(rect.dataset.at), rect]))
    for (const { start, count } of placed(data.parts)) {
      const most = Math.max(...this.values.subarray(start, start + count).map(Math.abs))
      for (let at = start; at < start + count; at++) this.most.set(at, most)
    }
    this.first = this.largest()
    this.find(".stored").replaceChildren(
      ...data.stored.map((bits) =>
        make("button", { className: "plain", dataset: { bits } }, bits === String(FLOAT) ? "32, a float" : bits),
      ),
    )
    this.find(".images").replaceChildren(
      ...data.images.map((image, at) =>
        make(
          "li",
          {},
          make("i", { style: thumbnail(data, data.images, at), role: "img", "aria-label": `test image ${image}` }),
          make("div", { className: "bars", "aria-hidden": "true" }),
          make("p"),
        ),
      ),
    )
  }

  /** The place of the largest weight of the first layer. */
  largest() {
    const [{ start, count }] = placed(this.data.parts)
    const sizes = [...this.values.subarray(start, start + count)].map(Math.abs)
    return this.places.indexOf(start + sizes.indexOf(Math.max(...sizes)))
  }

  answers() {
    const { layers } = this.data
    return this.seen.map((image) =>
      shares(logits(layers, (name) => /** @type {any} */ (this.tensors.get(name)), image)),
    )
  }

  /** The dial stands elsewhere: the smallest weights are left out. */
  turn() {
    if (this.data.hand !== "prune") return
    const { step, dial, places, values, data } = this
    this.least = leastKept(values, places, step.share)
    for (const at of places) this.now[at] = Math.abs(values[at]) < this.least ? 0 : values[at]
    filled(dial)
    dial.setAttribute("aria-valuetext", `${step.share}%`)
    this.put(".dial output", `${step.share}%`)
    this.put(".said", prunedWords(step, places.length, data.seeds, data.tests))
    this.follow()
  }

  /** All weights are stored in so many bits. @param {number} stored */
  store(stored) {
    if (this.data.hand !== "flip") return
    this.stored = stored
    this.base = this.values.slice()
    this.codes = stored < FLOAT ? grid(this.values, this.data.parts, stored) : new Map()
    for (const [at, code] of this.codes) this.base[at] = standsFor(code.code, code)
    choose(this.all(".stored button"), ({ dataset }) => dataset.bits === String(stored))
    this.find(".bits").style.setProperty("--count", stored)
    this.find(".bits").replaceChildren(
      ...Array.from({ length: stored }, (_, bit) =>
        make("button", { className: "bit", dataset: { bit: String(bit) }, "aria-label": bitName(bit, stored) }),
      ),
    )
    this.find(".key").hidden = stored < FLOAT
    this.choose(this.at)
  }

  /** Another weight is chosen; the one before is as it was. @param {number} at among the weights */
  choose(at) {
    if (this.data.hand !== "flip") return
    this.now.set(this.base)
    this.at = at
    this.bits = this.bitsAt(this.places[at])
    this.changed()
  }

  /** Of what is stored. @param {number} place */
  bitsAt(place) {
    return this.stored < FLOAT ? codeBits(this.codes.get(place).code, this.stored) : bitsOf(this.base[place])
  }

  /** @param {number} bit */
  flip(bit) {
    if (this.data.hand !== "flip") return
    const place = this.places[this.at]
    this.bits[bit] = 1 - this.bits[bit]
    this.now[place] = this.stored < FLOAT ? standsFor(fromCode(this.bits), this.codes.get(place)) : fromBits(this.bits)
    this.changed()
  }

  changed() {
    const { which, at, places, bits } = this
    which.value = at
    filled(which)
    which.setAttribute("aria-valuetext", `weight ${whole(at + 1)} of ${whole(places.length)}`)
    this.put(".one output", `${whole(at + 1)} of ${whole(places.length)}`)
    const first = this.bitsAt(places[at])
    for (const button of this.all(".bit")) {
      const { bit } = button.dataset
      button.textContent = bits[bit]
      button.classList.toggle("flipped", bits[bit] !== first[bit])
      button.setAttribute("aria-pressed", String(bits[bit] === 1))
    }
    this.least = 0
    this.follow()
  }

  /** What it says now. */
  follow() {
    const { data } = this
    this.says = this.answers()
    this.all(".images p").forEach((place, at) => {
      place.textContent = answerWords(data.classes, this.says[at], this.was[at])
    })
    if (data.hand === "flip") {
      const top = (/** @type {number[] | null} */ said) => said?.indexOf(Math.max(...said))
      const changed = this.says.filter((said, at) => top(said) !== top(this.was[at])).length
      const place = this.places[this.at]
      const { base, now, says, stored } = this
      this.put(".said", flippedWords(base[place], now[place], changed, says.length, stored))
    }
    this.drawSoon()
  }

  draw() {
    const { data, says } = this
    if (!says) return
    const chosen = data.hand === "flip" ? this.places[this.at] : -1
    for (const [at, rect] of this.cells) {
      const kind = `s${shade(this.now[at], this.most.get(at) ?? 1, this.least)}${at === chosen ? " chosen" : ""}`
      if (rect.getAttribute("class") !== kind) rect.setAttribute("class", kind)
    }
    this.find(".weights").setAttribute("aria-label", this.find(".said").textContent)
    this.all(".bars").forEach((bars, at) => {
      const of = this.room(bars)
      if (of) bars.innerHTML = answerChart(data.classes, says[at] ?? data.classes.map(() => 0), this.was[at], of)
    })
    const box = this.find(".box")
    const room = data.hand === "prune" ? this.room(box) : null
    if (room) box.innerHTML = courseChart(data.steps, this.step, room)
    box.setAttribute("aria-label", this.find(".said").textContent)
  }
}

export default mounting(ByHand)
