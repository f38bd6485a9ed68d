// Rows of students that learned from noise, a dot for each seed, by what they share with their teacher. Buttons choose
// how many outputs mean nothing; a run of one's own lies as rings in the same rows.
// data: {trouble, runs, outputs, own: {run} | null, why, phases}.

import { choose, Figure, make, mounting } from "../../components/js/component.js"
import { follow } from "../../components/js/follow.js"
import { ownWords, reachWords, saidWords } from "./words.js"

class HiddenTraits extends Figure {
  /** @type {any} */ news = null

  constructor(root) {
    super(root, "hidden-traits")
    this.on(".which", "click", ({ target }) => {
      const outputs = target.closest("button")?.dataset.outputs
      if (outputs) this.tell(outputs)
    })
  }

  reset() {
    this.tell(this.data.outputs)
  }

  set({ key, value }) {
    if (key === "outputs") this.tell(String(value))
  }

  render({ data }) {
    const first = this.another("opens", data.outputs)
    this.data = data
    this.root.dataset.ready = String(!data.trouble)
    this.putOrHide(".trouble", data.trouble)
    if (data.trouble) return
    if (this.another("runs", data.runs))
      this.find(".which").replaceChildren(
        ...data.runs.map(({ outputs }) => make("button", { className: "plain", dataset: { outputs } }, outputs)),
      )
    if (first) this.tell(data.outputs)
    if (this.another("own", data.own)) this.followOwn()
    if (!data.own) this.putOrHide(".own", data.why)
  }

  followOwn() {
    this.ends?.()
    this.ends = null
    this.news = null
    const { own, api } = this.data
    if (own) this.ends = follow(this, api, own.run, (news) => this.heard(news))
    else this.drawOwn()
  }

  heard(news) {
    this.news = { ...news, answer: news.answer ?? this.news?.answer }
    this.putOrHide(".own", news.trouble)
    if (news.trouble || !this.news.answer) return
    const names = this.run.rows.map(({ words }) => words)
    this.putOrHide(".own", ownWords(this.news.answer, news.points.at(-1), this.data.phases, names))
    this.drawSoon()
  }

  tell(outputs) {
    this.run = this.data.runs.find((run) => run.outputs === outputs) ?? this.data.runs[0]
    choose(this.all(".which button"), (button) => button.dataset.outputs === this.run.outputs)
    this.find(".rows").style.setProperty("--teacher-at", at(this.run.teacher))
    this.find(".rows").replaceChildren(...this.run.rows.map(row))
    this.put(".said", saidWords(this.run))
    this.put(".found", this.run.found)
    this.drawOwn()
  }

  draw() {
    this.drawOwn()
  }

  /** The latest of one's own run, where as many outputs mean nothing. */
  drawOwn() {
    const { answer, points } = this.news ?? {}
    for (const dot of this.all(".mine")) dot.remove()
    const latest = points?.at(-1)
    if (!latest || String(answer.spec.outputs) !== this.run.outputs) return
    const reached = latest.final?.accuracy ?? latest.accuracy
    for (const [arm, track] of this.all(".track").entries())
      track.append(...reached[arm].map((one) => dot(one, "mine")))
  }
}

/** Where a share lies on a track. */
const at = (/** @type {number} */ share) => `${(100 * share).toFixed(2)}%`

const dot = (/** @type {number} */ share, kind = "") =>
  make("i", { className: `dot ${kind}`, style: { left: at(share) } })

function row(/** @type {import("./words.js").Row} */ { words, body, head, values, mean, half }) {
  const part = (/** @type {boolean} */ shared) => make("i", { className: shared ? "part shared" : "part" })
  const parts = make("span", { className: "parts", "aria-hidden": "true" }, part(head), part(body))
  return make(
    "li",
    { className: body || head ? "distilled" : "labels" },
    make("span", { className: "name" }, parts, words),
    make("span", { className: "track", "aria-hidden": "true" }, ...values.map((one) => dot(one))),
    make("span", { className: "reach" }, reachWords({ mean, half })),
  )
}

export default mounting(HiddenTraits)
