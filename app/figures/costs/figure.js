// What teacher and students cost: counted and measured numbers in a table, asked for once it is in view. What nobody
// has measured is not there, and can be measured.

import { AWAY, Calm, send, whole } from "../../components/js/asking.js"
import { Figure, make, mounting } from "../../components/js/component.js"
import { MOMENT, POINT } from "../../components/js/events.js"
import { armNames, roleOf } from "../../components/js/series.js"
import { costRows, costWords, howMeasured } from "./words.js"

const AT_MOST_EVERY = 2500 // milliseconds between two questions about a run that trains
const WHILE_MEASURING = 500
const UNTIL_READY = 2000

class Costs extends Figure {
  constructor(root) {
    super(root, "costs")
    this.calm = new Calm(AT_MOST_EVERY, () => this.ask(), this)
    this.hear(POINT, (detail) => detail.run === this.data?.run && this.askSoon(detail.state))
    this.hear(MOMENT, ({ run, update }) => {
      if (run !== this.data?.run) return
      this.update = update
      this.draw()
    })
    this.observeView((inView) => this.seen(inView))
    this.on("button", "click", () => this.measure())
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
    this.cancel("ask")
    this.calm.now()
    this.behind = false
    const { ok, body } = await whole(`${api}/runs/${run}/costs`)
    if (this.left || run !== this.data.run) return
    if (ok) this.costs = body
    this.trouble = ok ? "" : (body?.message ?? AWAY)
    const parts = ok ? [body.teacher, body.student].filter(Boolean) : []
    this.measuring = parts.some(({ measuring }) => measuring)
    this.trouble ||= parts.find(({ trouble }) => trouble)?.trouble ?? ""
    if (this.measuring) this.later("ask", WHILE_MEASURING, () => this.ask())
    this.draw()
    // Once, without being asked to: what was measured here before is not measured anew.
    if (!parts.some(({ timed }) => !timed) || this.measuring || this.began) return
    if (body.ready) this.measure()
    else this.later("ask", UNTIL_READY, () => this.inView && this.ask())
  }

  async measure() {
    this.began = this.measuring = true
    this.draw()
    const { api, run } = this.data
    const { ok, body } = await send(`${api}/runs/${run}/costs`, new Uint8Array())
    if (this.left || run !== this.data.run) return
    if (ok) return this.ask()
    this.measuring = false
    this.trouble = body?.message ?? AWAY
    this.draw()
  }

  draw() {
    const { costs, data, measuring, trouble } = this
    const names = armNames(data.arms, data.methods)
    const alone = data.shows.length === 1 && data.arms.length > 1 // nobody needs to be told apart
    const arms = data.shows.map((index) => ({
      role: roleOf(data.arms[index]),
      name: alone ? "student" : names[index],
    }))
    const reached =
      costs?.points.findLast(({ update }) => this.update === null || update <= this.update) ?? costs?.points[0]
    const shown = costs && {
      ...costs,
      arms,
      accuracy: reached ? data.shows.map((index) => reached.accuracy[index]) : null,
      teacher_accuracy: reached?.teacher ?? costs.teacher_accuracy,
      images: reached?.images ?? 0,
    }
    const roles = [{ words: "teacher", role: "teacher" }, ...arms.map(({ role, name }) => ({ words: name, role }))]
    this.sentence(
      ".said",
      data.run ? costWords(shown) : "Train, and what teacher and students cost is counted here.",
      roles,
    )
    this.put("h2", data.images ? `What each costs: ${data.images}` : "What each costs")
    this.find("table").hidden = !shown
    if (shown) this.fill(shown)
    this.find(".how").textContent = shown
      ? howMeasured(shown, { measuring, update: this.update, ready: costs.ready })
      : ""
    this.putOrHide(".trouble", trouble)
    const button = this.find("button")
    button.hidden = !shown && !trouble
    button.disabled = Boolean(measuring)
    const timed = shown?.student.timed && (!shown.teacher || shown.teacher.timed)
    button.textContent = measuring ? "Measuring …" : timed ? "Measure again" : "Measure here"
    this.root.dataset.measured = String(Boolean(timed))
    this.root.dataset.ready = String(Boolean(shown))
  }

  fill(shown) {
    const columns = [{ role: "teacher", name: shown.teacher ? "teacher" : "" }, ...shown.arms]
    const heads = columns.map(({ role, name }) => make("th", { className: role, textContent: name, scope: "col" }))
    this.find("thead").replaceChildren(make("tr", {}, make("td"), ...heads))
    this.find("tbody").replaceChildren(
      ...costRows(shown, this.measuring || (!this.began && !this.trouble)).map(
        ({ words, note, teacher, student, arms }) => {
          const name = make("th", { scope: "row" }, words, ...(note ? [make("span", {}, note)] : []))
          const both = { className: shown.arms.length > 1 ? "shared" : "", colSpan: shown.arms.length }
          const cells = arms ? arms.map((value) => make("td", {}, value)) : [make("td", both, student)]
          return make("tr", {}, name, make("td", {}, teacher), ...cells)
        },
      ),
    )
  }
}

export default mounting(Costs)
