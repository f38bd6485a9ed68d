// A row for each kind of teacher: how often it is right, and what its students gain over labels only. A press on a row,
// or a phrase, tells of it. Of many teachers of each kind, heard at several temperatures, every one is a dot.
// data: {trouble, rows: {[temperature]: Row[]}, labels, alone, seeds, tests, shown, many, teacher, heard}.

import { choose, Figure, make, mounting } from "../../components/js/component.js"
import { percent, rounded, whole } from "../../components/js/format.js"
import { gainWords, plotWords, range, rowWords } from "./words.js"

class Teachers extends Figure {
  constructor(root) {
    super(root, "teachers")
    this.on(".rows", "click", ({ target }) => {
      const { teacher } = target.closest("button")?.dataset ?? {}
      if (teacher) this.tell({ teacher })
    })
    this.on(".at", "click", ({ target }) => {
      const { at } = target.closest("button")?.dataset ?? {}
      if (at) this.tell({ at })
    })
  }

  reset() {
    this.tell({ teacher: this.data.teacher, at: this.data.heard })
  }

  set({ key, value }) {
    if (key === "teacher") this.tell({ teacher: String(value) })
    if (key === "heard") this.tell({ at: String(value) })
  }

  render({ data }) {
    this.data = data
    this.root.dataset.ready = String(!data.trouble)
    this.putOrHide(".trouble", data.trouble)
    if (data.trouble || !this.another("drawn", data)) return
    const temperatures = Object.keys(data.rows)
    this.find(".at").hidden = temperatures.length < 2
    for (const part of [".over", ".plot"]) this.find(part).hidden = !data.many
    this.find(".at").replaceChildren(
      ...temperatures.map((at) => make("button", { className: "plain", dataset: { at } }, `T = ${at}`)),
    )
    this.tell({ teacher: data.teacher, at: data.heard })
  }

  /** Of another teacher, at another temperature, or both. */
  tell({ teacher = this.teacher, at = this.at }) {
    this.at = at in this.data.rows ? at : this.data.heard
    const rows = this.data.rows[this.at]
    const row = rows.find((/** @type {any} */ { id }) => id === teacher) ?? rows[0]
    this.teacher = row.id
    if (this.another("rows", rows)) this.drawRows(rows)
    choose(this.all(".rows button"), (button) => button.dataset.teacher === row.id)
    choose(this.all(".at button"), (button) => button.dataset.at === this.at)
    for (const dot of this.all(".plot i")) dot.classList.toggle("shown", dot.dataset.teacher === row.id)
    this.put(".said", rowWords(row, { ...this.data, at: this.at }))
  }

  drawRows(rows) {
    const all = Object.values(this.data.rows).flat()
    const [low, high] = range(all)
    const at = (/** @type {number} */ points) => `${rounded((100 * (points - low)) / (high - low), 2)}%`
    this.put(".scale", `its students’ points above labels only (a line: 95%), ${whole(low)} to ${whole(high)}`)
    this.find(".rows").style.setProperty("--zero", at(0))
    this.find(".rows").replaceChildren(...rows.map((/** @type {any} */ row) => teacherRow(row, at)))
    const plot = this.find(".plot")
    plot.style.setProperty("--zero", at(0))
    plot.setAttribute("aria-label", plotWords(rows, this.data))
    const mark = (/** @type {any} */ className, /** @type {any} */ style, /** @type {string} */ words) =>
      make("span", { className, style }, words)
    plot.replaceChildren(
      ...[0, 25, 50, 75, 100].map((right) => mark("x", { left: `${right}%` }, whole(right))),
      ...[low, ...[-20, -10, 0].filter((points) => points > low + 3 && points < high - 1), high].map((points) =>
        mark("y", { bottom: at(points) }, whole(points)),
      ),
      mark("zero", { bottom: at(0) }, "as labels only"),
      ...rows.flatMap((/** @type {any} */ { id, each }) =>
        each.map((/** @type {number[]} */ [right, points]) =>
          make("i", { dataset: { teacher: id }, style: { left: `${rounded(100 * right, 2)}%`, bottom: at(points) } }),
        ),
      ),
    )
  }
}

/** @param {import("./words.js").Row} row @param {(points: number) => string} at */
function teacherRow(row, at) {
  const { id, words, right, mean, half } = row
  const bar = make("b", { style: { left: at(Math.min(0, mean)), right: `calc(100% - ${at(Math.max(0, mean))})` } })
  const interval = make("i", { style: { left: at(mean - half), right: `calc(100% - ${at(mean + half)})` } })
  return make(
    "button",
    { dataset: { teacher: id } },
    make("span", { className: "name" }, words),
    make("span", { className: "right" }, make("i", { style: { width: `${100 * right}%` } }), `${percent(right)}%`),
    make("span", { className: "gain", "aria-hidden": "true" }, bar, interval),
    make("span", { className: "points" }, gainWords(row)),
  )
}

export default mounting(Teachers)
