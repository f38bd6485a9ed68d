// What students of one recipe say when they are set against each other, and the chart of it. Pure.

import { percent, rounded, signed, whole } from "../../components/js/format.js"
import { headWords } from "../../components/js/own_words.js"
import { spread } from "../../components/js/series.js"
import { circle, down, line, rules, square, svg, text, through } from "../../components/js/svg.js"

/**
 * @typedef {{right: number, apart: number, half: number, divided: number, gap: {mean: number, half: number} | null}}
 *   Cell shares, and points; half: of the 95% interval over the pairs
 * @typedef {{id: string, words: string, role: string, images: number}} Recipe
 * @typedef {{recipes: Recipe[], cells: Record<string, Cell>, seeds: number, tests: number, group: number,
 *   handed: number}} Data
 * @typedef {{images: string, asked: string}} Place
 */

export const CHOICES = {
  images: [
    { id: "own", words: "images of their own" },
    { id: "same", words: "the same images" },
  ],
  asked: [
    { id: "students", words: "students" },
    { id: "systems", words: "students, then the teacher" },
  ],
}

/** @param {Data} data @param {Place} place @param {string} recipe @returns {Cell} */
export const cellAt = ({ cells }, { images, asked }, recipe) => cells[`${images}/${asked}/${recipe}`]

/** The rows of the table. @param {Data} data @param {Place} place */
export function rowsOf(data, place) {
  return data.recipes.map(({ id, words, role }) => {
    const { right, apart, half, divided, gap } = cellAt(data, place, id)
    const less = gap ? `${signed(gap.mean)} ± ${rounded(gap.half, 1)}` : "–"
    const differ = `${percent(apart)} ± ${rounded(100 * half, 1)}%`
    return { words, role, cells: [`${percent(right)}%`, differ, less, `${percent(divided)}%`] }
  })
}

/** @param {Data} data @param {Place} place */
export function captionWords({ seeds, tests, handed }, { images, asked }) {
  const learned = images === "same" ? "all from the same images" : "each from images of its own"
  const behind = asked === "systems" ? ` Each hands the ${percent(handed, 0)}% it is least sure of to the teacher.` : ""
  return (
    `${seeds} students of each recipe, ${learned}: ${seeds / 2} pairs, ± the 95% interval over them, ` +
    `${whole(tests)} test images.${behind}`
  )
}

const LEFT = 52
const TOP = 22

/**
 * On how many images two differ, over what each gets right. @param {Data} data @param {Place} place
 * @param {{width: number, height: number, fontSize: number}} room
 */
export function apartChart(data, place, room) {
  const { width, height, fontSize } = room
  const known = data.recipes.map((recipe) => ({ ...recipe, ...cellAt(data, place, recipe.id) }))
  const ends = (/** @type {number[]} */ values, /** @type {number} */ step) => [
    Math.floor(Math.min(...values) / step - 0.2) * step,
    Math.ceil(Math.max(...values) / step + 0.2) * step,
  ]
  const rights = known.map(({ right }) => right)
  const aparts = known.flatMap(({ apart, half }) => [apart - half, apart + half])
  const [from, to] = ends(rights, 0.01)
  const step = Math.max(...aparts) > 0.06 ? 0.02 : 0.01
  const [low, high] = [Math.max(0, ends(aparts, step)[0]), ends(aparts, step)[1]]
  const [bottom, end] = [height - 2.6 * fontSize, width - 12]
  const x = (/** @type {number} */ share) => LEFT + ((share - from) / (to - from)) * (end - LEFT)
  const y = (/** @type {number} */ share) => bottom - ((share - low) / (high - low)) * (bottom - TOP)
  const count = (/** @type {number} */ a, /** @type {number} */ b, /** @type {number} */ by) =>
    Array.from({ length: Math.round((b - a) / by) + 1 }, (_, at) => a + at * by)
  const labels = known.filter(({ id }) => id.startsWith("labels"))
  return svg(room, [
    ...rules(count(low, high, step), LEFT, end, y, (tick) => `${percent(tick, 0)}%`, fontSize / 3),
    ...count(from, to, to - from > 0.045 ? 0.02 : 0.01).map((tick) =>
      text(x(tick), bottom + 1.3 * fontSize, `${percent(tick, 0)}%`, "tick", "middle"),
    ),
    text(end, height - 2, "right", "tick", "end"),
    text(LEFT, fontSize - 4, "two of them differ", "tick", "start"),
    line("labels", through(labels.map(({ right, apart }) => [x(right), y(apart)])), 1.5, "4 4"),
    ...known.flatMap(({ id, role, right, apart, half, words, images }) => {
      const [across, level] = [x(right), y(apart)]
      const below = id.startsWith("labels-") // the others lie above the line, or at its end
      const name = below ? `${whole(images)} images` : words
      const before = below || across > end - 6 * fontSize
      return [
        `<g class="${role}">`,
        down("line", across, y(apart + half), y(apart - half)),
        (id === "distilled" ? circle : square)(across, level, role),
        text(
          across + (before ? -9 : 9),
          level + (below ? 1.2 * fontSize : -7),
          name,
          "label",
          before ? "end" : "start",
        ),
        "</g>",
      ]
    }),
  ])
}

/** The chart in words. @param {Data} data @param {Place} place */
export function chartWords(data, place) {
  const each = rowsOf(data, place).map(({ words, cells: [right, apart] }) => `${words} ${right} right, ${apart} differ`)
  return `On how many images two students differ, over what they get right: ${each.join("; ")}.`
}

/** @param {Data} data */
export const fiveWords = ({ group }) => `not all of ${group} say the same`

/** What a run of one's own has come to. @param {any} answer of the server @param {any} point its latest */
export function ownWords(answer, point) {
  const of = (/** @type {string} */ key, /** @type {number} */ arm) => percent(spread(point[key][arm])?.mean)
  return (
    `${headWords(answer)}, 1,000 test images. Two labels-only students differ on ${of("apart", 0)}% (right: ` +
    `${of("accuracy", 0)}%), two distilled ones on ${of("apart", 1)}% (right: ${of("accuracy", 1)}%). With the ` +
    `teacher behind them: ${of("system_apart", 0)}% and ${of("system_apart", 1)}%.`
  )
}
