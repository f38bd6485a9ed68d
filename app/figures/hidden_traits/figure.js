// Rows of students that learned from noise, a dot for each seed, by what they share with their teacher. Buttons choose
// how many outputs mean nothing; a run of one's own lies as rings in the same rows.
// Other buttons choose through what their digits are read. data: {trouble, runs, outputs, read, reads, own, phases}.

import { choose, Figure, make, mounting } from "../../components/js/component.js"
import { count, percent, rounded } from "../../components/js/format.js"
import { OwnRun } from "../../components/js/own_run.js"
import { KEYS, ownWords, READS, reachWords, saidWords } from "./words.js"

class HiddenTraits extends Figure {
  constructor(root) {
    super(root, "hidden-traits")
    this.own = new OwnRun(this, {
      place: () => [this.run.outputs],
      label: () => `Train your own students, with ${count(Number(this.run.outputs), "meaningless output")}`,
      words: (answer, point) => ownWords(answer, point, this.data.phases, this.names),
      heard: () => this.drawSoon(),
    })
    for (const kind of ["outputs", "reads"])
      this.on(`.${kind}`, "click", ({ target }) => {
        const { outputs, read } = target.closest("button")?.dataset ?? {}
        if (outputs || read) this.tell({ outputs, read })
      })
  }

  reset() {
    this.tell(this.data)
  }

  set({ key, value }) {
    if (key === "outputs" || key === "read") this.tell({ [key]: String(value) })
  }

  render(mounted) {
    const { data } = mounted
    const first = this.another("opens", [data.outputs, data.read])
    this.data = data
    this.root.dataset.ready = String(!data.trouble)
    this.putOrHide(".trouble", data.trouble)
    if (data.trouble) return
    if (this.another("runs", data.runs)) {
      const press = (/** @type {any} */ dataset, /** @type {string} */ words) =>
        make("button", { className: "plain", dataset }, words)
      this.find(".outputs").replaceChildren(
        ...data.runs.map((/** @type {any} */ { outputs }) => press({ outputs }, outputs)),
      )
      this.find(".reads").replaceChildren(...Object.entries(READS).map(([read, words]) => press({ read }, words)))
    }
    this.find(".ticks").replaceChildren(
      ...TICKS.map((share) => make("span", { style: { left: at(share) } }, tick(share))),
    )
    this.find(".outputs").hidden = data.runs.length < 2
    this.find(".reads").hidden = !data.reads
    if (first) this.tell(data)
    this.own.render(mounted)
  }

  /** Of the students. */
  get names() {
    return this.run.rows.map(({ words }) => words)
  }

  /** Other outputs, another way to read, or both. */
  tell({ outputs = this.run?.outputs, read = this.read }) {
    const { runs } = this.data
    this.run = runs.find((/** @type {any} */ run) => run.outputs === outputs) ?? runs[0]
    this.read = read in READS ? read : "teacher"
    choose(this.all(".outputs button"), (button) => button.dataset.outputs === this.run.outputs)
    choose(this.all(".reads button"), (button) => button.dataset.read === this.read)
    this.find(".rows").style.setProperty("--teacher-at", at(this.run.teacher[this.read]))
    this.find(".rows").replaceChildren(...this.run.rows.map((/** @type {any} */ one) => row(one, this.read)))
    this.put(".said", saidWords(this.run, this.read))
    this.find(".of-probe").hidden = this.read !== "probe"
    this.putOrHide(".found", this.run.found[this.read])
    this.own.turned()
    this.draw()
  }

  /** The latest of one's own run, where as many outputs mean nothing. */
  draw() {
    const { answer, point } = this.own
    for (const dot of this.all(".mine")) dot.remove()
    if (!point || String(answer.spec.outputs) !== this.run.outputs) return
    const keys = KEYS[/** @type {keyof typeof KEYS} */ (this.read)]
    const reached = keys.map((key) => point.final?.[key] ?? point[key]).find(Boolean)
    for (const [arm, track] of this.all(".track").entries())
      track.append(...(reached?.[arm] ?? []).map((/** @type {number} */ one) => dot(one, "mine")))
  }
}

const TICKS = [0, 0.25, 0.5, 0.75, 1]
const tick = (/** @type {number} */ share) => percent(share, 0)

/** Where a share lies on a track. */
const at = (/** @type {number} */ share) => `${rounded(100 * share, 2)}%`

const dot = (/** @type {number} */ share, kind = "") =>
  make("i", { className: `dot ${kind}`, style: { left: at(share) } })

/** @param {import("./words.js").Row} row @param {string} read */
function row({ words, body, head, read: reached, zero }, read) {
  const { values, mean, half } = reached[read]
  const part = (/** @type {boolean} */ shared) => make("i", { className: shared ? "part shared" : "part" })
  const parts = make("span", { className: "parts", "aria-hidden": "true" }, part(head), part(body))
  return make(
    "li",
    { className: body || head ? "distilled" : "labels" },
    make("span", { className: "name" }, parts, words),
    make(
      "span",
      { className: "track", "aria-hidden": "true" },
      ...values.map((one) => dot(one)),
      ...(read === "probe" ? [make("i", { className: "zero", style: { left: at(zero) } })] : []),
    ),
    make("span", { className: "reach" }, reachWords({ mean, half })),
  )
}

export default mounting(HiddenTraits)
