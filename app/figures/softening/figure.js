// An image, the teacher's probabilities as bars, a temperature. While it is dragged nothing but these bars is drawn.

import { choose, Figure, mounting, movesLittle } from "../../components/js/component.js"
import { Roving } from "../../components/js/roving.js"
import { SoftBars } from "../../components/js/soft_bars.js"
import { entropy, softmax } from "../../components/js/softmax.js"
import { entropyWords, MORE, sentence, spokenT, topWords } from "./words.js"

const COARSE = 20 // above it the slider is logarithmic
const RUN = 3000 // milliseconds in which the dial runs to what came out

class Softening extends Figure {
  /** @type {any} */ log
  /** @type {any} */ chosen
  /** @type {any} */ probabilities

  constructor(root) {
    super(root, "softening")
    this.input = this.find(".dial input")
    this.bars = new SoftBars(this.find(".bars"), this.find(".scales"))
    this.on(".dial input", "input", () => {
      this.running = null
      this.turn(this.ofSlider())
    })
    this.on(".thumbs", "click", ({ target }) => this.pick(target.closest("button")))
    this.on(".scales", "click", ({ target }) => {
      if (target.dataset.scale) this.scale(target.dataset.scale === "log")
    })
    this.on(".bars", "click", ({ target }) => {
      const row = target.closest("button")
      if (row) this.choose(Number(row.dataset.class))
    })
    this.thumbs = new Roving(this.find(".thumbs"))
    this.names = new Roving(this.find(".bars"), { columns: 1 })
    this.lightsTerms((target) => target.closest("[data-term]")?.getAttribute("data-term"))
  }

  render({ data }) {
    const images = data.images.map(({ image }) => image)
    if (!this.another("given", [images, data.temperature, data.first, data.highest])) return
    const from = this.data?.waits && !data.waits ? this.temperature : null
    this.data = data
    this.putOrHide(".trouble", data.trouble)
    for (const part of [".picture", ".answer"]) this.find(part).hidden = Boolean(data.trouble)
    this.root.dataset.ready = "true"
    if (data.trouble) return
    this.build()
    this.range()
    this.putOrHide(".more", data.waits ? MORE : "")
    this.reset()
    if (from && !movesLittle()) this.run(from)
  }

  /** The dial runs by itself, from where it stood while the prediction was made. */
  run(from) {
    const to = this.temperature
    const running = (this.running = {})
    /** @type {number} */
    let begun
    const step = (/** @type {number} */ now) => {
      if (this.left || this.running !== running) return
      begun ??= now
      const share = Math.min(1, (now - begun) / RUN)
      this.turn(share < 1 ? Number((from * (to / from) ** share).toPrecision(2)) : to)
      if (share < 1) requestAnimationFrame(step)
    }
    requestAnimationFrame(step)
  }

  reset() {
    const { data } = this
    this.running = null
    if (data.trouble) return
    this.temperature = data.temperature
    this.log = data.log
    this.show(data.images.find(({ image }) => image === data.first) ?? data.images[0])
  }

  build() {
    const { images, classes } = this.data
    const thumbs = this.find(".thumbs")
    thumbs.hidden = images.length < 2
    thumbs.innerHTML = images
      .map(({ image }) => `<button type="button" data-image="${image}"><img alt="" width="44" height="44"></button>`)
      .join("")
    ;[...thumbs.children].forEach((button, at) => {
      button.firstChild.src = images[at].picture
      button.setAttribute("aria-label", `Image ${at + 1} of ${images.length}, labelled ${classes[images[at].label]}`)
    })
    this.thumbs.refresh()
  }

  // ── the slider ─────────────────────────────────────────────────────────────────────────────────────────────────

  get wide() {
    return this.data.highest > COARSE
  }

  range() {
    const log = (value) => Math.log10(value)
    const [min, max, step] = this.wide
      ? [log(this.data.lowest), log(this.data.highest), 0.02]
      : [this.data.lowest, this.data.highest, 0.5]
    Object.assign(this.input, { min, max, step })
  }

  ofSlider() {
    const value = Number(this.input.value)
    return this.wide ? Number((10 ** value).toPrecision(2)) : value
  }

  // ── which image, which class ───────────────────────────────────────────────────────────────────────────────────

  pick(button) {
    if (!button) return
    this.show(this.data.images.find(({ image }) => image === Number(button.dataset.image)))
  }

  show(found) {
    if (!found) return
    this.shown = found
    const picture = this.find(".picture > img")
    picture.hidden = false
    picture.src = found.picture
    picture.alt = `A test image, labelled ${this.data.classes[found.label]}`
    choose(this.find(".thumbs").children, (button) => Number(button.dataset.image) === found.image)
    this.root.dataset.logits = String(this.data.logits)
    const sure = softmax(found.logits)
    this.chosen = sure.indexOf(Math.max(...sure))
    this.scale(this.log)
  }

  choose(at) {
    this.chosen = at
    this.tell()
  }

  /** The rows of the shown image, on a linear or a logarithmic scale. */
  scale(log) {
    this.log = log
    const { data, shown } = this
    const voices = [{ role: "teacher", name: "teacher" }]
    if (shown && this.another("rows", [shown.image, data.classes, log])) {
      this.bars.build({ classes: data.classes, voices, log, pressed: true, logits: data.logits ? shown.logits : null })
      this.names.refresh()
    }
    if (shown) this.turn(this.temperature)
  }

  turn(temperature) {
    const { input } = this
    const place = this.wide ? Math.log10(temperature) : temperature
    if (Math.abs(Number(input.value) - place) > (this.wide ? 0.011 : 1e-9)) input.value = place
    this.temperature = temperature
    this.find(".dial output").textContent = spokenT(temperature)
    input.style.setProperty("--share", `${(100 * (place - input.min)) / (input.max - input.min)}%`)
    if (!this.shown) return
    this.probabilities = softmax(this.shown.logits, this.temperature)
    this.bars.show([this.probabilities], this.shown.label)
    this.find(".said .top").textContent = topWords(this.probabilities, this.data.classes, temperature)
    this.find(".said .bits").textContent = entropyWords(this.probabilities)
    input.setAttribute(
      "aria-valuetext",
      `${spokenT(temperature)}. ${sentence(this.probabilities, this.data.classes, temperature)}`,
    )
    this.tell()
  }

  tell() {
    const { probabilities, shown, chosen, temperature } = this
    choose(
      this.bars.rows.map(({ node }) => node),
      (row) => Number(row.dataset.class) === chosen,
    )
    const values = {
      T: temperature,
      classes: this.data.classes,
      logits: shown.logits,
      probabilities,
      chosen,
      top: Math.max(...probabilities),
      entropy: entropy(probabilities),
    }
    this.tellValues(values)
  }

  set({ key, value }) {
    if (!this.shown) return
    this.running = null
    const { lowest, highest, images, classes } = this.data
    if (key === "temperature" && Number.isFinite(value)) this.turn(Math.min(highest, Math.max(lowest, value)))
    if (key === "scale") this.scale(value === "log")
    if (key === "image") this.show(images.find(({ image }) => image === value))
    if (key === "class" && value in classes) this.choose(value)
  }

  /** top is the largest bar’s number, v and p are those of the chosen class. */
  light({ term, on }) {
    for (const node of this.all("[data-term]")) if (node.dataset.term === term) node.classList.toggle("lit", on)
    if (!this.shown) return
    const at = term === "top" ? this.probabilities.indexOf(Math.max(...this.probabilities)) : this.chosen
    const { rows } = this.bars
    for (const { numbers, logit } of rows) for (const part of [...numbers, logit]) part.classList.remove("lit")
    if (on && term === "v") rows[at].logit.classList.add("lit")
    if (on && (term === "top" || term === "p")) rows[at].numbers[0].classList.add("lit")
    this.find(".bars").classList.toggle("lit-logits", term === "logits" && on)
  }
}

export default mounting(Softening)
