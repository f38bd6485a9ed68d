// A whole student's weights: which are left out, the bits of one, where they are drawn, and what is said of it. Pure.

import { percent, rounded, whole } from "../../components/js/format.js"
import { across, circle, line, svg, text, through } from "../../components/js/svg.js"

/**
 * @typedef {{name: string, shape: number[]}} Part of a student's numbers, one after the other
 * @typedef {{share: number, accuracy: number, half: number}} Step share: percent left out; half: of the 95% interval
 * @typedef {{at: number, x: number, y: number, side: number}} Cell at: its place among all numbers
 */

/** Numbers in base64. @param {string} text */
export const bytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))

/** A part's numbers begin after those of all before it. @param {Part[]} parts */
export function placed(parts) {
  let start = 0
  return parts.map(({ name, shape }) => {
    const count = shape.reduce((product, one) => product * one, 1)
    start += count
    return { name, shape, start: start - count, count, weight: shape.length > 1 }
  })
}

/** Places of all weights, without biases. @param {Part[]} parts */
export const weightsOf = (parts) =>
  placed(parts).flatMap(({ start, count, weight }) =>
    weight ? Array.from({ length: count }, (_, at) => start + at) : [],
  )

/**
 * The smallest size of a weight that is kept if so many percent are left out, of all layers together.
 * @param {Float32Array} values @param {number[]} places of the weights @param {number} share
 */
export function leastKept(values, places, share) {
  const sizes = Float32Array.from(places, (at) => Math.abs(values[at])).sort()
  const kept = Math.max(1, Math.round((1 - share / 100) * sizes.length))
  return sizes[sizes.length - kept]
}

/** The 32 bits of a float: its sign, eight of the exponent, 23 of the fraction. @param {number} value */
export function bitsOf(value) {
  const view = new DataView(new ArrayBuffer(4))
  view.setFloat32(0, value)
  return Array.from({ length: 32 }, (_, at) => (view.getUint32(0) >>> (31 - at)) & 1)
}

/** The inverse. @param {number[]} bits */
export function fromBits(bits) {
  const view = new DataView(new ArrayBuffer(4))
  view.setUint32(
    0,
    bits.reduce((number, bit) => number * 2 + bit, 0),
  )
  return view.getFloat32(0)
}

export const FLOAT = 32 // bits
export const PLACES = { sign: 0, exponent: 1, fraction: 9 } // of the first bit of each

/** @param {number} at @param {number} stored bits of the weight */
export function bitName(at, stored) {
  if (stored < FLOAT) return `bit ${at + 1} of ${stored}`
  if (at === PLACES.sign) return "sign"
  return at < PLACES.fraction ? `exponent, bit ${at} of 8` : `fraction, bit ${at - PLACES.fraction + 1} of 23`
}

const minus = (/** @type {string} */ text) => text.replaceAll("-", "−")

/** 0.3127 → "0.313", 1.06e38 → "1.1 · 10^38". @param {number} value */
export function valueWords(value) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "not a number" : value > 0 ? "infinity" : "−infinity"
  const size = Math.abs(value)
  if (size !== 0 && (size < 0.0001 || size >= 10000)) {
    const power = Math.floor(Math.log10(size))
    return minus(`${rounded(value / 10 ** power, 1)} · 10^${rounded(power, 0)}`)
  }
  return minus(rounded(value, 4))
}

/** Probabilities; none if a logit is no number. @param {Float32Array | number[]} logits */
export function shares(logits) {
  const most = Math.max(...logits)
  const raised = Array.from(logits, (logit) => Math.exp(logit - most))
  const sum = raised.reduce((total, one) => total + one, 0)
  return Number.isFinite(sum) ? raised.map((one) => one / sum) : null
}

/** @param {string[]} classes @param {number[] | null} now @param {number[]} first as the student is */
export function answerWords(classes, now, first) {
  const meant = classes[first.indexOf(Math.max(...first))]
  if (!now) return `It says nothing any more: no number comes out. As it is it says ${meant}.`
  const says = classes[now.indexOf(Math.max(...now))]
  const sure = `${percent(Math.max(...now), 0)}% sure`
  return says === meant ? `It says ${says}, ${sure}.` : `It says ${says}, ${sure}; as it is it says ${meant}.`
}

const CLIPS = 40 // ranges that are tried for a grid, as when a network is packed

/**
 * Weights of one output on a grid of 2^bits values, evenly apart and symmetric about zero: their codes, and the scale
 * whose squared error is least. low: what code 0 stands for, in scales. @param {Float32Array} row @param {number} bits
 */
export function fitted(row, bits) {
  const low = (1 - 2 ** bits) / 2
  const largest = Math.max(...row.map(Math.abs))
  const codesFor = (/** @type {number} */ scale) =>
    Uint8Array.from(row, (value) => Math.max(0, Math.min(2 ** bits - 1, Math.round(value / scale - low))))
  let best = { scale: 1, error: Infinity }
  for (let part = 1; part <= CLIPS; part++) {
    const scale = Math.fround((largest * part) / CLIPS / -low)
    const codes = codesFor(scale)
    const error = row.reduce((sum, value, at) => sum + ((codes[at] + low) * scale - value) ** 2, 0)
    if (error < best.error) best = { scale, error }
  }
  return { codes: codesFor(best.scale), scale: best.scale, low }
}

/**
 * All weights in few bits, a scale for each output: of every place its code, scale and low.
 * @param {Float32Array} values @param {Part[]} parts @param {number} bits
 */
export function grid(values, parts, bits) {
  /** @type {Map<number, {code: number, scale: number, low: number}>} */ const all = new Map()
  for (const { start, count, shape, weight } of placed(parts)) {
    const each = count / shape[0]
    for (let first = start; weight && first < start + count; first += each) {
      const { codes, scale, low } = fitted(values.subarray(first, first + each), bits)
      for (const [at, code] of codes.entries()) all.set(first + at, { code, scale, low })
    }
  }
  return all
}

/** What a code stands for. @param {number} code @param {{scale: number, low: number}} of */
export const standsFor = (code, { scale, low }) => Math.fround((code + low) * scale)

/** A whole number as so many bits, and back. @param {number} code @param {number} bits */
export const codeBits = (code, bits) => Array.from({ length: bits }, (_, at) => (code >> (bits - 1 - at)) & 1)
export const fromCode = (/** @type {number[]} */ bits) => bits.reduce((code, bit) => 2 * code + bit, 0)

/** @param {Step} step @param {number} weights @param {number} seeds @param {number} tests */
export function prunedWords({ share, accuracy, half }, weights, seeds, tests) {
  const kept = Math.max(1, Math.round((1 - share / 100) * weights))
  return (
    `${share}% left out: ${whole(kept)} of ${whole(weights)} weights are there. Such students get ` +
    `${percent(accuracy)} ± ${rounded(100 * half, 1)}% of ${whole(tests)} test images right (${seeds} seeds).`
  )
}

/**
 * @param {number} before @param {number} now @param {number} changed how many of the answers @param {number} of
 * @param {number} stored bits of every weight
 */
export function flippedWords(before, now, changed, of, stored) {
  const among = stored < FLOAT ? `, one of ${2 ** stored} values that its output has` : ""
  if (Object.is(before, now)) return `This weight is ${valueWords(before)}${among}. Flip one of its bits.`
  const answers = changed ? `${changed} of the ${of} answers changed` : `no answer changed`
  return `This weight was ${valueWords(before)} and is ${valueWords(now)}${among}: ${answers}.`
}

const GAP = 1.5 // between tiles, in cells of the head

/**
 * Where every weight is drawn, and how much room that takes, in cells: the filters above, and below for each class what
 * it weighs of the last maps. @param {Part[]} parts @param {number} side of the last maps
 */
export function layout(parts, side) {
  /** @type {Cell[]} */ const cells = []
  /** @type {{words: string, x: number, y: number}[]} */ const names = []
  const weights = placed(parts).filter(({ weight }) => weight)
  const [head] = weights.slice(-1)
  const [large, top] = [2, 2.4] // how large a filter's cells are; room for a name
  let left = 0
  weights.slice(0, -1).forEach(({ start, shape: [outputs, inputs, rows, columns] }, layer) => {
    names.push({ words: `layer ${layer + 1}`, x: left, y: top - 0.7 })
    for (let filter = 0; filter < outputs * inputs; filter++) {
      tile(cells, start + filter * rows * columns, rows, columns, left, top, large)
      left += large * columns + (filter % inputs === inputs - 1 ? 2 * GAP : GAP / 2)
    }
    left += 3 * GAP
  })
  const below = top + 3 * large + top + GAP
  const [classes, inputs] = head.shape
  const maps = inputs / side ** 2
  for (let label = 0; label < classes; label++) {
    const x = label * (side + GAP)
    names.push({ words: String(label), x: x + side / 2, y: below - 0.7 })
    for (let map = 0; map < maps; map++)
      tile(cells, head.start + label * inputs + map * side ** 2, side, side, x, below + map * (side + GAP), 1)
  }
  return { cells, names, width: classes * (side + GAP) - GAP, height: below + maps * (side + GAP) - GAP }
}

/** @param {Cell[]} cells @param {number} start @param {number} rows @param {number} columns @param {number} left
 * @param {number} top @param {number} side */
function tile(cells, start, rows, columns, left, top, side) {
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      cells.push({ at: start + row * columns + column, x: left + column * side, y: top + row * side, side })
}

const SHADES = 5

/** How strongly a weight is drawn, 1 … SHADES, beside the largest of its layer; 0 if it is left out.
 * @param {number} value @param {number} most @param {number} least */
export const shade = (value, most, least) =>
  Math.abs(value) < least ? 0 : Math.max(1, Math.min(SHADES, Math.ceil((SHADES * Math.abs(value)) / (most || 1))))

/** @param {Step[]} steps @param {Step} now @param {any} room */
export function courseChart(steps, now, room) {
  const { width, height, fontSize } = room
  const [left, right, top, bottom] = [3 * fontSize, width - 8, 8, height - 1.5 * fontSize]
  const x = (/** @type {number} */ share) => left + ((right - left) * share) / 100
  const y = (/** @type {number} */ right_) => bottom - (bottom - top) * right_
  return svg(room, [
    ...[0, 0.5, 1].flatMap((tick) => [
      across("rule", left, right, y(tick)),
      text(left - 5, y(tick) + 0.35 * fontSize, `${percent(tick, 0)}%`, "tick", "end"),
    ]),
    ...[0, 50, 100].map((tick) => text(x(tick), height - 3, `${tick}%`, "tick", tick === 100 ? "end" : "middle")),
    line("distilled", through(steps.map(({ share, accuracy }) => [x(share), y(accuracy)])), 2),
    circle(x(now.share), y(now.accuracy), "distilled"),
  ])
}
