// The gradient microscope: what the hard and the soft loss ask of each logit of a student that is not trained yet, for
// one image, computed here while the temperature is turned. data: {api, data, run, student, classes, count, first:
// {image, label, teacher, student}, temperature, squared, limit}

import { read } from "../../components/js/asking.js"
import { choose, Figure, filled, make, mounting } from "../../components/js/component.js"
import { LIGHT, tell } from "../../components/js/events.js"
import { rounded, signed } from "../../components/js/format.js"
import { distance, extent, hardGradient, limitGradient, STOPS, softGradient, stopAt } from "./gradients.js"
import { curve, moved } from "./limit_chart.js"
import { degrees, digitsFor, gradientWords, limitWords } from "./words.js"

const ROLES = [
  { words: "hard gradient", role: "labels" },
  { words: "hard one", role: "labels" },
  { words: "soft gradient", role: "teacher" },
]

class Microscope extends Figure {
  /** @type {any} */ hard
  /** @type {any} */ scale
  /** @type {any} */ squared
  /** @type {any} */ temperature

  constructor(root) {
    super(root, "microscope")
    this.input = this.find(".slider")
    this.input.max = STOPS.length - 1
    this.on(".slider", "input", () => this.take("temperature", STOPS[Number(this.input.value)]))
    this.on(root, "click", ({ target }) => this.pressed(target.closest("button")))
    this.on("img", "error", () => (this.find("img").hidden = true))
    this.on("img", "load", () => (this.find("img").hidden = false))
    for (const node of this.all("[data-part]")) {
      this.on(node, "pointerenter pointerleave", ({ type }) =>
        tell(LIGHT, { term: node.dataset.part, on: type === "pointerenter" }),
      )
    }
    this.known = new Map() // image → {image, label, teacher, student}
    this.lit = new Set()
    this.width = 0
    this.observe("figure", ({ width }) => {
      this.width = Math.round(width) // asked for while drawing, it would make the browser lay out the page twice
      if (this.data) this.drawSoon()
    })
  }

  render({ data }) {
    if (this.data?.run !== data.run) this.known.clear()
    this.data = data
    this.known.set(data.first.image, data.first)
    if (this.another("own", [data.run, data.first.image, data.temperature, data.squared])) this.reset()
    this.find(".walk").hidden = data.count < 2
    this.find(".student").textContent = data.student
    for (const node of this.all("figure, .limit, .predicted")) node.hidden = !data.limit
    this.root.dataset.limit = String(data.limit)
    this.draw()
    this.root.dataset.ready = "true"
  }

  reset() {
    const { first, temperature, squared } = this.data
    this.wanted = null // an image that is still on its way
    this.putOrHide(".trouble", "")
    Object.assign(this, { temperature, squared })
    this.show(first)
    this.drawSoon()
  }

  // ── what is looked at ──────────────────────────────────────────────────────────────────────────────────────────

  /** A phrase of the lesson. */
  set({ key, value }) {
    if (!this.data) return
    if (key === "temperature" && value > 0) this.take(key, Math.min(Math.max(value, STOPS[0]), STOPS[STOPS.length - 1]))
    if (key === "squared") this.take(key, value === true || value === "on")
    if (key === "image") this.take(key, value)
  }

  take(key, value) {
    if (key === "image") return this.choose(value)
    this[key] = value
    this.drawSoon()
  }

  pressed(button) {
    if (button?.dataset.squared) this.take("squared", button.dataset.squared === "on")
    if (button?.dataset.walk) {
      const { count } = this.data
      this.take("image", ((this.wanted ?? this.shown.image) + Number(button.dataset.walk) + count) % count)
    }
  }

  /** Another test image, whose logits the server has. */
  async choose(image) {
    const { api, run, count } = this.data
    if (!Number.isInteger(image) || image < 0 || image >= count) return
    this.wanted = image
    if (!this.known.has(image)) {
      const [said, past] = await Promise.all(
        ["answers", "history"].map((what) => read(`${api}/runs/${run}/${what}?image=${image}`)),
      )
      if (run !== this.data.run) return
      const student = past?.moments[0]?.students?.[0]?.[0]
      if (said?.teacher && student) this.known.set(image, { image, label: said.label, teacher: said.teacher, student })
    }
    if (this.wanted !== image) return // another one was chosen meanwhile
    this.wanted = null
    const found = this.known.get(image)
    const still = `The server does not answer, so this is still test image ${this.shown.image}. Try again in a moment.`
    this.putOrHide(".trouble", found ? "" : still)
    if (found) this.show(found)
    this.drawSoon()
  }

  show(found) {
    this.shown = found
    const { student, teacher, label } = found
    this.hard = hardGradient(student, label)
    this.limit = limitGradient(student, teacher)
    this.scale = scaled(extent(student, teacher, label))
    this.built = null // rows and curve are made anew
  }

  light({ term, on }) {
    on ? this.lit.add(term) : this.lit.delete(term)
    this.root.dataset.lit = [...this.lit].join(" ")
  }

  // ── drawing ────────────────────────────────────────────────────────────────────────────────────────────────────

  draw() {
    const { shown, temperature, squared, data } = this
    const soft = softGradient(shown.student, shown.teacher, temperature, squared)
    const share = distance(shown.student, shown.teacher, temperature, squared)
    if (this.built !== shown) this.build()
    const digits = digitsFor(soft)
    this.rows.forEach(({ bar, number }, index) => {
      bar.style.transform = `scaleX(${rounded(soft[index] / this.scale.width, 5)})`
      number.textContent = signed(soft[index], digits)
    })
    const at = String(stopAt(temperature))
    if (this.input.value !== at) this.input.value = at
    filled(this.input)
    const read = `T = ${degrees(temperature)}`
    this.find("output").textContent = read
    this.input.setAttribute("aria-valuetext", read)
    if (this.another("squared", squared))
      choose(this.all(".factor button"), (button) => (button.dataset.squared === "on") === squared)
    const said = gradientWords({ classes: data.classes, hard: this.hard, soft, temperature, squared })
    const far = limitWords({ temperature, share, squared })
    this.sentence(".said", said, ROLES)
    this.sentence(".limit", far, ROLES)
    this.chart(temperature, share, squared, far)
    this.speakSoon(data.limit ? `${said} ${far}` : said)
    this.tellValues({ T: temperature, squared, hard: this.hard, soft, limit: share })
    Object.assign(this.root.dataset, { temperature, image: shown.image, factor: squared ? "on" : "off" })
  }

  build() {
    const { data, shown, hard, limit, scale } = this
    this.built = shown
    this.find(".caption").textContent = `Test image ${shown.image}, labelled\u00a0${data.classes[shown.label]}`
    const picture = this.find("img")
    const address = `${data.api}/data/${data.data}/test/${shown.image}.png`
    if (picture.getAttribute("src") !== address) picture.setAttribute("src", address)
    this.root.style.setProperty(
      "--names",
      `${Math.min(7, 1.1 + 0.5 * Math.max(...data.classes.map((name) => name.length)))}rem`,
    )
    const place = (value) => `${rounded((100 * (value - scale.low)) / scale.width, 2)}%`
    this.find("table").style.setProperty("--zero", place(0))
    this.rows = data.classes.map((name, index) => {
      const row = make("tr")
      row.className = index === shown.label ? "right" : ""
      row.innerHTML =
        `<th scope="row"></th><td aria-hidden="true"><div class="both"><i class="bar labels"></i><i ` +
        `class="bar teacher"></i><i class="tick"></i></div></td><td class="labels"></td><td class="teacher"></td>`
      row.firstChild.textContent = name
      const [first, second, tick] = row.querySelector(".both").children
      const [from, to] = [0, hard[index]].sort((a, b) => a - b)
      Object.assign(first.style, { left: place(from), width: `${rounded((100 * (to - from)) / scale.width, 2)}%` })
      tick.style.left = place(limit[index])
      row.children[2].textContent = signed(hard[index], 2)
      return { row, bar: second, number: row.children[3] }
    })
    this.find("tbody").replaceChildren(...this.rows.map(({ row }) => row))
  }

  chart(temperature, share, squared, words) {
    const { width } = this
    if (!width) return
    const svg = this.find("svg")
    const { student, teacher } = this.shown
    if (this.another("curve", [width, squared, student, teacher])) {
      const points = STOPS.map((t) => ({ temperature: t, share: distance(student, teacher, t, squared) }))
      const highest = Math.max(...STOPS.map((t) => distance(student, teacher, t)))
      this.at = curve(svg, points, width, highest, this.letters)
    }
    moved(svg, this.at, temperature, share)
    svg.setAttribute("aria-label", `Curve over T from 1 to 1,000. ${words}`)
  }
}

/** The axis of the bars: all of the extent, and zero not too near an edge. @param {number[]} extent */
function scaled([low, high]) {
  const most = Math.max(-low, high) || 1
  const [from, to] = [Math.min(low, -0.25 * most), Math.max(high, 0.25 * most)]
  return { low: from, width: to - from }
}

export default mounting(Microscope)
