// Students of one recipe against each other, over what they get right, and what five of them say of single images.
// data: {trouble, recipes, cells, seeds, tests, group, handed, divided, data, opens, chosen, own}; see figure.py.

import { choose, make, mounting, thumbnail } from "../../components/js/component.js"
import { OwnRun, OwnRunFigure } from "../../components/js/own_run.js"
import { apartChart, CHOICES, captionWords, chartWords, fiveWords, ownWords, rowsOf } from "./words.js"

class Churn extends OwnRunFigure {
  /** @type {any} */ place = null

  constructor(root) {
    super(root, "churn")
    this.own = new OwnRun(this, { place: () => [], label: () => "Train such students here", words: ownWords })
    for (const key of Object.keys(CHOICES))
      this.on(`.${key}`, "click", ({ target }) => {
        const id = target.closest("button")?.dataset.id
        if (id) this.turn({ [key]: id })
      })
    this.observe(".box", () => this.drawSoon())
  }

  set({ key, value }) {
    if (key in CHOICES && this.place) this.turn({ [key]: String(value) })
  }

  reset() {
    this.turn(this.data.opens)
  }

  open(data) {
    this.data = data
    for (const [key, choices] of Object.entries(CHOICES)) {
      const press = ({ id, words }) => make("button", { className: "plain", dataset: { id } }, words)
      this.find(`.${key}`).replaceChildren(...choices.map(press))
      this.find(`.${key}`).hidden = !data.chosen
    }
    this.put("thead .five", fiveWords(data))
    this.divide()
    this.reset()
  }

  /** Other images, or systems in place of students. @param {Record<string, string>} change */
  turn(change) {
    this.place = { ...this.place, ...change }
    for (const key of Object.keys(CHOICES))
      choose(this.all(`.${key} button`), ({ dataset }) => dataset.id === this.place[key])
    this.put("caption", captionWords(this.data, this.place))
    this.find("tbody").replaceChildren(
      ...rowsOf(this.data, this.place).map(({ words, role, cells }) =>
        make(
          "tr",
          { className: role },
          make("th", { scope: "row" }, words),
          ...cells.map((cell) => make("td", {}, cell)),
        ),
      ),
    )
    this.drawSoon()
  }

  /** Single images, and what five students of each recipe say. */
  divide() {
    const { divided } = this.data
    this.find(".divided").hidden = !divided.length
    const images = divided.map(({ image }) => image)
    const five = (role, said, label) =>
      make(
        "span",
        { className: role },
        ...said.map((one) => make("b", { className: one === label ? "" : "off" }, String(one))),
      )
    this.find(".divided").replaceChildren(
      make("p", { className: "muted" }, "Five students of each recipe, one image each: wrong answers are struck out."),
      make(
        "ul",
        {},
        ...divided.map(({ label, labels, distilled }, at) =>
          make(
            "li",
            {},
            make("i", { style: thumbnail(this.data, images, at), role: "img", "aria-label": `a ${label}` }),
            five("labels", labels, label),
            five("distilled", distilled, label),
          ),
        ),
      ),
    )
  }

  draw() {
    const room = this.place && this.room(".box")
    if (room) this.find(".box").innerHTML = apartChart(this.data, this.place, room)
    if (this.place) this.find(".box").setAttribute("aria-label", chartWords(this.data, this.place))
  }
}

export default mounting(Churn)
