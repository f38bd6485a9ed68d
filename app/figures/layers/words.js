// What a student before its teacher says and draws. Pure.

import { capital, percent, rounded, whole } from "../../components/js/format.js"
import { headWords } from "../../components/js/own_words.js"
import { spread } from "../../components/js/series.js"
import { across, circle, down, line, rules, svg, text, through } from "../../components/js/svg.js"

/**
 * @typedef {{passed: number[], wrong: number[], mended: number[], half: number[], ece: number | null}} Cell shares at
 *   every threshold; half: of the 95% interval of what is right
 * @typedef {{id: string, words: string, digits: boolean, teacher: number}} Ground teacher: what it gets right
 * @typedef {{thresholds: number[], grounds: Ground[], ways: {id: string, words: string, role: string}[],
 *   cells: Record<string, Cell>, seeds: number, tests: number, share: number, times: Record<string, number>,
 *   processor: string, scales?: boolean}} Data share: what the student takes of the teacher's time; scales: whether
 *   its confidence can be scaled
 * @typedef {{way: string, ground: string, confidence: string, step: number}} Place
 */

/** The place of the threshold that is nearest. @param {number[]} thresholds @param {number} threshold */
export function stepAt(thresholds, threshold) {
  const apart = thresholds.map((one) => Math.abs(one - threshold))
  return apart.indexOf(Math.min(...apart))
}

/** @param {Data} data @param {Place} place @returns {Cell} */
export const cellAt = ({ cells }, { way, confidence, ground }) => cells[`${way}/${confidence}/${ground}`]

/** @param {Data} data @param {string} id @returns {Ground} */
export const groundOf = ({ grounds }, id) => grounds.find((one) => one.id === id) ?? grounds[0]

/** What is right with the teacher behind, at a step. @param {Cell} cell @param {number} step */
export const rightAt = ({ passed, wrong, mended }, step) => 1 - passed[step] - wrong[step] + mended[step]

/** What would be right if as many were handed on, drawn at random. @param {Cell} cell @param {number} step */
export function randomAt(cell, step) {
  const last = cell.passed.length - 1
  const [alone, teacher] = [rightAt(cell, 0), rightAt(cell, last)]
  return alone + cell.passed[step] * (teacher - alone)
}

/** What an answer costs, of what the teacher's takes. @param {Data} data @param {number} passed */
export const costOf = ({ share }, passed) => share + passed

/** The parts that all images fall into: {words, role, wrong, share}. @param {Data} data @param {Place} place */
export function partsOf(data, place) {
  const cell = cellAt(data, place)
  const { role } = data.ways.find(({ id }) => id === place.way) ?? data.ways[0]
  const [passed, wrong, mended] = [cell.passed, cell.wrong, cell.mended].map((shares) => shares[place.step])
  if (!groundOf(data, place.ground).digits)
    return [
      { words: "student: calls it a digit", role, wrong: true, share: wrong },
      { words: "handed on to the teacher", role: "teacher", wrong: false, share: passed },
    ]
  return [
    { words: "student: right", role, wrong: false, share: 1 - passed - wrong },
    { words: "student: sure and wrong", role, wrong: true, share: wrong },
    { words: "teacher: right", role: "teacher", wrong: false, share: mended },
    { words: "teacher: wrong", role: "teacher", wrong: true, share: passed - mended },
  ]
}

/** @param {Data} data @param {Place} place */
export function saidWords(data, place) {
  const cell = cellAt(data, place)
  const ground = groundOf(data, place.ground)
  const { step } = place
  const share = percent(cell.passed[step])
  if (!ground.digits) {
    return (
      `${capital(ground.words)} are no digits. ${percent(cell.wrong[step])}% of them are called a digit, surer than ` +
      `the threshold; ${share}% go to the teacher, which can only call them a digit as well.`
    )
  }
  const right = `${percent(rightAt(cell, step))} ± ${rounded(100 * cell.half[step], 1)}%`
  const caught = 1 - cell.wrong[step] / cell.wrong[0]
  const cost = percent(costOf(data, cell.passed[step]), 0)
  const error = data.scales ? ` Its calibration error is ${rounded(100 * Number(cell.ece), 1)} points.` : ""
  return (
    `${capital(ground.words)}: ${share}% go to the teacher, and ${right} come out right. The student alone has ` +
    `${percent(rightAt(cell, 0))}%, the teacher alone ${percent(ground.teacher)}%; with as many handed on at random ` +
    `it would be ${percent(randomAt(cell, step))}%. Of what the student gets wrong, the threshold catches ` +
    `${percent(caught, 0)}%. An answer costs ${cost}% of what the teacher’s takes.` +
    error
  )
}

/** @param {Data} data @param {Place} place */
export function aboutWords(data, { confidence }) {
  const { gate: _, ...times } = data.times
  const [student, teacher] = [times.student, times.teacher].map((time) => rounded(time, time < 0.1 ? 3 : 2))
  const scaled =
    confidence === "scaled" ? " Each student’s confidence is scaled by a temperature from validation images." : ""
  return (
    `Means of ${data.seeds} seeds, ± the 95% interval over them, ${whole(data.tests)} test images of each kind. ` +
    `Time for one image: student ${student} ms, teacher ${teacher} ms, one thread of a processor ` +
    `${data.processor}.${scaled}`
  )
}

const LEFT = 46
const TOP = 14

/**
 * What is right over what is handed on: as the dial turns, and at random. @param {Data} data @param {Place} place
 * @param {{width: number, height: number, fontSize: number}} room
 */
export function curveChart(data, place, room) {
  const { width, height, fontSize } = room
  const cell = cellAt(data, place)
  const ground = groundOf(data, place.ground)
  const { role } = data.ways.find(({ id }) => id === place.way) ?? data.ways[0]
  const right = cell.passed.map((_, step) => rightAt(cell, step))
  const low = Math.floor(10 * Math.min(...right) - 0.001) / 10
  const high = Math.min(1, Math.ceil(10 * Math.max(...right) + 0.001) / 10)
  const [bottom, end] = [height - 2.6 * fontSize, width - 12]
  const x = (/** @type {number} */ share) => LEFT + share * (end - LEFT)
  const y = (/** @type {number} */ share) => bottom - ((share - low) / (high - low || 1)) * (bottom - TOP)
  const ticks = [low, (low + high) / 2, high]
  const at = [x(cell.passed[place.step]), y(right[place.step])]
  const last = right.length - 1
  const rises = right[last] > right[0]
  return svg(room, [
    ...rules(ticks, LEFT, end, y, (tick) => percent(tick, 0), fontSize / 3),
    ...[0, 0.25, 0.5, 0.75, 1].map((share) =>
      text(x(share), bottom + 1.3 * fontSize, `${percent(share, 0)}%`, "tick", share === 1 ? "end" : "middle"),
    ),
    text(end, height - 2, "handed on to the teacher", "tick", "end"),
    text(LEFT, fontSize - 4, "% right", "tick", "start"),
    `<g class="teacher">${across("level", LEFT, end, y(ground.teacher))}`,
    text(
      x(0) + 6,
      y(ground.teacher) + (ground.teacher > (low + high) / 2 ? 1.2 : -0.4) * fontSize,
      "teacher alone",
      "end",
      "start",
    ),
    "</g>",
    line(
      "control",
      through([
        [x(0), y(right[0])],
        [x(1), y(right[last])],
      ]),
      1.5,
      "4 4",
    ),
    text(
      x(0.5) + (rises ? 8 : -8),
      y((right[0] + right[last]) / 2) + 1.3 * fontSize,
      "as many at random",
      "tick",
      rises ? "start" : "end",
    ),
    line(role, through(cell.passed.map((share, step) => [x(share), y(right[step])])), 2.5),
    down("now", at[0], TOP, bottom),
    circle(at[0], at[1], role),
  ])
}

/** The chart in words. @param {Data} data @param {Place} place */
export function chartWords(data, place) {
  const cell = cellAt(data, place)
  const at = [0, 0.5, 0.8, 0.9, 0.99, 1].map((threshold) => stepAt(data.thresholds, threshold))
  const each = at.map((step) => `${percent(cell.passed[step], 0)}% handed on, ${percent(rightAt(cell, step))}% right`)
  return `What is right over what is handed on: ${each.join("; ")}. The dashed line is for as many at random.`
}

/** What a run of one's own has come to. @param {any} answer of the server @param {any} point its latest */
export function ownWords(answer, point) {
  const of = (/** @type {string} */ key, /** @type {number} */ arm) => percent(spread(point[key][arm])?.mean, 1)
  if (point.noise[1][0] === null)
    return `${headWords(answer)}: labels only ${of("accuracy", 0)}%, distilled ${of("accuracy", 1)}% right so far.`
  const passed = `${of("passed", 3)}% handed on`
  return (
    `${headWords(answer)}, threshold 0.9, the 1,000 test images of the sample. Distilled: alone ` +
    `${of("accuracy", 1)}%, before the teacher ${of("accuracy", 3)}% right with ${passed}. ` +
    `On noise: alone ${of("noise", 1)}%, before the teacher ` +
    `${of("noise", 3)}%. Clothes called a digit: labels only ${of("clothes", 0)}%, distilled ${of("clothes", 1)}%.`
  )
}

/** What is handed on: a caption. @param {number} handed @param {number} images @param {number} shown */
export function handedWords(handed, images, shown) {
  if (!handed) return "At this threshold nothing is handed on."
  const some = handed > shown ? `, the ${shown} just below the threshold first` : ""
  return (
    `Of ${whole(images)} test images, one student hands on these ${whole(handed)}${some}. Below each: the student’s ` +
    "answer, how sure it is, and the teacher’s; a wrong one is struck out."
  )
}
