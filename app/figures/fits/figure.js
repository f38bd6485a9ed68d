// A dial for the memory of a device, and models that fit into it or do not. Drawn to one linear scale.

import { Figure, filled, make, mounting, write } from "../../components/js/component.js"
import { fitWords, rows } from "./words.js"

class Fits extends Figure {
  constructor(root) {
    super(root, "fits")
    this.input = this.find("input")
    this.on("input", "input", () => this.draw())
  }

  set({ key, value }) {
    if (key !== "memory") return
    this.input.value = value
    this.draw()
  }

  reset() {
    this.set({ key: "memory", value: this.data.memory })
  }

  render({ data }) {
    if (!this.another("data", data)) return
    this.data = data
    Object.assign(this.input, { min: data.low, max: data.high, value: data.memory })
    this.find("ul").replaceChildren(...rows(data).map((model) => this.row(model)))
    this.draw()
    this.root.dataset.ready = "true"
  }

  row({ gb, words, how }) {
    const bar = make("div", { className: "bar", "aria-hidden": "true" }, make("i"))
    bar.style.setProperty("--share", `${(100 * gb) / this.data.high}%`)
    return make("li", { title: how }, make("p", {}, make("span", {}, words), make("b")), bar)
  }

  draw() {
    const [memory, models] = [Number(this.input.value), rows(this.data)]
    this.put("output", `${memory} GB`)
    this.input.setAttribute("aria-valuetext", `${memory} GB`)
    filled(this.input)
    this.find("ul").style.setProperty("--device", `${(100 * memory) / this.data.high}%`)
    models.forEach(({ gb }, at) => {
      const row = this.all("li")[at]
      row.dataset.fits = String(gb <= memory)
      write(row.querySelector("b"), `${gb} GB: ${gb <= memory ? "fits" : "too large"}`)
    })
    this.put(".said", fitWords(models, memory))
    this.put(".how", `Derived: ${models[0].how}, and so on. What a model reads and writes takes memory on top.`)
  }
}

export default mounting(Fits)
