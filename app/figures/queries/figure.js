// A dial over questions a day, on times that were measured on this machine. Where nobody has, it has them measured.
// Or when the time that is saved has paid for the training.

import { AWAY, send, whole } from "../../components/js/asking.js"
import { Figure, filled, make, mounting } from "../../components/js/component.js"
import { two } from "../../components/js/format.js"
import { apart } from "../../components/js/series.js"
import { circle, line, rules, svg, text, through } from "../../components/js/svg.js"
import {
  counted,
  dayOf,
  dayRows,
  daySentence,
  earnedAfter,
  earnedSentence,
  howSentence,
  questions,
  spentSentence,
  yearOf,
} from "./words.js"

const AGAIN = 1000 // milliseconds between two questions while it is measured
const DAYS = [
  [0, "today"],
  [100, "100"],
  [200, "200"],
  [300, "300 days"],
]

class Queries extends Figure {
  constructor(root) {
    super(root, "queries")
    this.input = this.find("input")
    this.on("input", "input", () => this.draw())
    this.observe(".lines", () => this.drawSoon())
  }

  set({ key, value }) {
    if (key !== "questions" || !(value >= 1)) return
    this.input.value = Math.log10(value)
    this.draw()
  }

  render({ data }) {
    if (this.data?.run === data.run) return
    this.data = data
    this.root.dataset.part = data.paid ? "paid" : "day"
    this.reset()
    this.ask()
  }

  reset() {
    this.set({ key: "questions", value: this.data.per_day })
  }

  async ask() {
    const { api, run } = this.data
    const { ok, body } = await whole(`${api}/runs/${run}/costs`)
    if (this.left || run !== this.data.run) return
    const parts = ok ? [body.teacher, body.student].filter(Boolean) : []
    const trouble = ok ? (parts.find(({ trouble }) => trouble)?.trouble ?? "") : (body?.message ?? AWAY)
    this.putOrHide(".trouble", trouble)
    if (parts.length === 2 && parts.every(({ timed }) => timed)) {
      this.timed = { teacher: body.teacher.timed, student: body.student.timed }
      return this.draw()
    }
    if (trouble) return
    if (body.ready && !this.asked && !parts.some(({ measuring }) => measuring)) {
      this.asked = true
      await send(`${api}/runs/${run}/costs`, new Uint8Array())
    }
    this.later("ask", AGAIN, () => this.ask())
  }

  draw() {
    const { data, input, timed } = this
    if (!data) return
    const perDay = questions(Number(input.value))
    this.find("output").textContent = counted(perDay)
    input.setAttribute("aria-valuetext", `${counted(perDay)} questions a day`)
    filled(input)
    this.root.dataset.ready = String(Boolean(timed))
    if (!timed) {
      this.find(".said").textContent = ""
      this.find(".how").textContent = "Teacher and student are being timed on this machine; this takes some seconds."
      return
    }
    const [teacher, student] = [timed.teacher, timed.student].map(({ ms }) =>
      dayOf({ perDay, ms, watts: data.watts, price: data.price }),
    )
    const ms = { teacher: timed.teacher.ms, student: timed.student.ms }
    this.find("tbody").replaceChildren(...dayRows(teacher, student, data).map(asRow))
    this.find(".said").textContent = daySentence(perDay, teacher, student, data.currency)
    const asked = { perDay, ...ms, invested: data.invested }
    const room = this.room(".lines")
    if (room) this.find(".lines").innerHTML = yearChart(yearOf(asked), room)
    this.find(".earned").textContent = earnedSentence(perDay, earnedAfter(asked))
    this.find(".spent").textContent = spentSentence({ ...data.invested, teacher: ms.teacher })
    this.find(".how").textContent = howSentence(timed, data.paid ? null : data.watts)
  }
}

/**
 * A year's hours of a core, as two lines that cross where the training has paid for itself. year: of `yearOf`; room:
 * see `Component.room`.
 */
function yearChart({ teacher, student, most, crossing }, { width, height, fontSize }) {
  const [left, right, top, bottom] = [4.6 * fontSize, width - 4.6 * fontSize, 2.2 * fontSize, height - 2 * fontSize]
  const x = (day) => left + ((right - left) * day) / 365
  const y = (hours) => bottom - ((bottom - top) * hours) / most
  const ends = [
    { role: "teacher", words: "teacher", hours: teacher },
    { role: "distilled", words: "student", hours: student },
  ]
  const places = apart(
    ends.map(({ hours }) => y(hours[1])),
    1.3 * fontSize,
    top,
    bottom,
  )
  const path = ([first, last]) =>
    through([
      [x(0), y(first)],
      [x(365), y(last)],
    ])
  return svg({ width, height, fontSize }, [
    ...rules([0, most / 2, most], left, right, y, two, 0.35 * fontSize),
    ...DAYS.map(([day, words]) => text(x(day), bottom + 1.5 * fontSize, words, "tick", "middle")),
    text(0, fontSize, "hours of a core", "tick", "start"),
    ...ends.map(({ role, hours }) => line(role, path(hours), 2.5)),
    ...ends.map(({ role, words }, at) =>
      text(right + 8, places[at] + 0.35 * fontSize, words, `label ${role}`, "start"),
    ),
    crossing ? circle(x(crossing.day), y(crossing.hours), "crossing") : "",
  ])
}

function asRow({ words, note, teacher, student }) {
  const head = make("th", { scope: "row" }, words, make("span", {}, note))
  return make("tr", {}, head, make("td", {}, teacher), make("td", {}, student))
}

export default mounting(Queries)
