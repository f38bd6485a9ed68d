// A dial over the number of labelled images. It moves along recorded curves; its button trains the same here and now.

import { curveWords, labelsChart, rows, stopAt, timeWords, trainWords, updatesChart, verdictWords } from "./labels_curves.js"
import { whole } from "./format.js"
import { ACTED, SET } from "./lesson_events.js"
import { mounting } from "./mounting.js"

export default mounting((parent) => new LabelsDial(parent))

class LabelsDial {
  constructor(parent) {
    this.root = parent.querySelector(".labels-dial")
    this.find = (selector) => this.root.querySelector(selector)
    this.input = this.find(".dial input")
    this.box = this.find(".marked input")
    this.input.addEventListener("input", () => (this.turn(Number(this.input.value)), this.acted("labels")))
    this.box.addEventListener("change", () => (this.mark(this.box.checked), this.acted("unlabelled")))
    this.find(".train").addEventListener("click", () => this.train())
    this.heard = ({ detail: { key, value } }) => {
      if (key === "labels" && value > 0 && !this.data.fixed) this.turn(stopAt(this.data.points, Number(value)))
      if (key === "unlabelled" && this.data.rest) this.mark(Number(value) > 0)
    }
    document.addEventListener(SET, this.heard)
    this.sized = new ResizeObserver(() => this.data && this.picture())
    this.sized.observe(this.find(".chart-box"))
  }

  leave() {
    document.removeEventListener(SET, this.heard)
    this.sized.disconnect()
  }

  render({ data, setStateValue }) {
    this.send = (value) => setStateValue("train", value)
    this.find(".train").disabled = false
    const same = JSON.stringify([data.points.map(({ labels }) => labels), data.labels, data.rest, data.view, data.marked, data.fixed])
    if (this.same === same) return
    Object.assign(this, { same, data, marked: data.marked && data.rest })
    Object.assign(this.input, { max: data.points.length - 1, disabled: data.fixed })
    this.find(".marked").hidden = !data.rest
    this.find(".act").hidden = !data.train
    this.find(".head").textContent = data.view === "updates" ? `accuracy on ${whole(data.tested)} test images, %, against updates` : `accuracy on ${whole(data.tested)} test images, %; mean and band over ${data.seeds} seeds`
    this.find(".how").textContent = "Six students, three pairs of twins, with new seeds. It takes some seconds."
    this.box.checked = this.marked
    this.turn(stopAt(data.points, data.labels))
    this.root.dataset.ready = "true"
  }

  turn(stop) {
    this.stop = Math.min(Math.max(0, stop), this.data.points.length - 1)
    this.draw()
  }

  mark(on) {
    this.marked = on
    this.box.checked = on
    this.draw()
  }

  draw() {
    const { data, marked, input } = this
    const point = data.points[this.stop]
    input.value = this.stop
    input.style.setProperty("--share", `${(100 * this.stop) / Math.max(1, data.points.length - 1)}%`)
    input.setAttribute("aria-valuetext", `${whole(point.labels)} labelled images`)
    this.find(".dial output").textContent = whole(point.labels)
    this.find(".marked span").textContent = point.unlabelled ? `and ${whole(point.unlabelled)} more that only the teacher marks` : "and the rest: none is left, all have labels"
    this.find("tbody").replaceChildren(...rows(point, marked).map(asRow))
    this.find(".said").textContent = data.view === "updates" ? timeWords(point, marked) : verdictWords(point, marked)
    this.find(".train").textContent = trainWords(point, marked)
    this.picture()
  }

  picture() {
    const { data, marked } = this
    const box = this.find(".chart-box")
    const width = Math.round(box.clientWidth)
    if (!width) return
    const at = { width, height: Math.round(Math.min(340, Math.max(230, 0.55 * width))), fontSize: 14, marked, teacher: data.teacher }
    const point = data.points[this.stop]
    box.innerHTML = data.view === "updates" ? updatesChart({ ...at, point }) : labelsChart({ ...at, points: data.points, chosen: this.stop })
    box.setAttribute("aria-label", data.view === "updates" ? timeWords(point, marked) : curveWords(data.points, marked, data.teacher))
  }

  acted(key) {
    document.dispatchEvent(new CustomEvent(ACTED, { detail: { figure: "label-dial", key } }))
  }

  train() {
    this.find(".train").disabled = true
    this.send({ labels: this.data.points[this.stop].labels, rest: this.marked, at: Date.now() })
    this.acted("train")
  }
}

function asRow({ role, words, accuracy, gain }) {
  const row = document.createElement("tr")
  row.className = role
  row.append(Object.assign(document.createElement("th"), { textContent: words, scope: "row" }), ...[accuracy, gain].map((text) => Object.assign(document.createElement("td"), { textContent: text })))
  return row
}
