// The softmax with temperature as a formula, with the numbers of the class that a figure has chosen. A term that is pointed
// at lights wherever it stands: here, in the prose, in the figures.

import { softmaxNumbers } from "./words.js"
import { LIGHT, newestOf, VALUES } from "../../components/js/events.js"
import { mounting } from "../../components/js/mounting.js"

const FIGURE = "softening" // whose numbers are shown

export default mounting((parent) => new Formula(parent))

class Formula {
  constructor(parent) {
    this.root = parent.querySelector(".formula")
    for (const [kind, on] of [["pointerover", true], ["pointerout", false], ["focusin", true], ["focusout", false]]) {
      this.root.addEventListener(kind, ({ target }) => this.over(target, on))
    }
    this.heard = ({ detail }) => detail.figure === FIGURE && this.soon(detail.values)
    this.lights = ({ detail }) => this.light(detail)
    document.addEventListener(VALUES, this.heard)
    document.addEventListener(LIGHT, this.lights)
  }

  leave() {
    document.removeEventListener(VALUES, this.heard)
    document.removeEventListener(LIGHT, this.lights)
    cancelAnimationFrame(this.drawing)
  }

  render() {
    this.values ??= newestOf(FIGURE) // the figure may have spoken before this was here
    this.draw()
    this.root.dataset.ready = "true"
  }

  over(target, on) {
    const term = target.closest?.("[data-terms]")?.getAttribute("data-terms").split(" ")[0]
    if (term) document.dispatchEvent(new CustomEvent(LIGHT, { detail: { term, on } }))
  }

  light({ term, on }) {
    for (const node of this.root.querySelectorAll(`[data-terms~="${CSS.escape(term)}"]`)) node.classList.toggle("lit", on)
  }

  soon(values) {
    this.values = values
    this.drawing ||= requestAnimationFrame(() => {
      this.drawing = 0
      this.draw()
    })
  }

  draw() {
    this.root.querySelector(".numbers").toggleAttribute("hidden", !this.values)
    if (!this.values) return
    const now = softmaxNumbers(this.values)
    const fill = (attribute, text) => {
      for (const node of this.root.querySelectorAll(`[${attribute}]`)) {
        const said = text(node.getAttribute(attribute))
        if (node.textContent !== said) node.textContent = said
      }
    }
    fill("data-now", (key) => now[key])
    fill("data-is", (key) => ` = ${now[key]}`)
    fill("data-of", () => ` of “${now.name}”`)
    this.root.querySelector(".largest").hidden = now.ahead
    for (const node of this.root.querySelectorAll(".numbers [data-terms~=p], li[data-terms~=p]")) {
      node.setAttribute("data-terms", now.ahead ? "p top" : "p")
    }
  }
}
