// From measured milliseconds to a day's hours, energy and money. Pure.

import { powerWords } from "../../components/js/format.js"

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

/** A quantity with two significant digits, and with thousands separated: "0.00023", "31", "14,000". */
export function two(value) {
  if (!(value > 0)) return "0"
  if (value >= 100) return Number(value.toPrecision(2)).toLocaleString("en-US")
  const digits = Math.max(0, 1 - Math.floor(Math.log10(value)))
  return digits > 6 ? powerWords(value, 1) : value.toFixed(digits)
}

/** 10 to the power of the dial's place, rounded to two digits. */
export function questions(place) {
  return Number((10 ** place).toPrecision(2))
}

export function counted(perDay) {
  return perDay.toLocaleString("en-US")
}

/** The rows: [{words, note, teacher, student}]. */
export function dayRows(teacher, student, { watts, price, currency }) {
  const row = (words, note, write) => ({ words, note, teacher: write(teacher), student: write(student) })
  return [
    row("hours of one core", "questions × measured ms ÷ 3,600,000", ({ hours }) => two(hours)),
    row("cores busy day and night", "hours ÷ 24", ({ cores }) => two(cores)),
    row("kWh, estimated", `hours × ${watts} W ÷ 1,000`, ({ kwh }) => two(kwh)),
    row(`${currency}, estimated`, `kWh × ${price} ${currency}`, ({ money }) => two(money)),
  ]
}

/** What it comes to in a sentence. */
export function daySentence(perDay, teacher, student, currency) {
  const times = teacher.hours / student.hours
  const ratio = times >= 1 ? `${two(times)} times less` : `${two(1 / times)} times more`
  const saved = teacher.money - student.money
  const money =
    saved >= 0.005 ? `, about ${two(saved)} ${currency} of electricity a day saved` : ", a saving too small to notice"
  return (
    `For ${counted(perDay)} ${perDay === 1 ? "question" : "questions"} a day the student keeps a core ` +
    `busy for ${two(student.hours)} hours instead of ${two(teacher.hours)}: ${ratio}${saved > 0 ? money : ""}.`
  )
}

/**
 * Under which conditions it was measured, and what the estimate leaves out.
 * timed: {teacher, student}, each with ms for an image alone, and per_second with 64 at once; watts: of a busy core.
 */
export function howSentence({ teacher, student }, watts) {
  const each = ({ per_second }) => `${two(1000 / per_second)} ms`
  return (
    `Times measured on this machine, one image at a time: ${two(teacher.ms)} ms and ${two(student.ms)} ms. With 64 ` +
    `at once an image takes ${each(teacher)} and ${each(student)}. Energy and money are estimates by the formulas in ` +
    `the table: they multiply this machine’s time by the ${watts} W of another machine’s core. They leave out ` +
    "memory, power supply and cooling, which make it one and a half to two times as much, and what idle machines draw."
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
  const alone = invested.student_seconds / saved
  return { both: invested.teacher_seconds / saved + alone, alone }
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

/** Where the numbers come from. */
export function spentSentence({ teacher_seconds, teacher_labels, student_seconds, student_labels }) {
  return (
    `Training took ${two(teacher_seconds)} seconds of a core for the teacher, as its manifest says, and ` +
    `${two(student_seconds)} for a student, its share of the recorded run. The teacher read ` +
    `${counted(teacher_labels)} labelled images and the student ${counted(student_labels)}; ` +
    "what people are paid for labelling is not counted. " +
    "Days = seconds of training ÷ (questions a day × seconds that one saves)."
  )
}

/**
 * A year of it: hours of a core that were spent by then, with the teacher alone from the first question on, and with
 * both trained first. Returns the chart's ends in hours, `most` its height, and the place of the crossing.
 */
export function yearOf({ perDay, teacher, student, invested }) {
  const after = (days, ms, before) => (before + (days * perDay * ms) / 1000) / 3600
  const before = invested.teacher_seconds + invested.student_seconds
  const lines = {
    teacher: [0, after(YEAR, teacher, 0)],
    student: [after(0, student, before), after(YEAR, student, before)],
  }
  const { both } = earnedAfter({ perDay, teacher, student, invested })
  const crossing = both <= YEAR ? { day: both, hours: after(both, teacher, 0) } : null
  return { ...lines, most: Math.max(lines.teacher[1], lines.student[1]), crossing }
}
