// A learner's prediction: asked, saved, and then laid over the outcome. The words of the gap are in predict_words.js.

import { Component, mounting, movesLittle } from "./component.js"
import { newestRace, RACE } from "./events.js"
import { withoutKnob } from "./first_touch.js"
import { Knots } from "./knots.js"
import { gapWords, spoken } from "./predict_words.js"

const LONGEST = 15000 // milliseconds that a race may take
const RUNS = "Saved. Watch the race."
const INVITES = "Press the line where you expect it."

class Predict extends Component {
  constructor(root) {
    super(root)
    this.on(".save", "click", () => this.save())
    this.hear(RACE, ({ step }) => step === null && this.data && this.tell())
  }

  render({ data, setStateValue }) {
    this.data = data
    this.send = (value) => setStateValue("saved", value)
    this.find(".ask").textContent = data.ask
    this.root.setAttribute("aria-label", `Your prediction: ${data.ask}`)
    if (this.another("id", data.id)) {
      this.field = FIELDS[data.kind](this.find(".field"), data, () => this.touched())
      this.find(".save").disabled = true
    }
    const saved = data.saved !== null
    this.find(".act").hidden = saved
    this.field.show(data.saved, null)
    this.root.dataset.saved = String(saved)
    this.root.dataset.ready = "true"
    const begins = this.another("races", data.races)
    if (!(saved && data.races && (begins || newestRace())) || movesLittle()) return this.tell()
    this.find(".gap").textContent = RUNS
    this.putOrHide(".missed", "")
    this.later("tell", LONGEST, () => this.tell())
  }

  /** What came out; last, if it is raced for. */
  tell() {
    const { data } = this
    this.cancel("tell")
    const saved = data.saved !== null
    this.field.show(data.saved, saved ? data.outcome : null)
    this.find(".gap").textContent = saved ? gapWords(data) : ""
    this.putOrHide(".missed", data.missed)
  }

  touched() {
    this.find(".save").disabled = this.field.value() === null
  }

  save() {
    this.rest(this.find(".save"))
    this.send(this.field.value())
  }
}

// ── the three kinds: each has value() and show(saved, outcome) ──────────────────────────────────────────────────────

const FIELDS = {
  number: numberField,
  choice: choiceField,
  curve: (parent, data, touched) => new Knots(parent, data, touched),
}

function numberField(parent, { id, low, high, step, unit, ask }, touched) {
  parent.innerHTML = `<input class="slider" type="range" id="predict-${id}">
    <div class="scale" hidden><i class="mine"></i><i class="real"></i></div>
    <div class="ends muted" aria-hidden="true"><span></span><span></span></div>
    <output for="predict-${id}">${INVITES}</output>`
  const [input, scale, ends, output] = parent.children
  ;[low, high].forEach((end, at) => (ends.children[at].textContent = spoken(end, unit)))
  Object.assign(input, { min: low, max: high, step, value: low })
  input.setAttribute("aria-label", ask)
  const share = (value) => `${(100 * (Math.min(high, Math.max(low, value)) - low)) / (high - low)}%`
  const say = () => {
    output.textContent = spoken(Number(input.value), unit)
    input.setAttribute("aria-valuetext", output.textContent)
    input.style.setProperty("--share", share(Number(input.value)))
  }
  const knob = withoutKnob(input, () => {
    say()
    touched()
  })
  return {
    value: () => (knob.touched() ? Number(input.value) : null),
    show(saved, outcome) {
      if (saved !== null) input.value = saved
      if (saved !== null) knob.touch()
      input.disabled = saved !== null
      input.hidden = outcome !== null
      scale.hidden = outcome === null
      if (knob.touched()) say()
      if (outcome === null) return
      scale.style.setProperty("--mine", share(saved))
      scale.style.setProperty("--real", share(outcome))
    },
  }
}

function choiceField(parent, { id, choices }, touched) {
  const offered = choices.map(
    (_, at) => `<label><input type="radio" name="predict-${id}" value="${at}"><span></span></label>`,
  )
  parent.innerHTML = `<div role="radiogroup">${offered.join("")}</div>`
  const group = parent.firstChild
  group.setAttribute("aria-label", "Your prediction")
  const labels = [...group.children]
  labels.forEach((label, at) => (label.querySelector("span").textContent = choices[at]))
  group.addEventListener("change", touched)
  return {
    value: () => choices[labels.findIndex((label) => label.firstChild.checked)] ?? null,
    show(saved, outcome) {
      labels.forEach((label, at) => {
        const input = label.firstChild
        if (saved !== null) input.checked = choices[at] === saved
        input.disabled = saved !== null
        label.dataset.kind =
          outcome === null ? "" : choices[at] === outcome ? "real" : choices[at] === saved ? "missed" : ""
      })
    },
  }
}

export default mounting(Predict)
