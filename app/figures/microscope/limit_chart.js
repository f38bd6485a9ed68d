// How far the soft gradient is from its limit, over the temperature: a small curve, both scales logarithmic.

import { rounded } from "../../components/js/format.js"
import { LOG_SCALES, line, rules, text, through } from "../../components/js/svg.js"
import { shareWords } from "./words.js"

const HIGH = 170
const SIZE = 14 // pixels of the text, unless all is drawn larger
const MARGIN = { left: 52, right: 58, top: 12, bottom: 40 }
const LOWEST = 0.001
const NAMES = { 1: "1", 10: "10", 100: "100", 1000: "1,000" }

/**
 * Draw the curve. points: [{temperature, share}]; highest: the largest share that is ever drawn; wide, letters: pixels.
 * Returns where things go.
 */
export function curve(svg, points, wide, highest, letters) {
  const scale = letters / SIZE
  const width = wide / scale
  const top = Math.max(2, highest * 1.15)
  const along = width - MARGIN.left - MARGIN.right
  const up = HIGH - MARGIN.top - MARGIN.bottom
  const x = (temperature) => MARGIN.left + (along * Math.log10(temperature)) / 3
  const y = (share) => MARGIN.top + (up * Math.log(top / Math.max(share, LOWEST))) / Math.log(top / LOWEST)
  const size = { width: wide, height: scale * HIGH, viewBox: `0 0 ${width} ${HIGH}`, "font-size": SIZE }
  for (const [name, value] of Object.entries(size)) svg.setAttribute(name, String(value))
  const bottom = HIGH - MARGIN.bottom
  const path = through(points.map(({ temperature, share }) => [x(temperature), y(share)]))
  const right = MARGIN.left + along
  svg.innerHTML = [
    ...rules([1, 0.1, 0.01, 0.001], MARGIN.left, right, y, (share) => `${100 * share}%`, 5),
    ...Object.entries(NAMES).map(([temperature, name]) => text(x(temperature), bottom + 18, name, "tick", "middle")),
    text(right, bottom + 36, `temperature T${LOG_SCALES}`, "tick", "end"),
    line("teacher", path, 2.4),
    `<line class="now" y1="${MARGIN.top}" y2="${bottom}"/><circle class="mark teacher" r="5"/>`,
    '<text class="label teacher"></text>',
  ].join("")
  return { x, y, width }
}

/** Put the mark where the temperature is. */
export function moved(svg, at, temperature, share) {
  const [x, y] = [at.x(temperature), at.y(share)]
  const [now, mark, label] = [...svg.children].slice(-3)
  now.setAttribute("x1", rounded(x, 1))
  now.setAttribute("x2", rounded(x, 1))
  mark.setAttribute("cx", rounded(x, 1))
  mark.setAttribute("cy", rounded(y, 1))
  label.setAttribute("x", rounded(x + 9, 1))
  label.setAttribute("y", rounded(Math.max(12, y - 6), 1))
  label.textContent = shareWords(share)
}
