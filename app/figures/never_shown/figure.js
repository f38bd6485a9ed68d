// Students that never saw one class: its test images come right one by one while a bias on its logit is turned up, and
// others go wrong. Everything is counted here, in the frame of the turn.
// data: {api, data, record, own: {run, leftOut, state} | null, leftOut, bias, biased, role, fixed}.

import { answers, curves, highest, shares, under, reached } from "./bias.js"
import { biasChart, moveBias } from "./bias_chart.js"
import { ACTED, LIGHT, SET } from "../../components/js/events.js"
import { mounting, read } from "../../components/js/mounting.js"
import { LIVE } from "../../components/js/poll.js"
import { biasWords, correctionWords, resultWords, shareWords, studentWords, takenWords } from "./words.js"
import { Roving } from "../../components/js/roving.js"

const LOWEST = -4 // of the dial
const SHEET = 50 // images of one picture that the server makes
const LOST = 40 // images that went wrong, at most, as pictures
const FEWEST_OF_A_STUDENT = 2 // seeds, for a button that goes to the next

export default mounting((parent) => new NeverShown(parent))

class NeverShown {
  constructor(parent) {
    this.root = parent.querySelector(".never")
    this.find = (selector) => this.root.querySelector(selector)
    this.input = this.find("input")
    this.input.addEventListener("input", () => {
      this.turn(Number(this.input.value))
      this.acted("bias")
    })
    this.root.addEventListener("click", ({ target }) => this.pressed(target.closest("button")))
    this.digits = new Roving(this.find(".which"))
    this.heard = ({ detail }) => this.hear(detail)
    this.lights = ({ detail }) => detail.term === "b" && this.find("output").classList.toggle("lit", detail.on)
    this.states = ({ detail: { run, state } }) => {
      this.heardStates.set(run, state)
      if (run === this.data?.own?.run) this.load(this.leftOut)
    }
    document.addEventListener(SET, this.heard)
    document.addEventListener(LIGHT, this.lights)
    document.addEventListener("distillery:state", this.states)
    this.resized = new ResizeObserver(() => this.chart())
    this.resized.observe(this.find(".picture"))
    this.asked = 0
    this.heardStates = new Map() // how runs stand since the page was drawn
  }

  leave() {
    document.removeEventListener(SET, this.heard)
    document.removeEventListener(LIGHT, this.lights)
    document.removeEventListener("distillery:state", this.states)
    this.resized.disconnect()
    cancelAnimationFrame(this.drawing)
    clearTimeout(this.later)
  }

  render({ data, setTriggerValue }) {
    const before = this.data
    this.data = data
    this.tell = (leftOut) => setTriggerValue("chosen", { leftOut, sent: Date.now() })
    this.find(".trouble").hidden = !data.trouble
    this.find(".trouble").textContent = data.trouble
    this.find(".body").hidden = Boolean(data.trouble)
    this.find(".head").hidden = Boolean(data.trouble)
    if (data.trouble) this.root.dataset.ready = "true"
    if (data.trouble) return
    if (!before) Object.assign(this, { role: data.role, seed: 0, bias: data.bias, correction: "" })
    for (const part of [".dial", ".picture", ".taken", ".wrong"]) this.find(part).hidden = !data.biased
    this.find(".which").hidden = data.fixed
    const same = before && before.leftOut === data.leftOut && before.own?.run === data.own?.run && before.own?.state === data.own?.state
    if (same && this.found) this.draw()
    else this.load(data.leftOut)
  }

  // ── what students say ────────────────────────────────────────────────────────────────────────────────────────

  /** Ask for the answers of students that never saw this class: the learner's own where there are any. */
  async load(leftOut) {
    const { api, record, own } = this.data
    this.leftOut = leftOut
    const asked = (this.asked += 1)
    const wanted = own?.leftOut === leftOut ? own : null
    const state = wanted && (this.heardStates.get(wanted.run) ?? wanted.state)
    const mine = state === "finished"
    const { ok, body } = await read(`${api}/runs/${mine ? own.run : `${record}-${leftOut}`}/unseen`, true)
    if (asked !== this.asked) return
    this.find(".trouble").hidden = ok
    this.find(".trouble").textContent = ok ? "" : (body?.message ?? "The server does not answer. Try again in a moment.")
    this.find(".body").hidden = !ok && !this.found
    this.root.dataset.ready = "true"
    if (!ok) return
    Object.assign(this, { found: body, mine, waiting: LIVE.includes(state) })
    this.labels = [...body.labels].map(Number)
    this.seed = Math.min(this.seed, body.seeds - 1)
    this.choose()
  }

  /** Another class, arm or seed: its images in its own order. */
  choose() {
    const { found, leftOut, labels } = this
    const arm = Math.max(0, found.roles.indexOf(this.role))
    this.student = answers({ margins: found.margins[arm][this.seed], others: [...found.others[arm][this.seed]].map(Number), labels, leftOut })
    this.corrections = { "label-free": found.labelFree[arm][this.seed], best: found.best[arm][this.seed], none: 0 }
    this.high = highest(this.student, [this.corrections["label-free"], this.corrections.best, 4])
    Object.assign(this.input, { min: LOWEST, max: this.high })
    this.curves = curves(this.student, LOWEST, this.high)
    this.shown = { own: 0, lost: 0 }
    this.names = found.classes
    this.buttons()
    this.find(".grid.own").replaceChildren(...this.thumbnails(this.student.own.map(({ image }) => image)))
    this.find(".grid.lost").replaceChildren(...this.thumbnails(this.student.lost.slice(0, LOST).map(({ image }) => image)))
    if (this.correction) this.bias = this.corrections[this.correction]
    this.bias = Math.min(this.high, Math.max(LOWEST, this.bias))
    this.chart()
    this.draw()
  }

  thumbnails(images) {
    const { api, data } = this.data
    return images.map((image, at) => {
      const first = at - (at % SHEET)
      const sheet = images.slice(first, first + SHEET)
      const source = new URL(`${api}/data/${data}/test/sheet.png?images=${sheet.join("-")}`, document.baseURI)
      const node = document.createElement("i")
      const place = sheet.length > 1 ? (100 * (at - first)) / (sheet.length - 1) : 0
      Object.assign(node.style, { backgroundImage: `url("${source}")`, backgroundSize: `${100 * sheet.length}% 100%`, backgroundPosition: `${place}% 0` })
      return node
    })
  }

  // ── pressing and turning ─────────────────────────────────────────────────────────────────────────────────────

  pressed(button) {
    if (!button) return
    const { leftOut, role, next, correction } = button.dataset
    if (leftOut) {
      this.load(Number(leftOut))
      this.tell(Number(leftOut))
      this.acted("left_out")
    }
    if (role) Object.assign(this, { role })
    if (next) this.seed = (this.seed + 1) % this.found.seeds
    if (role || next) {
      this.choose()
      this.acted("student")
    }
    if (correction) {
      this.correct(correction)
      this.acted("bias")
    }
  }

  hear({ key, value }) {
    if (!this.found) return
    if (key === "bias") this.turn(Number(value))
    if (key === "correction") this.correct(value)
    if (key === "student" && this.found.roles.includes(value)) {
      this.role = value
      this.choose()
    }
    if (key === "left_out" && value !== this.leftOut && !this.data.fixed) {
      this.load(Number(value))
      this.tell(Number(value))
    }
  }

  correct(which) {
    if (!(which in this.corrections)) return
    this.turn(this.corrections[which])
    this.correction = which
    this.draw()
  }

  turn(bias) {
    this.bias = Math.min(this.high, Math.max(LOWEST, bias))
    this.correction = ""
    this.drawing ||= requestAnimationFrame(() => {
      this.drawing = 0
      this.draw()
    })
  }

  acted(key) {
    document.dispatchEvent(new CustomEvent(ACTED, { detail: { figure: "never-shown", key } }))
  }

  // ── drawing ──────────────────────────────────────────────────────────────────────────────────────────────────

  buttons() {
    const { found, leftOut, names, role, seed } = this
    const box = this.find(".which")
    if (box.childElementCount !== names.length) {
      box.replaceChildren(...names.map((name, number) => {
        const button = Object.assign(document.createElement("button"), { type: "button", className: "plain", textContent: name })
        button.dataset.leftOut = number
        return button
      }))
    }
    for (const button of box.children) button.setAttribute("aria-pressed", String(Number(button.dataset.leftOut) === leftOut))
    this.digits.refresh(box.children[leftOut])
    for (const button of this.root.querySelectorAll("[data-role]")) button.setAttribute("aria-pressed", String(button.dataset.role === role))
    this.find("[data-next]").hidden = found.seeds < FEWEST_OF_A_STUDENT
    const whose = this.mine ? "your own run" : this.waiting ? "recorded; yours are still learning" : "recorded"
    this.find(".whose-words").textContent = `${studentWords(role, seed, found.seeds)} (${whose}). It learnt from ${found.labelled.toLocaleString("en-US")} images, and never from one of ${names[leftOut]}.`
    this.find(".dial .name").textContent = `Bias b, added to the logit of ${names[leftOut]}`
    this.input.setAttribute("aria-label", `Bias on the logit of ${names[leftOut]}`)
    this.find(".own-name").textContent = `images of ${names[leftOut]}`
    this.root.dataset.role = role
    for (const part of [".numbers", ".picture"]) {
      this.find(part).classList.toggle("labels", role === "labels")
      this.find(part).classList.toggle("distilled", role !== "labels")
    }
  }

  chart() {
    if (!this.curves || !this.data.biased) return
    const width = this.find(".picture").clientWidth
    if (width < 80) return
    const { "label-free": free, best } = this.corrections
    this.at = biasChart(this.find(".picture"), { curves: this.curves, low: LOWEST, high: this.high, width, marks: { free, best }, name: this.names[this.leftOut] })
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
    this.input.setAttribute("aria-valuetext", `${biasWords(bias)}: ${shareWords(share.own)} of ${name}, ${shareWords(share.others)} of the others`)
    this.input.style.setProperty("--share", `${(100 * (bias - LOWEST)) / (this.high - LOWEST)}%`)
    this.put(".taken", takenWords({ taken: counts.taken, images: student.images, prior: found.prior, name }))
    const lost = reached(student.lost, bias)
    this.light("own", counts.own)
    this.light("lost", Math.min(lost, LOST))
    this.put(".own-count", counts.own)
    this.put(".own-words", `of the ${student.own.length} test images of ${name} right`)
    this.put(".lost-count", lost)
    const shown = lost > LOST ? `; here the first ${LOST}` : ""
    this.put(".lost-words", `others now wrongly taken for ${name}${shown}`)
    if (this.marked !== this.correction) {
      this.marked = this.correction
      for (const button of this.root.querySelectorAll("[data-correction]")) button.setAttribute("aria-pressed", String(button.dataset.correction === this.correction))
    }
    this.put(".corrected", correctionWords(this.correction, bias, name, found.prior))
    if (this.at) moveBias(this.at, bias, share)
    this.sayLater(() => resultWords({ student: studentWords(role, seed, found.seeds), name, bias, counts, own: student.own.length, images: student.images, share }))
  }

  /** Write where something else stands: a text that is written again is laid out again. */
  put(where, text) {
    const node = this.find(where)
    if (node.textContent !== String(text)) node.textContent = text
  }

  /** The images up to `count` are on; only those between before and now are touched. */
  light(which, count) {
    const { children } = this.find(`.grid.${which}`)
    const [from, to] = [Math.min(this.shown[which], count), Math.max(this.shown[which], count)]
    for (let at = from; at < to; at += 1) children[at]?.classList.toggle("on", at < count)
    this.shown[which] = count
  }

  /** Where the dial has come to rest: while it moves, nobody is read a number for every frame. */
  sayLater(words) {
    clearTimeout(this.later)
    this.later = setTimeout(() => (this.find(".said").textContent = words()), 250)
  }
}
