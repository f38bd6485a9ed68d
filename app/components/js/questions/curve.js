// A curve to draw.

import { Knots } from "../knots.js"

export const instruction = "draw the curve"

/** @type {import("../question_kind.js").FieldOf} */
export function field(parent, { field: curve }, touched) {
  const knots = new Knots(parent, curve, touched)
  knots.show(null, null)
  return {
    value: () => knots.value(),
    miss: ({ given }) => knots.put(given.map((/** @type {number} */ value, /** @type {number} */ at) => [at, value])),
    show: ({ given, key }) => knots.show(given, key),
  }
}
