// What a prediction came to, in words and numbers.

import { rounded } from "./format.js"

const fixed = (/** @type {number} */ value) => String(Number(rounded(value, Math.abs(value) < 1 ? 2 : 1)))

/** A number with its unit: 31.2%, 4 bits, 1 bit, 2.6 points. @param {number} value @param {string} unit */
export function spoken(value, unit) {
  const text = fixed(Math.abs(value))
  const named = text === "1" ? unit.replace(/s$/, "") : unit
  return `${value < 0 ? "−" : ""}${text}${unit === "%" ? "%" : named && ` ${named}`}`
}

/** A value at a knot, whose unit is said once for all: 31.2%, −0.5, 2.6. @param {number} value @param {string} unit */
export function knotWords(value, unit) {
  const text = rounded(Math.abs(value), Number.isInteger(value) ? 0 : 1)
  return `${value < 0 && Number(text) ? "−" : ""}${text}${unit === "%" ? "%" : ""}`
}

/** Where a knot is on its axis: 300, 1,000, 0.5. @param {number} at */
export function placeWords(at) {
  return at.toLocaleString("en-US")
}

/** A gap in the unit's own words. @param {number} difference @param {string} unit */
function apart(difference, unit) {
  return spoken(Math.abs(difference), unit === "%" ? "points" : unit)
}

/**
 * What a saved prediction says beside its outcome.
 * @param {{kind: string, saved: any, outcome: any, unit?: any, step?: any, at?: any}} data
 */
export function gapWords({ kind, saved, outcome, unit, step, at }) {
  if (kind === "choice")
    return saved === outcome ? `You said “${saved}”, and so it is.` : `You said “${saved}”. It is “${outcome}”.`
  if (kind === "curve") return curveWords(saved, outcome, unit, at)
  const whole = Number.isInteger(step) && unit !== "%"
  const measured = whole ? Number(rounded(outcome)) : Number(fixed(outcome)) // what is counted is whole
  const gap = saved - measured // of the numbers as they are read, so that the sum comes right
  const said = `You said ${spoken(saved, unit)}. It is ${spoken(measured, unit)}`
  if (whole && Math.abs(gap) <= 1) return `${said}: ${gap ? `one too ${gap > 0 ? "many" : "few"}` : "exactly"}.`
  if (Math.abs(gap) <= step) return `${said}: as near as the slider goes.`
  return `${said}: you were ${apart(gap, unit)} too ${gap > 0 ? "high" : "low"}.`
}

/** @param {number[]} saved @param {number[]} outcome @param {string} unit @param {number[]} at */
function curveWords(saved, outcome, unit, at) {
  const gaps = saved.map((value, index) => value - outcome[index])
  const mean = gaps.reduce((total, gap) => total + Math.abs(gap), 0) / gaps.length
  const worst = gaps.reduce((best, gap, index) => (Math.abs(gap) > Math.abs(gaps[best]) ? index : best), 0)
  const most = gaps[worst]
  const furthest = `${placeWords(at[worst])}: ${apart(most, unit)} too ${most > 0 ? "high" : "low"}`
  return `Your curve is ${apart(mean, unit)} from the measured one on average, and furthest at ${furthest}.`
}
