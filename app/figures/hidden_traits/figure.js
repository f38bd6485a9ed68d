// Rows of students that learned from noise, a dot for each seed, by what they share with their teacher. Buttons choose
// how many outputs mean nothing; a run of one's own lies as rings in the same rows.
// data: {trouble, runs, outputs, own, phases}.

import { choose, Figure, make, mounting } from "../../components/js/component.js"
import { count } from "../../components/js/format.js"
import { OwnRun } from "../../components/js/own_run.js"
import { ownWords, reachWords, saidWords } from "./words.js"

class HiddenTraits extends Figure {
  constructor(root) {
    super(root, "hidden-traits")
    this.own = new OwnRun(this, {
      place: () => [this.run.outputs],
      label: () => `Train your own students, with ${count(Number(this.run.outputs), "meaningless output")}`,
      words: (answer, point) => ownWords(answer, point, this.data.phases, this.names),
      heard: () => this.drawSoon(),
    })
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

  render(mounted) {
    const { data } = mounted
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
    this.own.render(mounted)
  }

  /** Of the students. */
  get names() {
    return this.run.rows.map(({ words }) => words)
  }

  tell(outputs) {
    this.run = this.data.runs.find((run) => run.outputs === outputs) ?? this.data.runs[0]
    choose(this.all(".which button"), (button) => button.dataset.outputs === this.run.outputs)
    this.find(".rows").style.setProperty("--teacher-at", at(this.run.teacher))
    this.find(".rows").replaceChildren(...this.run.rows.map(row))
    this.put(".said", saidWords(this.run))
    this.put(".found", this.run.found)
    this.own.turned()
    this.draw()
  }

  /** The latest of one's own run, where as many outputs mean nothing. */
  draw() {
    const { answer, point } = this.own
    for (const dot of this.all(".mine")) dot.remove()
    if (!point || String(answer.spec.outputs) !== this.run.outputs) return
    const reached = point.final?.accuracy ?? point.accuracy
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
