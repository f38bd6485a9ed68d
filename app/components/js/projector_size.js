// How large the letters of a page on a projector can be.

export const SMALLEST = 15 // pixels: as on any other screen; below that a page is scrolled
const STEP = 0.96 // from one size to the next smaller one

/**
 * The largest size in pixels at which a page fits, from `most` downward; the smallest one if none does.
 * @param {number} most @param {(size: number) => boolean} fits tries a size
 */
export function fitting(most, fits) {
  for (let size = most; size > SMALLEST; size *= STEP) if (fits(size)) return size
  return SMALLEST
}
