// Teacher and student to scale, as squares of dots. The dots are a pattern of the page's own colours, a whole number of
// the screen's pixels apart.

import { choose, Figure, make, mounting } from "../../components/js/component.js"
import { counted, PITCH, pairWords, perDot, squareOf } from "./words.js"

const LABELS = 44 // pixels of the page above a square

class ToScale extends Figure {
  constructor(root) {
    super(root, "to-scale")
    this.at = 0
    this.on(".pairs", "click", ({ target }) => this.choose(target.closest("button")))
    this.observe(".plates", () => this.drawSoon())
  }

  render({ data }) {
    if (!this.another("pairs", data.pairs)) return
    this.data = data
    const offered = data.pairs.length > 1 ? data.pairs : []
    this.find(".pairs").replaceChildren(
      ...offered.map(({ words }, at) => make("button", { className: "plain", dataset: { at } }, words)),
    )
    this.draw()
    this.root.dataset.ready = "true"
  }

  choose(button) {
    if (!button) return
    this.at = Number(button.dataset.at)
    this.draw()
  }

  set({ key, value }) {
    if (key !== "count") return
    this.at = Math.max(
      0,
      this.data.pairs.findIndex(({ id }) => id === value),
    )
    this.draw()
  }

  reset() {
    this.at = 0
    this.draw()
  }

  draw() {
    const pair = this.data?.pairs[this.at]
    if (!pair) return
    choose(this.all(".pairs button"), ({ dataset }) => Number(dataset.at) === this.at)
    const { width, height } = this.find(".plates").getBoundingClientRect()
    const ratio = window.devicePixelRatio || 1
    const sizes = { teacher: pair.teacher.numbers, student: pair.student.numbers }
    const each = perDot({ ...sizes, width, height: height - LABELS, ratio })
    this.put(".said", pairWords(pair, each))
    this.find(".source").hidden = !pair.url
    Object.assign(this.find(".source a"), { textContent: pair.source, href: pair.url || "#" })
    if (!this.another("drawn", [pair.id, each, ratio])) return
    const plates = [
      ["teacher", pair.teacher],
      ["distilled", pair.student],
    ]
    this.find(".plates").replaceChildren(...plates.map(([role, one]) => plate(role, one, each, ratio)))
  }
}

/** A network by its name, its size and its dots. */
function plate(role, { name, numbers }, each, ratio) {
  const words = make("span", {}, make("b", {}, name), make("br"), counted(numbers))
  const node = make("div", { className: `plate ${role}` }, words)
  node.insertAdjacentHTML("beforeend", dots(numbers, each, ratio, role))
  return node
}

/** A square of dots as SVG text. */
function dots(numbers, each, ratio, role) {
  const { across, rows, rest } = squareOf(numbers, each)
  const high = rows + (rest ? 1 : 0)
  const pixels = (count) => (count * PITCH) / ratio
  const size = `width="${pixels(across)}" height="${pixels(high)}" viewBox="0 0 ${across * PITCH} ${high * PITCH}"`
  const edge = `M0 0H${across * PITCH}V${rows * PITCH}H${rest * PITCH}V${high * PITCH}H0z`
  const dot = `<rect width="${PITCH - 1}" height="${PITCH - 1}" fill="currentColor"/>`
  const cell = `id="dots-${role}" width="${PITCH}" height="${PITCH}" patternUnits="userSpaceOnUse"`
  const filled = `<path d="${edge}" fill="url(#dots-${role})"/>`
  return `<svg ${size} focusable="false"><defs><pattern ${cell}>${dot}</pattern></defs>${filled}</svg>`
}

export default mounting(ToScale)
