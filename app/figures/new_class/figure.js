// Rows of students that meet a new digit, three tracks each with a dot for every seed: old digits, the new one, and how
// many old ones are answered as before. A dial moves through the updates; buttons choose the rate; a press on a row, or
// a phrase, tells of its students. data: {trouble, ways, moments, rates, update, rate, way, sees, choice, own}.

import { choose, Figure, filled, make, mounting } from "../../components/js/component.js"
import { percent, rounded, whole } from "../../components/js/format.js"
import { OwnRun } from "../../components/js/own_run.js"
import { MEASURES, momentAt, ownWords, RATES, rowWords, saidWords, updatesWords } from "./words.js"

const TICKS = [0, 0.25, 0.5, 0.75, 1]

class NewClass extends Figure {
  /** Of the moment that is shown. */ place = 0
  rate = "usual"
  way = ""

  constructor(root) {
    super(root, "new-class")
    this.own = new OwnRun(this, {
      place: () => [this.rate],
      label: () => "Train your own students",
      words: (answer, point) => ownWords(answer, point, this.data),
      heard: () => this.drawSoon(),
    })
    this.input = this.find(".dial input")
    this.on(".dial input", "input", () => this.tell({ place: Number(this.input.value) }))
    this.on(".which", "click", ({ target }) => {
      const { rate } = target.closest("button")?.dataset ?? {}
      if (rate) this.tell({ rate })
    })
    this.on(".rows", "click", ({ target }) => {
      const { way } = target.closest("button")?.dataset ?? {}
      if (way) this.tell({ way })
    })
  }

  set({ key, value }) {
    if (key === "update") this.tell({ place: momentAt(this.data.moments, Number(value)) })
    if (key === "rate" || key === "way") this.tell({ [key]: String(value) })
  }

  reset() {
    const { moments, update, rate, way } = this.data
    this.tell({ place: momentAt(moments, update), rate, way })
  }

  render(mounted) {
    const { data } = mounted
    const first = this.another("opens", [data.update, data.rate, data.way, data.sees])
    this.data = data
    this.root.dataset.ready = String(!data.trouble)
    this.putOrHide(".trouble", data.trouble)
    if (data.trouble) return
    if (first) {
      this.input.max = data.moments.length - 1
      this.find(".which").hidden = !data.choice
      this.find(".which").replaceChildren(
        ...Object.entries(RATES).map(([rate, words]) =>
          make("button", { className: "plain", dataset: { rate } }, words),
        ),
      )
      const shown = data.ways.filter((/** @type {any} */ { sees }) => data.sees.includes(sees))
      this.find(".rows").replaceChildren(...shown.map(row))
      const ticks = TICKS.map((share) => make("span", { style: { left: at(share) } }, percent(share, 0)))
      this.find(".axis").replaceChildren(make("span", { className: "ticks" }, ...ticks), make("span", {}, "%"))
      this.reset()
    }
    this.own.render(mounted)
  }

  /** Another moment, another rate, or other students. */
  tell({ place = this.place, rate = this.rate, way = this.way }) {
    const { data, input } = this
    Object.assign(this, { place, rate: rate in data.rates ? rate : "usual", way })
    input.value = place
    filled(input)
    const updates = data.moments[place]
    input.setAttribute("aria-valuetext", updatesWords(updates))
    this.put(".dial output", whole(updates))
    choose(this.all(".which button"), ({ dataset }) => dataset.rate === this.rate)
    const buttons = [...this.all(".rows button")]
    const pressed = buttons.find(({ dataset }) => dataset.way === way) ?? buttons[0]
    choose(buttons, (button) => button === pressed)
    this.put(".said", saidWords(data, this.rate, place, this.number(pressed.dataset.way)))
    this.own.turned()
    this.draw()
  }

  /** The place of a way among all arms. @param {string} id */
  number(id) {
    return this.data.ways.findIndex((/** @type {any} */ way) => way.id === id)
  }

  draw() {
    const { data, own } = this
    const moment = data.rates[this.rate][this.place]
    const mine = own.point?.update >= data.before ? own.point : null
    for (const button of this.all(".rows button")) {
      const way = this.number(button.dataset.way)
      button.setAttribute("aria-label", `${data.ways[way].words}: ${rowWords(moment, way)}`)
      const [tracks, shares] = [".track", ".share"].map((part) => button.querySelectorAll(part))
      MEASURES.forEach((key, at) => {
        const { seeds, mean } = moment[key][way]
        const own = (mine?.final?.[key] ?? mine?.[key])?.[way] ?? []
        tracks[at].replaceChildren(
          ...seeds.map((/** @type {number} */ share) => dot(share, key)),
          ...own.map((/** @type {number} */ share) => dot(share, `${key} mine`)),
        )
        shares[at].textContent = percent(mean)
      })
    }
  }
}

/** Where a share lies on a track. */
const at = (/** @type {number} */ share) => `${rounded(100 * share, 2)}%`

const dot = (/** @type {number} */ share, /** @type {string} */ kind) =>
  make("i", { className: `dot ${kind}`, style: { left: at(share) } })

/** @param {import("./words.js").Way} way */
function row({ id, role, words }) {
  const tracks = MEASURES.flatMap(() => [make("span", { className: "track" }), make("span", { className: "share" })])
  return make(
    "button",
    { className: role, dataset: { way: id } },
    make("span", { className: "words" }, words),
    make("span", { className: "tracks", "aria-hidden": "true" }, ...tracks),
  )
}

export default mounting(NewClass)
