// Pieces of charts as SVG text.

import { rounded } from "./format.js"

export const escaped = (/** @type {unknown} */ text) =>
  String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)

const fixed = (/** @type {number} */ value) => rounded(value, 1)

/**
 * @typedef {{width: number, height: number, fontSize: number, scale?: number}} Size in pixels, and how much larger
 *   all of it is drawn
 * @param {Size} size @param {string[]} parts
 */
export function svg({ width, height, fontSize, scale = 1 }, parts) {
  const size = `width="${scale * width}" height="${scale * height}"`
  const box = `${size} viewBox="0 0 ${width} ${height}" font-size="${fontSize}"`
  return `<svg class="chart" ${box} aria-hidden="true" focusable="false">${parts.join("")}</svg>`
}

/** @param {number} x @param {number} y @param {unknown} words @param {string} kind @param {string} anchor */
export function text(x, y, words, kind, anchor) {
  return `<text class="${kind}" x="${fixed(x)}" y="${fixed(y)}" text-anchor="${anchor}">${escaped(words)}</text>`
}

export const LOG_SCALE = " (log scale)" // behind the name of an axis
export const LOG_SCALES = " (both scales log)"

/** A line across. @param {string} kind @param {number} from @param {number} to @param {number} y */
export function across(kind, from, to, y) {
  return `<line class="${kind}" x1="${from}" x2="${to}" y1="${fixed(y)}" y2="${fixed(y)}"/>`
}

/**
 * A line across at each tick, with what it stands for before it.
 * @param {number[]} ticks @param {number} from @param {number} to @param {(tick: number) => number} y
 * @param {(tick: number) => unknown} written @param {number} below how far a text's foot is below its line
 */
export function rules(ticks, from, to, y, written, below) {
  const rule = (/** @type {number} */ tick) =>
    across("rule", from, to, y(tick)) + text(from - 6, y(tick) + below, written(tick), "tick", "end")
  return ticks.map(rule)
}

/**
 * A line down.
 * @param {string} kind @param {number} x @param {number} from @param {number} to @param {string} [style]
 */
export function down(kind, x, from, to, style = "") {
  return `<line class="${kind}" x1="${fixed(x)}" x2="${fixed(x)}" y1="${fixed(from)}" y2="${fixed(to)}"${style}/>`
}

/** The path through some places; "" without any. @param {number[][]} places x and y */
export function through(places) {
  return places.length ? `M${places.map(([x, y]) => `${fixed(x)} ${fixed(y)}`).join("L")}` : ""
}

/**
 * The outline between the upper and the lower edge of a band; "" without two places.
 * @param {number[][]} band x, low, high
 */
export function outline(band) {
  const [upper, lower] = [band.map(([x, , high]) => [x, high]), band.map(([x, low]) => [x, low]).reverse()]
  return band.length > 1 ? `${through([...upper, ...lower])}Z` : ""
}

/** @param {string} kind @param {string} d @param {number} width @param {string} [dash] */
export function line(kind, d, width, dash = "") {
  return `<path class="line ${kind}" d="${d}" stroke-width="${width}"${dash && ` stroke-dasharray="${dash}"`}/>`
}

/** A hollow square. @param {number} x @param {number} y @param {string} kind @param {string} [style] */
export function square(x, y, kind, style = "") {
  return `<rect class="mark hollow ${kind}" x="${fixed(x - 3.5)}" y="${fixed(y - 3.5)}" width="7" height="7"${style}/>`
}

/** A filled circle. @param {number} x @param {number} y @param {string} kind @param {string} [style] */
export function circle(x, y, kind, style = "") {
  return `<circle class="mark ${kind}" cx="${fixed(x)}" cy="${fixed(y)}" r="4"${style}/>`
}
