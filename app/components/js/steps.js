// The row of a lesson's steps. It also sees that the learner did something, and tells Python once a step: pressed a
// phrase of the text, or anything in a figure. And it holds what the lesson's link holds.

import { Component, make, mounting } from "./component.js"
import { Held } from "./held.js"

const OTHERS = ".steps, .prose, .predict, .question, .quiz-row" // components that say themselves when a step is done
const PRESSED = "button, input, select, summary, canvas, .cell, [tabindex]"
const TRAINS = '[class*="st-key-train-"] button' // a figure's button that the page draws
const BY_HAND = `.phrase, ${TRAINS}, .distillery:not(${OTHERS}) :is(${PRESSED})`

class Steps extends Component {
  constructor(root) {
    super(root)
    this.list = this.find("ol")
    this.on("ol", "click", ({ target }) => {
      const chosen = target.closest("button")
      if (chosen && chosen.dataset.step !== this.current) this.send("step", chosen.dataset.step)
    })
    this.told = new Set()
    this.held = new Held(root, this)
    this.on(document, "click input change pointerup keyup", ({ isTrusted, type, target }) => {
      const hand = isTrusted && target.closest?.(BY_HAND)
      if (!hand || (type === "keyup" && !hand.matches("canvas")) || this.told.has(this.current)) return
      this.told.add(this.current)
      this.send("acted", this.current)
    })
  }

  render({ data, setTriggerValue }) {
    this.send = setTriggerValue
    // Another step begins at its beginning, though the page below may look much the same.
    if (this.another("current", data.current) && this.current) this.root.closest(".stMain").scrollTop = 0
    this.current = data.current
    if (this.another("anew", data.anew)) this.told.clear() // begun anew: each step may be done once more
    this.held.take(data.held)
    for (const { id, done } of data.steps) if (done) this.told.add(id)
    data.steps.forEach((step, at) => {
      const button = this.button(at)
      button.dataset.step = step.id
      button.dataset.done = String(step.done)
      button.dataset.told = String(step.told)
      button.title = step.told ? "" : "Its title comes after your prediction"
      button.querySelector(".title").textContent = step.title
      button.querySelector(".visually-hidden").textContent = step.done ? " (done)" : ""
      step.id === data.current ? button.setAttribute("aria-current", "step") : button.removeAttribute("aria-current")
    })
    while (this.list.children.length > data.steps.length) this.list.lastChild.remove()
    this.root.dataset.ready = "true"
  }

  button(at) {
    if (!this.list.children[at]) {
      const item = make("li")
      item.innerHTML =
        `<button type="button"><span class="mark" aria-hidden="true">${at + 1}</span><span ` +
        `class="title"></span><span class="visually-hidden"></span></button>`
      this.list.append(item)
    }
    return this.list.children[at].firstChild
  }
}

export default mounting(Steps)
