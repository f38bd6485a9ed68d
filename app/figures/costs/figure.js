// What teacher and students cost: counted and measured numbers in a table, asked for once it is in view. What nobody has
// measured is not there, and can be measured.

import { MOMENT } from "../../components/js/events.js"
import { costRows, costWords, howMeasured } from "./words.js"
import { marked } from "../../components/js/format.js"
import { Calm, mounting, read, send } from "../../components/js/mounting.js"
import { armNames, roleOf } from "../../components/js/series.js"

const AT_MOST_EVERY = 2500 // milliseconds between two questions about a run that trains
const WHILE_MEASURING = 500
const UNTIL_READY = 2000

export default mounting((parent) => new Costs(parent))

class Costs {
  constructor(parent) {
    this.root = parent.querySelector(".costs")
    this.find = (selector) => this.root.querySelector(selector)
    this.calm = new Calm(AT_MOST_EVERY, () => this.ask())
    this.pointed = ({ detail }) => detail.run === this.data?.run && this.askSoon(detail.state)
    this.looked = ({ detail }) => {
      if (detail.run !== this.data?.run) return
      this.update = detail.update
      this.draw()
    }
    document.addEventListener("distillery:point", this.pointed)
    document.addEventListener(MOMENT, this.looked)
    this.watch = new IntersectionObserver(([{ isIntersecting }]) => this.seen(isIntersecting), { rootMargin: "100px" })
    this.watch.observe(this.root)
    this.find("button").addEventListener("click", () => this.measure())
  }

  leave() {
    document.removeEventListener("distillery:point", this.pointed)
    document.removeEventListener(MOMENT, this.looked)
    this.watch.disconnect()
    this.calm.stop()
    clearTimeout(this.later)
  }

  render({ data }) {
    if (this.data?.run !== data.run) {
      Object.assign(this, { costs: null, update: null, trouble: "", behind: Boolean(data.run), began: false })
    }
    this.data = data
    this.draw()
    this.seen(this.inView)
  }

  seen(inView) {
    this.inView = inView
    if (inView && (this.behind || this.costs?.ready === false)) this.ask()
  }

  askSoon(state) {
    this.behind = true
    if (this.inView) this.calm.soon(state)
  }

  async ask() {
    const { api, run } = this.data
    clearTimeout(this.later)
    this.calm.now()
    this.behind = false
    const { ok, body } = await read(`${api}/runs/${run}/costs`, true)
    if (run !== this.data.run) return
    if (ok) this.costs = body
    this.trouble = ok ? "" : (body?.message ?? "The server does not answer. Try again in a moment.")
    const parts = ok ? [body.teacher, body.student].filter(Boolean) : []
    this.measuring = parts.some(({ measuring }) => measuring)
    this.trouble ||= parts.find(({ trouble }) => trouble)?.trouble ?? ""
    if (this.measuring) this.later = setTimeout(() => this.ask(), WHILE_MEASURING)
    this.draw()
    // Once, without being asked to: what was measured here before is not measured anew.
    if (!parts.some(({ timed }) => !timed) || this.measuring || this.began) return
    if (body.ready) this.measure()
    else this.later = setTimeout(() => this.inView && this.ask(), UNTIL_READY)
  }

  async measure() {
    this.began = this.measuring = true
    this.draw()
    const { api, run } = this.data
    const { ok, body } = await send(`${api}/runs/${run}/costs`, new Uint8Array())
    if (run !== this.data.run) return
    if (ok) return this.ask()
    this.measuring = false
    this.trouble = body?.message ?? "The server does not answer. Try again in a moment."
    this.draw()
  }

  draw() {
    const { costs, data, measuring, trouble } = this
    const names = armNames(data.arms, data.methods)
    const arms = data.arms.map((arm, index) => ({ role: roleOf(arm), name: names[index] }))
    const reached = costs?.points.findLast(({ update }) => this.update === null || update <= this.update) ?? costs?.points[0]
    const shown = costs && { ...costs, arms, accuracy: reached?.accuracy ?? null }
    const roles = [{ words: "teacher", role: "teacher" }, ...arms.map(({ role, name }) => ({ words: name, role }))]
    const said = this.find(".said")
    said.replaceChildren(...marked(data.run ? costWords(shown) : "Train, and what teacher and students cost is counted here.", roles).map(asNode))
    this.find("table").hidden = !shown
    if (shown) this.fill(shown)
    this.find(".how").textContent = shown ? howMeasured(shown, { measuring, update: this.update, ready: costs.ready }) : ""
    const line = this.find(".trouble")
    line.hidden = !trouble
    line.textContent = trouble
    const button = this.find("button")
    button.hidden = !shown && !trouble
    button.disabled = Boolean(measuring)
    const timed = shown?.student.timed && (!shown.teacher || shown.teacher.timed)
    button.textContent = measuring ? "Measuring …" : timed ? "Measure again" : "Measure here"
    this.root.dataset.measured = String(Boolean(timed))
    this.root.dataset.ready = String(Boolean(shown))
  }

  fill(shown) {
    const head = element("tr")
    head.append(element("th"))
    for (const { role, name } of [{ role: "teacher", name: shown.teacher ? "teacher" : "" }, ...shown.arms]) {
      const cell = element("th", role, name)
      cell.scope = "col"
      head.append(cell)
    }
    this.find("thead").replaceChildren(head)
    this.find("tbody").replaceChildren(
      ...costRows(shown, this.measuring || (!this.began && !this.trouble)).map(({ words, note, teacher, student, arms }) => {
        const row = element("tr")
        const name = element("th", "", words)
        name.scope = "row"
        if (note) name.append(element("span", "", note))
        row.append(name, element("td", "", teacher))
        if (arms) row.append(...arms.map((value) => element("td", "", value)))
        else row.append(Object.assign(element("td", "shared", student), { colSpan: shown.arms.length }))
        return row
      }),
    )
  }
}

function element(tag, className = "", text = "") {
  return Object.assign(document.createElement(tag), { className, textContent: text })
}

function asNode({ text, role }) {
  return role ? element("b", role, text) : document.createTextNode(text)
}
