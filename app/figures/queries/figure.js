// A dial over questions a day, on times that were measured on this machine. Where nobody has, it has them measured.
// Below it, when the time that is saved has paid for the training.

import { AWAY, send, whole } from "../../components/js/asking.js"
import { Figure, filled, make, mounting } from "../../components/js/component.js"
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
  two,
  yearOf,
} from "./words.js"

const AGAIN = 1000 // milliseconds between two questions while it is measured

class Queries extends Figure {
  constructor(root) {
    super(root, "queries")
    this.input = this.find("input")
    this.on("input", "input", () => this.draw())
  }

  set({ key, value }) {
    if (key !== "questions" || !(value >= 1)) return
    this.input.value = Math.log10(value)
    this.draw()
  }

  render({ data }) {
    if (this.data?.run === data.run) return
    this.data = data
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
    this.find(".lines").innerHTML = yearChart(yearOf(asked))
    this.find(".earned").textContent = earnedSentence(perDay, earnedAfter(asked))
    this.find(".spent").textContent = spentSentence(data.invested)
    this.find(".how").textContent = howSentence(timed, data.watts)
  }
}

const SIZE = { width: 640, height: 200, fontSize: 13 }
const [LEFT, RIGHT, TOP, BOTTOM] = [64, 560, 16, 168]

/** A year's hours of a core, as two lines that cross where the training has paid for itself. year: of `yearOf`. */
function yearChart({ teacher, student, most, crossing }) {
  const x = (day) => LEFT + ((RIGHT - LEFT) * day) / 365
  const y = (hours) => BOTTOM - ((BOTTOM - TOP) * hours) / most
  const ends = [
    { role: "teacher", words: "teacher", from: y(teacher[0]), to: y(teacher[1]) },
    { role: "distilled", words: "student", from: y(student[0]), to: y(student[1]) },
  ]
  const apart = Math.max(0, 16 - Math.abs(ends[0].to - ends[1].to)) / 2 // so that the names do not meet
  const upper = ends[0].to <= ends[1].to ? "teacher" : "distilled"
  const drawn = ({ role, words, from, to }) =>
    line(
      role,
      through([
        [x(0), from],
        [x(365), to],
      ]),
      2.5,
    ) + text(RIGHT + 8, to + 4 + (role === upper ? -apart : apart), words, `name ${role}`, "start")
  return svg(SIZE, [
    ...rules([0, most / 2, most], LEFT, RIGHT, y, two, 4),
    ...[0, 100, 200, 300].map((day) => text(x(day), BOTTOM + 20, day ? `day ${day}` : "today", "tick", "middle")),
    text(LEFT, TOP - 4, "hours of a core", "tick", "middle"),
    ...ends.map(drawn),
    crossing ? circle(x(crossing.day), y(crossing.hours), "crossing") : "",
  ])
}

function asRow({ words, note, teacher, student }) {
  const head = make("th", { scope: "row" }, words, make("span", {}, note))
  return make("tr", {}, head, make("td", {}, teacher), make("td", {}, student))
}

export default mounting(Queries)
