// How many dots a network gets, and what is said of two networks. Pure.

import { capital, times, whole } from "../../components/js/format.js"

export const PITCH = 3 // pixels of the screen from one dot to the next; a dot takes two
const GAP = 28 // pixels of the page between the two squares

/**
 * The square of dots for `numbers`, of which each dot stands for `perDot`: full rows, and a last one with the rest.
 * @param {number} numbers @param {number} perDot
 */
export function squareOf(numbers, perDot) {
  const dots = Math.max(1, Math.round(numbers / perDot))
  const across = Math.ceil(Math.sqrt(dots))
  return { dots, across, rows: Math.floor(dots / across), rest: dots % across }
}

/**
 * How many numbers a dot stands for, so that both squares find room: as few as possible, a whole number.
 * @param {{teacher: number, student: number, width: number, height: number, ratio: number}} room numbers of both;
 * pixels of the page, and how many of the screen each is
 */
export function perDot({ teacher, student, width, height, ratio }) {
  const beside = Math.sqrt(student / teacher)
  const side = Math.max(20, Math.min(height, (width - GAP) / (1 + beside)))
  const dots = Math.floor((side * ratio) / PITCH)
  return Math.max(1, Math.ceil(teacher / dots ** 2))
}

/** @typedef {{name: string, numbers: number}} Network */

/** "293,236", "1.6 billion", "66 million". @param {number} value */
export function counted(value) {
  const size = [
    { of: 1e9, words: "billion" },
    { of: 1e6, words: "million" },
  ].find(({ of }) => value >= of)
  return size ? `${Number((value / size.of).toPrecision(3)).toLocaleString("en-US")} ${size.words}` : whole(value)
}

/**
 * @param {{teacher: Network, student: Network, taught?: string, counts?: string}} pair taught: how the student was;
 * counts: what they do that is counted, not what they have
 * @param {number} each how many a dot stands for
 */
export function pairWords({ teacher, student, taught, counts }, each) {
  const [big, small] = [teacher, student].map(({ numbers }) => counted(numbers))
  const fewer = `${times(teacher.numbers / student.numbers)} fewer`
  const rounded = each >= 1000 ? `about ${counted(Number(each.toPrecision(2)))}` : whole(each)
  const dot = each === 1 ? "Every dot is one of them." : `Every dot stands for ${rounded} of them.`
  if (counts) return `For one image ${teacher.name} makes ${big} ${counts}, ${student.name} ${small}: ${fewer}. ${dot}`
  const learned = `${taught || "What it knows is taught to"} ${student.name}, which has ${small}: ${fewer}.`
  return `${capital(teacher.name)} is made of ${big} numbers. ${learned} ${dot}`
}
