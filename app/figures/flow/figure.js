// A thousand questions flow through a gate, a student and a teacher: at the press of a button, and at once for whoever
// wants little to move. data: {trouble, thresholds, cells, grounds, refuses, shares, times, processor, seeds, tests,
// opens, flows}; see figure.py.

import { choose, Figure, filled, make, mounting, movesLittle } from "../../components/js/component.js"
import { whole } from "../../components/js/format.js"
import {
  aboutWords,
  captionWords,
  PLACES,
  placeAt,
  questionsOf,
  rowsOf,
  saidWords,
  stepAt,
  stopsOf,
  waysOf,
} from "./words.js"

const FLOW = 6000 // milliseconds in which all questions start
const WAY = 1600 // milliseconds that one takes
const GROUPS = ["gate", "foreign", "share"]

class Flow extends Figure {
  /** @type {any} */ place = null
  /** @type {number | null} when the questions were sent, null if all have arrived */ sent = null
  /** @type {any[]} */ questions = []

  constructor(root) {
    super(root, "flow")
    this.input = this.find("input")
    this.on("input", "input", () => this.turn({ step: Number(this.input.value) }))
    for (const key of GROUPS)
      this.on(`.${key}`, "click", ({ target }) => {
        const id = target.closest("button")?.dataset.id
        if (id) this.turn({ [key]: key === "share" ? Number(id) : id })
      })
    this.on(".send", "click", () => {
      this.sent = movesLittle() ? null : performance.now()
      this.drawSoon()
    })
    this.observe(".stage", () => this.drawSoon())
  }

  set({ key, value }) {
    if (!this.place) return
    if (key === "threshold") this.turn({ step: stepAt(this.data.thresholds, Number(value)) })
    if (key === "share") this.turn({ share: nearest(this.data.shares, Number(value)) })
    if (key === "gate" || key === "foreign") this.turn({ [key]: String(value) })
  }

  reset() {
    const { threshold, share, ...opens } = this.data.opens
    const step = stepAt(this.data.thresholds, threshold)
    this.turn({ ...opens, step, share: nearest(this.data.shares, share) })
  }

  render({ data }) {
    this.root.dataset.ready = String(!data.trouble)
    this.putOrHide(".trouble", data.trouble)
    if (data.trouble || !this.another("given", data)) return
    this.data = data
    this.input.max = data.thresholds.length - 1
    const fill = (/** @type {string} */ group, /** @type {any[]} */ choices) =>
      this.find(`.${group}`).replaceChildren(
        ...choices.map(({ id, words }) => make("button", { className: "plain", dataset: { id } }, words)),
      )
    fill("gate", [
      { id: "none", words: "the student" },
      { id: "gate", words: "a gate" },
    ])
    fill("foreign", data.grounds)
    fill(
      "share",
      data.shares.map((/** @type {number} */ id) => ({ id, words: `${id}%` })),
    )
    this.find(".flowing").hidden = !data.flows
    this.find(".refuses").hidden = data.flows
    this.put("caption", captionWords(data))
    this.find("tbody").replaceChildren(
      ...rowsOf(data).map(({ words, cells }) =>
        make("tr", {}, make("th", { scope: "row" }, words), ...cells.map((cell) => make("td", {}, cell))),
      ),
    )
    this.putOrHide(".about", data.flows ? aboutWords(data) : "")
    this.reset()
  }

  /** Another gate, threshold or mix of questions; all have arrived then. @param {Record<string, any>} change */
  turn(change) {
    const { data, input } = this
    this.place = { ...this.place, ...change }
    this.sent = null
    const threshold = String(data.thresholds[this.place.step])
    input.value = this.place.step
    input.setAttribute("aria-valuetext", threshold)
    filled(input)
    this.put("output", threshold)
    for (const key of GROUPS)
      choose(this.all(`.${key} button`), ({ dataset }) => dataset.id === String(this.place[key]))
    this.ways = waysOf(data, this.place)
    this.questions = questionsOf(this.ways)
    this.put(".said", saidWords(data, this.place))
    this.find(".stage").setAttribute("aria-label", saidWords(data, this.place))
    this.drawSoon()
  }

  draw() {
    const room = this.place && this.data.flows && this.room(".stage")
    if (!room) return
    const canvas = this.find("canvas")
    const scale = devicePixelRatio || 1
    Object.assign(canvas, { width: room.width * scale, height: room.height * scale })
    const pen = canvas.getContext("2d")
    pen.scale(scale, scale)
    const since = this.sent === null ? Number.POSITIVE_INFINITY : performance.now() - this.sent
    this.drawn(pen, room, since)
    if (since < FLOW + WAY) this.drawSoon()
    else this.sent = null
  }

  /** @param {CanvasRenderingContext2D} pen @param {any} room @param {number} since milliseconds */
  drawn(pen, { width, height, fontSize }, since) {
    const style = getComputedStyle(this.root)
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name)
    const at = (/** @type {number[]} */ [x, y]) => [x * width, y * height]
    const named = { gate: "gate", student: "student", teacher: "teacher" }
    const wears = { gate: "--muted", student: "--distilled", teacher: "--teacher" }
    const shown = Object.keys(named).filter((one) => one !== "gate" || this.place.gate === "gate")
    pen.font = `600 ${fontSize}px ${style.fontFamily}`
    pen.textAlign = "center"
    for (const one of shown) {
      const [x, y] = at(PLACES[one])
      pen.strokeStyle = colour(wears[one])
      pen.lineWidth = 2
      pen.strokeRect(x - 0.055 * width, y - 22, 0.11 * width, 44)
      pen.fillStyle = colour(wears[one])
      pen.fillText(named[one], x, y - 30)
    }
    const bins = { right: 0, wrong: 0, refused: 0 }
    const into = { right: 0, wrong: 0, refused: 0 }
    for (const { way, starts } of this.questions) {
      const gone = since === Number.POSITIVE_INFINITY ? 1 : (since - starts * FLOW) / WAY
      if (gone < 0) continue
      const [x, y] =
        gone < 1
          ? at(placeAt(stopsOf(way, this.place.gate), gone))
          : this.stacked(way.bin, into[way.bin]++, width, height)
      if (gone >= 1) bins[way.bin] += 1
      pen.fillStyle = colour(gone < 1 && way.foreign ? "--ink" : wears[way.by])
      pen.beginPath()
      if (way.foreign) pen.rect(x - 2, y - 2, 4, 4)
      else pen.arc(x, y, 2, 0, 2 * Math.PI)
      pen.fill()
    }
    pen.textAlign = "left"
    pen.fillStyle = colour("--ink")
    const words = { right: "right", wrong: "wrong", refused: "refused" }
    for (const [bin, many] of Object.entries(bins)) {
      if (bin === "refused" && this.place.gate !== "gate") continue
      const [x, y] = at(PLACES[bin])
      pen.fillText(`${words[bin]} ${whole(many)}`, x - 0.06 * width, y - 0.1 * height)
    }
  }

  /**
   * Where the one that came in at this place lies in its bin. @param {string} bin @param {number} at
   * @param {number} width @param {number} height
   */
  stacked(bin, at, width, height) {
    const [x, y] = PLACES[bin]
    const columns = Math.max(8, Math.floor((0.19 * width) / 5))
    return [(x - 0.06) * width + 5 * (at % columns), (y - 0.075) * height + 5 * Math.floor(at / columns)]
  }
}

/** @param {number[]} stops @param {number} value */
function nearest(stops, value) {
  const apart = stops.map((stop) => Math.abs(stop - value))
  return stops[apart.indexOf(Math.min(...apart))]
}

export default mounting(Flow)
