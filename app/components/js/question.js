// One question: asked, answered once, and then explained. Its fields are in question_fields.js, words in question_words.js.

import { mounting } from "./mounting.js"
import { fieldOf } from "./question_fields.js"
import { countWords, hintWords, outcomeWords, SURE } from "./question_words.js"

export default mounting((parent) => new Question(parent))

class Question {
  constructor(parent) {
    this.root = parent.querySelector(".question")
    this.find = (selector) => this.root.querySelector(selector)
    this.find(".check").addEventListener("click", () => this.check())
    this.find(".hint").addEventListener("click", () => this.hint())
    this.find(".again").addEventListener("click", () => this.send("again", this.data.asked))
    this.find(".next").addEventListener("click", () => {
      this.goesOn = true
      this.send("next", this.data.asked)
    })
  }

  leave() {}

  render({ data, setStateValue }) {
    this.data = data
    this.send = setStateValue
    if (this.shown !== data.asked) this.ask(data)
    if (data.grade) this.tell(data)
    this.root.dataset.answered = String(Boolean(data.grade))
    this.root.dataset.ready = "true"
  }

  ask(data) {
    this.shown = data.asked
    this.told = false
    this.hinted = 0
    this.find(".count").textContent = countWords(data.number, data.of, data.kind)
    this.find(".stem").innerHTML = data.stem
    const label = this.find(".stem").textContent
    this.field = fieldOf(this.find(".field"), { ...data, id: `answer-${data.id}`, label }, () => this.touched())
    this.field.enter?.(() => this.check())
    this.find(".hints").innerHTML = ""
    this.find(".sure").innerHTML = data.confidence
      ? `<span>How sure are you?</span>${Object.entries(SURE).map(([id, words]) => `<label><input type="radio" name="sure-${data.id}" value="${id}">${words}</label>`).join("")}`
      : ""
    this.find(".sure").setAttribute("aria-label", "How sure are you?")
    for (const part of [".outcome", ".explain"]) this.find(part).innerHTML = ""
    this.find(".after").hidden = true
    this.find(".act").hidden = this.find(".sure").hidden = false
    this.find(".check").disabled = true
    this.offerHint()
    if (this.goesOn || data.leads) this.arrive()
  }

  /** The button that led here is gone: whoever pressed it goes on at this question, and hears it. */
  arrive() {
    this.goesOn = false
    this.root.dataset.ready = "true" // what is not seen yet cannot be focused
    this.root.scrollIntoView({ block: "nearest" })
    this.find(".stem").focus({ preventScroll: true })
  }

  touched() {
    this.find(".check").disabled = this.field.value() === null
  }

  hint() {
    const line = document.createElement("p")
    line.innerHTML = this.data.hints[this.hinted++]
    this.find(".hints").append(line)
    this.offerHint()
  }

  offerHint() {
    const words = hintWords(this.hinted, this.data.hints.length)
    this.find(".hint").textContent = words
    this.find(".hint").hidden = !words
  }

  check() {
    const given = this.field.value()
    if (given === null || this.find(".check").disabled) return
    this.find(".check").disabled = true
    this.checked = true
    const sure = this.root.querySelector(".sure input:checked")?.value ?? ""
    this.send("answered", { given, sure, asked: this.data.asked, press: crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}` })
  }

  tell({ grade, explain, back, again, next }) {
    if (this.told) return
    this.told = true
    this.field.show(grade)
    this.find(".act").hidden = this.find(".sure").hidden = true
    this.find(".outcome").innerHTML = `<b></b> ${grade.said}`
    this.find(".outcome b").textContent = outcomeWords(grade.score, grade.sure)
    this.find(".explain").innerHTML = explain
    Object.assign(this.find(".back"), { href: back.href, textContent: `Read it again: ${back.title}` })
    this.find(".again").textContent = again
    this.find(".again").hidden = !again
    this.find(".next").textContent = next
    this.find(".next").hidden = !next
    this.find(".after").hidden = false
    if (this.checked) this.find(".outcome").focus({ preventScroll: true }) // what was pressed is gone
    this.checked = false
  }
}
