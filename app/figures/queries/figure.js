// A dial over questions a day, on times that were measured on this machine. Where nobody has, it has them measured.

import { ACTED, SET } from "../../components/js/events.js"
import { mounting, read, send } from "../../components/js/mounting.js"
import { counted, dayOf, dayRows, daySentence, questions } from "./words.js"

const AGAIN = 1000 // milliseconds between two questions while it is measured

export default mounting((parent) => new Queries(parent))

class Queries {
  constructor(parent) {
    this.root = parent.querySelector(".queries")
    this.find = (selector) => this.root.querySelector(selector)
    this.input = this.find("input")
    this.input.addEventListener("input", () => {
      this.draw()
      document.dispatchEvent(new CustomEvent(ACTED, { detail: { figure: "queries", key: "questions" } }))
    })
    this.heard = ({ detail: { key, value } }) => {
      if (key !== "questions" || !(value >= 1)) return
      this.input.value = Math.log10(value)
      this.draw()
    }
    document.addEventListener(SET, this.heard)
  }

  leave() {
    document.removeEventListener(SET, this.heard)
    clearTimeout(this.later)
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
    const { ok, body } = await read(`${api}/runs/${run}/costs`, true)
    if (run !== this.data.run) return
    const parts = ok ? [body.teacher, body.student].filter(Boolean) : []
    const trouble = ok ? (parts.find(({ trouble }) => trouble)?.trouble ?? "") : (body?.message ?? "The server does not answer. Try again in a moment.")
    this.find(".trouble").hidden = !trouble
    this.find(".trouble").textContent = trouble
    if (parts.length === 2 && parts.every(({ timed }) => timed)) {
      this.timed = { teacher: body.teacher.timed, student: body.student.timed }
      return this.draw()
    }
    if (trouble) return
    if (body.ready && !this.asked && !parts.some(({ measuring }) => measuring)) {
      this.asked = true
      await send(`${api}/runs/${run}/costs`, new Uint8Array())
    }
    this.later = setTimeout(() => this.ask(), AGAIN)
  }

  draw() {
    const { data, input, timed } = this
    const perDay = questions(Number(input.value))
    this.find("output").textContent = counted(perDay)
    input.setAttribute("aria-valuetext", `${counted(perDay)} questions a day`)
    input.style.setProperty("--share", `${(100 * input.value) / input.max}%`)
    this.root.dataset.ready = String(Boolean(timed))
    if (!timed) {
      this.find(".said").textContent = ""
      this.find(".how").textContent = "Teacher and student are being timed on this machine; this takes some seconds."
      return
    }
    const [teacher, student] = [timed.teacher, timed.student].map(({ ms }) => dayOf({ perDay, ms, watts: data.watts, price: data.price }))
    this.find("tbody").replaceChildren(...dayRows(teacher, student, data).map(asRow))
    this.find(".said").textContent = daySentence(perDay, teacher, student, data.currency)
    this.find(".how").textContent =
      `Times measured on this machine, one image at a time: ${timed.teacher.ms.toPrecision(2)} ms and ${timed.student.ms.toPrecision(2)} ms. ` +
      "Energy and money are estimates by the formulas in the table; cooling, memory and idle machines are left out."
  }
}

function asRow({ words, note, teacher, student }) {
  const row = document.createElement("tr")
  const head = Object.assign(document.createElement("th"), { textContent: words, scope: "row" })
  head.append(Object.assign(document.createElement("span"), { textContent: note }))
  row.append(head, ...[teacher, student].map((text) => Object.assign(document.createElement("td"), { textContent: text })))
  return row
}
