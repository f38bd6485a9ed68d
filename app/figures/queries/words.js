// From measured milliseconds to a day's hours, energy and money. Pure.

import { count, two, whole } from "../../components/js/format.js"

const MS_PER_HOUR = 3.6e6

/**
 * perDay: questions a day; ms: milliseconds of one core for one; watts: of a busy core; price: of a kWh.
 * Returns {hours, cores, kwh, money} of a day.
 */
export function dayOf({ perDay, ms, watts, price }) {
  const hours = (perDay * ms) / MS_PER_HOUR
  const kwh = (hours * watts) / 1000
  return { hours, cores: hours / 24, kwh, money: kwh * price }
}

/** 10 to the power of the dial's place, rounded to two digits. */
export function questions(place) {
  return Number((10 ** place).toPrecision(2))
}

export function counted(perDay) {
  return perDay.toLocaleString("en-US")
}

/** The time of a core, in the unit that people would take. @param {number} hours */
export function coreTime(hours) {
  const [value, unit] =
    hours >= 1 ? [hours, "hour"] : hours * 60 >= 1 ? [hours * 60, "minute"] : [hours * 3600, "second"]
  return `${two(value)} ${unit}${Number(two(value)) === 1 ? "" : "s"}`
}

/** Money in words: "1.9 euro", "6.9 cents", "0.069 cents". @param {number} value @param {string} currency */
export function moneyWords(value, currency) {
  return value >= 1 ? `${two(value)} ${currency}` : `${two(100 * value)} cents`
}

/** The rows: [{words, note, teacher, student}]. */
export function dayRows(teacher, student, { watts, price, currency }) {
  const row = (words, note, write) => ({ words, note, teacher: write(teacher), student: write(student) })
  return [
    row("time of one core", "questions × measured ms", ({ hours }) => coreTime(hours)),
    row("electricity, estimated", `hours × ${watts} W × ${price} ${currency} a kWh`, ({ money }) =>
      moneyWords(money, currency),
    ),
  ]
}

/** What it comes to in a sentence or two, and with a larger teacher. */
export function daySentence(perDay, teacher, student, currency) {
  const times = teacher.hours / student.hours
  const ratio = times >= 1 ? `${two(times)} times less` : `${two(1 / times)} times more`
  const saved = teacher.money - student.money
  const enough = saved >= 0.01 ? `about ${moneyWords(saved, currency)}` : "less than a cent"
  const money = saved > 0 ? ` That saves ${enough} of electricity a day.` : ""
  const [most, least] = [teacher, student].map(({ cores }) => Math.ceil(cores))
  const cores = most > 1 ? ` The teacher needs ${count(most, "core")} day and night, the student ${least}.` : ""
  return (
    `For ${counted(perDay)} ${perDay === 1 ? "question" : "questions"} a day the student keeps a core ` +
    `busy for ${coreTime(student.hours)} instead of ${coreTime(teacher.hours)}: ${ratio}.${money}${cores} ` +
    `A teacher that takes a thousand times as long would cost ${moneyWords(1000 * teacher.money, currency)} a day.`
  )
}

/**
 * Under which conditions it was measured, and what the estimate leaves out.
 * timed: {teacher, student}, each with ms for an image alone, and per_second with 64 at once; watts: of a busy core,
 * null where no money is estimated.
 */
export function howSentence({ teacher, student }, watts) {
  const each = ({ per_second }) => `${two(1000 / per_second)} ms`
  const times = `Times measured on this machine, one image at a time: ${two(teacher.ms)} ms and ${two(student.ms)} ms.`
  if (watts === null) return times
  return (
    `${times} With 64 at once an image takes ${each(teacher)} and ${each(student)}. Money is an estimate: this ` +
    `machine’s time by the ${watts} W of another machine’s core. It leaves out memory, power supply and cooling, ` +
    "which make it one and a half to two times as much, and what idle machines draw."
  )
}

// ── what was spent before the first question ─────────────────────────────────────────────────────────────────────

const YEAR = 365
const UNITS = [
  { name: "year", size: YEAR },
  { name: "day", size: 1 },
  { name: "hour", size: 1 / 24 },
  { name: "minute", size: 1 / 1440 },
  { name: "second", size: 1 / 86_400 },
]

/**
 * After how many days teacher and student have earned back their training, and the student alone its own; Infinity if
 * it saves nothing. invested: {teacher_seconds, student_seconds} of a core; teacher, student: milliseconds for one.
 */
export function earnedAfter({ perDay, teacher, student, invested }) {
  const saved = Math.max(0, (perDay * (teacher - student)) / 1000)
  const alone = ownSeconds(invested, teacher) / saved
  return { both: invested.teacher_seconds / saved + alone, alone }
}

/** Seconds that a student takes: its training, and what the teacher says of its images, each asked alone. */
function ownSeconds({ student_seconds, student_labels }, teacher) {
  return student_seconds + (student_labels * teacher) / 1000
}

/** A number of days in words: "3 seconds", "4 hours", "12 days", "1,900 years". */
export function days(value) {
  const unit = UNITS.find(({ size }) => value >= 0.995 * size) ?? UNITS[UNITS.length - 1]
  const number = two(Number((value / unit.size).toPrecision(2)))
  return `${number} ${unit.name}${Number(number) === 1 ? "" : "s"}`
}

/** When it has paid for itself, in a sentence or two. */
export function earnedSentence(perDay, { both, alone }) {
  if (!Number.isFinite(both)) return "On this machine the student is no faster, so its training is never earned back."
  const asked = `At ${counted(perDay)} ${perDay === 1 ? "question" : "questions"} a day`
  return (
    `${asked} the time that the student saves has paid for its own training and its teacher’s after ${days(both)}. ` +
    `If the teacher is there anyway, only the student’s training counts: ${days(alone)}.`
  )
}

/** Where the numbers come from. teacher: its milliseconds for one answer; the others are of `invested`. */
export function spentSentence({ teacher_seconds, teacher_labels, student_seconds, student_labels, teacher }) {
  const asking = (student_labels * teacher) / 1000
  return (
    `Training took ${whole(teacher_seconds)} seconds of a core for the teacher, as its manifest says, and ` +
    `${two(student_seconds)} for a student, its share of the recorded run; asking the teacher about its ` +
    `${counted(student_labels)} images takes ${two(asking)}. What people are paid for labels is not counted, and ` +
    `the teacher read ${counted(teacher_labels)} labelled images. ` +
    "Days = seconds ÷ (questions a day × seconds that one saves)."
  )
}

/**
 * A year of it: hours of a core that were spent by then, with the teacher alone from the first question on, and with
 * both trained first. Returns the chart's ends in hours, `most` its height, and the place of the crossing.
 */
export function yearOf({ perDay, teacher, student, invested }) {
  const after = (days, ms, before) => (before + (days * perDay * ms) / 1000) / 3600
  const before = invested.teacher_seconds + ownSeconds(invested, teacher)
  const lines = {
    teacher: [0, after(YEAR, teacher, 0)],
    student: [after(0, student, before), after(YEAR, student, before)],
  }
  const { both } = earnedAfter({ perDay, teacher, student, invested })
  const crossing = both <= YEAR ? { day: both, hours: after(both, teacher, 0) } : null
  return { ...lines, most: Math.max(lines.teacher[1], lines.student[1]), crossing }
}
