// Bars with intervals: what is left of the gain when something is taken from the soft labels. A press on a row, or a
// phrase, tells of its students. data: {trouble, rows, classes, label, image, data, labels, seeds, tests, arm}.

import { choose, Figure, make, mounting } from "../../components/js/component.js"
import { whole } from "../../components/js/format.js"
import { gainWords, imageWords, range, rowWords, softWords } from "./words.js"

class WhatTeaches extends Figure {
  constructor(root) {
    super(root, "what-teaches")
    this.on(".rows", "click", ({ target }) => {
      const { method } = target.closest("button")?.dataset ?? {}
      if (method) this.tell(method)
    })
  }

  set({ key, value }) {
    if (key === "arm" && this.data.rows) this.tell(String(value))
  }

  render({ data }) {
    this.data = data
    this.root.dataset.ready = String(!data.trouble)
    this.putOrHide(".trouble", data.trouble)
    if (data.trouble || !this.another("drawn", data)) return
    this.find("img").src = `${data.api}/data/${data.data}/test/${data.image}.png`
    this.put(".about", imageWords(data))
    const [low, high] = range(data.rows)
    const at = (/** @type {number} */ points) => `${(100 * (points - low)) / (high - low)}%`
    this.put(".axis", `points above labels only, ${whole(low)} to ${whole(high)}`)
    this.find(".rows").style.setProperty("--zero", at(0))
    this.find(".rows").replaceChildren(...data.rows.map((row) => this.row(row, at)))
    this.tell(data.arm)
  }

  /** A row: the soft label as small bars, its words, and the gain as a bar with its interval. */
  row(row, at) {
    const most = Math.max(...row.soft)
    const bars = row.soft.map((share) => make("i", { style: { height: `${(100 * share) / most}%` } }))
    const soft = make("span", { className: "soft", role: "img", "aria-label": softWords(row.soft, this.data.classes) })
    soft.append(...bars)
    const { mean, half } = row
    const bar = make("b", { style: { left: at(Math.min(0, mean)), right: `calc(100% - ${at(Math.max(0, mean))})` } })
    const interval = make("i", { style: { left: at(mean - half), right: `calc(100% - ${at(mean + half)})` } })
    return make(
      "button",
      { className: row.teacher ? "distilled" : "", dataset: { method: row.method } },
      soft,
      make("span", { className: "words" }, row.words),
      make("span", { className: "gain", "aria-hidden": "true" }, bar, interval),
      make("span", { className: "points" }, gainWords(row)),
    )
  }

  tell(method) {
    const row = this.data.rows.find((one) => one.method === method) ?? this.data.rows[0]
    choose(this.all(".rows button"), (button) => button.dataset.method === row.method)
    this.put(".said", rowWords(row, this.data.rows, this.data))
  }
}

export default mounting(WhatTeaches)
