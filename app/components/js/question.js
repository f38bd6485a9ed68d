// One question: asked, answered once, and then explained. Each kind's field is a file of questions/.

import { Component, make, mounting } from "./component.js"
import { kindOf } from "./question_kind.js"
import { countWords, hintWords, outcomeWords, SURE } from "./question_words.js"

class Question extends Component {
  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    this.on(".check", "click", () => this.check())
    this.on(".hint", "click", () => this.hint())
    this.on(".again", "click", () => this.send("again", this.data.asked))
    this.on(".next", "click", () => {
      this.goesOn = true
      this.send("next", this.data.asked)
    })
    /** @type {import("./question_kind.js").Field | null} */
    this.field = null
    this.hinted = 0
    this.told = this.goesOn = this.checked = false
  }

  /** @param {import("./component.js").Mounted} mounted */
  render({ data, setStateValue }) {
    this.data = data
    this.send = setStateValue
    kindOf(data.kind).then(
      (kind) => this.attempt(() => this.data.asked === data.asked && this.show(this.data, kind)),
      (error) => {
        console.error(error)
        this.find(".stem").textContent = "This question could not be loaded. Reload the page."
        this.root.dataset.ready = "true"
      },
    )
  }

  /** @param {any} data @param {import("./question_kind.js").Kind} kind */
  show(data, kind) {
    if (this.another("asked", data.asked)) this.ask(data, kind)
    if (data.grade) this.tell(data)
    this.root.dataset.answered = String(Boolean(data.grade))
    this.root.dataset.ready = "true"
  }

  /** @param {any} data @param {import("./question_kind.js").Kind} kind */
  ask(data, kind) {
    this.told = false
    this.hinted = 0
    this.find(".count").textContent = countWords(data.number, data.of, kind.instruction)
    this.find(".stem").innerHTML = data.stem
    const label = this.find(".stem").textContent
    const parent = this.find(".field")
    parent.innerHTML = ""
    this.field = kind.field(parent, { field: data.field, id: `answer-${data.id}`, label }, () => this.touched())
    this.field.enter?.(() => this.check())
    this.find(".hints").innerHTML = ""
    const choices = Object.entries(SURE).map(
      ([id, words]) => `<label><input type="radio" name="sure-${data.id}" value="${id}">${words}</label>`,
    )
    this.find(".sure").innerHTML = data.confidence ? `<span>How sure are you?</span>${choices.join("")}` : ""
    this.find(".sure").setAttribute("aria-label", "How sure are you?")
    for (const part of [".outcome", ".explain"]) this.find(part).innerHTML = ""
    this.find(".after").hidden = true
    this.find(".act").hidden = this.find(".sure").hidden = false
    this.find(".check").disabled = true
    this.offerHint()
    if (this.goesOn || data.leads) this.arrive()
  }

  /** Focus the question, since the button that led here is gone, and whoever pressed it goes on here. */
  arrive() {
    this.goesOn = false
    this.root.dataset.ready = "true" // what is not seen yet cannot be focused
    this.root.scrollIntoView({ block: "nearest" })
    this.find(".stem").focus({ preventScroll: true })
  }

  touched() {
    this.find(".check").disabled = this.field?.value() === null
  }

  hint() {
    this.find(".hints").append(make("p", { innerHTML: this.data.hints[this.hinted++] }))
    this.offerHint()
  }

  offerHint() {
    this.putOrHide(".hint", hintWords(this.hinted, this.data.hints.length))
  }

  check() {
    const given = this.field?.value() ?? null
    if (given === null || this.find(".check").disabled) return
    this.rest(this.find(".check"))
    this.checked = true
    const sure = this.find(".sure input:checked")?.value ?? ""
    const press = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`
    this.send("answered", { given, sure, asked: this.data.asked, press })
  }

  /** @param {any} data */
  tell({ grade, explain, back, again, next }) {
    if (this.told) return
    this.told = true
    this.field?.show(grade)
    this.find(".act").hidden = this.find(".sure").hidden = true
    this.find(".outcome").innerHTML = `<b></b> ${grade.said}`
    this.find(".outcome b").textContent = outcomeWords(grade.score, grade.sure)
    this.find(".explain").innerHTML = explain
    Object.assign(this.find(".back"), { href: back.href, textContent: `Read it again: ${back.title}` })
    this.putOrHide(".again", again)
    this.putOrHide(".next", next)
    this.find(".after").hidden = false
    if (this.checked) this.find(".outcome").focus({ preventScroll: true }) // what was pressed is gone
    this.checked = false
  }
}

export default mounting(Question)
