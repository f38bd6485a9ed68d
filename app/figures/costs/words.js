// What the costs say, in rows and sentences. Plain text from plain data.

import { capital, count, moment, percent, rounded, times, two, whole } from "../../components/js/format.js"

const ABSENT = "–"
const SCATTERS = 3 // times the median that one image in twenty takes longer: something else was going on

/**
 * The table: [{words, note, teacher, student}], or with `arms` instead of `student` where the students differ.
 * shown: {teacher (or null), student: {parameters, multiply_adds, weight_bytes, timed}, teacher_accuracy, accuracy,
 * arms, images, copy}. coming: what has not been measured here is about to be.
 * @returns {{words: string, note?: string, teacher: any, student?: any, arms?: any[]}[]}
 */
export function costRows(
  { teacher, student, teacher_accuracy: best, accuracy, arms, images = 0, copy = "" },
  coming = false,
) {
  const both = (write) => ({ teacher: teacher ? write(teacher) : ABSENT, student: write(student) })
  const timed = (write) => both(({ timed: found }) => (found ? write(found) : coming ? "measuring …" : "not measured"))
  const reached = accuracy ?? arms.map(() => NaN)
  return [
    { words: "parameters", ...both(({ parameters }) => whole(parameters)) },
    {
      words: "multiply–adds per image",
      note: "convolutions and linear layers",
      ...both((one) => whole(one.multiply_adds)),
    },
    {
      words: "KB of weights",
      note: "4 bytes each, also for a few that are no parameters",
      ...both((one) => whole(one.weight_bytes / 1000)),
    },
    {
      words: "ms per image",
      note: "one at a time: median (95% are below)",
      ...timed((found) => `${digits(found.ms)} (${digits(found.ms_p95)})`),
    },
    { words: "images per second", note: "64 at once", ...timed((found) => whole(found.per_second)) },
    {
      words: "accuracy, %",
      ...(images ? { note: `on ${whole(images)} test images${copy && `, ${copy}`}` } : {}),
      teacher: percent(best ?? NaN),
      arms: reached.map((share) => percent(share)),
    },
    {
      words: "of the teacher’s accuracy, %",
      teacher: best ? "100" : ABSENT,
      arms: reached.map((share) => percent(share / (best ?? NaN))),
    },
  ]
}

/** The result in words: how much smaller and faster a student is, and what it keeps. shown: see `costRows`, or null. */
export function costWords(shown) {
  if (!shown) return "Teacher and students are being counted."
  const { teacher, student, teacher_accuracy: best, accuracy, arms } = shown
  if (!teacher)
    return (
      `A student has ${whole(student.parameters)} parameters and makes ${whole(student.multiply_adds)} ` +
      `multiply–adds for an image. The teacher of this run is not here any more.`
    )
  const fewer = [
    `${times(teacher.parameters / student.parameters)} fewer parameters`,
    `${times(teacher.multiply_adds / student.multiply_adds)} fewer multiply–adds`,
  ]
  const small =
    teacher.parameters > student.parameters
      ? `A student has ${fewer[0]} than the teacher and makes ${fewer[1]} for an image.`
      : "A student is as large as the teacher, or larger."
  const quick =
    teacher.timed && student.timed ? ` On this machine it answers ${speed(teacher.timed, student.timed)}.` : ""
  if (!best || !accuracy) return small + quick
  const shares = arms.map(({ name }, index) => {
    const kept = `${percent(accuracy[index] / best)}%`
    const first = name === "student" ? "The student" : capital(name)
    return index ? `${name} ${kept}` : `${first} keeps ${kept} of the teacher’s accuracy`
  })
  return `${small}${quick} ${shares.join(", ")}.`
}

/** When and how it was measured. update: the moment that is looked back to; ready: whether it can be measured now. */
export function howMeasured({ teacher, student }, { measuring = false, update = null, ready = true }) {
  const then = update === null ? "" : ` Accuracy as it was after ${whole(update)} updates.`
  if (measuring) return `Measuring on this machine; this takes a few seconds.${then}`
  const { timed } = student
  if (!timed || (teacher && !teacher.timed))
    return (
      `Speed has not been measured on this machine ` +
      `yet${ready ? "" : "; the process that runs the networks is starting"}.${then}`
    )
  const oldest = teacher ? Math.min(timed.when, teacher.timed.when) : timed.when
  const beside = Math.max(timed.beside, teacher?.timed.beside ?? 0)
  const busy = beside
    ? `while ${count(beside, "training")} ran beside it, so it was slower than it can be`
    : "with no training beside it"
  return (
    `Measured on this machine, ${moment(oldest)}, on ` +
    `${count(timed.threads, "thread")} of the processor, ${busy}.${then}`
  )
}

/** How much faster than the teacher a student answers, and within what, if one of both now and then takes long. */
function speed(teacher, student) {
  const faster = (ratio) => (ratio >= 1 ? `${two(ratio)} times faster` : `${two(1 / ratio)} times slower`)
  const said = faster(teacher.ms / student.ms)
  if (![teacher, student].some((timed) => timed.ms_p95 > SCATTERS * timed.ms)) return said
  const [least, most] = [teacher.ms / student.ms_p95, teacher.ms_p95 / student.ms].map(faster)
  return `about ${said}; the times scatter, from ${least} to ${most}, so measure again`
}

function digits(ms) {
  return ms >= 10 ? rounded(ms, 1) : ms.toPrecision(2)
}
