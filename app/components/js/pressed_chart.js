// A chart of a recorded run in which a place can be pressed, as HTML.

import { rounded } from "./format.js"
import { escaped } from "./svg.js"

/**
 * sure: whether a difference was measured there. drawn: low and high of all intervals.
 * @typedef {{id: string, said: string, cells: string[], interval: number[] | null, sure: boolean}} Place
 * @typedef {{heads: string[], names: string[], rows: Place[][], drawn: number[] | null}} PressedChart
 */

/**
 * The buttons, with what stands above and beside them. A row with one place is a button as wide as the chart, else the
 * chart is a map.
 * @param {PressedChart} chart
 */
export function chartHtml({ heads, names, rows, drawn }) {
  const above = heads.map(cell).join("")
  const lines = rows.map((places, at) => {
    if (isMap({ rows })) {
      const name = `<span aria-hidden="true">${escaped(names[at])}</span>`
      return name + places.map((place) => button(place, place.cells.map(cell).join(""))).join("")
    }
    const [place] = places
    return button(place, cell(names[at]) + reach(place, drawn) + place.cells.map(cell).join(""))
  })
  return `<p class="heads" aria-hidden="true">${above}</p>${lines.join("")}`
}

export const isMap = (/** @type {{rows: unknown[][]}} */ { rows }) => rows.some((places) => places.length > 1)

const cell = (/** @type {string} */ words) => `<span>${escaped(words)}</span>`

/** @param {Place} place @param {string} inner */
function button({ id, said, sure }, inner) {
  const named = `data-id="${escaped(id)}" aria-label="${escaped(said)}"${sure ? "" : ' class="unsure"'}`
  return `<button type="button" role="radio" ${named}>${inner}</button>`
}

/**
 * The interval as a line with its mean, and where zero is; "" if none is drawn.
 * @param {Place} place @param {number[] | null} drawn
 */
function reach({ interval }, drawn) {
  if (!interval || !drawn) return ""
  const share = (/** @type {number} */ value) => Number(rounded((100 * (value - drawn[0])) / (drawn[1] - drawn[0]), 2))
  const [low, mean, high] = interval.map(share)
  const line = `<i style="left:${low}%;right:${rounded(100 - high, 2)}%"></i>`
  return `<b style="--zero:${share(0)}%">${line}<i class="mean" style="left:${mean}%"></i></b>`
}
