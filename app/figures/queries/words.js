// From measured milliseconds to a day's hours, energy and money. Pure.

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
  return digits > 6 ? value.toExponential(1).replace("e-", " · 10^−") : value.toFixed(digits)
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
