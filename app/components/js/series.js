// From a run's events to what a chart draws: series with bands, axes, and labels that do not collide.

import { reached } from "./final.js"
import { capital, rounded, whole } from "./format.js"
import { ACCURACY, written } from "./measures.js"

/**
 * state: what /events answers; its events hold values by measure, arm and seed.
 * @typedef {{role: string, method: string, bug?: string, temperature?: number, alpha?: number}} Arm
 * @typedef {{kind: string, update: number, accuracy?: number[][], losses?: Record<string, number[][][]>} &
 *   Record<string, any>} RunEvent
 * @typedef {{events: RunEvent[], spec: {arms: Arm[]}}} RunState
 * @typedef {{update: number, mean: number, low: number, high: number}} Point
 * @typedef {{role: string, name: string, points: Point[], second?: boolean, ghost?: boolean,
 *   end?: Point & {images: number}}} Series ghost: of a run that lies faintly behind the one that is shown
 * @typedef {{x: number[], y: number[], xTicks: number[], yTicks: number[]}} Axes
 * @import { Measure } from "./measures.js"
 */

/** Mean, lowest and highest over seeds of the finite values; null if there are none. @param {unknown[]} values */
export function spread(values) {
  const finite = values.filter((value) => typeof value === "number").filter(Number.isFinite)
  if (!finite.length) return null
  return {
    mean: finite.reduce((total, value) => total + value, 0) / finite.length,
    low: Math.min(...finite),
    high: Math.max(...finite),
  }
}

const AFTER = 1.018 // where the mark of the verdict stands, in updates of the whole run
const EDGE = 1.03 // … and where the axis ends

/**
 * One series per arm, in fractions or nats. end: of an accuracy, what the verdict is taken on, if on other images.
 * @param {RunState} state @param {string[]} names @returns {Series[]}
 */
export function armSeries(state, names, measure = ACCURACY) {
  const points = state.events.filter((event) => event.kind === "point" && Array.isArray(event.accuracy))
  const final = measure === ACCURACY ? reached(state) : null
  return state.spec.arms.map((arm, index) => ({
    role: roleOf(arm),
    name: names[index],
    ...(final?.apart ? endOf(final.accuracy[index], points[points.length - 1].update, final.images) : {}),
    points: points.flatMap((event) => {
      const over = spread(seedValues(event, index, measure))
      return over ? [{ update: event.update, ...over }] : []
    }),
  }))
}

/** The mark of the verdict beside a series. @param {unknown[]} seeds @param {number} update @param {number} images */
export function endOf(seeds, update, images) {
  const over = spread(seeds)
  return over ? { end: { update: AFTER * update, ...over, images } } : {}
}

/**
 * A learner's prediction as a series: a level, `points` percentage points above what labels only came to; [] if there
 * is nothing to lay it over.
 * @param {number | null} points @param {Series[]} series @param {number} updates @returns {Series[]}
 */
export function predictedSeries(points, series, updates) {
  const plain = series.find(({ role }) => role === "labels")
  const end = plain?.points.at(-1)
  if (points === null || !Number.isFinite(points) || !plain || !end) return []
  const level = Math.min(1, Math.max(0, (plain.end ?? end).mean + points / 100))
  const ends = [0, Math.max(end.update, updates)]
  const guess = ends.map((update) => ({ update, mean: level, low: level, high: level }))
  return [{ role: "predicted", name: "your guess", points: guess }]
}

/**
 * One value per seed; of a part of the loss the mean over the updates since the point before.
 * @param {RunEvent} event @param {number} arm @param {Measure} measure @returns {unknown[]}
 */
function seedValues(event, arm, { key, part }) {
  if (!part) return event[key]?.[arm] ?? []
  return (event.losses?.[key]?.[arm] ?? []).map((updates) => spread(updates)?.mean)
}

/** Whether the events lack the losses of the updates, which the page does not bring along. @param {RunState} state */
export function lacksLosses(state) {
  return state.events.some(({ kind, update, losses }) => kind === "point" && update > 0 && !losses)
}

/**
 * The point at an update, the latest before it, or the first; without an update the last. undefined without points.
 * @param {Point[]} points @param {number | null} update
 */
export function pointAt(points, update = null) {
  if (update === null) return points.at(-1)
  return points.findLast((point) => point.update <= update) ?? points[0]
}

/**
 * The update of the point that is nearest to `update`; null without points.
 * @param {Point[]} points @param {number} update
 */
export function nearest(points, update) {
  const distance = (/** @type {Point} */ point) => Math.abs(point.update - update)
  return points.length ? points.reduce((best, point) => (distance(point) < distance(best) ? point : best)).update : null
}

/** An arm's colour, dash and marker: its role, or "bugged" if it has a mistake. @param {Arm} arm */
export function roleOf({ role, bug }) {
  return bug ? "bugged" : role
}

/**
 * The arms' names: "labels only", "soft labels", "distilled (bug: no T²)", …; arms of one method are told apart by T
 * and alpha. methods: names of methods and bugs.
 * @param {Arm[]} arms @param {Record<string, string>} methods
 */
export function armNames(arms, methods) {
  const healthy = (/** @type {Arm} */ arm) =>
    arm.role === "control"
      ? "self-taught"
      : arm.method === "kd"
        ? "distilled"
        : (methods[arm.method] ?? arm.method).toLowerCase()
  const plain = (/** @type {Arm} */ arm) =>
    arm.bug ? `${healthy(arm)} (bug: ${methods[arm.bug] ?? arm.bug})` : healthy(arm)
  return arms.map((arm) => {
    const same = arms.filter((other) => plain(other) === plain(arm))
    if (same.length === 1) return plain(arm)
    const { temperature: T, alpha: α } = arm
    const told = [...(same.some((other) => other.temperature !== T) ? [`T ${T}`] : [])]
    if (same.some((other) => other.alpha !== α)) told.push(`α ${α}`)
    return `${plain(arm)} ${told.join(", ")}`
  })
}

/** About `wanted` round numbers from 0 to `high`, the last at most `high`. @param {number} high whole, > 0 */
export function ticks(high, wanted = 4) {
  const rough = high / wanted
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)))
  const sizes = [1, 2, 2.5, 3, 5, 6, 10].map((factor) => factor * power)
  const step = Math.max(1, sizes.find((size) => size >= rough && Number.isInteger(size)) ?? 1)
  const found = []
  for (let tick = 0; tick <= high + 1e-9; tick += step) found.push(Math.round(tick))
  return [...new Set(found)]
}

/**
 * Axes for the series: updates from 0 to all, and a little beyond them; a steep measure from 0, or from 40% once the
 * best is above 75% and none is left below, so that a difference of a few points can be seen; others from 0 to a round
 * number.
 * @param {Series[]} series @param {number} updates @returns {Axes}
 */
export function axes(series, updates, measure = ACCURACY) {
  const x = { x: [0, EDGE * Math.max(1, updates)], xTicks: ticks(Math.max(1, updates)) }
  const drawn = series.map(({ points, end }) => (end ? [...points, end] : points))
  const highs = drawn.flatMap((points) => points.map(({ high }) => high))
  if (!measure.steep) return { ...x, ...upTo(Math.max(0, ...highs)) }
  const last = drawn.flatMap((points) => points.slice(-1).map(({ mean }) => mean))
  const low = Math.max(0, ...last) > 0.75 && Math.min(...last) > 0.45 ? 0.4 : 0
  return { ...x, y: [low, 1.005], yTicks: low ? [0.4, 0.6, 0.8, 1] : [0, 0.2, 0.4, 0.6, 0.8, 1] }
}

/**
 * Axes that show how far apart the series end, whatever went before. @param {Series[]} series @param {number} updates
 * @returns {Axes}
 */
export function closeUp(series, updates) {
  const ends = series.flatMap(({ points, end }) => [...points.slice(-1), ...(end ? [end] : [])].map(({ mean }) => mean))
  const [least, most] = [Math.min(...ends), Math.max(...ends)]
  const apart = Math.max(most - least, 0.02)
  const step = [0.01, 0.02, 0.05, 0.1].find((size) => 3 * apart <= 6 * size) ?? 0.2
  const [low, high] = [Math.floor((least - 1.2 * apart) / step), Math.ceil((most + 0.8 * apart) / step)]
  const [from, to] = [Math.max(0, low), Math.min(Math.round(1 / step), high)]
  const yTicks = Array.from({ length: to - from + 1 }, (_, index) => (from + index) * step)
  const x = { x: [0, EDGE * Math.max(1, updates)], xTicks: ticks(Math.max(1, updates)) }
  return { ...x, y: [from * step, to * step + 0.02 * (to - from) * step], yTicks }
}

/** An axis from 0 that holds `high`, with about four round ticks. @param {number} high */
function upTo(high) {
  const rough = (high || 1) / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const sizes = [1, 2, 2.5, 5, 10].map((factor) => factor * power)
  const step = sizes.find((size) => size >= rough * (1 - 1e-9)) ?? 10 * power
  const count = Math.ceil((high || 1) / step - 1e-9)
  return { y: [0, count * step * 1.005], yTicks: Array.from({ length: count + 1 }, (_, index) => index * step) }
}

/**
 * Move labels apart vertically as little as possible. wanted: pixel positions; gap: smallest distance; low, high: the
 * room. Returns positions in the order given. If the room is too small, they overlap evenly.
 * @param {number[]} wanted @param {number} gap @param {number} low @param {number} high
 */
export function apart(wanted, gap, low, high) {
  if (!wanted.length) return []
  const step = wanted.length > 1 ? Math.min(gap, (high - low) / (wanted.length - 1)) : gap
  const order = [...wanted.keys()].sort((a, b) => wanted[a] - wanted[b])
  /** @type {Cluster[]} */
  const clusters = []
  for (const index of order) {
    clusters.push({ members: [index], middle: wanted[index] })
    settle(clusters, wanted, step, low, high)
  }
  /** @type {number[]} */
  const places = []
  for (const cluster of clusters) {
    const top = cluster.middle - ((cluster.members.length - 1) * step) / 2
    cluster.members.forEach((index, at) => (places[index] = top + at * step))
  }
  return places
}

/** @typedef {{members: number[], middle: number}} Cluster labels that touch each other */

/**
 * Move the last cluster to its place, and join those that it would overlap.
 * @param {Cluster[]} clusters @param {number[]} wanted @param {number} step @param {number} low @param {number} high
 */
function settle(clusters, wanted, step, low, high) {
  const half = (/** @type {Cluster} */ cluster) => ((cluster.members.length - 1) * step) / 2
  const centre = (/** @type {Cluster} */ cluster) => {
    const mean = cluster.members.reduce((total, index) => total + wanted[index], 0) / cluster.members.length
    return Math.min(Math.max(mean, low + half(cluster)), high - half(cluster))
  }
  let last = clusters[clusters.length - 1]
  last.middle = centre(last)
  while (clusters.length > 1) {
    const before = clusters[clusters.length - 2]
    if (last.middle - half(last) - (before.middle + half(before)) >= step - 1e-9) return
    last = { members: [...before.members, ...last.members], middle: 0 }
    last.middle = centre(last)
    clusters.splice(-2, 2, last)
  }
}

/**
 * A sentence that states what the chart shows, for those who do not see it.
 * @param {Series[]} series @param {number | null} teacherAccuracy @param {number} testImages
 */
export function inWords(series, teacherAccuracy, testImages, measure = ACCURACY) {
  const value = (/** @type {Point} */ { mean, low, high }) =>
    `${written(mean, measure)}${measure.mark}` +
    (low === high ? "" : ` (${written(low, measure)} to ${written(high, measure)} over the seeds)`)
  const said = series.flatMap(({ name, points, end }) => {
    const last = points.at(-1)
    if (!last) return []
    const others = end ? `, and at ${value(end)} on the ${whole(end.images)} test images of the verdict` : ""
    return [`${name} ${measure.verb} ${value(last)} after ${last.update} updates${others}`]
  })
  const on = testImages ? ` of ${whole(testImages)} test images` : ""
  const known = teacherAccuracy !== null && Number.isFinite(teacherAccuracy)
  const start = known ? `The teacher is right on ${rounded(100 * teacherAccuracy, 1)}%${on}. ` : ""
  if (!said.length) return `${start}No student has been tested yet.`
  return `${start}${said.map(capital).join(". ")}.`
}
