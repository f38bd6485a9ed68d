// A thousand questions flow through a gate, a student and a teacher: at the press of a button, and at once for whoever
// wants little to move. data: {trouble, thresholds, cells, grounds, refuses, shares, times, processor, seeds, tests,
// opens, flows}; see figure.py.

import { choose, Figure, filled, make, mounting, movesLittle } from "../../components/js/component.js"
import { rounded, whole } from "../../components/js/format.js"
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
/** @type {Record<string, string>} whose colour a layer wears */
const WEARS = { gate: "--muted", student: "--distilled", teacher: "--teacher" }

class Flow extends Figure {
  /** @type {any} */ place = null
  /** @type {number | null} when the questions were sent, null if all have arrived */ sent = null
  /** @type {any[]} */ questions = []
  /** @type {import("./words.js").Way[]} */ ways = []

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
        make("tr", {}, make("th", { scope: "row" }, words), ...cells.map(seedsOf)),
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
    const { gate } = this.place
    const layers = Object.keys(WEARS).filter((one) => one !== "gate" || gate === "gate")
    const dot = width < 480 ? { apart: 3, size: 1.2 } : { apart: 4.5, size: 2 }
    this.lines(
      pen,
      this.ways.filter(({ count }) => count).map((way) => stopsOf(way, gate).map(at)),
      colour("--rule"),
    )
    const reached = /** @type {Record<string, number>} */ ({ gate: 0, student: 0, teacher: 0 })
    const bins = /** @type {Record<string, number>} */ ({ right: 0, wrong: 0, refused: 0 })
    for (const { way, starts } of this.questions) {
      const gone = since === Number.POSITIVE_INFINITY ? 1 : (since - starts * FLOW) / WAY
      if (gone < 0) continue
      const stops = stopsOf(way, gate)
      layers.forEach((layer, place) => {
        if (place + 2 < stops.length && gone * (stops.length - 1) >= place + 1) reached[layer] += 1
      })
      const [x, y] =
        gone < 1 ? at(placeAt(stops, gone)) : this.stacked(way.bin, bins[way.bin]++, width, height, dot.apart)
      pen.fillStyle = colour(gone < 1 && way.foreign ? "--ink" : WEARS[way.by])
      pen.beginPath()
      if (way.foreign) pen.rect(x - dot.size, y - dot.size, 2 * dot.size, 2 * dot.size)
      else pen.arc(x, y, dot.size, 0, 2 * Math.PI)
      pen.fill()
    }
    pen.font = `600 ${fontSize}px ${style.fontFamily}`
    pen.textAlign = "center"
    for (const layer of layers) {
      const [x, y] = at(PLACES[layer])
      pen.fillStyle = colour("--paper")
      pen.strokeStyle = colour(WEARS[layer])
      pen.lineWidth = 2
      pen.fillRect(x - 0.06 * width, y - 20, 0.12 * width, 40)
      pen.strokeRect(x - 0.06 * width, y - 20, 0.12 * width, 40)
      pen.fillStyle = colour(WEARS[layer])
      pen.fillText(layer, x, y - 28)
      pen.fillText(whole(reached[layer]), x, y + fontSize / 3)
    }
    pen.textAlign = "left"
    pen.fillStyle = colour("--ink")
    for (const [bin, many] of Object.entries(bins)) {
      if (bin === "refused" && gate !== "gate") continue
      const [x, y] = at(PLACES[bin])
      pen.fillText(`${bin} ${whole(many)}`, x, y - 8)
    }
  }

  /** The ways that some questions go. @param {CanvasRenderingContext2D} pen @param {number[][][]} ways
   * @param {string} colour */
  lines(pen, ways, colour) {
    pen.strokeStyle = colour
    pen.lineWidth = 1
    for (const [[x, y], ...rest] of ways) {
      pen.beginPath()
      pen.moveTo(x, y)
      for (const [toX, toY] of rest) pen.lineTo(toX, toY)
      pen.stroke()
    }
  }

  /**
   * Where the one that came in at this place lies in its bin. @param {string} bin @param {number} at
   * @param {number} width @param {number} height @param {number} apart
   */
  stacked(bin, at, width, height, apart) {
    const [x, y] = PLACES[bin]
    const columns = Math.max(8, Math.floor((0.2 * width) / apart))
    return [x * width + apart * (at % columns), y * height + apart * Math.floor(at / columns)]
  }
}

/** A cell: its words, and a dot for each seed. @param {{words: string, values: number[]}} cell */
function seedsOf({ words, values }) {
  const dots = values.map((share) => make("i", { style: { left: `${rounded(100 * share, 1)}%` } }))
  return make("td", {}, words, make("span", { className: "track", "aria-hidden": "true" }, ...dots))
}

/** @param {number[]} stops @param {number} value */
function nearest(stops, value) {
  const apart = stops.map((stop) => Math.abs(stop - value))
  return stops[apart.indexOf(Math.min(...apart))]
}

export default mounting(Flow)
