// From a run's events to what a chart draws: series with bands, axes, and labels that do not collide. Knows no page.

import { ACCURACY, written } from "./measures.js"

/** Mean, lowest and highest over seeds of the finite values; null where there are none. */
export function spread(values) {
  const finite = values.filter(Number.isFinite)
  if (!finite.length) return null
  return {
    mean: finite.reduce((total, value) => total + value, 0) / finite.length,
    low: Math.min(...finite),
    high: Math.max(...finite),
  }
}

/**
 * One series per arm. state: what /events answers, with all events so far. measure: one of MEASURES.
 * Returns [{role, name, points: [{update, mean, low, high}]}], fractions or nats.
 */
export function armSeries(state, names, measure = ACCURACY) {
  const points = state.events.filter((event) => event.kind === "point" && Array.isArray(event.accuracy))
  return state.spec.arms.map((arm, index) => ({
    role: roleOf(arm),
    name: names[index],
    points: points.flatMap((event) => {
      const over = spread(seedValues(event, index, measure))
      return over ? [{ update: event.update, ...over }] : []
    }),
  }))
}

/**
 * A learner's prediction as a series: a level at the end, `points` percentage points above what labels only came to.
 * series: see `armSeries`. Returns [] where there is nothing to lay it over.
 */
export function predictedSeries(points, series, updates) {
  const end = series.find(({ role }) => role === "labels")?.points.at(-1)
  if (!Number.isFinite(points) || !end) return []
  const level = Math.min(1, Math.max(0, end.mean + points / 100))
  const ends = [Math.min(end.update, 0.7 * updates), end.update]
  return [{ role: "predicted", name: "your guess", points: ends.map((update) => ({ update, mean: level, low: level, high: level })) }]
}

/** One value per seed; of a part of the loss the mean over the updates since the point before. */
function seedValues(event, arm, { key, part }) {
  if (!part) return event[key]?.[arm] ?? []
  return (event.losses?.[key]?.[arm] ?? []).map((updates) => spread(updates)?.mean)
}

/** True where the events lack the losses of the updates, which the page does not bring along. */
export function lacksLosses(state) {
  return state.events.some(({ kind, update, losses }) => kind === "point" && update > 0 && !losses)
}

/** The point at an update, the latest before it, or the first; without an update the last. undefined without points. */
export function pointAt(points, update = null) {
  if (update === null) return points.at(-1)
  return points.findLast((point) => point.update <= update) ?? points[0]
}

/** The update of the point that is nearest to `update`; null without points. */
export function nearest(points, update) {
  const distance = (point) => Math.abs(point.update - update)
  return points.length ? points.reduce((best, point) => (distance(point) < distance(best) ? point : best)).update : null
}

/** An arm's colour, dash and marker: "labels", "distilled", or "bugged" where a mistake is made in it. */
export function roleOf({ role, bug }) {
  return bug ? "bugged" : role
}

/**
 * "labels only", "soft labels", "distilled (no T²)", …: what to call each arm; arms of one method are told apart by T and
 * alpha. methods: names of methods and bugs.
 */
export function armNames(arms, methods) {
  const healthy = (arm) => (arm.method === "kd" ? "distilled" : (methods[arm.method] ?? arm.method).toLowerCase())
  const plain = (arm) => (arm.bug ? `${healthy(arm)} (${methods[arm.bug] ?? arm.bug})` : healthy(arm))
  return arms.map((arm) => {
    const same = arms.filter((other) => other.method === arm.method && (other.bug ?? "") === (arm.bug ?? ""))
    if (same.length === 1) return plain(arm)
    const differs = (key) => same.some((other) => other[key] !== arm[key])
    const told = [["T", "temperature"], ["α", "alpha"]].filter(([, key]) => differs(key))
    return `${plain(arm)} ${told.map(([symbol, key]) => `${symbol} ${arm[key]}`).join(", ")}`
  })
}

/** About `wanted` round numbers from 0 to `high`, the last at most `high`. high: > 0, whole. */
export function ticks(high, wanted = 4) {
  const rough = high / wanted
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1)))
  const step = Math.max(1, [1, 2, 2.5, 3, 5, 6, 10].map((factor) => factor * power).find((size) => size >= rough && Number.isInteger(size)))
  const found = []
  for (let tick = 0; tick <= high + 1e-9; tick += step) found.push(Math.round(tick))
  return [...new Set(found)]
}

/**
 * Axes for the series: updates from 0 to all; a steep measure from 0, or from 40% once the best is above 75% and
 * none is left below, so that a difference of a few points can be seen; others from 0 to a round number.
 */
export function axes(series, updates, measure = ACCURACY) {
  const x = { x: [0, Math.max(1, updates)], xTicks: ticks(Math.max(1, updates)) }
  if (!measure.steep) return { ...x, ...upTo(Math.max(0, ...series.flatMap(({ points }) => points.map(({ high }) => high)))) }
  const last = series.flatMap(({ points }) => points.slice(-1).map(({ mean }) => mean))
  const low = Math.max(0, ...last) > 0.75 && Math.min(...last) > 0.45 ? 0.4 : 0
  return { ...x, y: [low, 1.005], yTicks: low ? [0.4, 0.6, 0.8, 1] : [0, 0.2, 0.4, 0.6, 0.8, 1] }
}

/** An axis from 0 that holds `high`, with about four round ticks. */
function upTo(high) {
  const rough = (high || 1) / 4
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = [1, 2, 2.5, 5, 10].map((factor) => factor * power).find((size) => size >= rough * (1 - 1e-9))
  const count = Math.ceil((high || 1) / step - 1e-9)
  return { y: [0, count * step * 1.005], yTicks: Array.from({ length: count + 1 }, (_, index) => index * step) }
}

/**
 * Move labels apart vertically as little as possible. wanted: pixel positions; gap: smallest distance; low, high: the
 * room. Returns positions in the order given. Where the room is too small, they overlap evenly.
 */
export function apart(wanted, gap, low, high) {
  if (!wanted.length) return []
  const step = wanted.length > 1 ? Math.min(gap, (high - low) / (wanted.length - 1)) : gap
  const order = [...wanted.keys()].sort((a, b) => wanted[a] - wanted[b])
  const clusters = []
  for (const index of order) {
    clusters.push({ members: [index], middle: wanted[index] })
    settle(clusters, wanted, step, low, high)
  }
  const places = []
  for (const cluster of clusters) {
    const top = cluster.middle - ((cluster.members.length - 1) * step) / 2
    cluster.members.forEach((index, at) => (places[index] = top + at * step))
  }
  return places
}

function settle(clusters, wanted, step, low, high) {
  const half = (cluster) => ((cluster.members.length - 1) * step) / 2
  const centre = (cluster) => {
    const mean = cluster.members.reduce((total, index) => total + wanted[index], 0) / cluster.members.length
    return Math.min(Math.max(mean, low + half(cluster)), high - half(cluster))
  }
  clusters.at(-1).middle = centre(clusters.at(-1))
  while (clusters.length > 1) {
    const [before, last] = clusters.slice(-2)
    if (last.middle - half(last) - (before.middle + half(before)) >= step - 1e-9) return
    clusters.splice(-2, 2, { members: [...before.members, ...last.members], middle: 0 })
    clusters.at(-1).middle = centre(clusters.at(-1))
  }
}

/** A sentence that states what the chart shows, for those who do not see it. */
export function inWords(series, teacherAccuracy, testImages, measure = ACCURACY) {
  const said = series.flatMap(({ name, points }) => {
    const last = points.at(-1)
    if (!last) return []
    const one = last.low === last.high
    const band = one ? "" : ` (${written(last.low, measure)} to ${written(last.high, measure)} over the seeds)`
    return [`${name} ${measure.verb} ${written(last.mean, measure)}${measure.mark}${band} after ${last.update} updates`]
  })
  const teacher = Number.isFinite(teacherAccuracy) ? `The teacher is right on ${(100 * teacherAccuracy).toFixed(1)}%` : ""
  const on = testImages ? ` of ${testImages.toLocaleString("en-US")} test images` : ""
  const start = teacher ? `${teacher}${on}. ` : ""
  return said.length ? `${start}${said.map((text) => text[0].toUpperCase() + text.slice(1)).join(". ")}.` : `${start}No student has been tested yet.`
}
