// What a prediction came to, in words and numbers. Knows no page.

const fixed = (value) => String(Number(value.toFixed(Math.abs(value) < 1 ? 2 : 1)))

/** A number with its unit: 31.2%, 4 bits, 2.6 points. */
export function spoken(value, unit) {
  const text = fixed(Math.abs(value))
  return `${value < 0 ? "−" : ""}${text}${unit === "%" ? "%" : unit ? ` ${unit}` : ""}`
}

/** A value at a knot, whose unit is said once for all: 31.2%, −0.5, 2.6. */
export function knotWords(value, unit) {
  const text = Math.abs(value).toFixed(Number.isInteger(value) ? 0 : 1)
  return `${value < 0 && Number(text) ? "−" : ""}${text}${unit === "%" ? "%" : ""}`
}

/** Where a knot is on its axis: 300, 1,000, 0.5. */
export function placeWords(at) {
  return at.toLocaleString("en-US")
}

/** By how much one misses the other, in the unit's own words. */
function apart(difference, unit) {
  return spoken(Math.abs(difference), unit === "%" ? "points" : unit)
}

/** data: {kind, saved, outcome, unit, step, at}; saved and outcome are there. */
export function gapWords({ kind, saved, outcome, unit, step, at }) {
  if (kind === "choice") return saved === outcome ? `You said “${saved}”, and so it is.` : `You said “${saved}”. It is “${outcome}”.`
  if (kind === "curve") return curveWords(saved, outcome, unit, at)
  const whole = Number.isInteger(step) && unit !== "%"
  const found = whole ? Math.round(outcome) : Number(fixed(outcome)) // what is counted is whole
  const gap = saved - found // of the numbers as they are read, so that the sum comes right
  const said = `You said ${spoken(saved, unit)}. It is ${spoken(found, unit)}`
  if (whole && Math.abs(gap) <= 1) return `${said}: ${gap ? `one too ${gap > 0 ? "many" : "few"}` : "exactly"}.`
  return Math.abs(gap) <= step ? `${said}: as near as the slider goes.` : `${said}: you were ${apart(gap, unit)} too ${gap > 0 ? "high" : "low"}.`
}

function curveWords(saved, outcome, unit, at) {
  const gaps = saved.map((value, index) => value - outcome[index])
  const mean = gaps.reduce((total, gap) => total + Math.abs(gap), 0) / gaps.length
  const worst = gaps.reduce((best, gap, index) => (Math.abs(gap) > Math.abs(gaps[best]) ? index : best), 0)
  const most = gaps[worst]
  return `Your curve is ${apart(mean, unit)} from the measured one on average, and furthest at ${placeWords(at[worst])}: ${apart(most, unit)} too ${most > 0 ? "high" : "low"}.`
}
