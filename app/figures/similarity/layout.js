// Where the map of classes and its tree go, in pixels; a picture's arithmetic, without a page.

/**
 * Sizes of the plot. width: of all; names: the longest class name in pixels; count: of classes; coarse: a finger
 * points; pictured: a picture stands at each leaf. Rows are as high as a finger needs, squares as wide as is left
 * beside names and tree.
 */
export function layout(width, names, count, coarse, pictured = false) {
  const left = Math.min(Math.ceil(names) + 14, width * 0.32)
  const tree = Math.max(34, Math.min(150, width * 0.2))
  const high = (/** @type {number} */ cell) => (coarse ? 44 : Math.max(26, Math.min(34, cell)))
  const leaf = pictured ? Math.min(36, high(34)) : 0
  const cell = Math.max(12, Math.min(44, (width - left - tree - leaf - 8) / count))
  const row = high(cell)
  const head = names > 24 ? Math.ceil(names) + 6 : 24
  return {
    left,
    head,
    cell,
    row,
    tree,
    leaf: Math.min(leaf, row),
    leaves: left + count * cell + 6,
    width: left + count * cell + 8 + leaf + tree,
    height: head + count * row,
    from: left + count * cell + 8 + leaf,
  }
}

/** The smallest and the largest share beside the diagonal. map: rows of shares. */
export function range(map) {
  const beside = map.flatMap((row, of) => row.filter((_, to) => to !== of))
  return { least: Math.min(...beside), most: Math.max(...beside) }
}

/** How strong the colour of a share is, 0.04 … 1: by its root, so that small shares can be told apart. */
export function strength(share, { least, most }) {
  return most > least ? Math.max(0.04, Math.sqrt((share - least) / (most - least))) : 0.04
}

/**
 * The tree as an SVG path. joins: [first, second, likeness], the closest first; order: the classes from top to bottom.
 * Where two branches meet tells how alike they are: the closest pair at a quarter of the way, the last at its end.
 */
export function treePath(joins, order, { head, row, from, tree }) {
  const likenesses = joins.map(([, , alike]) => alike)
  const [most, least] = [Math.max(...likenesses), Math.min(...likenesses)]
  const far = (alike) => from + tree * (most > least ? 0.25 + (0.73 * (most - alike)) / (most - least) : 0.6)
  const ends = new Map(order.map((label, at) => [label, { x: from, y: head + (at + 0.5) * row }]))
  const parts = joins.map(([first, second, alike], at) => {
    const [a, b] = [ends.get(first), ends.get(second)]
    const x = Math.max(far(alike), a.x, b.x)
    ends.set(order.length + at, { x, y: (a.y + b.y) / 2 })
    return `M${round(a.x)} ${round(a.y)}H${round(x)}V${round(b.y)}H${round(b.x)}`
  })
  return parts.join("")
}

const round = (value) => Math.round(value * 10) / 10

/** The position in `temperatures` that is closest to `wanted`. */
export function nearest(temperatures, wanted) {
  let found = 0
  temperatures.forEach((one, at) => {
    if (Math.abs(one - wanted) < Math.abs(temperatures[found] - wanted)) found = at
  })
  return found
}
