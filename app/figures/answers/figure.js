// One test image and what teacher and students say about it, softened again in the browser while the temperature
// dial is dragged. Choosing an image asks the server for logits, never for a rerun of the page.

import { Calm, read } from "../../components/js/asking.js"
import { choose, Figure, make, mounting } from "../../components/js/component.js"
import { DIAL, IMAGE, MOMENT, POINT } from "../../components/js/events.js"
import { Roving } from "../../components/js/roving.js"
import { armNames, roleOf } from "../../components/js/series.js"
import { SoftBars } from "../../components/js/soft_bars.js"
import { meanSoftmax, softmax } from "../../components/js/softmax.js"
import { Chooser, orderWords } from "./chooser.js"
import { answerWords, captionWords, drawnWords, entropyWords, howWords } from "./words.js"

const ORDER = ["distilled", "bugged", "control", "labels"] // of the students
const AT_MOST_EVERY = 700 // milliseconds between two looks at a run that trains
const RETRY_AFTER = 1000 // milliseconds, doubled each time: on a server that has just started the teacher looks later
const RETRIES = 7
const BOTH = "Draw a digit, and both answer"

class Wall extends Figure {
  constructor(root) {
    super(root, "answers")
    this.calm = new Calm(AT_MOST_EVERY, () => this.ask(), this)
    this.log = false
    this.bars = new SoftBars(this.find(".bars"), this.find(".scales"), this.find(".key"))
    this.kept = new Map() // answers that cannot change any more
    this.retries = 0
    this.newest = new Map() // run → its newest event, as the bench heard of it
    this.hear(DIAL, (detail) => detail.key === "temperature" && this.soften(detail.value))
    this.hear(POINT, (detail) => this.lookAgain(detail))
    this.hear(MOMENT, (detail) => this.lookBack(detail))
    this.source = "test" // where the image comes from: test, drawn
    this.chooser = new Chooser(this.find(".images"), (image) => this.choose(image), this)
    this.drawn = null // the drawing, once somebody wants to draw
    this.samples = new Roving(this.find(".samples"))
    this.hear(IMAGE, (detail) => this.pick(detail))
    this.on(root, "click", (event) => this.clicked(event))
    this.on("input", "change", (event) => this.typed(event.target))
    this.on(".shown img", "error", () => this.pictured(false))
    this.on(".shown img", "load", () => this.pictured(true))
  }

  render({ data }) {
    const before = this.data
    this.data = data
    if (before?.data !== data.data || before?.teacher !== data.teacher) this.answer = null
    else if (before?.run !== data.run && this.answer) this.answer = { ...this.answer, students: null } // other students
    if (before?.run !== data.run) this.update = null
    if (before?.data !== data.data || !(this.image < data.count)) this.image = data.first.image
    if (this.temperature === undefined || before?.temperature !== data.temperature) this.temperature = data.temperature
    if (data.first.image === this.image && data.first.logits && !this.answer) this.show(data.first.logits)
    if (!data.samples.length) this.source = "test"
    else if (data.source && this.another("opens with", data.source)) this.from(data.source)
    this.fillChooser()
    this.chooser.render(data, this.image)
    this.root.classList.toggle("alone", Boolean(data.alone))
    this.root.classList.toggle("given", data.choose === false)
    this.find(".entropy").hidden = data.entropy === false
    if (data.alone) this.find("h2").textContent = data.source ? BOTH : "What the teacher says about one image"
    this.find('[value="differ"]').hidden = this.find('[value="differ"]').disabled = Boolean(data.alone)
    this.fillSamples()
    this.drawn?.render(data)
    if (!this.answer || (data.arms.length && !this.answer.students)) this.ask()
    this.draw()
  }

  // ── choosing ─────────────────────────────────────────────────────────────────────────────────────────────────

  get last() {
    return this.data.count - 1
  }

  fillChooser() {
    const { data } = this
    const picture = this.find(".shown img")
    const wanted = data.here ? this.address(this.image) : ""
    if (picture.getAttribute("src") !== wanted) {
      if (wanted) picture.setAttribute("src", wanted)
      else picture.removeAttribute("src")
    }
    if (!data.here) this.pictured(false)
    const field = this.find("input")
    field.max = this.last
    if (document.activeElement !== field) field.value = this.image
  }

  address(image) {
    return `${this.data.api}/data/${this.data.data}/test/${image}.png`
  }

  pictured(here) {
    this.find(".shown img").hidden = !here
    this.putOrHide(".absent", here ? "" : "The image is not on this machine.")
  }

  clicked(event) {
    const button = event.target.closest("button")
    if (button?.dataset.source) this.from(button.dataset.source)
    if (button?.dataset.sample) this.drawn.load(this.address(Number(button.dataset.sample)))
    if (button?.dataset.walk) this.walk(Number(button.dataset.walk))
    if (button?.dataset.scale) {
      this.log = button.dataset.scale === "log"
      this.draw()
    }
  }

  /** Another source of the image: test, drawn. What drawing needs is loaded by the first who draws. */
  async from(source) {
    this.sourceWanted = source
    this.put(".spoken", "") // it was about another image
    if (source === "drawn" && !this.drawn) {
      this.making ??= this.makeDrawn().catch(() => null)
      this.drawn = await this.making
      this.making = null
      this.lost = !this.drawn
    }
    if (this.sourceWanted !== source) return // pressed again meanwhile
    this.source = this.drawn ? source : "test"
    this.fillSamples()
    this.draw()
    if (this.source === "drawn") this.drawn.ask()
  }

  async makeDrawn() {
    const { Drawn } = await import("./drawn.js")
    const drawn = new Drawn(this.find(".drawing"), () => this.source === "drawn" && this.data && this.draw(), this)
    for (const [run, seq] of this.newest) drawn.newest.set(run, seq)
    drawn.render(this.data)
    drawn.update = this.update ?? null
    return drawn
  }

  /** One test image of each class, only once somebody draws. */
  fillSamples() {
    const { data, source } = this
    if (source !== "drawn" || !this.another("samples", [data.data, data.samples])) return
    this.find(".samples").replaceChildren(
      ...data.samples.map((image, label) => sample(image, data.classes[label], this.address(image))),
    )
    this.samples.refresh()
  }

  /** An image was pressed in another figure: on a small screen this one may lie far above. */
  pick({ data, image }) {
    if (data !== this.data?.data || !(image < this.data.count)) return
    this.source = this.sourceWanted = "test"
    this.choose(image)
    if (!this.isSeen()) this.intoView("nearest")
  }

  walk(by) {
    this.choose((this.image + by + this.data.count) % this.data.count)
  }

  typed(field) {
    const wanted = Math.round(Number(field.value))
    const image = Number.isFinite(wanted) && field.value !== "" ? Math.min(Math.max(wanted, 0), this.last) : this.image
    field.value = image
    this.choose(image)
  }

  choose(image) {
    this.image = image
    this.readOut = true
    this.fillChooser()
    this.chooser.choose(image)
    this.find("input").value = image
    this.ask()
    if (this.update !== null) this.remember()
  }

  reset() {
    const { first, temperature } = this.data
    Object.assign(this, { log: false, temperature, source: "test", sourceWanted: "test" })
    this.choose(first.image)
    this.draw()
  }

  set({ key, value }) {
    if (key === "temperature" && Number(value) > 0) this.soften(Number(value))
    if (key === "source" && this.data.samples.length) this.from(value)
    if (key === "image" && Number(value) < this.data.count) {
      this.source = this.sourceWanted = "test"
      this.choose(Number(value))
    }
    if (key !== "scale") return
    this.log = value === "log"
    this.draw()
  }

  // ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────

  lookAgain(news) {
    this.newest.set(news.run, news.seq)
    this.drawn?.news(news)
    if (news.run !== this.data?.run) return
    this.calm.soon(news.state)
    this.chooser.news(news)
  }

  async ask() {
    const { api, run, teacher, data } = this.data
    const image = this.image
    const key = `${data} ${run} ${teacher} ${image}`
    this.calm.now()
    this.cancel("retry")
    const wanted = (this.wanted = {})
    const kept = this.kept.get(key)
    this.asking = !kept
    this.root.dataset.waiting = this.asking && this.answer?.image !== image // no flicker for news of the same image
    if (kept) return this.show(kept)
    const answered = run && (this.data.answered || this.newest.has(run))
    const found =
      (answered && (await read(`${api}/runs/${run}/answers?image=${image}`))) ||
      (await read(`${api}/teachers/${teacher}/answers?data=${data}&image=${image}`))
    if (wanted !== this.wanted) return // another image was chosen meanwhile
    this.asking = false
    this.root.dataset.waiting = "false"
    if (found && this.data.recorded) this.kept.set(key, found)
    if (found) this.retries = 0
    else if (this.retries < RETRIES) this.later("retry", RETRY_AFTER * 2 ** this.retries++, () => this.ask())
    this.show(found)
  }

  // ── looking back ─────────────────────────────────────────────────────────────────────────────────────────────

  /** Another moment of the run: update, or null for the newest. */
  lookBack({ run, update }) {
    if (run !== this.data?.run) return
    this.update = update
    this.chooser.lookBack(update)
    this.drawn?.lookBack(update)
    this.soften(this.temperature)
    if (update !== null) this.remember()
  }

  /** All that the students have said so far about this image, asked for once. */
  async remember() {
    const { api, run } = this.data
    const { image } = this
    const known = this.past
    const moments = known?.run === run && known.image === image ? known.moments : []
    const isAsked = known?.run === run && known.image === image && known.asking
    if (isAsked || (moments.at(-1)?.update ?? -1) >= this.update) return
    const past = (this.past = { run, image, moments, asking: true })
    const found = await read(`${api}/runs/${run}/history?image=${image}`)
    past.asking = false
    if (found) past.moments = found.moments
    if (this.past === past) this.soften(this.temperature)
  }

  /** The moment {update, students} that is looked at; the newest, without an update, also until another is known. */
  get moment() {
    const newest = { update: null, students: this.answer?.students }
    const { past } = this
    if (this.update === null || past?.run !== this.data.run || past.image !== this.image) return newest
    return past.moments.findLast(({ update }) => update <= this.update) ?? newest
  }

  // ── drawing ──────────────────────────────────────────────────────────────────────────────────────────────────

  soften(temperature) {
    this.temperature = temperature
    this.drawSoon()
  }

  show(answer) {
    this.answer = answer
    this.draw()
  }

  /**
   * Teacher and students as [{role, name, probabilities}]; null for the probabilities of who has not answered yet. A
   * run whose teacher has been replaced since has none. answer: with the teacher's logits, null if it was
   * replaced; said: the students' [arm][seed].
   */
  everybody({ answer, said }, temperature) {
    const { data } = this
    const names = armNames(data.arms, data.methods)
    const teacher = {
      role: "teacher",
      name: "teacher",
      probabilities: answer?.teacher ? softmax(answer.teacher, temperature) : null,
    }
    const replaced = answer?.teacher === null
    const students = data.arms.map((arm, index) => {
      const seeds = said?.[index]
      return { role: roleOf(arm), name: names[index], probabilities: seeds ? meanSoftmax(seeds, temperature) : null }
    })
    const all = [
      ...(replaced ? [] : [teacher]),
      ...students.sort((a, b) => ORDER.indexOf(a.role) - ORDER.indexOf(b.role)),
    ]
    return data.alone ? all.flatMap((one) => this.inLesson(one)) : all
  }

  /** In a lesson the teacher answers, and one student beside it what is drawn. */
  inLesson(voice) {
    if (voice.role === "teacher") return [voice]
    return voice.role === "distilled" && this.source === "drawn" ? [{ ...voice, name: "student" }] : []
  }

  /** Who answers what is shown now: a test image, or the drawing. */
  get now() {
    const { drawn, moment } = this
    if (this.source === "test") return { answer: this.answer, said: moment.students, update: moment.update }
    return {
      answer: drawn.answer,
      said: drawn.answer?.students,
      update: drawn.update === null ? null : drawn.answer?.update,
    }
  }

  draw() {
    const { data, temperature, now } = this
    const { answer } = now
    const drawing = this.source === "drawn"
    const everybody = this.everybody(now, temperature)
    const voices = everybody.filter(({ probabilities }) => probabilities)
    const classes = answer?.classes ?? data.classes
    this.fillBars(classes, everybody, drawing ? undefined : answer?.label)
    const silent = !voices.length && (drawing || !this.asking)
    for (const part of [".bars", ".key", ".scales"]) this.find(part).hidden = silent
    choose(this.all("[data-source]"), (button) => button.dataset.source === this.source)
    this.find(".sources").hidden = !data.samples.length
    this.find(".chooser").hidden = drawing || (silent && !data.here)
    this.find(".images").hidden = drawing || !data.here
    this.find(".drawing").hidden = !drawing
    const roles = everybody.map(({ role, name }) => ({ role, words: name }))
    const known = this.answer?.image === this.image ? this.answer : null // that of another image may still be there
    this.sentence(".caption", captionWords(this.image, known), roles)
    this.putOrHide(".chosen", this.image === data.least_sure ? orderWords("least_sure") : "")
    this.sentence(".said", answerWords(voices, classes), roles)
    this.sentence(".entropy", entropyWords(voices), roles)
    const seeds = data.alone && !drawing ? 0 : (answer?.students?.[0]?.length ?? 0)
    const about = { answer, data, temperature, update: now.update, seeds }
    let how = drawing
      ? drawnWords({
          ...about,
          wanted: this.drawn.moment,
          answered: data.answered || this.newest.has(data.run),
          here: Boolean(this.drawn.here),
        })
      : this.asking && !answer
        ? ""
        : howWords(about)
    if (this.lost) how = "The drawing pad could not be loaded. Try again in a moment."
    this.put(".how", how)
    if (this.readOut && known && !drawing) {
      this.readOut = false
      this.find(".spoken").textContent = `${captionWords(this.image, known)} ${answerWords(voices, classes)}`
    }
    if (drawing && voices.length) this.speakSoon(answerWords(voices, classes), 900, true)
    this.root.dataset.ready = "true"
    this.root.dataset.temperature = temperature
    this.root.dataset.source = this.source
    this.root.dataset.seq = answer?.seq ?? ""
    this.root.dataset.update = this.moment.update ?? ""
  }

  /** @param {string[]} classes @param {any[]} voices @param {number | undefined} label */
  fillBars(classes, voices, label) {
    const shape = { classes, voices: voices.map(({ role, name }) => ({ role, name })), log: this.log }
    if (this.another("bars", shape)) this.bars.build(shape)
    this.bars.show(
      voices.map(({ probabilities }) => probabilities),
      label,
    )
  }
}

function sample(image, label, src) {
  return make(
    "button",
    { dataset: { sample: image }, "aria-label": `Put the ${label} on the pad` },
    make("img", { src, alt: "" }),
  )
}

export default mounting(Wall)
