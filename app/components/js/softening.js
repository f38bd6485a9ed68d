// An image, the teacher's probabilities as bars, a temperature. While it is dragged nothing but these bars is drawn.

import { ACTED, SET, VALUES } from "./lesson_events.js"
import { mounting } from "./mounting.js"
import { Roving } from "./roving.js"
import { barLength, entropy, softmax } from "./softmax.js"
import { hunted, sentence, share } from "./softening_words.js"

const PLAYED = 6000 // milliseconds that the temperature takes up and back

export default mounting((parent) => new Softening(parent))

class Softening {
  constructor(parent) {
    this.root = parent.querySelector(".softening")
    this.find = (selector) => this.root.querySelector(selector)
    this.input = this.find(".dial input")
    this.rows = []
    this.input.addEventListener("input", () => (this.turn(Number(this.input.value)), this.acted("temperature")))
    this.find(".thumbs").addEventListener("click", ({ target }) => this.pick(target.closest("button")))
    this.find(".scales").addEventListener("click", ({ target }) => {
      if (target.dataset.scale) this.scale(target.dataset.scale), this.acted("scale")
    })
    this.find(".bars").addEventListener("click", ({ target }) => {
      const row = target.closest("button")
      if (row) this.choose(Number(row.dataset.class)), this.acted("class")
    })
    this.thumbs = new Roving(this.find(".thumbs"))
    this.names = new Roving(this.find(".bars"), { columns: 1 })
    this.set = ({ detail }) => this.heard(detail)
    document.addEventListener(SET, this.set)
  }

  leave() {
    this.stop()
    document.removeEventListener(SET, this.set)
  }

  render({ data }) {
    const same = JSON.stringify(data.images.map(({ image }) => image)) + data.temperature + data.first
    if (this.same === same) return
    Object.assign(this, { same, data, seen: {} })
    this.find(".trouble").hidden = !data.trouble
    this.find(".trouble").textContent = data.trouble
    for (const part of [".picture", ".answer"]) this.find(part).hidden = Boolean(data.trouble)
    this.root.dataset.ready = "true"
    if (data.trouble) return
    this.build()
    this.scale(data.log ? "log" : "linear")
    this.input.value = data.temperature
    if (data.plays && !matchMedia("(prefers-reduced-motion: reduce)").matches) this.play()
    data.hunt ? this.hide() : this.show(data.images.find(({ image }) => image === data.first) ?? data.images[0])
  }

  build() {
    const { images, classes } = this.data
    this.find(".bars").innerHTML = classes.map((_, at) => `<button type="button" data-class="${at}"><span class="name"></span><span class="track"><i class="bar teacher"></i></span><span class="number"></span></button>`).join("")
    this.rows = [...this.find(".bars").children].map((row, at) => {
      row.querySelector(".name").textContent = classes[at]
      return { row, bar: row.querySelector(".bar"), number: row.querySelector(".number") }
    })
    const widest = Math.max(...classes.map(({ length }) => length))
    this.root.style.setProperty("--names", `${Math.min(9, 0.8 + 0.55 * widest)}em`)
    const thumbs = this.find(".thumbs")
    thumbs.hidden = images.length < 2
    thumbs.innerHTML = images.map(({ image }) => `<button type="button" data-image="${image}"><img alt="" width="44" height="44"></button>`).join("")
    ;[...thumbs.children].forEach((button, at) => {
      button.firstChild.src = images[at].picture
      button.setAttribute("aria-label", `Image ${at + 1} of ${images.length}, labelled ${classes[images[at].label]}`)
    })
    this.thumbs.refresh()
    this.names.refresh()
  }

  /** Before a hunt: no image is open yet. */
  hide() {
    this.shown = null
    this.find(".picture > img").hidden = true
    this.root.dataset.hidden = "true"
    this.find(".hunted").textContent = hunted({}, [])
  }

  pick(button) {
    if (!button) return
    this.show(this.data.images.find(({ image }) => image === Number(button.dataset.image)))
    this.acted("image")
  }

  show(found) {
    if (!found) return
    this.shown = found
    delete this.root.dataset.hidden
    const picture = this.find(".picture > img")
    picture.hidden = false
    picture.src = found.picture
    picture.alt = `A test image, labelled ${this.data.classes[found.label]}`
    for (const button of this.find(".thumbs").children) button.setAttribute("aria-pressed", String(Number(button.dataset.image) === found.image))
    for (const { row } of this.rows) row.classList.toggle("right", Number(row.dataset.class) === found.label)
    const sure = softmax(found.logits)
    this.chosen = sure.indexOf(Math.max(...sure))
    if (this.data.hunt) {
      this.seen[found.image] = Math.max(...sure)
      const all = this.data.images.map(({ logits }) => Math.max(...softmax(logits)))
      this.find(".hunted").textContent = hunted(this.seen, all)
    }
    this.turn(Number(this.input.value))
  }

  choose(at) {
    this.chosen = at
    this.tell()
  }

  scale(name) {
    this.log = name === "log"
    for (const button of this.find(".scales").children) button.setAttribute("aria-pressed", String(button.dataset.scale === name))
    if (this.shown) this.turn(Number(this.input.value))
  }

  turn(temperature) {
    const { input } = this
    input.value = temperature
    this.temperature = Number(input.value)
    this.find(".dial output").textContent = this.temperature
    input.style.setProperty("--share", `${(100 * (this.temperature - input.min)) / (input.max - input.min)}%`)
    if (!this.shown) return
    this.probabilities = softmax(this.shown.logits, this.temperature)
    this.rows.forEach(({ bar, number }, at) => {
      bar.style.transform = `scaleX(${barLength(this.probabilities[at], this.log)})`
      number.textContent = share(this.probabilities[at])
    })
    const said = sentence(this.probabilities, this.data.classes, this.temperature)
    this.find(".said").textContent = said
    input.setAttribute("aria-valuetext", `${this.temperature}. ${said}`)
    this.tell()
  }

  tell() {
    const { probabilities, shown, chosen, temperature } = this
    for (const { row } of this.rows) row.setAttribute("aria-pressed", String(Number(row.dataset.class) === chosen))
    const values = { T: temperature, classes: this.data.classes, logits: shown.logits, probabilities, chosen, top: Math.max(...probabilities), entropy: entropy(probabilities) }
    document.dispatchEvent(new CustomEvent(VALUES, { detail: { figure: "softening", values } }))
  }

  heard({ key, value }) {
    if (this.data?.trouble) return
    if (key === "temperature") this.turn(Math.min(20, Math.max(1, value)))
    if (key === "scale") this.scale(value)
    if (key === "image") this.show(this.data.images.find(({ image }) => image === value))
  }

  /** Up to T = 10 and back, once; whoever touches anything takes over. */
  play() {
    const start = performance.now() + 600
    this.find(".said").setAttribute("aria-live", "off")
    const step = (now) => {
      const at = Math.max(0, now - start) / PLAYED
      if (at >= 1) return this.stop(), this.turn(this.data.temperature)
      this.turn(Math.round(2 * (1 + 4.5 * (1 - Math.cos(2 * Math.PI * at)))) / 2)
      this.playing = requestAnimationFrame(step)
    }
    this.playing = requestAnimationFrame(step)
    this.root.addEventListener("pointerdown", () => this.stop(), { once: true })
    this.root.addEventListener("focusin", () => this.stop(), { once: true })
  }

  stop() {
    cancelAnimationFrame(this.playing)
    this.find(".said").setAttribute("aria-live", "polite")
  }

  acted(key) {
    document.dispatchEvent(new CustomEvent(ACTED, { detail: { figure: "softening", key } }))
  }
}
