// What the two planes of small networks say, and their SVG. Pure.

import { percent, rounded, whole } from "../../components/js/format.js"
import { across, circle, down, line, square, svg, text, through } from "../../components/js/svg.js"

/**
 * @typedef {{words: string, bytes: number, accuracy: number, low: number, high: number, agreement: number,
 *   drawn: boolean, single: number | null, batch: number | null}} Point accuracy, low, high, agreement: 0 … 1;
 *   single, batch: milliseconds, null where nothing computes as it is stored
 * @typedef {{id: string, words: string, role: string, points: Point[]}} Group
 * @typedef {{id: string, name: string, seen: string, tests: number, seeds: number, processor: string,
 *   groups: Group[]}} Shown
 * @typedef {{group: string, level: number}} Place
 */

/** 1176528 → "1.18 MB", 39125 → "39.1 kB". @param {number} bytes */
export function bytesWords(bytes) {
  const [size, unit] = bytes >= 1e6 ? [bytes / 1e6, "MB"] : [bytes / 1e3, "kB"]
  return `${rounded(size, size < 10 ? 2 : size < 100 ? 1 : 0)} ${unit}`
}

/** 0.0481 → "0.048 ms". @param {number | null} milliseconds */
export function timeWords(milliseconds) {
  if (milliseconds === null) return "–"
  const digits = milliseconds < 1 ? 3 : milliseconds < 10 ? 2 : milliseconds < 100 ? 1 : 0
  return `${rounded(milliseconds, digits)} ms`
}

/** "99.51% (99.3 … 99.6)", "96.9 ± 0.1%", with a second digit for a narrower interval. @param {Point} point */
function rightWords({ accuracy, low, high, drawn }) {
  if (!drawn) return `${percent(accuracy, 2)}% (${percent(low)} … ${percent(high)})`
  const half = 50 * (high - low)
  const digits = half < 0.05 ? 2 : 1
  return `${percent(accuracy, digits)} ± ${rounded(half, digits)}%`
}

/** The network where the dial stands. @param {Shown} shown @param {Place} place @returns {Point} */
export const pointAt = (shown, { group, level }) => groupOf(shown, group).points[level]

/** A group, or the first if there is none of this name. @param {Shown} shown @param {string} id */
export const groupOf = ({ groups }, id) => groups.find((group) => group.id === id) ?? groups[0]

/** Where the dial may stand that is nearest to a place. @param {Shown} shown @param {Place} place @returns {Place} */
export function within(shown, { group, level }) {
  const { id, points } = groupOf(shown, group)
  return { group: id, level: Math.max(0, Math.min(points.length - 1, Math.round(level))) }
}

/** @param {Shown} shown @param {Place} place @param {boolean} time whether times are told @param {number} batch */
export function saidWords(shown, place, time, batch) {
  const [group, point] = [groupOf(shown, place.group), pointAt(shown, place)]
  const teacher = shown.groups[0].points[0]
  const share = point.bytes / teacher.bytes
  const of = share === 1 ? "" : `, ${percent(share, share < 0.1 ? 1 : 0)}% of what the teacher takes as floats`
  const over = point.drawn ? `over ${shown.seeds} seeds` : "over the test images"
  const lost = 100 * (teacher.accuracy - point.accuracy)
  const apart = `, ${rounded(Math.abs(lost), 1)} points ${lost < 0 ? "above" : "below"} the teacher as it is`
  const said =
    `${group.words[0].toUpperCase()}${group.words.slice(1)}, ${point.words}: ${bytesWords(point.bytes)}${of}. ` +
    `It gets ${rightWords(point)} of ${whole(shown.tests)} test images right (95% interval ` +
    `${over})${lost ? apart : ""}, and answers as ` +
    `the teacher on ${percent(point.agreement)}%.`
  if (!time) return said
  if (point.single === null) return `${said} Simulated: it is multiplied as floats here, so no time is shown.`
  const took = `${timeWords(point.single)} for one image, ${timeWords(point.batch)} for ${batch} at once`
  return `${said} It takes ${took}.`
}

const KEY = {
  teacher: "● the teacher as it is",
  control: "■ the teacher made smaller",
  distilled: "● distilled students",
}

/** Whose marks there are on a plane. @param {Shown} shown */
export const keyOf = ({ groups }) =>
  Object.entries(KEY)
    .filter(([role]) => groups.some((group) => group.role === role))
    .map(([role, words]) => ({ role, words }))

/** @param {Shown} shown @param {boolean} time */
export function aboutWords({ seen, tests, seeds, processor, groups }, time) {
  const drawn = groups.some(({ points }) => points.some((point) => point.drawn))
    ? ` Students and what was repaired: means of ${seeds} seeds.`
    : ""
  const timed = time
    ? ` Times are of one thread of a processor ${processor}, the median of many; only networks that compute as they ` +
      "are stored have one."
    : ""
  return (
    `Teacher and students for ${seen}, tested on ${whole(tests)} images. Bytes are those of weights that were really ` +
    `packed, scales and biases among them.${drawn} How high a point stands counts halvings of its mistakes.${timed}`
  )
}

/** What a plane shows, in words. @param {Shown} shown @param {Place} place @param {"bytes" | "single" | "batch"} key */
export function planeWords(shown, place, key) {
  const say = (/** @type {Point} */ point) =>
    `${point.words}: ${key === "bytes" ? bytesWords(point.bytes) : timeWords(point[key])}, ${percent(point.accuracy)}%`
  const drawn = groupOf(shown, place.group).points.filter((point) => point[key] !== null)
  const over = key === "bytes" ? "bytes" : "time"
  const head = `What is right over ${over}, of all networks; all numbers are in the table below.`
  if (!drawn.length) return `${head} What is chosen has no measured time.`
  return `${head} ${groupOf(shown, place.group).words}: ${drawn.map(say).join("; ")}.`
}

const RIGHT = [0.1, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998]
const [LEAST, MOST] = [0.05, 0.9995] // lower and higher shares are drawn there

/** How high a share stands: by the logarithm of what is wrong. @param {number} share */
const height = (share) => -Math.log(1 - Math.min(MOST, Math.max(LEAST, share)))

/** Round numbers, 1, 2 and 5 times powers of ten, from below `low` to above `high`. */
export function roundNumbers(/** @type {number} */ low, /** @type {number} */ high) {
  const all = []
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
    for (const factor of [1, 2, 5]) all.push(Number((factor * 10 ** power).toPrecision(1)))
  const first = Math.max(0, all.filter((one) => one <= low).length - 1)
  const last = all.findIndex((one) => one >= high)
  return all.slice(first, last < 0 ? all.length : last + 1)
}

/** Where all of a plane's networks stand, in its room. @param {any} room */
export function placed(/** @type {Shown} */ shown, /** @type {"bytes" | "single" | "batch"} */ key, room) {
  const { width, height: tall, fontSize } = room
  const points = shown.groups.flatMap(({ id, role, points: all }) =>
    all.flatMap((point, level) => (point[key] === null ? [] : [{ group: id, role, level, point, value: point[key] }])),
  )
  const values = points.map(({ value }) => value)
  const ticks = roundNumbers(Math.min(...values), Math.max(...values))
  const [low, high] = [Math.log(ticks[0]), Math.log(ticks[ticks.length - 1])]
  const top = Math.max(...points.map(({ point }) => point.high))
  const plot = {
    left: Math.round(3.4 * fontSize),
    right: width - 8,
    top: 10,
    bottom: tall - Math.round(1.8 * fontSize),
  }
  const above = height(top) + 0.2
  const y = (/** @type {number} */ share) =>
    plot.bottom - ((plot.bottom - plot.top) * (height(share) - height(LEAST))) / (above - height(LEAST))
  const x = (/** @type {number} */ value) =>
    plot.left + 6 + ((plot.right - plot.left - 12) * (Math.log(value) - low)) / (high - low)
  return {
    plot,
    ticks,
    top,
    x,
    y,
    points: points.map((one) => ({ ...one, x: x(one.value), y: y(one.point.accuracy) })),
  }
}

/** The network nearest to a point of a plane, if one is near. */
export function nearest(/** @type {any[]} */ points, /** @type {{x: number, y: number}} */ at, within = 22) {
  const far = (/** @type {{x: number, y: number}} */ one) => Math.hypot(one.x - at.x, one.y - at.y)
  const [first] = points.toSorted((one, other) => far(one) - far(other))
  return first && far(first) <= within ? first : null
}

/** @param {Shown} shown @param {Place} place @param {"bytes" | "single" | "batch"} key @param {any} room */
export function planeChart(shown, place, key, room) {
  const { plot, ticks, top, x, y, points } = placed(shown, key, room)
  const { fontSize, height: tall } = room
  const parts = RIGHT.filter((share) => share <= Math.max(top, 0.5)).flatMap((share) => [
    across("rule", plot.left, plot.right, y(share)),
    text(plot.left - 5, y(share) + 0.35 * fontSize, `${percent(share, share > 0.99 ? 1 : 0)}%`, "tick", "end"),
  ])
  const written = key === "bytes" ? bytesBrief : (/** @type {number} */ tick) => `${tick} ms`
  const room_for = Math.max(1, Math.ceil((ticks.length * 4.2 * fontSize) / (plot.right - plot.left)))
  ticks.forEach((tick, at) => {
    if (at % room_for === 0)
      parts.push(
        down("rule", x(tick), plot.top, plot.bottom),
        text(x(tick), tall - 4, written(tick), "tick", at ? "middle" : "start"),
      )
  })
  for (const { id, role, points: all } of shown.groups) {
    const here = points.filter(({ group }) => group === id)
    const chosen = id === place.group
    const kind = `${role}${chosen ? "" : " other"}`
    if (all.length > 1) parts.push(line(kind, through(here.map((one) => [one.x, one.y])), chosen ? 2.4 : 1.2))
    for (const one of here) {
      if (chosen)
        parts.push(
          line(
            `whisker ${role}`,
            through([
              [one.x, y(one.point.low)],
              [one.x, y(one.point.high)],
            ]),
            1.5,
          ),
        )
      parts.push((role === "control" ? square : circle)(one.x, one.y, kind))
    }
  }
  const now = points.find(({ group, level }) => group === place.group && level === place.level)
  if (now) {
    parts.push(`<circle class="now-ring" cx="${rounded(now.x, 1)}" cy="${rounded(now.y, 1)}" r="8"/>`)
    const right = now.x > (plot.left + plot.right) / 2
    parts.push(
      text(
        now.x + (right ? -12 : 12),
        now.y + 1.5 * fontSize,
        now.point.words,
        `label ${now.role}`,
        right ? "end" : "start",
      ),
    )
  }
  return svg(room, parts)
}

const bytesBrief = (/** @type {number} */ tick) => (tick >= 1e6 ? `${tick / 1e6} MB` : `${tick / 1e3} kB`)

/** A row of the table for every network. @param {Shown} shown */
export const rows = (shown) =>
  shown.groups.flatMap(({ id, words, points }) =>
    points.map((point, level) => ({
      group: id,
      level,
      cells: [
        `${words}: ${point.words}`,
        bytesWords(point.bytes),
        rightWords(point),
        `${percent(point.agreement)}%`,
        timeWords(point.single),
        timeWords(point.batch),
      ],
    })),
  )
