// How large the letters of a page on a projector can be, and which parts of its text are seen together.

export const SMALLEST = 15 // pixels: as on any other screen; below that a page is scrolled
const STEP = 0.98 // from one size to the next smaller one

/**
 * The largest size in pixels at which a page fits, from `most` downward; the least one if none does, which is not
 * tried. Each try lays the page out anew, so the sizes between are halved.
 * @param {number} most @param {(size: number) => boolean} fits tries a size @param {number} [least]
 */
export function fitting(most, fits, least = SMALLEST) {
  if (most <= least) return least
  if (fits(most)) return most
  const steps = Math.ceil(Math.log(least / most) / Math.log(STEP))
  const sizeAt = (/** @type {number} */ step) => Math.max(least, most * STEP ** step)
  let [large, small] = [0, steps] // steps of which the first does not fit
  while (small - large > 1) {
    const middle = (large + small) >> 1
    if (fits(sizeAt(middle))) small = middle
    else large = middle
  }
  return sizeAt(small)
}

/**
 * The parts of a text of which each is as high as there is room, or a single unit.
 * @param {{top: number, bottom: number}[]} boxes of its units, one below the other @param {number} room
 * @returns {{from: number, to: number, height: number}[]}
 */
export function parted(boxes, room) {
  /** @type {{from: number, to: number, height: number}[]} */
  const parts = []
  boxes.forEach(({ top, bottom }, at) => {
    const last = parts.at(-1)
    const height = last ? bottom - boxes[last.from].top : 0
    if (last && height <= room) Object.assign(last, { to: at + 1, height })
    else parts.push({ from: at, to: at + 1, height: bottom - top })
  })
  return parts
}
