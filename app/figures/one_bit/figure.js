// A dial over the bits of a teacher's weights: in the same frame one filter's weights snap to their grid, and what the
// teacher says of three images follows. data: {trouble, api, data, classes, images, tests, steps, opens}; see
// figure.py.

import { Figure, filled, make, mounting, thumbnail } from "../../components/js/component.js"
import { answerChart, answerWords, bitsWords, saidWords, stopAt, weightsChart } from "./words.js"

const ABOUT =
  "Recorded: each stop is this teacher, packed with so many bits and read back, and tested. " +
  "Each channel of a layer has its own scale. Outlines are what it says as it is."

class OneBit extends Figure {
  constructor(root) {
    super(root, "one-bit")
    this.input = this.find("input")
    this.on("input", "input", () => this.turn())
    this.observe(".box", () => this.drawSoon())
  }

  get step() {
    return this.data.steps[this.input.value]
  }

  reset() {
    this.set({ key: "bits", value: this.data.opens })
  }

  set({ key, value }) {
    if (key !== "bits" || !this.data.steps) return
    this.input.value = stopAt(this.data.steps, String(value))
    this.turn()
  }

  render({ data }) {
    this.root.dataset.ready = String(!data.trouble)
    this.putOrHide(".trouble", data.trouble)
    if (data.trouble || !this.another("given", data)) return
    this.data = data
    this.input.max = data.steps.length - 1
    this.find(".images").replaceChildren(
      ...data.images.map((image, at) =>
        make(
          "li",
          {},
          make("i", { style: thumbnail(data, data.images, at), role: "img", "aria-label": `test image ${image}` }),
          make("div", { className: "bars", "aria-hidden": "true" }),
          make("p"),
        ),
      ),
    )
    this.put(".about", ABOUT)
    this.reset()
  }

  turn() {
    const { data, step, input } = this
    filled(input)
    input.setAttribute("aria-valuetext", bitsWords(step))
    this.put("output", bitsWords(step))
    this.put(".said", saidWords(step, data.tests))
    this.all(".images p").forEach((place, at) => {
      place.textContent = answerWords(data.classes, step.says[at], data.steps[0].says[at])
    })
    this.drawSoon()
  }

  draw() {
    const { data } = this
    if (!data?.steps) return
    const { step } = this
    const box = this.find(".box")
    const room = this.room(box)
    if (room) box.innerHTML = weightsChart(data.steps, step, room)
    box.setAttribute("aria-label", saidWords(step, data.tests))
    this.all(".bars").forEach((bars, at) => {
      const of = this.room(bars)
      if (of) bars.innerHTML = answerChart(data.classes, step.says[at], data.steps[0].says[at], of)
    })
  }
}

export default mounting(OneBit)
