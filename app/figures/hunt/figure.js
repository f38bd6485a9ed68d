// The hunt: press the image that the teacher may be least sure of; each press tells how sure it is.
// data: {api, data, classes, count, sheets: [[{image, label, logits, place}]]}; as long as a prediction waits, first:
// [image] in place of the sheets.

import { rounded } from "../../components/js/format.js"
import { Figure, make, mounting, thumbnail } from "../../components/js/component.js"
import { Roving } from "../../components/js/roving.js"
import { roundedShare } from "../../components/js/soft_bars.js"
import { softmax } from "../../components/js/softmax.js"
import { firstWords, HELP_AFTER, lookWords, standingWords } from "./words.js"

const TASK = "Which of these is the teacher least sure of? Press one to see how sure it is."

class Hunt extends Figure {
  constructor(root) {
    super(root, "hunt")
    this.roving = new Roving(this.find(".grid"))
    this.sheet = 0
    this.looked = [] // images of this sheet, in the order in which they were pressed
    this.shown = false
    this.on(root, "click", ({ target }) => this.pressed(target.closest("button")))
  }

  render({ data }) {
    const another = this.data?.data !== data.data || Boolean(this.data.first) !== Boolean(data.first)
    this.data = data
    this.find(".task").textContent = data.first ? firstWords(data.first.length, data.count) : TASK
    this.find("[data-next]").hidden = data.first || data.sheets.length < 2
    this.find(".found").hidden = Boolean(data.first)
    if (another && data.first) this.lay(data.first, "span")
    else if (another) this.open(0)
    this.root.dataset.ready = "true"
  }

  /** The images side by side: buttons, or nothing to press. */
  lay(images, tag) {
    const cell = (image, at) =>
      make(tag, { dataset: { image } }, make("i", { style: thumbnail(this.data, images, at) }), make("span"))
    this.find(".grid").replaceChildren(...images.map(cell))
  }

  open(sheet) {
    const { data } = this
    Object.assign(this, { sheet, looked: [], shown: false })
    this.entries = data.sheets[sheet].map((one) => ({ ...one, probabilities: softmax(one.logits) }))
    for (const one of this.entries) one.share = Math.max(...one.probabilities)
    this.least = this.entries.reduce((low, one) => (one.share < low.share ? one : low))
    this.lay(
      this.entries.map(({ image }) => image),
      "button",
    )
    this.roving.refresh()
    this.find(".bars").hidden = true
    this.draw()
  }

  pressed(button) {
    if (button?.dataset.next) this.open((this.sheet + 1) % this.data.sheets.length)
    if (button?.dataset.give) this.look(this.least.image, true)
    if (button?.dataset.image) this.look(Number(button.dataset.image))
  }

  look(image, shown = false) {
    this.now = this.entries.find((one) => one.image === image)
    if (!this.looked.includes(this.now)) this.looked.push(this.now)
    this.shown ||= shown
    this.draw()
  }

  draw() {
    const { data, entries, looked, least, shown } = this
    const now = looked.length ? this.now : null
    const found = looked.includes(least)
    for (const [at, button] of [...this.find(".grid").children].entries()) {
      const one = entries[at]
      const seen = looked.includes(one)
      button.setAttribute("aria-pressed", String(one === now))
      button.classList.toggle("least", found && one === least)
      button.lastChild.textContent = seen ? roundedShare(one.share) : ""
      button.setAttribute("aria-label", `Test image ${one.image}${seen ? `, ${roundedShare(one.share)} sure` : ""}`)
    }
    this.find(".said").textContent = now ? lookWords(data.classes, now.label, now.probabilities) : ""
    this.bars(now)
    this.find(".standing").textContent = standingWords({ looks: looked, least, all: data.count, shown })
    this.find("[data-give]").hidden = found || looked.length < HELP_AFTER
  }

  bars(now) {
    const box = this.find(".bars")
    box.hidden = !now
    if (!now) return
    if (box.childElementCount !== now.probabilities.length)
      box.replaceChildren(...this.data.classes.map((name) => make("div", {}, make("b"), make("span", {}, name))))
    now.probabilities.forEach(
      (share, at) => (box.children[at].firstChild.style.transform = `scaleY(${rounded(share, 4)})`),
    )
  }
}

export default mounting(Hunt)
