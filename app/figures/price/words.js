// What a question costs at every threshold, and the threshold that validation images choose. Pure.

import { capital, count, percent, rounded, seconds, whole } from "../../components/js/format.js"
import { across, circle, line, rules, svg, text, through } from "../../components/js/svg.js"

/**
 * @typedef {{passed: number[][], right: number[][]}} Counts images, (seeds, thresholds)
 * @typedef {{thresholds: number[], ways: {id: string, words: string, role: string}[], tested: Record<string, Counts>,
 *   chosen_on: Record<string, Counts>, tests: number, validation: number, seeds: number, times: Record<string, number>,
 *   processor: string, wrong: number[], daily: number[]}} Data
 * @typedef {{way: string, wrong: number, daily: number}} Place wrong: price, in answers of the teacher; daily:
 *   questions
 */

/** What the student's answer costs, in answers of the teacher. @param {Data} data */
export const studentPrice = ({ times }) => times.student / times.teacher

/**
 * What a question costs, in answers of the teacher, (seeds, thresholds). @param {Data} data @param {Counts} counts
 * @param {number} images @param {number} wrong
 */
export function pricesOf(data, { passed, right }, images, wrong) {
  const student = studentPrice(data)
  return passed.map((row, seed) =>
    row.map((handed, at) => student + handed / images + (wrong * (images - right[seed][at])) / images),
  )
}

/** The place of the least. @param {number[]} values */
export const least = (values) => values.indexOf(Math.min(...values))

const mean = (/** @type {number[]} */ values) => values.reduce((sum, one) => sum + one, 0) / values.length

/**
 * The place that validation images choose, of each seed: of equal ones the lowest, as whole images are counted.
 * @param {Data} data @param {Place} place
 */
export function chosenOf({ chosen_on, validation }, { way, wrong }) {
  const { passed, right } = chosen_on[way]
  return passed.map((row, seed) => least(row.map((handed, at) => handed + wrong * (validation - right[seed][at]))))
}

/**
 * What always asking the student, the chosen thresholds, and always asking the teacher come to: cost of a question;
 * shares that are handed on and wrong. @param {Data} data @param {Place} place
 */
export function waysOf(data, place) {
  const counts = data.tested[place.way]
  const costs = pricesOf(data, counts, data.tests, place.wrong)
  const chosen = chosenOf(data, place)
  const last = data.thresholds.length - 1
  const at = (/** @type {number[]} */ places, /** @type {number[][]} */ rows) =>
    mean(rows.map((row, seed) => row[places[seed]]))
  const told = (/** @type {number[]} */ places, /** @type {number} */ less = 0) => ({
    cost: at(places, costs) - less,
    passed: at(places, counts.passed) / data.tests,
    wrong: 1 - at(places, counts.right) / data.tests,
  })
  const all = (/** @type {number} */ step) => chosen.map(() => step)
  return {
    student: told(all(0)),
    chosen: told(chosen),
    teacher: told(all(last), studentPrice(data)), // which is asked at once, and no student before it
    best: mean(costs.map((row) => Math.min(...row))),
    threshold: data.thresholds[[...chosen].sort((a, b) => a - b)[Math.floor(chosen.length / 2)]],
  }
}

/** @param {number} cost in answers of the teacher */
export const costWords = (cost) => rounded(cost, cost < 0.995 ? 2 : 1)

/** Hours of one core in a day. @param {number} milliseconds of a question @param {number} daily */
export function busyWords(milliseconds, daily) {
  const busy = (milliseconds * daily) / 1000
  return busy < 5400 ? seconds(busy) : `${rounded(busy / 3600, 1)} h`
}

/** The rows of the table. @param {Data} data @param {Place} place */
export function rowsOf(data, place) {
  const { student, chosen, teacher } = waysOf(data, place)
  const { role } = data.ways.find(({ id }) => id === place.way) ?? data.ways[0]
  const time = data.times
  const row = (
    /** @type {string} */ words,
    /** @type {string} */ wears,
    /** @type {{cost: number, passed: number, wrong: number}} */ way,
    /** @type {number} */ took,
  ) => ({
    words,
    role: wears,
    cells: [costWords(way.cost), whole(way.wrong * place.daily), busyWords(took, place.daily)],
  })
  return [
    row("always the student", role, student, time.student),
    row("the student, then the teacher", role, chosen, time.student + chosen.passed * time.teacher),
    row("always the teacher", "teacher", teacher, time.teacher),
  ]
}

/** @param {Data} data @param {Place} place */
export function saidWords(data, place) {
  const { student, chosen, teacher, best, threshold } = waysOf(data, place)
  const least = Math.min(student.cost, chosen.cost, teacher.cost)
  const alone = least === student.cost ? "the student alone is" : "the teacher alone is"
  const cheapest = least === chosen.cost && chosen.passed > 0 ? "the two together are" : alone
  return (
    `Validation images choose the threshold ${threshold} (the median of ${data.seeds} seeds): ` +
    `${percent(chosen.passed)}% are handed on, and a question costs ${costWords(chosen.cost)} answers of the ` +
    `teacher. Always the student would cost ${costWords(student.cost)}, always the teacher ` +
    `${costWords(teacher.cost)}: ${cheapest} cheapest. Had one chosen on the test images, it would be ` +
    `${costWords(best)}.`
  )
}

/** @param {number} wrong */
export const wrongWords = (wrong) => `${count(wrong, "answer")} of the teacher`

/** @param {Data} data */
export function aboutWords({ seeds, tests, validation, times, processor }) {
  return (
    `Prices are in answers of the teacher. Each of ${seeds} seeds has its threshold chosen on ${whole(validation)} ` +
    `validation images; what it costs is counted on ${whole(tests)} test images. Student ` +
    `${rounded(times.student, 3)} ms, teacher ${rounded(times.teacher, 2)} ms for one image, one ` +
    `thread of a processor ${processor}.`
  )
}

const LEFT = 52
const TOP = 22

/**
 * What a question costs over what is handed on. @param {Data} data @param {Place} place
 * @param {{width: number, height: number, fontSize: number}} room
 */
export function priceChart(data, place, room) {
  const { width, height, fontSize } = room
  const counts = data.tested[place.way]
  const { role } = data.ways.find(({ id }) => id === place.way) ?? data.ways[0]
  const costs = pricesOf(data, counts, data.tests, place.wrong)
  const along = data.thresholds.map((_, at) => ({
    passed: mean(counts.passed.map((row) => row[at])) / data.tests,
    cost: mean(costs.map((row) => row[at])),
  }))
  const { chosen, teacher } = waysOf(data, place)
  const high = Math.max(...along.map(({ cost }) => cost)) * 1.05
  const [bottom, end] = [height - 2.6 * fontSize, width - 12]
  const x = (/** @type {number} */ share) => LEFT + share * (end - LEFT)
  const y = (/** @type {number} */ cost) => bottom - (cost / high) * (bottom - TOP)
  const ticks = [0, high / 2, high].map((tick) => Number(tick.toPrecision(2)))
  return svg(room, [
    ...rules(
      ticks.filter((tick) => tick <= high),
      LEFT,
      end,
      y,
      costWords,
      fontSize / 3,
    ),
    ...[0, 0.25, 0.5, 0.75, 1].map((share) =>
      text(x(share), bottom + 1.3 * fontSize, `${percent(share, 0)}%`, "tick", share === 1 ? "end" : "middle"),
    ),
    text(end, height - 2, "handed on to the teacher", "tick", "end"),
    text(LEFT, fontSize - 4, "a question costs, in answers of the teacher", "tick", "start"),
    `<g class="teacher">${across("level", LEFT, end, y(teacher.cost))}</g>`,
    line(role, through(along.map(({ passed, cost }) => [x(passed), y(cost)])), 2.5),
    circle(x(chosen.passed), y(chosen.cost), role),
  ])
}

/** The chart in words. @param {Data} data @param {Place} place */
export function chartWords(data, place) {
  const { student, chosen, teacher } = waysOf(data, place)
  return capital(
    `what a question costs over what is handed on: ${costWords(student.cost)} if nothing is, ` +
      `${costWords(chosen.cost)} at the chosen thresholds, ${costWords(teacher.cost)} if the teacher answers alone.`,
  )
}
