// One dial, and choices beside it, that move several pictures at once. data: {trouble, of, dial, choices, panels, arms,
// cells, tested, data, about, differences, opens, own}; see figure.py. The last choice is what is set against what.

import { choose, filled, make, mounting, thumbnail } from "../../components/js/component.js"
import { OwnRun, OwnRunFigure } from "../../components/js/own_run.js"
import {
  aboutWords,
  cellAt,
  drawn,
  gainsChart,
  gainsWords,
  limitWords,
  missingWords,
  ownWords,
  panelChart,
  panelWords,
  rowWords,
  saidWords,
  stopAt,
  stopWords,
  turned,
  valueParts,
} from "./words.js"

class HowSmall extends OwnRunFigure {
  /** @type {number} */ stop = 0
  /** What is chosen, in the order of the choices. @type {any[]} */ chosen = []

  constructor(root) {
    super(root, "how-small")
    this.own = new OwnRun(this, {
      place: () => [this.data.dial.stops[this.stop], ...this.chosen],
      label: () => "Train these students here",
      words: (answer, point) => ownWords(answer, point, this.data),
    })
    this.input = this.find(".dial input")
    this.on(".dial input", "input", () =>
      this.turn(turned(this.data, this.stop, Number(this.input.value), this.chosen), this.chosen),
    )
    this.all(".by").forEach((group, place) => {
      this.on(group, "click", ({ target }) => {
        const at = target.closest("button")?.dataset.at
        if (at !== undefined) this.turn(this.stop, this.chosen.with(place, this.data.choices[place].stops[at].value))
      })
    })
    this.observe(".panels", () => this.drawSoon())
  }

  set({ key, value }) {
    const { dial, choices } = this.data
    if (key === dial?.key) this.turn(stopAt(dial.stops, Number(value)), this.chosen)
    const place = (choices ?? []).findIndex((choice) => choice.key === key)
    const found = choices?.[place]?.stops.find((one) => String(one.value) === String(value))
    if (found) this.turn(this.stop, this.chosen.with(place, found.value))
  }

  open(data) {
    this.data = data
    const { dial, choices, panels } = data
    this.find(".dial").dataset.control = dial.key
    this.put(".dial .name", dial.name)
    Object.assign(this.input, { max: dial.stops.length - 1 })
    this.input.setAttribute("aria-label", dial.name)
    this.all(".by").forEach((group, place) => {
      const { key, name, stops } = choices[place]
      Object.assign(group.dataset, { control: key })
      group.setAttribute("aria-label", name)
      group.hidden = stops.length < 2
      group.replaceChildren(
        make("span", { "aria-hidden": "true" }, name),
        ...stops.map(({ words }, at) => make("button", { className: "plain", dataset: { at } }, words)),
      )
    })
    this.find(".panels").replaceChildren(
      ...panels.map(({ words }) =>
        make(
          "figure",
          {},
          make("figcaption", {}, words),
          make("div", { className: "box", role: "img" }),
          ...(data.differences ? [make("div", { className: "box gains", role: "img" })] : []),
          make("p", { className: "values" }),
        ),
      ),
    )
    this.put(".about", aboutWords(data))
    this.reset()
  }

  /** With the dial and all choices where they stand at first. */
  reset() {
    const { dial, choices, opens } = this.data
    const chosen = choices.map(({ key }) => opens[key])
    this.turn(stopAt(dial.stops, opens[dial.key]), chosen)
  }

  turn(stop, chosen) {
    Object.assign(this, { stop, chosen })
    const { data, input } = this
    input.value = stop
    filled(input)
    input.setAttribute("aria-valuetext", `${stopWords(data.dial, stop)} ${data.dial.unit}`)
    this.put(".dial output", stopWords(data.dial, stop))
    this.all(".by").forEach((group, place) => {
      const { stops } = data.choices[place]
      const buttons = [...group.querySelectorAll("button")]
      choose(buttons, ({ dataset }) => stops[dataset.at].value === chosen[place])
      for (const button of buttons) {
        button.title = missingWords(data, stop, chosen, place, stops[button.dataset.at].value)
        button.disabled = Boolean(button.title)
      }
    })
    this.putOrHide(".limit", limitWords(data, chosen))
    this.put(".said", saidWords(data, stop, chosen))
    const cell = cellAt(data, stop, chosen)
    data.panels.forEach(({ key }, at) => {
      const place = this.all(".panels .values")[at]
      this.all(".panels figure")[at].hidden = !drawn(data, key, chosen).length
      const { said, gain } = valueParts(data, cell, key, chosen)
      const arms = said.flatMap(({ role, words, text }) => [make("b", { className: role }, words), ` ${text}. `])
      place.replaceChildren(...arms, gain)
    })
    this.own.turned()
    this.show(cell)
    this.drawSoon()
  }

  /** The images that the teacher mends, and those that it breaks. */
  show(cell) {
    const { data } = this
    const rows = Object.entries(cell?.gallery ?? {}).filter(([, { most }]) => most.length)
    this.find(".gallery").hidden = !rows.length
    if (!rows.length || !this.another("gallery", rows)) return
    const all = rows.flatMap(([, { most }]) => most.map(({ image }) => image))
    const look = (one) => ({ style: thumbnail(data, all, all.indexOf(one.image)), role: "img" })
    this.find(".gallery").replaceChildren(
      ...rows.flatMap(([name, row]) => [
        make("p", { className: "muted" }, rowWords(name, row, cell.seeds)),
        make(
          "ul",
          {},
          ...row.most.map((one) =>
            make(
              "li",
              {},
              make("i", { ...look(one), "aria-label": `test image ${one.image}` }),
              `${one.seeds} of ${cell.seeds}`,
            ),
          ),
        ),
      ]),
    )
  }

  draw() {
    const { data, stop, chosen } = this
    if (!data?.panels) return
    this.all(".panels figure").forEach((figure, at) => {
      const panel = data.panels[at]
      if (figure.hidden) return
      for (const box of figure.querySelectorAll(".box")) {
        const [chart, words] = box.matches(".gains") ? [gainsChart, gainsWords] : [panelChart, panelWords]
        const room = this.room(box)
        if (room) box.innerHTML = chart(data, panel, stop, chosen, room)
        box.setAttribute("aria-label", words(data, panel, chosen))
      }
    })
  }
}

export default mounting(HowSmall)
