// The table of runs. It is sorted here, follows the runs that go on, and tells the page what was pressed. Rows keep
// their elements over Streamlit's reruns, so that neither focus nor place is lost.

import { read } from "./asking.js"
import { Component, make, mounting, write } from "./component.js"
import { files, runFiles } from "./numbers.js"
import {
  aside,
  askWords,
  asRows,
  called,
  cellText,
  countWords,
  endedWords,
  keptWords,
  nextDirection,
  ordered,
  possible,
} from "./overview_words.js"
import { paper } from "./paper.js"
import { LIVE } from "./poll.js"

const EVERY = 1500 // milliseconds between two looks at runs that go on
const SHOWN = 60 // runs that are shown before the rest is asked for
let sorting = { key: "created", direction: "descending" } // kept while the browser tab is open

class Overview extends Component {
  /** @type {any} */ asker

  constructor(root) {
    super(root)
    this.lines = new Map() // run → its <tr>
    this.blank = new Set() // keys of columns in which no run has anything
    this.chosen = new Set()
    this.asked = [] // runs about which is asked whether they shall go
    this.detail = null // the run whose second line is open
    this.unfolded = false // more than the first ones are shown
    this.on(root, "click", (event) => this.clicked(event))
    this.on(root, "change", ({ target }) => target.type === "checkbox" && this.choose(target))
    this.on(root, "submit", (event) => this.rename(event))
    this.on(root, "keydown", (event) => event.key === "Escape" && this.keep())
    this.on(document, "visibilitychange", () => document.hidden || this.followSoon())
    this.on(paper, "laid", () => this.draw())
    this.observe(".wide", ({ width }) => root.style.setProperty("--seen", `${width - 32}px`))
  }

  render({ data, setTriggerValue }) {
    this.data = data
    this.send = (action, runs, more = {}) => setTriggerValue("action", { action, runs, sent: Date.now(), ...more })
    this.rows = asRows(data)
    const ids = new Set(this.rows.map(({ id }) => id))
    this.chosen = new Set([...this.chosen].filter((id) => ids.has(id)))
    this.asked = this.asked.filter((id) => ids.has(id))
    if (!ids.has(this.detail)) this.detail = null
    this.find(".csv").href = `${data.api}/runs.csv`
    this.head()
    this.draw()
    this.root.dataset.ready = "true"
    this.root.dataset.runs = this.rows.length
    this.followSoon()
  }

  // ── following ────────────────────────────────────────────────────────────────────────────────────────────────

  followSoon() {
    this.cancel("follow")
    if (this.live().length) this.later("follow", EVERY, () => this.follow())
  }

  live() {
    return this.rows.filter(({ state }) => LIVE.includes(state)).map(({ id }) => id)
  }

  async follow() {
    if (document.hidden) return // it goes on when the page is looked at
    const asked = this.live().slice(0, 100)
    const found = await read(`${this.data.api}/rows?runs=${asked.join(".")}`)
    if (this.left) return
    this.followSoon()
    if (found) this.take(asRows(found))
  }

  /** New numbers of some runs; the order stays until the learner sorts, so that nothing moves under the hand. */
  take(news) {
    const said = endedWords(this.rows, news)
    if (said) this.find(".announced").textContent = said
    const byId = new Map(news.map((row) => [row.id, row]))
    this.rows = this.rows.map((row) => byId.get(row.id) ?? row)
    for (const row of this.rows) if (byId.has(row.id) && this.lines.has(row.id)) this.fill(this.lines.get(row.id), row)
    this.say()
  }

  // ── pressing ─────────────────────────────────────────────────────────────────────────────────────────────────

  clicked({ target }) {
    const button = target.closest?.("button")
    if (!button) return
    const { sort, act } = button.dataset
    const id = button.closest("tr")?.dataset.run
    if (sort) this.sort(sort, button.dataset.kind)
    else if (button.dataset.do) this.press(button.dataset.do)
    else if (act === "more") this.more(id)
    else if (act === "remove") this.ask([id])
    else if (act === "pin") this.send(button.getAttribute("aria-pressed") === "true" ? "unpin" : "pin", [id])
    else if (act) this.send(act, [id])
  }

  press(what) {
    if (what === "all") {
      const first = this.find("tbody tr.rest")?.previousElementSibling
      this.unfolded = true
      this.draw()
      first?.nextElementSibling?.querySelector(".open")?.focus()
    }
    if (what === "ask") this.ask([...this.chosen])
    if (what === "keep") this.keep()
    if (what === "none") {
      this.chosen.clear()
      this.draw()
      this.find(".wide").focus()
    }
    if (what === "delete") {
      this.send("delete", this.asked)
      this.asked = []
      this.chosen.clear()
      this.draw()
      this.find(".wide").focus()
    }
  }

  sort(key, kind) {
    sorting = { key, direction: nextDirection(kind, sorting.key === key ? sorting.direction : null) }
    this.draw()
    this.find(`[data-sort="${key}"]`).focus()
  }

  more(id) {
    this.detail = this.detail === id ? null : id
    this.draw()
    if (this.detail) this.find(".detail input")?.focus()
  }

  choose(box) {
    const id = box.closest("tr").dataset.run
    const which = id ? [id] : this.rows.filter((row) => possible(row).remove).map((row) => row.id)
    for (const one of which) this.chosen[box.checked ? "add" : "delete"](one)
    this.asked = []
    this.draw()
  }

  /** Asked twice: what is deleted does not come back. */
  ask(ids) {
    this.asker = document.activeElement
    this.asked = ids
    this.say()
    this.find(".asked [data-do='keep']").focus()
  }

  keep() {
    if (!this.asked.length) return
    this.asked = []
    this.say()
    if (this.asker?.isConnected) this.asker.focus()
  }

  rename(event) {
    event.preventDefault()
    this.send("rename", [this.detail], { name: event.target.elements.name.value })
    const id = this.detail
    this.more(id)
    this.lines.get(id)?.querySelector("[data-act='more']")?.focus()
  }

  // ── drawing ──────────────────────────────────────────────────────────────────────────────────────────────────

  head() {
    if (this.find("thead tr")) return
    const row = this.find("thead").insertRow()
    for (const column of this.data.columns) {
      const { key, kind, words, help } = column
      const button = make("button", { dataset: { sort: key, kind } }, words)
      const inside = kind === "name" ? make("div", {}, this.box("Choose all runs that can be deleted"), button) : button
      row.append(make("th", { className: kindOf(column), scope: "col", title: help, dataset: { key } }, inside))
      if (kind !== "name") continue
      row.append(make("th", { className: "left acts", scope: "col" }, make("span", {}, "Compare")))
    }
  }

  draw() {
    for (const cell of this.all("thead [data-key]")) {
      if (cell.dataset.key === sorting.key) cell.setAttribute("aria-sort", sorting.direction)
      else cell.removeAttribute("aria-sort")
    }
    const focused = /** @type {any} */ (document.activeElement)
    const body = this.find("tbody")
    const rows = ordered(this.rows, sorting.key, sorting.direction)
    const blank = (column) => rows.length > 0 && rows.every((row) => cellText(column, row) === "–")
    this.blank = new Set(this.data.columns.filter(blank).map(({ key }) => key)) // nobody reads a column of dashes
    for (const cell of this.all("thead [data-key]")) cell.hidden = this.blank.has(cell.dataset.key)
    const shown = this.unfolded || paper.on ? rows : rows.slice(0, SHOWN)
    const lines = shown.flatMap((row) => {
      const line = this.lines.get(row.id) ?? this.line(row)
      this.fill(line, row)
      return row.id === this.detail ? [line, this.detailOf(row)] : [line]
    })
    if (shown.length < rows.length) lines.push(this.last(rows.length))
    const known = new Set(rows.map(({ id }) => id))
    for (const id of this.lines.keys()) if (!known.has(id)) this.lines.delete(id)
    if (lines.length !== body.children.length || lines.some((line, index) => body.children[index] !== line))
      body.replaceChildren(...lines)
    if (focused?.isConnected && focused !== document.activeElement && this.root.contains(focused))
      focused.focus({ preventScroll: true })
    this.say()
  }

  say() {
    const { rows, chosen, asked } = this
    this.find(".count").textContent = countWords(rows)
    this.find(".chosen").hidden = !chosen.size || asked.length > 0
    this.find(".how-many").textContent = `${chosen.size} chosen.`
    this.find(".asked").hidden = !asked.length
    if (asked.length) this.find(".asked p").textContent = askWords(rows.filter(({ id }) => asked.includes(id)))
    const removable = rows.filter((row) => possible(row).remove)
    const all = this.find("thead input")
    all.disabled = !removable.length
    all.checked = removable.length > 0 && removable.every(({ id }) => chosen.has(id))
    all.indeterminate = chosen.size > 0 && !all.checked
  }

  line(row) {
    const line = make("tr", { dataset: { run: row.id } })
    for (const column of this.data.columns) {
      const className = kindOf(column)
      if (column.kind !== "name") line.append(make("td", { className }))
      else {
        const made = make("div", {}, act("open", "open", ""), make("p", { className: "muted aside" }))
        line.append(make("th", { className, scope: "row" }, make("div", {}, this.box(""), made)))
        line.append(make("td", { className: "acts" }, act("pin", "plain", "Pin"), act("more", "plain", "More")))
      }
    }
    this.lines.set(row.id, line)
    return line
  }

  /** Write what has changed. */
  fill(line, row) {
    const can = possible(row)
    const pin = Object.entries(this.data.pins).find(([, id]) => id === row.id)?.[0]
    line.classList.toggle("pinned", Boolean(pin))
    line.dataset.state = row.state
    const [box, open, pinning, more] = ["input", "[data-act='open']", "[data-act='pin']", "[data-act='more']"].map(
      (part) => line.querySelector(part),
    )
    box.disabled = !can.remove
    box.checked = this.chosen.has(row.id)
    const name = called(row)
    box.setAttribute("aria-label", `Choose ${name}`)
    write(open, row.name)
    open.setAttribute("aria-label", name)
    write(line.querySelector(".aside"), aside(row))
    open.disabled = !can.open
    open.classList.toggle("named", row.named)
    write(pinning, pin ? pin.toUpperCase() : "Pin")
    pinning.disabled = !can.pin
    pinning.setAttribute("aria-pressed", String(Boolean(pin)))
    pinning.setAttribute(
      "aria-label",
      pin ? `${name} is pinned as ${pin.toUpperCase()}; take it off` : `Pin ${name} to compare it`,
    )
    more.setAttribute("aria-expanded", String(row.id === this.detail))
    more.setAttribute("aria-label", `More about ${name}`)
    const cells = [...line.children].filter((cell) => !cell.matches(".run, .acts"))
    this.data.columns
      .filter(({ kind }) => kind !== "name")
      .forEach((column, index) => {
        write(cells[index], cellText(column, row))
        cells[index].hidden = this.blank.has(column.key)
        if (column.kind === "gain")
          cells[index].className = ["better", "worse"].includes(row.verdict) ? row.verdict : "quiet"
      })
  }

  /** The second line of a run: its name, its files, and the way to delete it. */
  detailOf(row) {
    const can = possible(row)
    const { nameLength, columns, api } = this.data
    const box = make("div")
    if (can.rename) {
      const value = row.named ? row.name : ""
      const label = `Name of this run, ${nameLength} characters at most`
      const said = { placeholder: "A name of your own", "aria-label": label }
      const input = make("input", { name: "name", type: "text", maxLength: nameLength, value, ...said })
      box.append(make("form", {}, input, make("button", { className: "plain", type: "submit" }, "Save the name")))
    }
    if (row.readable) box.append(files(runFiles(`${api}/runs/${row.id}`, can.weights)))
    const remove = can.remove ? act("remove", "words", "Delete this run…") : keptWords(row)
    box.append(make("p", { className: can.remove ? "" : "muted" }, remove))
    const cell = make("td", { colSpan: columns.length + 1 }, box)
    return make("tr", { className: "detail", dataset: { run: row.id } }, cell)
  }

  /** The last line, if not all runs are shown. */
  last(count) {
    const how = { className: "words", dataset: { do: "all" } }
    const button = make("button", how, `Show all ${count} runs`)
    return make("tr", { className: "rest" }, make("td", { colSpan: this.data.columns.length + 1 }, button))
  }

  box(words) {
    return make("label", {}, make("input", { type: "checkbox", ...(words ? { "aria-label": words } : {}) }))
  }
}

function kindOf({ kind }) {
  if (kind === "name") return "run left"
  return ["text", "state", "student", "moment"].includes(kind) ? "left" : ""
}

function act(what, className, words) {
  return make("button", { className, dataset: { act: what } }, words)
}

export default mounting(Overview)
