// The row of a lesson's steps. It also hears that the learner did something in a figure, and tells Python once a step;
// and it holds what the lesson's link holds.

import { Component, make, mounting } from "./component.js"
import { ACTED } from "./events.js"
import { Held } from "./held.js"

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
    this.hear(ACTED, () => {
      if (this.told.has(this.current)) return
      this.told.add(this.current)
      this.send("acted", this.current)
    })
  }

  render({ data, setTriggerValue }) {
    this.send = setTriggerValue
    this.current = data.current
    if (this.another("anew", data.anew)) this.told.clear() // begun anew: each step may be done once more
    this.held.take(data.held)
    for (const { id, done } of data.steps) if (done) this.told.add(id)
    data.steps.forEach((step, at) => {
      const button = this.button(at)
      button.dataset.step = step.id
      button.dataset.done = String(step.done)
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
