// Twins that make ten steps on one image, side by side: one hears the answer key, the other the teacher. data: {run,
// data, here, classes, update, updates, images: [{image, label, teacher, student}], temperature, steps, most, open,
// plays}; open: steps can be made; plays: they are made by themselves, once.

import {
  choose,
  Figure,
  filled,
  imageButtons,
  make,
  mounting,
  movesLittle,
  write,
} from "../../components/js/component.js"
import { share } from "../slow_motion/words.js"
import { after, stepsWords } from "./words.js"

const PACE = 320 // milliseconds a step

class TenSteps extends Figure {
  constructor(root) {
    super(root, "ten-steps")
    this.input = this.find(".slider")
    this.on(".slider", "input", () => this.go(Number(this.input.value)))
    this.on(".pictures", "click", ({ target }) => {
      const { image } = target.closest("button")?.dataset ?? {}
      if (image !== undefined) this.choose(Number(image))
    })
  }

  render({ data }) {
    this.data = data
    const { images, steps, open } = data
    if (this.another("given", [data.run, data.update, images.map(({ image }) => image), steps, open])) {
      this.input.max = data.most
      this.find(".pictures").replaceChildren(...imageButtons(data))
      this.makeRows()
      this.reset()
      if (data.plays) {
        this.go(0)
        this.play()
      }
    }
    this.draw()
    this.root.dataset.ready = "true"
  }

  /** All steps, one after the other. */
  play() {
    if (movesLittle()) return this.go(this.data.most)
    const next = () => {
      const steps = this.steps + 1
      this.go(steps)
      if (steps < this.data.most) this.later("play", PACE, next)
    }
    this.later("play", 3 * PACE, next)
  }

  reset() {
    this.at = 0
    this.go(this.data.steps)
  }

  set({ key, value }) {
    if (key === "image") this.choose(this.data.images.findIndex(({ image }) => image === value))
    if (key === "steps" && this.data.open) this.go(Math.min(this.data.most, Math.max(0, value)))
  }

  choose(at) {
    if (this.data.images[at]) this.at = at
    this.drawSoon()
  }

  go(steps) {
    this.cancel("play")
    this.steps = steps
    this.drawSoon()
  }

  // ── what is drawn ──────────────────────────────────────────────────────────────────────────────────────────────

  makeRows() {
    const rows = this.data.classes.map((name) => {
      const row = make("div", { className: "row", role: "listitem" })
      row.innerHTML =
        `<span class="name"></span><div class="tracks" aria-hidden="true"><div class="bar labels"></div>` +
        `<div class="bar distilled"></div><i class="tick teacher"></i></div>` +
        `<span class="values"><span class="labels"></span><span class="distilled"></span></span>`
      write(row.firstChild, name)
      return row
    })
    this.find(".bars").replaceChildren(...rows)
  }

  draw() {
    const { data, steps } = this
    const { classes, images, temperature, update, updates, open } = data
    const image = images[this.at]
    const now = after(image, temperature, steps)
    this.put(
      ".about",
      `Test image ${image.image}, labelled ${classes[image.label]}. Both twins begin as the student of the recorded ` +
        `run was after ${update} of ${updates} updates. While the teacher teaches, both answers are softened at T = ` +
        `${temperature}.`,
    )
    choose(this.all(".pictures button"), (button) => Number(button.dataset.image) === this.at)
    this.find(".turn").hidden = !open
    if (Number(this.input.value) !== steps) this.input.value = steps
    this.put("output", steps)
    filled(this.input)
    ;[...this.find(".bars").children].forEach((row, at) => {
      row.classList.toggle("right", at === image.label)
      const [key, taught, tick] = row.querySelector(".tracks").children
      key.style.width = `${100 * now.key[at]}%`
      taught.style.width = `${100 * now.taught[at]}%`
      tick.style.left = `${100 * now.teacher[at]}%`
      const [first, second] = row.querySelector(".values").children
      write(first, share(now.key[at]))
      write(second, share(now.taught[at]))
    })
    const said = stepsWords({ ...image, classes, steps }, now)
    this.put(".says", said)
    this.speakSoon(said)
  }
}

export default mounting(TenSteps)
