// What the map and the tree of classes say: shares, the closest pair, the first split. Plain text from plain data.

import { listed, rounded } from "../../components/js/format.js"

/** A share in millionths as it is written: "67.3%", "8.1%", "0.21%", "0.002%". */
export function shareWords(millionths) {
  const value = millionths / 1e4
  if (value >= 99.95 && value < 100) return `${rounded(value, 2)}%`
  if (value >= 1) return `${rounded(value, 1)}%`
  if (value >= 0.1) return `${rounded(value, 2)}%`
  return value > 0 ? `${rounded(value, value >= 0.001 ? 3 : 4)}%` : "<\u202f0.0001%"
}

const named = (name) => `“${name}”`

/** What the images of one class get on average: itself, then the three that get most. row: in millionths. */
export function rowWords(classes, row, chosen) {
  const others = [...row.keys()]
    .filter((at) => at !== chosen)
    .sort((a, b) => row[b] - row[a])
    .slice(0, 3)
  const rest = others.map((at) => `${named(classes[at])} ${shareWords(row[at])}`)
  return (
    `Images of ${named(classes[chosen])}, on average: ${named(classes[chosen])} ` +
    `${shareWords(row[chosen])}; then ${listed(rest)}.`
  )
}

/** One square of the map. */
export function cellWords(classes, map, of, to) {
  if (of === to) return `Images of ${named(classes[of])} give ${named(classes[of])} itself ${shareWords(map[of][of])}.`
  return `Images of ${named(classes[of])} give ${named(classes[to])} ${shareWords(map[of][to])}.`
}

/** The classes of a branch. joins: [first, second, likeness]. */
export function members(joins, classes, branch) {
  if (branch < classes) return [branch]
  const [first, second] = joins[branch - classes]
  return [...members(joins, classes, first), ...members(joins, classes, second)]
}

/** What the tree says: who is closest, and its first fork. temperature: null if nobody can turn it. */
export function treeWords(classes, joins, temperature) {
  const [first, second, alike] = joins[0]
  const last = joins.at(-1)
  const halves = [last[0], last[1]].map((branch) => members(joins, classes.length, branch).sort((a, b) => a - b))
  const sides = halves.map((half) => listed(half.map((at) => classes[at])))
  const closest =
    `Closest${temperature === null ? "" : ` at T = ${temperature}`}: ${classes[first]} and ${classes[second]}, whose ` +
    `average answers overlap by ${shareWords(alike)}.`
  return `${closest} First fork: ${sides[0]} | ${sides[1]}.`
}

/** What the map shows, below its colours. */
export function keyWords(name, images) {
  return (
    `Each square: what the images of its row give to its column, on average. Hatched: to their own class. ` +
    `The teacher of ${name}, ${images} test images.`
  )
}
