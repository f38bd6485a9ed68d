// The row of a lesson's steps. It also hears that the learner did something in a figure, and tells Python once a step; and
// it holds what the lesson's link holds.

import { Held } from "./held.js"
import { ACTED } from "./events.js"
import { mounting } from "./mounting.js"

export default mounting((parent) => new Steps(parent))

class Steps {
  constructor(parent) {
    this.list = parent.querySelector(".steps ol")
    this.list.addEventListener("click", (event) => {
      const chosen = event.target.closest("button")
      if (chosen && chosen.dataset.step !== this.current) this.send("step", chosen.dataset.step)
    })
    this.told = new Set()
    this.held = new Held()
    this.heard = () => {
      if (this.told.has(this.current)) return
      this.told.add(this.current)
      this.send("acted", this.current)
    }
    document.addEventListener(ACTED, this.heard)
  }

  leave() {
    document.removeEventListener(ACTED, this.heard)
    this.held.leave()
  }

  render({ data, setTriggerValue }) {
    this.send = setTriggerValue
    this.current = data.current
    if (this.anew !== data.anew) this.told.clear() // begun anew: each step may be done once more
    this.anew = data.anew
    this.held.take(data.held)
    for (const { id, done } of data.steps) if (done) this.told.add(id)
    data.steps.forEach((step, at) => {
      const button = this.button(at)
      button.dataset.step = step.id
      button.dataset.done = String(step.done)
      button.querySelector(".title").textContent = step.title
      button.querySelector(".unseen").textContent = step.done ? " (done)" : ""
      step.id === data.current ? button.setAttribute("aria-current", "step") : button.removeAttribute("aria-current")
    })
    while (this.list.children.length > data.steps.length) this.list.lastChild.remove()
    this.list.closest(".steps").dataset.ready = "true"
  }

  button(at) {
    if (!this.list.children[at]) {
      const item = document.createElement("li")
      item.innerHTML = `<button type="button"><span class="mark" aria-hidden="true">${at + 1}</span><span class="title"></span><span class="unseen"></span></button>`
      this.list.append(item)
    }
    return this.list.children[at].firstChild
  }
}
