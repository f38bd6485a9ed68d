// A row for each kind of teacher: how often it is right, and what its students gain over labels only. A press on a row,
// or a phrase, tells of it. data: {trouble, rows, labels, alone, seeds, tests, shown, teacher}.

import { choose, Figure, make, mounting } from "../../components/js/component.js"
import { percent, whole } from "../../components/js/format.js"
import { gainWords, range, rowWords } from "./words.js"

class Teachers extends Figure {
  constructor(root) {
    super(root, "teachers")
    this.on(".rows", "click", ({ target }) => {
      const { teacher } = target.closest("button")?.dataset ?? {}
      if (teacher) this.tell(teacher)
    })
  }

  reset() {
    this.tell(this.data.teacher)
  }

  set({ key, value }) {
    if (key === "teacher") this.tell(String(value))
  }

  render({ data }) {
    this.data = data
    this.root.dataset.ready = String(!data.trouble)
    this.putOrHide(".trouble", data.trouble)
    if (data.trouble || !this.another("drawn", data)) return
    const [low, high] = range(data.rows)
    const at = (/** @type {number} */ points) => `${(100 * (points - low)) / (high - low)}%`
    this.put(".scale", `its students’ points above labels only, ${whole(low)} to ${whole(high)}`)
    this.find(".rows").style.setProperty("--zero", at(0))
    this.find(".rows").replaceChildren(...data.rows.map((row) => teacherRow(row, at)))
    this.tell(data.teacher)
  }

  tell(teacher) {
    const row = this.data.rows.find(({ id }) => id === teacher) ?? this.data.rows[0]
    choose(this.all(".rows button"), (button) => button.dataset.teacher === row.id)
    this.put(".said", rowWords(row, this.data))
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
