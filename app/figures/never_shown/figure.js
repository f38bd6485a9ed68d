// Students that never saw one class: its test images come right one by one while a bias on its logit is turned up, and
// others go wrong. Everything is counted here, in the frame of the turn.
// data: {api, data, record, own: {run, leftOut, state} | null, leftOut, first, bias, biased, traced, softened, role,
// correction, fixed, taught: {temperature, alpha}}; leftOut: as the address has it; first: as the step opens.

import { AWAY, whole } from "../../components/js/asking.js"
import { choose, Figure, filled, make, mounting, thumbnail } from "../../components/js/component.js"
import { STATE } from "../../components/js/events.js"
import { taughtWords } from "../../components/js/format.js"
import { paper } from "../../components/js/paper.js"
import { LIVE } from "../../components/js/poll.js"
import { Roving } from "../../components/js/roving.js"
import { answers, curves, highest, reached, shares, under } from "./bias.js"
import { biasChart, moveBias, trace } from "./bias_chart.js"
import { biasWords, correctionWords, resultWords, shareWords, studentWords, takenWords } from "./words.js"

const LOWEST = -4 // of the dial
const SHEET = 50 // images of one picture that the server makes
const LOST = 40 // images that went wrong, at most, as pictures
const COLOURS = { labels: "labels", distilled: "distilled", control: "even" }
const FEWEST_OF_A_STUDENT = 2 // seeds, for a button that goes to the next

class NeverShown extends Figure {
  /** @type {number[]} where the dial has been, from the lowest to the highest */ been = [0, 0]
  /** @type {any} */ corrections
  /** @type {any} */ found
  /** @type {any} */ high
  /** @type {any} */ loaded
  /** @type {any} */ mine
  /** @type {number | undefined} */ sent
  /** @type {any} */ shown
  /** @type {any} */ waiting

  constructor(root) {
    super(root, "never-shown")
    this.input = this.find("input")
    this.on("input", "input", () => this.turn(Number(this.input.value)))
    this.on(root, "click", ({ target }) => this.pressed(target.closest("button")))
    this.digits = new Roving(this.find(".which"))
    this.hear(STATE, ({ run, state }) => {
      this.heardStates.set(run, state)
      if (run !== this.data?.own?.run) return
      if (state === "finished") this.wished = "own" // who trained it waits for it
      return this.load(this.leftOut)
    })
    this.observe(".picture", () => this.chart())
    this.asked = 0
    this.heardStates = new Map() // how runs stand since the page was drawn
  }

  render({ data, setTriggerValue }) {
    const before = this.data
    this.data = data
    this.sent ??= data.leftOut
    this.send = (leftOut) => setTriggerValue("chosen", { leftOut, sent: Date.now() })
    this.putOrHide(".trouble", data.trouble)
    for (const part of [".body", ".head"]) this.find(part).hidden = Boolean(data.trouble)
    if (data.trouble) return (this.root.dataset.ready = "true")
    if (!before) this.begin()
    for (const part of [".dial", ".picture", ".taken", ".wrong"]) this.find(part).hidden = !data.biased
    this.find(".acts").hidden = data.traced
    this.find(".which").hidden = data.fixed
    const other = this.another("asked", [data.leftOut, data.own?.run, data.own?.state])
    if (this.found && !other) this.draw()
    else this.load(data.leftOut)
  }

  begin() {
    const { role, bias, correction } = this.data
    Object.assign(this, { role, seed: 0, bias, correction, wished: "recorded", been: [bias, bias] })
  }

  reset() {
    this.begin()
    this.go(this.data.first)
  }

  /** To another class once everything is set, or to other students of this one. */
  go(leftOut) {
    this.later("go", 0, () => {
      this.load(leftOut)
      // What the page says may be old news: it may not have answered the last wish yet.
      if (leftOut !== this.data.leftOut || leftOut !== this.sent) this.send((this.sent = leftOut))
    })
  }

  // ── what students say ────────────────────────────────────────────────────────────────────────────────────────

  /** Ask for the answers of students that never saw this class: the learner's own where there are any. */
  async load(leftOut) {
    const { api, record, own } = this.data
    this.leftOut = leftOut
    const asked = (this.asked += 1)
    const wanted = own?.leftOut === leftOut ? own : null
    const state = wanted && (this.heardStates.get(wanted.run) ?? wanted.state)
    const known = state === "finished"
    const mine = known && this.wished === "own"
    this.find(".run").hidden = !known
    const run = mine ? own.run : `${record}-${leftOut}`
    if (run === this.loaded && !LIVE.includes(state)) return this.choose()
    const { ok, body } = await whole(`${api}/runs/${run}/unseen`)
    if (asked !== this.asked) return
    this.putOrHide(".trouble", ok ? "" : (body?.message ?? AWAY))
    this.find(".body").hidden = !ok && !this.found
    this.root.dataset.ready = "true"
    if (!ok) return
    Object.assign(this, { found: body, loaded: run, mine, waiting: LIVE.includes(state) })
    choose(this.all("[data-run]"), (button) => (button.dataset.run === "own") === mine)
    this.labels = [...body.labels].map(Number)
    this.seed = Math.min(this.seed, body.seeds - 1)
    this.choose()
  }

  /** Another class, arm or seed: its images in its own order. */
  choose() {
    const { found, leftOut, labels } = this
    const offered = found.roles.filter((role) => role !== "even" || this.data.softened)
    if (!offered.includes(this.role)) this.role = offered.at(-1)
    const arm = found.roles.indexOf(this.role)
    this.student = answers({
      margins: found.margins[arm][this.seed],
      others: [...found.others[arm][this.seed]].map(Number),
      labels,
      leftOut,
    })
    this.corrections = { "label-free": found.labelFree[arm][this.seed], best: found.best[arm][this.seed], none: 0 }
    this.high = highest(this.student, [this.corrections["label-free"], this.corrections.best, 4])
    Object.assign(this.input, { min: LOWEST, max: this.high })
    this.shown = { own: 0, lost: 0 }
    this.names = found.classes
    this.buttons(offered)
    this.find(".grid.own").replaceChildren(...this.thumbnails(this.student.own.map(({ image }) => image)))
    this.find(".grid.lost").replaceChildren(
      ...this.thumbnails(this.student.lost.slice(0, LOST).map(({ image }) => image)),
    )
    this.place(this.correction ? this.corrections[this.correction] : this.bias, this.data.bias)
    this.chart()
    this.draw()
  }

  thumbnails(images) {
    return images.map((_, at) => {
      const first = at - (at % SHEET)
      return make("i", { style: thumbnail(this.data, images.slice(first, first + SHEET), at - first) })
    })
  }

  // ── pressing and turning ─────────────────────────────────────────────────────────────────────────────────────

  pressed(button) {
    if (!button) return
    const { leftOut, role, next, correction, run } = button.dataset
    if (leftOut) this.go(Number(leftOut))
    if (run) {
      this.wished = run
      this.load(this.leftOut)
    }
    if (role) Object.assign(this, { role })
    if (next) this.seed = (this.seed + 1) % this.found.seeds
    if (role || next) this.choose()
    if (correction) this.correct(correction)
  }

  light({ term, on }) {
    if (term === "b") this.find("output").classList.toggle("lit", on)
  }

  set({ key, value }) {
    if (!this.found) return
    if (key === "left_out" && !this.data.fixed) return this.go(Number(value))
    if (key === "bias") this.turn(Number(value), this.data.bias)
    if (key === "correction") this.correct(value)
    if (key === "student" && this.found.roles.includes(value)) {
      this.role = value
      this.choose()
    }
  }

  correct(which) {
    if (!(which in this.corrections)) return
    this.turn(this.corrections[which])
    this.correction = which
    this.draw()
  }

  turn(bias, from) {
    this.place(bias, from)
    this.correction = ""
    this.drawSoon()
  }

  /** Put the dial there. from: where it has come from, if it did not go on from where it was. */
  place(bias, from) {
    const before = from === undefined ? this.been : [from]
    this.bias = Math.min(this.high, Math.max(LOWEST, bias))
    this.been = [Math.min(this.bias, ...before), Math.max(this.bias, ...before)]
  }

  // ── drawing ──────────────────────────────────────────────────────────────────────────────────────────────────

  buttons(offered) {
    const { data, found, leftOut, names, role, seed } = this
    const box = this.find(".which")
    if (box.childElementCount !== names.length) {
      const button = (name, leftOut) => make("button", { className: "plain", dataset: { leftOut } }, name)
      box.replaceChildren(...names.map(button))
    }
    choose(box.children, (button) => Number(button.dataset.leftOut) === leftOut)
    this.digits.refresh(box.children[leftOut])
    choose(this.all("[data-role]"), (button) => button.dataset.role === role)
    for (const button of this.all("[data-role]")) button.hidden = !offered.includes(button.dataset.role)
    this.find("[data-next]").hidden = found.seeds < FEWEST_OF_A_STUDENT
    const whose = this.mine ? "your own run" : this.waiting ? "recorded; yours are still learning" : "recorded"
    this.find(".whose-words").textContent =
      `${studentWords(role, seed, found.seeds)} (${whose}). It learned from ` +
      `${found.labelled.toLocaleString("en-US")} images, none of them of class ${names[leftOut]}` +
      `${role === "labels" ? "" : `; ${taughtWords(data.taught)}`}.`
    this.find(".dial .name").textContent = `Bias b, added to the logit of ${names[leftOut]}`
    this.input.setAttribute("aria-label", `Bias on the logit of ${names[leftOut]}`)
    this.find(".own-name").textContent = `images of ${names[leftOut]}`
    this.root.dataset.role = role
    for (const part of [".numbers", ".picture"]) {
      for (const [name, of] of Object.entries(COLOURS)) this.find(part).classList.toggle(name, of === role)
    }
  }

  /** Whether the chart has no more of the curves than the dial has been to: on paper nobody turns it. */
  get traced() {
    return this.data.traced && !paper.on
  }

  chart() {
    if (!this.student || !this.data.biased) return
    const room = this.room(".picture")
    if (!room) return
    const { "label-free": free, best } = this.corrections
    this.at = biasChart(this.find(".picture"), {
      low: LOWEST,
      high: this.high,
      room,
      marks: this.traced ? {} : { free, best },
      name: this.names[this.leftOut],
    })
    trace(this.at, curves(this.student, LOWEST, this.high))
    this.draw()
  }

  draw() {
    const { student, bias, names, leftOut, found, role, seed } = this
    if (!student) return
    const counts = under(student, bias)
    const share = shares(student, counts)
    const name = names[leftOut]
    for (const [which, value] of Object.entries(share)) this.put(`[data-share="${which}"]`, shareWords(value))
    this.put("output", biasWords(bias))
    this.input.value = bias
    this.input.setAttribute(
      "aria-valuetext",
      `${biasWords(bias)}: ${shareWords(share.own)} of ${name}, ${shareWords(share.others)} of the others`,
    )
    filled(this.input)
    const lost = reached(student.lost, bias)
    this.put(".taken", takenWords({ ...counts, lost, images: student.images, prior: found.prior, name }))
    this.shine("own", counts.own)
    this.shine("lost", Math.min(lost, LOST))
    this.put(".own-count", counts.own)
    this.put(".own-words", `of the ${student.own.length} test images of ${name} right`)
    this.put(".lost-count", lost)
    const shown = lost > LOST ? `; here the first ${LOST}` : ""
    this.put(".lost-words", `others that were right are now taken for ${name}${shown}`)
    if (this.another("correction", this.correction))
      choose(this.all("[data-correction]"), (button) => button.dataset.correction === this.correction)
    this.put(".corrected", correctionWords(this.correction, bias, name, found.prior))
    if (this.at && this.traced) trace(this.at, curves(student, ...this.been))
    if (this.at) moveBias(this.at, bias, share)
    // Where the dial has come to rest: while it moves, nobody is read a number for every frame.
    const about = { name, bias, counts, own: student.own.length, images: student.images, share }
    const who = studentWords(role, seed, found.seeds)
    this.later("say", 250, () => this.put(".said", resultWords({ student: who, ...about })))
  }

  /** The images up to `count` are on; only those between before and now are touched. */
  shine(which, count) {
    const { children } = this.find(`.grid.${which}`)
    const [from, to] = [Math.min(this.shown[which], count), Math.max(this.shown[which], count)]
    for (let at = from; at < to; at += 1) children[at]?.classList.toggle("on", at < count)
    this.shown[which] = count
  }
}

export default mounting(NeverShown)
