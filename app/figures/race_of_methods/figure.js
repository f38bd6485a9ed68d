// A race of methods: a row for each with its gain and two intervals, the highest first. Buttons choose where, and
// against whom; a press on a row, or a phrase, tells of its students. data: {trouble, places, choices, overs, tries,
// place, over, method}.

import { choose, Figure, make, mounting } from "../../components/js/component.js"
import { rounded, signed } from "../../components/js/format.js"
import { aboutWords, bestOf, gainWords, OVERS, rowWords, shown, ticks, triedWords } from "./words.js"

class RaceOfMethods extends Figure {
  place = ""
  over = "labels"
  method = ""
  /** Both ends of the axis, in points. */ ends = [0, 1]

  constructor(root) {
    super(root, "race-of-methods")
    this.on(".which.places", "click", ({ target }) => this.pressed(target, "place"))
    this.on(".which.overs", "click", ({ target }) => this.pressed(target, "over"))
    this.on(".rows", "click", ({ target }) => this.pressed(target, "method"))
  }

  pressed(target, key) {
    const value = target.closest("button")?.dataset[key]
    if (value) this.tell({ [key]: value })
  }

  set({ key, value }) {
    if (["place", "over", "method"].includes(key)) this.tell({ [key]: String(value) })
  }

  reset() {
    this.tell(this.data)
  }

  render({ data }) {
    this.data = data
    this.root.dataset.ready = String(!data.trouble)
    this.putOrHide(".trouble", data.trouble)
    if (data.trouble || !this.another("drawn", data)) return
    const buttons = (/** @type {string} */ key, /** @type {[string, string][]} */ all) =>
      all.map(([value, words]) => make("button", { className: "plain", dataset: { [key]: value } }, words))
    this.find(".which.places").hidden = data.choices.length < 2
    this.find(".which.places").replaceChildren(
      ...buttons(
        "place",
        data.choices.map((place) => [place, data.places[place].button]),
      ),
    )
    this.find(".which.overs").hidden = !data.overs
    const own = Object.values(data.places).some(({ bases }) => bases.usual !== bases.labels) // labels at another rate
    const overs = Object.entries(OVERS).filter(([over]) => own || over !== "usual")
    this.find(".which.overs").replaceChildren(...buttons("over", overs))
    const marks = ticks(Object.values(data.places))
    this.ends = [marks[0], marks[marks.length - 1]]
    const labels = marks.map((tick) => make("span", { style: { left: this.at(tick) } }, signed(tick, 0)))
    this.find(".axis").replaceChildren(
      make("span", { className: "ticks" }, ...labels),
      make("span", { className: "unit" }, "points"),
    )
    this.find(".rows").style.setProperty("--zero", this.at(0))
    this.reset()
  }

  /** Where so many points lie on a track. */
  at(points) {
    const [low, high] = this.ends
    return `${rounded((100 * (points - low)) / (high - low), 2)}%`
  }

  /** Another place, other rivals, or other students. */
  tell({ place = this.place, over = this.over, method = this.method }) {
    const { data } = this
    Object.assign(this, { place: place in data.places ? place : Object.keys(data.places)[0], over, method })
    const here = data.places[this.place]
    choose(this.all(".which.places button"), ({ dataset }) => dataset.place === this.place)
    choose(this.all(".which.overs button"), ({ dataset }) => dataset.over === over)
    const rows = shown(here, over)
    const told = rows.find((row) => row.method === method) ?? rows[0]
    this.put(".about", aboutWords(here, over))
    this.find(".rows").replaceChildren(...rows.map((row) => this.row(row, row.gains[over])))
    choose(this.all(".rows button"), ({ dataset }) => dataset.method === told.method)
    this.put(".said", rowWords(told, here, over))
    this.find(".tried").hidden = !data.tries
    this.find(".tried").replaceChildren(...tried(told, here))
  }

  row({ method, words, teacher }, { mean, half, wide }) {
    const bar = (/** @type {string} */ kind, /** @type {number} */ reach) =>
      make("i", {
        className: kind,
        style: { left: this.at(mean - reach), right: `calc(100% - ${this.at(mean + reach)})` },
      })
    const line = make("i", { className: "mean", style: { left: this.at(mean) } })
    return make(
      "button",
      { className: teacher ? "distilled" : "", dataset: { method } },
      make("span", { className: "words" }, words),
      make("span", { className: "track", "aria-hidden": "true" }, bar("thin", wide), bar("thick", half), line),
      make("span", { className: "points" }, gainWords({ mean, half, wide })),
    )
  }
}

/** What was tried of a method, the best of it marked. @param {any} row @param {any} place */
function tried(row, place) {
  const best = bestOf(row)
  const items = row.tries.map((/** @type {any} */ { setting, share }, /** @type {number} */ at) =>
    make("li", { className: at === best ? "best" : "" }, `${setting}: ${rounded(share, 1)}%`),
  )
  return [make("p", {}, triedWords(row, place)), make("ul", {}, ...items)]
}

export default mounting(RaceOfMethods)
