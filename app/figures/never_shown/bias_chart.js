// Accuracy over the bias as three curves, as SVG: of the left-out class, of the others, of all. Knows no page.

import { apart } from "../../components/js/series.js"

const HIGH = 230
const SIZE = 14 // pixels of the text
const MARGIN = { left: 44, right: 92, top: 14, bottom: 58 }
const LABEL_GAP = 18
const NAMES = { own: "", others: "others", all: "all" }

const escaped = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)

/** curves: see bias.js; marks: {free, best}, biases of the corrections. Returns where things go, for `moveBias`. */
export function biasChart(box, { curves, low, high, width, marks, name }) {
  const along = width - MARGIN.left - MARGIN.right
  const bottom = HIGH - MARGIN.bottom
  const x = (bias) => MARGIN.left + (along * (bias - low)) / (high - low)
  const y = (share) => MARGIN.top + (bottom - MARGIN.top) * (1 - share)
  const path = (points) =>
    points.map(({ bias, share }, at) => `${at ? "L" : "M"}${x(bias).toFixed(1)} ${y(share).toFixed(1)}`).join("")
  const step = high - low > 24 ? 8 : 4
  const ticks = []
  for (let tick = low; tick <= high; tick += step) ticks.push(tick)
  const right = MARGIN.left + along
  const ends = Object.keys(NAMES).map((which) => curves[which].at(-1).share)
  const places = apart(ends.map(y), LABEL_GAP, MARGIN.top + 4, bottom - 4)
  const corrections = [
    ["free", "label-free"],
    ["best", "best, peeking"],
  ].filter(([key]) => marks[key] >= low && marks[key] <= high)
  const crowded = corrections.length === 2 && Math.abs(x(marks.free) - x(marks.best)) < 150
  box.innerHTML = [
    `<svg class="chart" width="${width}" height="${HIGH}" viewBox="0 0 ${width} ${HIGH}" ` +
      `font-size="${SIZE}" aria-hidden="true" focusable="false">`,
    ...[0, 0.25, 0.5, 0.75, 1].map(
      (share) =>
        `<line class="rule" x1="${MARGIN.left}" x2="${right}" y1="${y(share)}" y2="${y(share)}"/><text ` +
        `class="tick" x="${MARGIN.left - 6}" y="${y(share) + 5}" text-anchor="end">${100 * share}%</text>`,
    ),
    ...ticks.map(
      (tick) =>
        `<text class="tick" x="${x(tick)}" y="${bottom + 18}" ` +
        `text-anchor="middle">${tick < 0 ? `−${-tick}` : tick}</text>`,
    ),
    `<text class="tick" x="${right}" y="${bottom + 54}" text-anchor="end">bias b</text>`,
    ...corrections.map(([key, words]) => {
      const anchor = !crowded ? "middle" : (key === "free") === marks.free <= marks.best ? "end" : "start"
      const shift = { end: -3, start: 3, middle: 0 }[anchor]
      return (
        `<path class="tip" d="M${x(marks[key]).toFixed(1)} ${bottom}l-5 9h10z"/><text class="tick tip-words" ` +
        `x="${(x(marks[key]) + shift).toFixed(1)}" y="${bottom + 36}" text-anchor="${anchor}">${words}</text>`
      )
    }),
    ...Object.keys(NAMES).map((which) => `<path class="line ${which}" d="${path(curves[which])}"/>`),
    ...Object.values(NAMES).map(
      (words, at) =>
        `<text class="label" x="${right + 8}" y="${(places[at] + 5).toFixed(1)}">${escaped(words || name)}</text>`,
    ),
    `<line class="now" y1="${MARGIN.top}" y2="${bottom}"/>`,
    ...Object.keys(NAMES).map((which) => `<circle class="mark ${which}" r="${which === "own" ? 5 : 3.5}"/>`),
    "</svg>",
  ].join("")
  const svg = box.firstElementChild
  return {
    x,
    y,
    low,
    high,
    now: svg.querySelector(".now"),
    marks: Object.fromEntries(Object.keys(NAMES).map((which) => [which, svg.querySelector(`.mark.${which}`)])),
  }
}

/** Put line and marks where the bias is. */
export function moveBias(at, bias, share) {
  const x = at.x(Math.min(at.high, Math.max(at.low, bias))).toFixed(1)
  at.now.setAttribute("x1", x)
  at.now.setAttribute("x2", x)
  for (const [which, mark] of Object.entries(at.marks)) {
    mark.setAttribute("cx", x)
    mark.setAttribute("cy", at.y(share[which]).toFixed(1))
  }
}
