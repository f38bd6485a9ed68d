// The softmax with temperature as a formula, with the numbers of the class that a figure has chosen. A term that is
// pointed at lights wherever it stands: here, in the prose, in the figures.

import { Figure, mounting, write } from "../../components/js/component.js"
import { newestOf, sheetOf, VALUES } from "../../components/js/events.js"
import { softmaxNumbers } from "./words.js"

const FIGURE = "softening" // whose numbers are shown

class Formula extends Figure {
  constructor(root) {
    super(root, "softmax")
    this.lightsTerms((target) => target.closest("[data-terms]")?.getAttribute("data-terms")?.split(" ")[0])
    this.hear(VALUES, ({ figure, values, sheet }) => {
      if (figure !== FIGURE || sheet !== sheetOf(root)) return
      this.values = values
      this.drawSoon()
    })
  }

  render() {
    this.values ??= newestOf(FIGURE, sheetOf(this.root)) // the figure may have spoken before this was here
    this.draw()
    this.root.dataset.ready = "true"
  }

  light({ term, on }) {
    for (const node of this.all(`[data-terms~="${CSS.escape(term)}"]`)) node.classList.toggle("lit", on)
  }

  draw() {
    this.find(".numbers").toggleAttribute("hidden", !this.values)
    if (!this.values) return
    const now = softmaxNumbers(this.values)
    const fill = (attribute, text) => {
      for (const node of this.all(`[${attribute}]`)) write(node, text(node.getAttribute(attribute)))
    }
    fill("data-now", (key) => now[key])
    fill("data-is", (key) => ` = ${now[key]}`)
    fill("data-of", () => ` of “${now.name}”`)
    this.find(".largest").hidden = now.ahead
    for (const node of this.all(".numbers [data-terms~=p], li[data-terms~=p]")) {
      node.setAttribute("data-terms", now.ahead ? "p top" : "p")
    }
  }
}

export default mounting(Formula)
