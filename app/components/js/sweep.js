// The figure of a sweep: a map that fills in cell by cell, or two lines with bands. A press on a cell opens its run. It
// asks the server how the sweep stands while it goes on.
// In a lesson data has `links`, the addresses of the cells in the lab: there a press chooses a cell to be read, as a
// phrase does that sets temperature or alpha, and the link beside it leads to the lab.

import { Asked, STARTING } from "./asked.js"
import { whole } from "./asking.js"
import { Component, choose, make, marks, mounting } from "./component.js"
import { SET } from "./events.js"
import { percent } from "./format.js"
import { Roving } from "./roving.js"
import { lines, linesChart, measurable, role, rows, strength } from "./sweep_map.js"
import {
  asides,
  cellWords,
  gainWords,
  headline,
  intervalWords,
  mean,
  settingWords,
  statusWords,
} from "./sweep_words.js"

const EVERY = 500 // milliseconds between two questions while the sweep goes on
const LONGEST = 10000 // … while the server does not answer
const LOST = "The server does not answer. The sweep goes on there; the page asks again."
const ROLES = [
  { words: "labels only", role: "labels" },
  { words: "distilled", role: "distilled" },
]

class Sweep extends Component {
  constructor(root) {
    super(root)
    this.failures = 0
    this.asked = new Asked(this, ".st-key-sweep-run", () => this.data && this.draw())
    this.roving = new Roving(this.find(".cells"))
    this.observe(".lines .picture", () => this.drawLines())
    this.on(root, "click", ({ target }) => this.clicked(target.closest("button")))
    this.on(root, "pointerover focusin", ({ target }) => this.looked(target.closest("[data-cell]")))
    this.on(document, "visibilitychange", () => document.hidden || this.plan(0))
    this.hear(SET, (detail) => this.set(detail))
    this.hearPhrases("sweep", (values) => {
      this.cell = null
      for (const one of values) this.set(one)
    })
  }

  render({ data, setTriggerValue }) {
    this.data = data
    this.send = (action, more = {}) =>
      setTriggerValue("action", { action, sweep: data.answer.id, sent: Date.now(), ...more })
    const same = this.answer && this.answer.id === data.answer.id && this.answer.id
    // What the browser has heard since is newer than what the page knew when it was drawn.
    if (!same || data.answer.state === "ended") this.answer = data.answer
    if (!same) {
      this.lost = ""
      this.cell = null
      this.failures = 0
      this.was = this.answer.state
      // The button lies at the end of the controls: what it started begins above.
      if (data.fresh && this.answer.state === "live" && !this.isSeen(".verdict")) this.intoView()
    }
    this.root.classList.toggle("in-lesson", Boolean(data.links))
    this.asked.end()
    this.draw()
    this.plan(this.answer.state === "live" ? EVERY : null)
  }

  // ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────

  plan(wait) {
    if (wait === null || this.answer?.state !== "live" || this.lost) this.cancel("ask")
    else this.later("ask", wait, () => this.ask())
  }

  async ask() {
    if (document.hidden) return // `seen` asks again when the page is looked at
    const { id } = this.answer
    const { ok, status, body } = await whole(`${this.data.api}/sweeps/${id}`)
    if (this.left || id !== this.answer.id) return
    this.failures = ok || status === 404 ? 0 : this.failures + 1
    if (status === 404) this.lost = body.message
    if (ok) this.answer = body
    try {
      this.draw()
    } finally {
      this.plan(Math.min(LONGEST, EVERY * 2 ** this.failures))
    }
  }

  // ── drawing ──────────────────────────────────────────────────────────────────────────────────────────────────

  draw() {
    const { answer, data } = this
    const { starts, words } = this.asked
    const said = headline(answer, { gone: this.lost, disabled: data.disabled })
    const { kind, sentence, aside } = starts ? { kind: "", sentence: STARTING, aside: "" } : said
    this.find(".verdict").dataset.kind = kind
    this.sentence(".sentence", sentence, ROLES)
    this.sentence(".aside", aside || data.note || "", ROLES)
    this.find(".stop").hidden = !(answer.state === "live" && answer.mine)
    const twoAxes = answer.axes.length === 2
    this.find(".map").hidden = !twoAxes
    this.find(".lines").hidden = twoAxes
    this.find(".list").hidden = twoAxes
    if (twoAxes) this.drawMap()
    else this.drawLines(), this.drawList()
    this.find("figcaption").textContent = `${sentence} ${asides(answer).join(" ")}`
    this.list(".asides", asides(answer))
    this.sentence(".told", statusWords(answer), ROLES)
    this.putOrHide(".connection", this.failures < 2 ? words : LOST)
    this.detail()
    if (this.was === "live" && answer.state === "ended") this.find(".announced").textContent = sentence
    this.was = answer.state
    Object.assign(this.root.dataset, {
      ready: "true",
      state: answer.state,
      sweep: answer.id ?? "",
      finished: answer.cells.filter(({ state }) => state === "finished").length,
    })
  }

  list(selector, texts) {
    if (!this.another(selector, texts)) return
    this.find(selector).replaceChildren(...texts.map((text) => make("li", {}, ...marks(text, ROLES))))
  }

  /** The map keeps its buttons while only their contents change, so that focus stays where it is. */
  drawMap() {
    const { answer } = this
    const table = this.find(".cells")
    if (this.another("map", answer.axes)) this.makeMap(table)
    const strong = strength(answer)
    for (const button of table.querySelectorAll("button")) {
      const cell = answer.cells[button.dataset.cell]
      const known = Boolean(cell.gain)
      button.className = known ? role(cell) : "empty"
      button.classList.toggle("unsure", known && !measurable(cell))
      button.classList.toggle("chosen", answer.chosen?.cell === Number(button.dataset.cell))
      button.style.setProperty("--share", strong(cell))
      const bar = cell.state === "running" ? `<i style="width:${Math.round(100 * cell.share)}%"></i>` : ""
      const inner = `<span>${known ? gainWords(cell) : ""}</span>${bar}`
      if (button.dataset.inner !== inner) {
        button.dataset.inner = inner
        button.innerHTML = inner
      }
      button.setAttribute("aria-label", cellWords(answer, cell))
    }
    const some = answer.cells.some(({ gain }) => gain)
    const legend =
      "Points gained over labels only; the colour is that of the arm that is ahead. Dashed: no measurable " +
      "difference, or still training."
    this.find(".legend").textContent = some ? legend + (answer.chosen ? " ★ Best on validation images." : "") : ""
  }

  makeMap(table) {
    const { answer } = this
    const [across, down] = answer.axes
    const place = (cell) => make("td", {}, ...(cell ? [make("button", { dataset: { cell: cell.index } })] : []))
    const lines = rows(answer).map(({ name, cells }) => make("tr", {}, header(name, "row"), ...cells.map(place)))
    const { length } = across.names
    const foot = make("tr", {}, make("td"), ...across.names.map((name) => header(name, "col")))
    const name = make("td", { colSpan: length, className: "axis muted" }, `${across.words} →`)
    const sides = make("colgroup", {}, make("col", { className: "side" }), make("col", { span: length }))
    table.replaceChildren(
      make("caption", {}, `${down.words} ↑`),
      sides,
      make("tbody", {}, ...lines),
      make("tfoot", {}, foot, make("tr", {}, make("td"), name)),
    )
    this.roving.columns = across.names.length
    this.roving.refresh()
  }

  drawLines() {
    const { answer } = this
    if (answer?.axes.length !== 1) return
    const room = this.room(".lines .picture")
    if (!room) return
    const svg = linesChart(lines({ ...room, answer, names: ["labels only", "distilled"] }))
    if (this.another("lines", svg)) this.find(".lines .picture").innerHTML = svg
  }

  drawList() {
    const { answer } = this
    const table = this.find(".list table")
    const [axis] = answer.axes
    const head =
      `<thead><tr><th scope="col"></th><th scope="col" class="labels">labels only, %</th><th ` +
      `scope="col" class="distilled">distilled, %</th><th scope="col">gain, points</th><th ` +
      `scope="col"><span class="visually-hidden">its run</span></th></tr></thead>`
    if (this.another("list", [answer.id, axis.names])) {
      table.innerHTML = `${head}<tbody></tbody>`
      table.querySelector("th").textContent = axis.words.toLowerCase()
      const line = (cell, index) => {
        const name = header(axis.names[axis.values.indexOf(cell.at[0])], "row")
        const open = make("td", {}, make("button", { className: "words", dataset: { cell: index } }, "Open"))
        return make("tr", {}, name, make("td"), make("td"), make("td"), open)
      }
      table.querySelector("tbody").append(...answer.cells.map(line))
    }
    answer.cells.forEach((cell, index) => {
      const row = table.tBodies[0].rows[index]
      const [labels, distilled] = (cell.accuracy ?? [[], []]).map((seeds) =>
        seeds.length ? percent(mean(seeds)) : "–",
      )
      const state =
        cell.state === "running"
          ? `${Math.round(100 * cell.share)}%`
          : ["finished", "missing"].includes(cell.state)
            ? ""
            : cell.state
      const texts = [labels, distilled, [intervalWords(cell), state && `(${state})`].filter(Boolean).join(" ")]
      texts.forEach((text, column) => (row.cells[column + 1].textContent = text))
      row.querySelector("button").setAttribute("aria-label", `Open: ${settingWords(answer, cell)}`)
    })
  }

  // ── looking and pressing ─────────────────────────────────────────────────────────────────────────────────────

  looked(place) {
    if (!place || this.cell === place.dataset.cell || this.data.links) return
    this.cell = place.dataset.cell
    this.detail()
  }

  /** A phrase of a lesson names a value of an axis: the cell that has it, and is as it was on the other. */
  set({ key, value }) {
    if (!this.data?.links) return
    const { axes, cells } = this.answer
    const at = [...(cells[this.cell] ?? cells[this.answer.chosen?.cell ?? 0]).at]
    const place = axes.findIndex((axis) => axis.key === key)
    if (place < 0) return
    at[place] = Number(value)
    const cell = cells.findIndex((one) => one.at.every((other, index) => other === at[index]))
    if (cell >= 0) this.choose(cell)
  }

  /** In a lesson: this cell is read. */
  choose(cell) {
    this.cell = String(cell)
    choose(this.find(".cells").querySelectorAll("button"), (button) => button.dataset.cell === this.cell)
    this.detail()
  }

  detail() {
    const place = this.find(".detail")
    const { answer } = this
    place.hidden = answer.axes.length !== 2
    const cell = answer.cells[this.cell]
    if (this.data.links) return this.inLesson(cell)
    const opens = cell?.run ? "Press to open its run in the lab." : "Press to take these settings to the lab."
    this.sentence(
      ".detail",
      cell
        ? `${cellWords(answer, cell)} ${opens}`
        : "Point at a cell, or go there with the arrow keys, to read it; press to open its run.",
      ROLES,
    )
  }

  inLesson(cell) {
    this.sentence(".detail", cell ? cellWords(this.answer, cell) : "Press a cell to read it.", ROLES)
    if (!cell || this.find(".detail a")) return
    const link = make("a", { href: this.data.links[this.cell], textContent: "Open these settings in the lab" })
    this.find(".detail").append(" ", link)
  }

  clicked(button) {
    if (!button) return
    if (this.data.links && button.dataset.cell !== undefined) {
      this.choose(button.dataset.cell)
      return
    }
    if (button.classList.contains("stop")) {
      this.rest(button)
      this.send("stop")
      this.plan(0)
    } else if (button.dataset.cell !== undefined) {
      const cell = this.answer.cells[button.dataset.cell]
      this.send("open", { run: cell.run, cell: Number(button.dataset.cell) })
    }
  }
}

function header(text, scope) {
  return make("th", { scope, textContent: text })
}

export default mounting(Sweep)
