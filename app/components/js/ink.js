// From a drawing to the 28×28 pixels that the networks know: as MNIST's digits were made, the ink is scaled into a box
// of 20×20, its proportions kept, and moved so that its centre of mass lies in the middle. Pure arithmetic, no page.

export const SIDE = 112 // pixels of the pad's own raster: four for each of the picture's
export const IMAGE = 28 // pixels of a side that the networks see
export const BOX = 20 // of the larger side of the ink in it
export const PEN = 4.8 // half the width of a line on the raster
const SCALE = SIDE / IMAGE

/**
 * The ink of a drawing, SIDE × SIDE values 0 … 1 in rows. base: IMAGE × IMAGE values 0 … 1 that lie below, or null;
 * strokes: [{points, rub}], points {x, y} in raster pixels, rub: true if the stroke takes ink away.
 */
export function inked(/** @type {{base?: any, strokes?: any[]}} */ { base = null, strokes = [] }) {
  const ink = new Float32Array(SIDE * SIDE)
  if (base)
    ink.forEach(
      (_, at) => (ink[at] = base[Math.floor(Math.floor(at / SIDE) / SCALE) * IMAGE + Math.floor((at % SIDE) / SCALE)]),
    )
  for (const { points, rub } of strokes) {
    points.forEach((point, index) => line(ink, points[Math.max(0, index - 1)], point, rub))
  }
  return ink
}

/** Put a line with round ends into the ink, its edge antialiased over one pixel; rub: take it away. */
export function line(ink, from, to, rub = false) {
  const low = (a, b) => Math.max(0, Math.floor(Math.min(a, b) - PEN - 1))
  const high = (a, b) => Math.min(SIDE - 1, Math.ceil(Math.max(a, b) + PEN + 1))
  const [dx, dy] = [to.x - from.x, to.y - from.y]
  const length = dx * dx + dy * dy
  for (let y = low(from.y, to.y); y <= high(from.y, to.y); y++) {
    for (let x = low(from.x, to.x); x <= high(from.x, to.x); x++) {
      const [px, py] = [x + 0.5 - from.x, y + 0.5 - from.y]
      const along = length ? Math.min(1, Math.max(0, (px * dx + py * dy) / length)) : 0
      const distance = Math.hypot(px - along * dx, py - along * dy)
      const value = Math.min(1, Math.max(0, PEN + 0.5 - distance))
      const at = y * SIDE + x
      ink[at] = rub ? Math.min(ink[at], 1 - value) : Math.max(ink[at], value)
    }
  }
}

/** The picture of some ink: IMAGE × IMAGE whole numbers 0 … 255 in rows; null if there is no ink. */
export function prepared(ink) {
  const edges = box(ink)
  if (!edges) return null
  const { top, left, height, width } = edges
  const step = Math.max(height, width) / BOX // raster pixels for each of the picture's
  const rows = shares(top, height, step)
  const columns = shares(left, width, step)
  const small = rows.map((row) => columns.map((column) => mean(ink, row, column, step)))
  const [y, x] = centre(small)
  const down = Math.round(IMAGE / 2 - y)
  const right = Math.round(IMAGE / 2 - x)
  const picture = new Uint8Array(IMAGE * IMAGE)
  small.forEach((row, i) =>
    row.forEach((value, j) => {
      const [to, at] = [i + down, j + right]
      if (to >= 0 && to < IMAGE && at >= 0 && at < IMAGE) picture[to * IMAGE + at] = Math.floor(255 * value + 0.5)
    }),
  )
  return picture
}

/** The rectangle that holds all ink, null if there is none. */
function box(ink) {
  let [top, bottom, left, right] = [SIDE, -1, SIDE, -1]
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++) {
      if (!ink[y * SIDE + x]) continue
      top = Math.min(top, y)
      bottom = Math.max(bottom, y)
      left = Math.min(left, x)
      right = Math.max(right, x)
    }
  }
  return bottom < 0 ? null : { top, left, height: bottom - top + 1, width: right - left + 1 }
}

/** For each pixel of the picture along one side: which raster pixels it covers, and how much of each. */
function shares(start, length, step) {
  const covered = Array.from({ length: Math.ceil(length / step - 1e-9) }, (_, index) => {
    const [from, to] = [start + index * step, Math.min(start + length, start + (index + 1) * step)]
    const parts = []
    for (let at = Math.floor(from + 1e-9); at < to - 1e-9; at++)
      parts.push({ at, share: Math.min(to, at + 1) - Math.max(from, at) })
    return parts
  })
  return covered
}

function mean(ink, row, column, step) {
  let sum = 0
  for (const down of row) for (const along of column) sum += ink[down.at * SIDE + along.at] * down.share * along.share
  return sum / (step * step)
}

/** Centre of mass: [row, column], counted from the middle of the first pixel. */
function centre(values) {
  let [sum, down, right] = [0, 0, 0]
  values.forEach((row, i) =>
    row.forEach((value, j) => {
      sum += value
      down += i * value
      right += j * value
    }),
  )
  return [down / sum, right / sum]
}
