// Accuracy over the bias as three curves, as SVG: of the left-out class, of the others, of all.

import { rounded } from "../../components/js/format.js"
import { apart } from "../../components/js/series.js"
import { rules, svg, text, through } from "../../components/js/svg.js"

const SIZE = 14 // pixels of the text, unless all is drawn larger
const MARGIN = { left: 44, right: 92, top: 14, bottom: 58 }
const LABEL_GAP = 18
const NAMES = { own: "", others: "others", all: "all" }

/**
 * The chart without its curves. marks: {free, best}, biases of the corrections, if they are shown; room: in pixels.
 * Returns where things go, for `trace` and `moveBias`.
 */
export function biasChart(box, { low, high, room, marks, name }) {
  const scale = room.fontSize / SIZE
  const [width, height] = [room.width / scale, room.height / scale]
  const along = width - MARGIN.left - MARGIN.right
  const bottom = height - MARGIN.bottom
  const x = (bias) => MARGIN.left + (along * (bias - low)) / (high - low)
  const y = (share) => MARGIN.top + (bottom - MARGIN.top) * (1 - share)
  const step = high - low > 24 ? 8 : 4
  const ticks = []
  for (let tick = low; tick <= high; tick += step) ticks.push(tick)
  const right = MARGIN.left + along
  const corrections = [
    ["free", "label-free"],
    ["best", "best, peeking"],
  ].filter(([key]) => marks[key] >= low && marks[key] <= high)
  const crowded = corrections.length === 2 && Math.abs(x(marks.free) - x(marks.best)) < 150
  box.innerHTML = svg({ width, height, fontSize: SIZE, scale }, [
    ...rules([0, 0.25, 0.5, 0.75, 1], MARGIN.left, right, y, (share) => `${100 * share}%`, 5),
    ...ticks.map((tick) => text(x(tick), bottom + 18, tick < 0 ? `−${-tick}` : tick, "tick", "middle")),
    text(right, bottom + 54, "bias b", "tick", "end"),
    ...corrections.map(([key, words]) => {
      const anchor = !crowded ? "middle" : (key === "free") === marks.free <= marks.best ? "end" : "start"
      const shift = { end: -3, start: 3, middle: 0 }[anchor]
      const tip = `<path class="tip" d="M${rounded(x(marks[key]), 1)} ${bottom}l-5 9h10z"/>`
      return tip + text(x(marks[key]) + shift, bottom + 36, words, "tick tip-words", anchor)
    }),
    ...Object.keys(NAMES).map((which) => `<path class="line ${which}"/>`),
    ...Object.values(NAMES).map((words) => text(0, 0, words || name, "label", "start")),
    `<line class="now" y1="${MARGIN.top}" y2="${bottom}"/>`,
    ...Object.keys(NAMES).map((which) => `<circle class="mark ${which}" r="${which === "own" ? 5 : 3.5}"/>`),
  ])
  const picture = box.firstElementChild
  const ofEach = (kind) =>
    Object.fromEntries(Object.keys(NAMES).map((which) => [which, picture.querySelector(`.${kind}.${which}`)]))
  return {
    x,
    y,
    low,
    high,
    bottom,
    now: picture.querySelector(".now"),
    lines: ofEach("line"),
    labels: picture.querySelectorAll(".label"),
    marks: ofEach("mark"),
  }
}

/** Draw the curves, with their names at their ends. curves: see bias.js. */
export function trace(at, curves) {
  for (const [which, line] of Object.entries(at.lines))
    line.setAttribute("d", through(curves[which].map(({ bias, share }) => [at.x(bias), at.y(share)])))
  const ends = Object.keys(at.lines).map((which) => curves[which].at(-1))
  const places = apart(
    ends.map(({ share }) => at.y(share)),
    LABEL_GAP,
    MARGIN.top + 4,
    at.bottom - 4,
  )
  for (const [place, label] of at.labels.entries()) {
    label.setAttribute("x", at.x(ends[place].bias) + 8)
    label.setAttribute("y", places[place] + 5)
  }
}

/** Put line and marks where the bias is. */
export function moveBias(at, bias, share) {
  const x = rounded(at.x(Math.min(at.high, Math.max(at.low, bias))), 1)
  at.now.setAttribute("x1", x)
  at.now.setAttribute("x2", x)
  for (const [which, mark] of Object.entries(at.marks)) {
    mark.setAttribute("cx", x)
    mark.setAttribute("cy", rounded(at.y(share[which]), 1))
  }
}
