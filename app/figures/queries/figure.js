// A dial over questions a day, on times that were measured on this machine. Where nobody has, it has them measured.

import { AWAY, send, whole } from "../../components/js/asking.js"
import { Figure, filled, make, mounting } from "../../components/js/component.js"
import { counted, dayOf, dayRows, daySentence, questions } from "./words.js"

const AGAIN = 1000 // milliseconds between two questions while it is measured

class Queries extends Figure {
  constructor(root) {
    super(root, "queries")
    this.input = this.find("input")
    this.on("input", "input", () => {
      this.draw()
      this.acted("questions")
    })
  }

  set({ key, value }) {
    if (key !== "questions" || !(value >= 1)) return
    this.input.value = Math.log10(value)
    this.draw()
  }

  render({ data }) {
    if (this.data?.run === data.run) return
    this.data = data
    this.input.value = Math.log10(data.per_day)
    this.draw()
    this.ask()
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
    this.find("tbody").replaceChildren(...dayRows(teacher, student, data).map(asRow))
    this.find(".said").textContent = daySentence(perDay, teacher, student, data.currency)
    this.find(".how").textContent =
      `Times measured on this machine, one image at a time: ${timed.teacher.ms.toPrecision(2)} ms and ` +
      `${timed.student.ms.toPrecision(2)} ms. ` +
      "Energy and money are estimates by the formulas in the table; cooling, memory and idle machines are left out."
  }
}

function asRow({ words, note, teacher, student }) {
  const head = make("th", { scope: "row" }, words, make("span", {}, note))
  return make("tr", {}, head, make("td", {}, teacher), make("td", {}, student))
}

export default mounting(Queries)
