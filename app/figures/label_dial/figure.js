// A dial over the number of labelled images. It moves along recorded curves; its button trains the same here and now.

import { choose, Figure, filled, make, mounting } from "../../components/js/component.js"
import { whole } from "../../components/js/format.js"
import {
  curveWords,
  gainChart,
  gainCurveWords,
  labelsChart,
  rows,
  stopAt,
  timeWords,
  trainWords,
  updatesChart,
  verdictWords,
} from "./curves.js"

const HEADS = {
  labels: ({ tested, seeds }) => `accuracy on ${whole(tested)} test images, %; mean and band over ${seeds} seeds`,
  gain: ({ seeds }) => `points gained over labels only; mean and 95% interval over ${seeds} pairs`,
  updates: ({ shown }) => `accuracy on ${whole(shown)} test images, %, against updates`,
}

class LabelsDial extends Figure {
  /** @type {any} */ stop
  /** @type {any} */ stops

  constructor(root) {
    super(root, "label-dial")
    this.input = this.find(".dial input")
    this.box = this.find(".marked input")
    this.on(".dial input", "input", () => this.turn(Number(this.input.value)))
    this.on(".marked input", "change", () => this.mark(this.box.checked))
    this.on(".train", "click", () => this.train())
    this.on(".pictures", "click", ({ target }) => {
      if (target.dataset.view) this.look(target.dataset.view)
    })
    this.observe(".chart-box", ({ width }) => {
      this.width = Math.round(width)
      this.drawn = ""
      this.drawSoon()
    })
  }

  set({ key, value }) {
    if (key === "picture" && this.view !== "updates") this.look(value === "gain" ? "gain" : "labels")
    if (key === "labels" && value > 0 && !this.data.fixed) this.turn(stopAt(this.data.points, Number(value)))
    if (key === "unlabelled" && this.data.rest) this.mark(Number(value) > 0)
  }

  render({ data, setStateValue }) {
    this.send = (value) => setStateValue("train", value)
    const { points, ...given } = data
    if (!this.another("given", [points.map(({ labels }) => labels), given])) return
    Object.assign(this, { data, drawn: "" })
    Object.assign(this.input, { max: data.points.length - 1, disabled: data.fixed })
    this.find(".marked").hidden = !data.rest
    this.find(".act").hidden = !data.train
    this.find(".pictures").hidden = data.view === "updates"
    this.find(".how").textContent = "Six students, three pairs of twins, with new seeds. It takes some seconds."
    this.begin(data.labels)
    this.root.dataset.ready = "true"
  }

  reset() {
    this.begin(this.data.own)
  }

  /** As the step opens, with the dial at so many labels. */
  begin(labels) {
    const { points, rest, view } = this.data
    this.view = view
    this.mark(rest, stopAt(points, labels))
  }

  turn(stop) {
    this.stop = Math.min(Math.max(0, stop), this.data.points.length - 1)
    this.show()
  }

  mark(on, stop = this.stop) {
    this.marked = on
    this.box.checked = on
    this.turn(stop)
  }

  look(view) {
    this.view = view
    this.show()
  }

  show() {
    const { data, marked, input } = this
    choose(this.find(".pictures").children, (button) => button.dataset.view === this.view)
    this.find(".head").textContent = HEADS[this.view](data)
    const point = data.points[this.stop]
    input.value = this.stop
    filled(input)
    input.setAttribute("aria-valuetext", `${whole(point.labels)} labelled images`)
    this.find(".dial output").textContent = whole(point.labels)
    this.find(".marked span").textContent = point.unlabelled
      ? `and ${whole(point.unlabelled)} more that only the teacher marks`
      : "and the rest: none is left, all have labels"
    fill(this.find("tbody"), rows(point, marked))
    this.find(".said").textContent = data.view === "updates" ? timeWords(point, marked) : verdictWords(point, marked)
    this.find(".train").textContent = trainWords(point, marked)
    this.drawSoon()
  }

  /** The picture in the next frame, once, however often the dial was turned until then. */
  draw() {
    const { data, marked, view, width } = this
    if (!width || !data) return
    const drawn = [view, marked, width, view === "updates" ? this.stop : ""].join(" ")
    if (drawn !== this.drawn) this.paint(drawn)
    const line = view === "updates" ? null : this.find("svg .now")
    for (const end of ["x1", "x2"]) line?.setAttribute(end, this.stops[this.stop].toFixed(1))
  }

  paint(drawn) {
    const { data, marked, view, width } = this
    const box = this.find(".chart-box")
    const at = {
      width,
      height: Math.round(Math.min(310, Math.max(230, 0.55 * width))),
      fontSize: this.letters,
      marked,
      teacher: data.teacher,
    }
    const point = data.points[this.stop]
    const over = { ...at, points: data.points, chosen: this.stop, predicted: data.predicted }
    const { svg, stops } =
      view === "updates"
        ? { svg: updatesChart({ ...at, point }) }
        : view === "gain"
          ? gainChart(over)
          : labelsChart(over)
    box.innerHTML = svg
    Object.assign(this, { drawn, stops })
    const told = {
      updates: () => timeWords(point, marked),
      gain: () => gainCurveWords(data.points, marked, data.predicted),
      labels: () => curveWords(data.points, marked, data.teacher),
    }
    box.setAttribute("aria-label", told[view]())
  }

  train() {
    this.rest(this.find(".train")) // against a second press of the same hand
    this.send({ labels: this.data.points[this.stop].labels, rest: this.marked, at: Date.now() })
  }
}

/** Rows into a table's body; those that are there already only get other numbers. */
function fill(body, found) {
  while (body.rows.length > found.length) body.deleteRow(-1)
  found.forEach(({ role, words, accuracy, range, gain }, index) => {
    const row = body.rows[index] ?? asRow(body.insertRow())
    row.className = role
    row.cells[0].textContent = words
    const [reached, over] = row.cells[1].children
    reached.textContent = accuracy
    over.textContent = range
    row.cells[2].textContent = gain.replaceAll(" ± ", "\u00a0±\u00a0") // never broken
  })
}

function asRow(row) {
  row.append(make("th", { scope: "row" }), make("td"), make("td"))
  row.cells[1].append(make("span"), " ", make("span", { className: "muted" }))
  return row
}

export default mounting(LabelsDial)
