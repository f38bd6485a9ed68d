// A curve to draw.

import { Knots } from "../knots.js"

export const instruction = "draw the curve"

/** @type {import("../question_kind.js").FieldOf} */
export function field(parent, { field: curve }, touched) {
  const knots = new Knots(parent, curve)
  knots.show(null, null)
  parent.addEventListener("input", touched)
  parent.addEventListener("pointerup", touched)
  return { value: () => knots.value(), show: ({ given, key }) => knots.show(given, key) }
}
