// Rows of students that read, a dot for each seed, by what they were told. Buttons choose how many sentences they read,
// and when they are asked; a run of one's own lies as rings in the same rows, and curves show how they came there.
// data: {trouble, runs, teacher, parameters, updates, dial, moments, curves, opens, own}.

import { choose, Figure, make, mounting } from "../../components/js/component.js"
import { rounded, whole } from "../../components/js/format.js"
import { OwnRun } from "../../components/js/own_run.js"
import { across, line, outline, rules, svg, text, through } from "../../components/js/svg.js"
import { ASKED, aboutWords, NEAREST, ownWords, place, reachWords, saidWords, TICKS } from "./words.js"

const DASH = { labels: "7 4", distilled: "", control: "2 3" }

class SoftWords extends Figure {
  constructor(root) {
    super(root, "soft-words")
    this.own = new OwnRun(this, {
      place: () => [this.run.sentences],
      label: () => `Train your own students on ${whole(Number(this.run.sentences))} sentences`,
      words: (answer, point) => ownWords(answer, point, this.run.rows),
      heard: () => this.drawSoon(),
    })
    for (const kind of ["dial", "moments"])
      this.on(`.${kind}`, "click", ({ target }) => {
        const { sentences, moment } = target.closest("button")?.dataset ?? {}
        if (sentences || moment) this.tell({ sentences, moment })
      })
    this.observe(".curves .box", () => this.drawSoon())
  }

  reset() {
    this.tell(this.data.opens)
  }

  set({ key, value }) {
    if (key === "sentences" || key === "moment") this.tell({ [key]: String(value) })
  }

  render(mounted) {
    const { data } = mounted
    const first = this.another("opens", data.opens)
    this.data = data
    this.root.dataset.ready = String(!data.trouble)
    this.putOrHide(".trouble", data.trouble)
    if (data.trouble) return
    if (this.another("runs", data.runs)) {
      const press = (/** @type {any} */ dataset, /** @type {string} */ words) =>
        make("button", { className: "plain", dataset }, words)
      this.find(".dial").replaceChildren(
        ...data.runs.map((/** @type {any} */ { sentences }) => press({ sentences }, whole(Number(sentences)))),
      )
      this.find(".moments").replaceChildren(...Object.entries(ASKED).map(([moment, words]) => press({ moment }, words)))
      this.find(".ticks").replaceChildren(
        ...TICKS.map((tick) => make("span", { style: { left: at(tick) } }, String(tick))),
      )
    }
    this.find(".dial").hidden = !data.dial
    this.find(".moments").hidden = !data.moments
    this.find(".curves").hidden = !data.curves
    this.put(".about", aboutWords(data))
    if (first) this.tell(data.opens)
    this.own.render(mounted)
  }

  /** Other sentences, another moment, or both. */
  tell({ sentences = this.run?.sentences, moment = this.moment }) {
    const { runs, teacher } = this.data
    this.run = runs.find((/** @type {any} */ run) => run.sentences === sentences) ?? runs[0]
    this.moment = moment === "best" ? "best" : "end"
    choose(this.all(".dial button"), (button) => button.dataset.sentences === this.run.sentences)
    choose(this.all(".moments button"), (button) => button.dataset.moment === this.moment)
    this.find(".rows").style.setProperty("--teacher-at", at(teacher))
    this.find(".rows").replaceChildren(...this.run.rows.map((/** @type {any} */ one) => row(one, this.moment)))
    this.put(".said", saidWords(this.run, this.moment))
    this.own.turned()
    this.drawSoon()
  }

  /** The latest of one's own run, if it read as many sentences, and the curves. */
  draw() {
    const { answer, point } = this.own
    for (const dot of this.all(".mine")) dot.remove()
    if (point && String(answer.spec.sentences) === this.run.sentences)
      for (const [at, arm] of answer.spec.arms.entries())
        this.find(`[data-arm="${arm}"] .track`)?.append(...(point.kl?.[at] ?? []).map((one) => dot(one, "mine")))
    const room = this.data.curves && this.room(".curves .box")
    if (room) this.find(".curves .box").innerHTML = curves(this.run.rows, this.data.updates, room)
  }
}

/** Where a distance lies on a track. @param {number} nats */
const at = (nats) => `${rounded(100 * place(nats), 2)}%`

const dot = (/** @type {number} */ nats, kind = "") =>
  make("i", { className: `dot ${kind}`, style: { left: at(nats) } })

/** @param {import("./words.js").Row} one @param {import("./words.js").Moment} moment */
function row(one, moment) {
  const { arm, role, words, [moment]: reached } = one
  return make(
    "li",
    { className: role, dataset: { arm } },
    make("span", { className: "name" }, words),
    make(
      "span",
      { className: "track", "aria-hidden": "true" },
      ...reached.values.map((one) => dot(one)),
      make("i", { className: "mean", style: { left: at(reached.mean) } }),
    ),
    make("span", { className: "reach" }, reachWords(reached)),
  )
}

/** How each arm came there: means over the updates, bands from the lowest to the highest seed.
 * @param {import("./words.js").Row[]} rows @param {number} updates
 * @param {{width: number, height: number, fontSize: number}} room */
function curves(rows, updates, room) {
  const { width, height, fontSize } = room
  const [left, right, top, bottom] = [2.8 * fontSize, width - 8, 8, height - 1.7 * fontSize]
  const x = (/** @type {number} */ update) => left + ((right - left) * update) / updates
  const y = (/** @type {number} */ nats) => bottom - (bottom - top) * place(nats)
  const parts = rules(TICKS, left, right, y, String, 0.35 * fontSize)
  parts.push(across("rule", left, right, y(NEAREST)))
  for (const { role, curve } of rows)
    parts.push(
      `<path class="band ${role}" d="${outline(curve.map(([at, , low, high]) => [x(at), y(low), y(high)]))}"/>`,
    )
  for (const { role, curve } of rows)
    parts.push(line(role, through(curve.map(([at, mean]) => [x(at), y(mean)])), 2, DASH[role]))
  const [first] = rows
  for (const [update] of first.curve) parts.push(text(x(update), height - 2, update, "tick", "middle"))
  return svg(room, parts)
}

export default mounting(SoftWords)
