// A dial over the threshold below which a student hands an image on to its teacher, on several grounds.
// data: {trouble, thresholds, grounds, ways, cells, seeds, tests, share, times, processor, handed, data, opens, scales,
// own}; see figure.py.

import { choose, filled, make, mounting, thumbnail } from "../../components/js/component.js"
import { percent } from "../../components/js/format.js"
import { OwnRun, OwnRunFigure } from "../../components/js/own_run.js"
import {
  aboutWords,
  chartWords,
  curveChart,
  groundOf,
  handedWords,
  ownWords,
  partsOf,
  saidWords,
  stepAt,
} from "./words.js"

const HANDED = 18 // images of the gallery

class Layers extends OwnRunFigure {
  /** @type {any} */ place = null

  constructor(root) {
    super(root, "layers")
    this.own = new OwnRun(this, { place: () => [], label: () => "Train such students here", words: ownWords })
    this.input = this.find("input")
    this.on("input", "input", () => this.turn({ step: Number(this.input.value) }))
    for (const [group, key] of [
      ["grounds", "ground"],
      ["ways", "way"],
      ["confidence", "confidence"],
    ])
      this.on(`.${group}`, "click", ({ target }) => {
        const id = target.closest("button")?.dataset.id
        if (id) this.turn({ [key]: id })
      })
    this.observe(".box", () => this.drawSoon())
  }

  set({ key, value }) {
    if (!this.place) return
    if (key === "threshold") this.turn({ step: stepAt(this.data.thresholds, Number(value)) })
    if (["ground", "way", "confidence"].includes(key)) this.turn({ [key]: String(value) })
  }

  reset() {
    const { threshold, ...opens } = this.data.opens
    this.turn({ ...opens, step: stepAt(this.data.thresholds, threshold) })
  }

  open(data) {
    this.data = data
    this.input.max = data.thresholds.length - 1
    const scaled = [
      { id: "raw", words: "as it is" },
      { id: "scaled", words: "after temperature scaling" },
    ]
    const fill = (/** @type {string} */ group, /** @type {any[]} */ choices) => {
      const press = ({ id, words }) => make("button", { className: "plain", dataset: { id } }, words)
      this.find(`.${group}`).replaceChildren(...choices.map(press))
      this.find(`.${group}`).hidden = choices.length < 2
    }
    fill("grounds", data.grounds)
    fill("ways", data.ways)
    fill("confidence", data.scales ? scaled : [])
    this.reset()
  }

  /** Another threshold, ground, way or confidence. @param {Record<string, any>} change */
  turn(change) {
    const { data, input } = this
    const place = { ...this.place, ...change }
    if (!data.cells[`${place.way}/${place.confidence}/${place.ground}`]) return // not in this figure
    this.place = place
    const threshold = String(data.thresholds[place.step])
    input.value = place.step
    input.setAttribute("aria-valuetext", threshold)
    filled(input)
    this.put("output", threshold)
    for (const [group, key] of [
      ["grounds", "ground"],
      ["ways", "way"],
      ["confidence", "confidence"],
    ])
      choose(this.all(`.${group} button`), ({ dataset }) => dataset.id === place[key])
    const ground = groundOf(data, place.ground)
    const image = this.find(".seen")
    image.hidden = data.grounds.length < 2 && ground.id === "clean"
    if (this.another("seen", ground.id))
      Object.assign(image, { src: /** @type {any} */ (ground).pictures, alt: `Some ${ground.words}` })
    this.find(".parts").replaceChildren(...partsOf(data, place).map(row))
    this.put(".said", saidWords(data, place))
    this.put(".about", aboutWords(data, place))
    this.find(".box").hidden = !ground.digits
    this.hand()
    this.drawSoon()
  }

  /** The images that the first student hands on: those nearest to the threshold first. */
  hand() {
    const { data, place } = this
    const all = data.handed[place.way] ?? []
    this.find(".handed").hidden = !all.length || place.ground !== "clean" || place.confidence !== "raw"
    if (this.find(".handed").hidden) return
    const handed = all.filter((one) => one[4] <= data.thresholds[place.step])
    const shown = handed.slice(-HANDED).reverse()
    if (!this.another("handed", [shown, handed.length])) return
    const images = shown.map(([image]) => image)
    const role = data.ways.find(({ id }) => id === place.way).role
    const words = make("p", { className: "muted" }, handedWords(handed.length, all.length, HANDED))
    const answer = (who, said, label, more = "") =>
      make("span", { className: who }, make("b", { className: said === label ? "" : "off" }, String(said)), more)
    this.find(".handed").replaceChildren(
      words,
      make(
        "ul",
        {},
        ...shown.map(([, label, own, teacher, sure], at) =>
          make(
            "li",
            {},
            make("i", { style: thumbnail(data, images, at), role: "img", "aria-label": `a ${label}` }),
            answer(role, own, label, ` ${percent(sure, 0)}%`),
            answer("teacher", teacher, label),
          ),
        ),
      ),
    )
  }

  draw() {
    const { data, place } = this
    const box = this.find(".box")
    if (!place || box.hidden) return
    const room = this.room(box)
    if (room) box.innerHTML = curveChart(data, place, room)
    box.setAttribute("aria-label", chartWords(data, place))
  }
}

/** @param {{words: string, role: string, wrong: boolean, share: number}} part */
const row = ({ words, role, wrong, share }) =>
  make(
    "li",
    { className: `${role}${wrong ? " wrong" : ""}` },
    make("b", {}, words),
    make("span", { className: "bar", "aria-hidden": "true" }, make("i", { style: { width: `${100 * share}%` } })),
    make("span", { className: "share" }, `${percent(share)}%`),
  )

export default mounting(Layers)
