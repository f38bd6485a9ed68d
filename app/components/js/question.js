// One question: asked, tried once more after a first miss, and then explained. Each kind's field is a file of
// questions/.

import { Component, make, mounting } from "./component.js"
import { kindOf } from "./question_kind.js"
import { countWords, hintWords, missAgainWords, outcomeWords, SURE } from "./question_words.js"

class Question extends Component {
  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    this.on(".check", "click", () => this.check())
    this.on(".hint", "click", () => this.hint())
    for (const way of ["again", "next"]) {
      this.on(`.${way}`, "click", () => {
        this.goesOn = true
        this.send(way, this.data.asked)
      })
    }
    this.on(".back", "click", (event) => {
      if (event.button || event.ctrlKey || event.metaKey || event.shiftKey) return // into a tab of its own
      event.preventDefault()
      this.send("read", this.data.asked)
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
    this.root.dataset.missed = String(Boolean(data.missed))
    this.root.dataset.ready = "true"
  }

  /** @param {any} data @param {import("./question_kind.js").Kind} kind */
  ask(data, kind) {
    const { missed } = data
    this.told = false
    if (!missed) {
      this.hinted = 0
      this.find(".hints").innerHTML = ""
    }
    this.find(".count").textContent = countWords(data.number, data.of, kind.instruction)
    this.root.setAttribute("aria-label", data.number ? `Question ${data.number}` : "Question")
    this.find(".stem").innerHTML = data.stem
    const label = this.find(".stem").textContent
    const parent = this.find(".field")
    parent.innerHTML = ""
    const paper = Boolean(data.paper)
    this.root.inert = paper
    this.field = kind.field(parent, { field: data.field, id: `answer-${data.id}`, label, paper }, () => this.touched())
    this.field.enter?.(() => this.check())
    const choices = Object.entries(SURE).map(
      ([id, words]) => `<label><input type="radio" name="sure-${data.id}" value="${id}">${words}</label>`,
    )
    const asks = data.confidence && !missed
    this.find(".sure").innerHTML = asks ? `<span>How sure are you?</span>${choices.join("")}` : ""
    this.find(".sure").setAttribute("aria-label", "How sure are you?")
    for (const part of [".outcome", ".explain"]) this.find(part).innerHTML = ""
    this.find(".after").hidden = true
    this.find(".act").hidden = this.find(".sure").hidden = false
    this.find(".check").disabled = true
    this.offerHint()
    if (missed) this.miss(missed)
    else if (this.goesOn || data.leads) this.arrive()
  }

  /** A first miss: what was chosen stays, with what is said of it, and may be changed. @param {any} missed */
  miss(missed) {
    this.field?.miss(missed)
    this.keepAtRest(this.find(".check")) // until something else is given
    this.tellOutcome(missed, missAgainWords(missed.score, missed.sure))
    if (!missed.said && !Object.keys(missed.of_options).length && !this.hinted) this.hint()
  }

  /** @param {{said: string}} graded @param {string} words */
  tellOutcome({ said }, words) {
    this.find(".outcome").innerHTML = `<b></b> ${said}`
    this.find(".outcome b").textContent = words
    if (this.checked) this.find(".outcome").focus({ preventScroll: true }) // what was pressed is gone
    this.checked = false
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
    this.find(".explain").innerHTML = explain
    Object.assign(this.find(".back"), { href: back.href, textContent: `Read it again: ${back.title}` })
    this.putOrHide(".again", again)
    this.putOrHide(".next", next)
    this.find(".after").hidden = false
    this.tellOutcome(grade, outcomeWords(grade.score, grade.sure, grade.tries))
  }
}

export default mounting(Question)
