// A dial over the number of labelled images, or over updates. It moves along recorded curves; its button trains the
// same here and now. data: {points, teacher, tested, seeds, temperature, alpha, words: {key, name, unit, when}, stop,
// first, rest, view, fixed, own, predicted}; a point: {stop, labels, unlabelled, ends, gains, beside}.

import { choose, Figure, filled, make, mounting } from "../../components/js/component.js"
import { rounded, taughtWords, whole } from "../../components/js/format.js"
import { OwnRun } from "../../components/js/own_run.js"
import { curveWords, gainChart, gainCurveWords, labelsChart, rows, stopAt, trainWords, verdictWords } from "./curves.js"

const HEADS = {
  labels: (data) =>
    `accuracy on ${whole(data.tested)} test images, %; mean and band over ${data.seeds} seeds; ${taughtWords(data)}`,
  gain: (data) =>
    `points gained over labels only; mean and 95% interval over ${data.seeds} pairs; ${taughtWords(data)}`,
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
    this.own = new OwnRun(this, {
      place: () => [this.point.stop, this.others],
      label: () => trainWords(this.point, this.marked, this.data.words),
    })
    this.on(".pictures", "click", ({ target }) => {
      if (target.dataset.view) this.look(target.dataset.view)
    })
    this.observe(".chart-box", () => {
      this.drawn = ""
      this.drawSoon()
    })
  }

  set({ key, value }) {
    if (key === "picture") this.look(value === "gain" ? "gain" : "labels")
    if (key === this.data.words.key && value > 0 && !this.data.fixed) this.turn(stopAt(this.data.points, Number(value)))
    if (key === "unlabelled" && this.data.rest) this.mark(Number(value) > 0)
  }

  render(mounted) {
    const { points, own, ...given } = mounted.data
    if (this.another("given", [points.map(({ stop }) => stop), given])) this.open(mounted.data)
    this.own.render(mounted)
  }

  open(data) {
    Object.assign(this, { data, drawn: "" })
    Object.assign(this.input, { max: data.points.length - 1, disabled: data.fixed })
    this.find(".marked").hidden = !data.rest
    this.find(".dial").dataset.control = data.words.key
    this.put(".dial .name", data.words.name)
    this.input.setAttribute("aria-label", data.words.name)
    this.begin(data.stop)
    this.root.dataset.ready = "true"
  }

  reset() {
    this.begin(this.data.first)
  }

  /** As the step opens, with the dial at this stop. */
  begin(stop) {
    const { points, rest, view } = this.data
    this.view = view
    this.mark(rest, stopAt(points, stop))
  }

  get point() {
    return this.data.points[this.stop]
  }

  /** The other images, as Python offers them with and without: none where all have labels. */
  get others() {
    return this.marked && this.point.unlabelled ? "rest" : ""
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
    const { data, marked, input, point } = this
    choose(this.find(".pictures").children, (button) => button.dataset.view === this.view)
    this.find(".head").textContent = HEADS[this.view](data)
    input.value = this.stop
    filled(input)
    input.setAttribute("aria-valuetext", `${whole(point.stop)} ${data.words.unit}`)
    this.find(".dial output").textContent = whole(point.stop)
    this.find(".marked span").textContent = point.unlabelled
      ? `and ${whole(point.unlabelled)} more that only the teacher marks`
      : "and the rest: none is left, all have labels"
    fill(this.find("tbody"), rows(point, marked))
    this.find(".said").textContent = verdictWords(point, marked, data.words)
    this.own.turned()
    this.drawSoon()
  }

  /** The picture in the next frame, once, however often the dial was turned until then. */
  draw() {
    const { data, marked, view } = this
    const drawn = [view, marked].join(" ")
    if (data && drawn !== this.drawn) this.paint(drawn)
    if (!this.drawn) return
    for (const end of ["x1", "x2"]) this.find("svg .now").setAttribute(end, rounded(this.stops[this.stop], 1))
  }

  paint(drawn) {
    const { data, marked, view } = this
    const room = this.room(".chart-box")
    if (!room) return
    const box = this.find(".chart-box")
    const at = { ...room, marked, teacher: data.teacher }
    const { points, words, predicted } = data
    const over = { ...at, points, words, chosen: this.stop, predicted }
    const { svg, stops } = view === "gain" ? gainChart(over) : labelsChart(over)
    box.innerHTML = svg
    Object.assign(this, { drawn, stops })
    const told =
      view === "gain"
        ? gainCurveWords(points, marked, words, predicted)
        : curveWords(points, marked, words, data.teacher)
    box.setAttribute("aria-label", told)
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
