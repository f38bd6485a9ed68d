// A dial over the threshold below which a student hands an image on to its teacher.

import { Figure, filled, mounting } from "../../components/js/component.js"
import { chosenWords, stepAt, stepWords } from "./words.js"

class Cascade extends Figure {
  constructor(root) {
    super(root, "cascade")
    this.input = this.find("input")
    this.on("input", "input", () => this.draw())
  }

  set({ key, value }) {
    if (key !== "threshold" || !this.data.steps.length) return
    this.input.value = stepAt(this.data.steps, Number(value))
    this.draw()
  }

  render({ data }) {
    const same = this.data?.run === data.run
    this.data = data
    this.root.dataset.ready = String(!data.trouble)
    this.putOrHide(".trouble", data.trouble)
    if (data.trouble) return
    this.input.max = data.steps.length - 1
    if (!same) this.input.value = data.chosen
    this.put(".how", chosenWords(data))
    this.draw()
  }

  draw() {
    const step = this.data.steps[this.input.value]
    const { head, said } = stepWords(step, this.data)
    this.put("output", head)
    this.put(".said", said)
    this.input.setAttribute("aria-valuetext", said)
    filled(this.input)
    for (const name of ["escalated", "cost", "accuracy"])
      this.find(`.${name}`).style.setProperty("--value", `${100 * step[name]}%`)
  }
}

export default mounting(Cascade)
