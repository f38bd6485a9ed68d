// What fewer bits make of a filter's weights and of three answers, in words and as SVG. Pure.

import { percent, rounded, whole } from "../../components/js/format.js"
import { across, down, svg, text } from "../../components/js/svg.js"

/**
 * @typedef {{bits: string, accuracy: number, low: number, high: number, bytes: number, weights: number[],
 *   says: number[][]}} Step a stop of the dial: shares; says: probabilities of each image
 */

const KINDS = /** @type {Record<string, string>} */ ({
  32: "32 bits, a float",
  16: "16 bits, a short float",
  1.6: "−1, 0 or 1: 1.6 bits",
  1: "1 bit, a sign",
})

/** @param {Step} step */
export const bitsWords = ({ bits }) => KINDS[bits] ?? `${bits} bits`

/** The place of the stop with so many bits; the first if there is none. @param {Step[]} steps @param {string} bits */
export const stopAt = (steps, bits) =>
  Math.max(
    0,
    steps.findIndex((step) => step.bits === bits),
  )

/** How many different values some weights have. @param {number[]} weights */
export const values = (weights) => new Set(weights).size

/** @param {Step} step @param {number} tests */
export function saidWords(step, tests) {
  const { accuracy, low, high, bytes, weights } = step
  return (
    `${bitsWords(step)}: the ${whole(weights.length)} weights of this filter have ${values(weights)} different ` +
    `values, the whole teacher is stored in ${whole(bytes / 1000)} kB, and gets ${percent(accuracy, 2)}% ` +
    `(${percent(low)} … ${percent(high)}) of ${whole(tests)} test images right.`
  )
}

/** @param {string[]} classes @param {number[]} now @param {number[]} first of the teacher as it is */
export function answerWords(classes, now, first) {
  const [says, meant] = [now, first].map((shares) => shares.indexOf(Math.max(...shares)))
  const sure = `${percent(now[says], 0)}% sure`
  return says === meant
    ? `It says ${classes[says]}, ${sure}.`
    : `It says ${classes[says]}, ${sure}; as it is it says ${classes[meant]}.`
}

/**
 * How many weights lie in each of so many bins, which reach from −far to far. @param {number[]} weights
 * @param {number} far @param {number} bins
 */
export function histogram(weights, far, bins) {
  const counts = new Array(bins).fill(0)
  for (const weight of weights) {
    const at = Math.floor((bins * (weight + far)) / (2 * far))
    counts[Math.max(0, Math.min(bins - 1, at))] += 1
  }
  return counts
}

/** @param {string} kind @param {number[]} box x, y, width, height */
function bar(kind, ...box) {
  const [x, y, width, height] = box.map((one) => rounded(one, 1))
  return `<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${height}"/>`
}

const BINS = 81 // an odd number: one is about zero

/** @param {Step[]} steps @param {Step} step @param {any} room */
export function weightsChart(steps, step, room) {
  const { width, height, fontSize } = room
  const far = 1.02 * Math.max(...steps.flatMap(({ weights }) => weights.map(Math.abs)))
  const counts = histogram(step.weights, far, BINS)
  const most = Math.max(...counts)
  const bottom = height - 1.6 * fontSize
  const bin = width / BINS
  const bars = counts.map((count, at) => {
    const tall = (count / most) * (bottom - 8)
    return bar("bar", at * bin + 0.5, bottom - tall, Math.max(1, bin - 1), tall)
  })
  const axis = [
    across("rule", 0, width, bottom),
    down("zero", width / 2, bottom, bottom + 4),
    text(width / 2, height - 3, "0", "tick", "middle"),
    text(0, height - 3, `−${rounded(far, 2)}`, "tick", "start"),
    text(width, height - 3, rounded(far, 2), "tick", "end"),
  ]
  return svg(room, [...bars, ...axis])
}

/**
 * Ten bars of an answer, and the outlines of those of the teacher as it is. @param {string[]} classes
 * @param {number[]} now @param {number[]} first @param {any} room
 */
export function answerChart(classes, now, first, room) {
  const { width, height, fontSize } = room
  const bottom = height - 1.3 * fontSize
  const each = width / classes.length
  const rect = (/** @type {string} */ kind, /** @type {number} */ share, /** @type {number} */ at) => {
    const tall = share * (bottom - 2)
    return bar(kind, at * each + 1.5, bottom - tall, each - 3, tall)
  }
  return svg(room, [
    across("rule", 0, width, bottom),
    ...now.map((share, at) => rect("bar", share, at)),
    ...first.map((share, at) => rect("whole", share, at)),
    ...classes.map((name, at) => text((at + 0.5) * each, height - 2, name.slice(0, 2), "tick", "middle")),
  ])
}
