// A dial over the price of a wrong answer, and one over the questions a day.
// data: {trouble, thresholds, ways, tested, chosen_on, tests, validation, seeds, times, processor, wrong, daily,
// opens}; see figure.py.

import { choose, Figure, filled, make, mounting } from "../../components/js/component.js"
import { count } from "../../components/js/format.js"
import { aboutWords, chartWords, priceChart, rowsOf, saidWords, wrongWords } from "./words.js"

const DIALS = ["wrong", "daily"]

class Price extends Figure {
  /** @type {any} */ place = null

  constructor(root) {
    super(root, "price")
    for (const key of DIALS)
      this.on(`[data-control="${key}"] input`, "input", ({ target }) =>
        this.turn({ [key]: this.data[key][target.value] }),
      )
    this.on(".ways", "click", ({ target }) => {
      const way = target.closest("button")?.dataset.id
      if (way) this.turn({ way })
    })
    this.observe(".box", () => this.drawSoon())
  }

  set({ key, value }) {
    if (!this.place) return
    if (DIALS.includes(key)) this.turn({ [key]: nearest(this.data[key], Number(value)) })
    if (key === "way") this.turn({ way: String(value) })
  }

  reset() {
    const { opens } = this.data
    const dials = DIALS.map((key) => [key, nearest(this.data[key], opens[key])])
    this.turn({ ...opens, ...Object.fromEntries(dials) })
  }

  render({ data }) {
    this.root.dataset.ready = String(!data.trouble)
    this.putOrHide(".trouble", data.trouble)
    if (data.trouble || !this.another("given", data)) return
    this.data = data
    const press = ({ id, words }) => make("button", { className: "plain", dataset: { id } }, words)
    this.find(".ways").replaceChildren(...data.ways.map(press))
    for (const key of DIALS) this.find(`[data-control="${key}"] input`).max = data[key].length - 1
    this.put(".about", aboutWords(data))
    this.reset()
  }

  /** Another price, another traffic, or another student. @param {Record<string, any>} change */
  turn(change) {
    const { data } = this
    this.place = { ...this.place, ...change }
    const words = { wrong: wrongWords(this.place.wrong), daily: count(this.place.daily, "question") }
    for (const key of DIALS) {
      const dial = this.find(`[data-control="${key}"]`)
      const input = dial.querySelector("input")
      input.value = data[key].indexOf(this.place[key])
      input.setAttribute("aria-valuetext", words[key])
      filled(input)
      this.put(`[data-control="${key}"] output`, words[key])
    }
    choose(this.all(".ways button"), ({ dataset }) => dataset.id === this.place.way)
    this.put(".said", saidWords(data, this.place))
    this.find("tbody").replaceChildren(
      ...rowsOf(data, this.place).map(({ words: who, role, cells }) =>
        make(
          "tr",
          { className: role },
          make("th", { scope: "row" }, who),
          ...cells.map((cell) => make("td", {}, cell)),
        ),
      ),
    )
    this.drawSoon()
  }

  draw() {
    if (!this.place) return
    const room = this.room(".box")
    if (room) this.find(".box").innerHTML = priceChart(this.data, this.place, room)
    this.find(".box").setAttribute("aria-label", chartWords(this.data, this.place))
  }
}

/** @param {number[]} stops @param {number} value by their logarithms */
function nearest(stops, value) {
  const apart = stops.map((stop) => Math.abs(Math.log(stop / value)))
  return stops[apart.indexOf(Math.min(...apart))]
}

export default mounting(Price)
