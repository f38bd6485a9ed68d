// The row of a quiz's questions: a number each, how it went, and the way there.

import { Component, make, mounting } from "./component.js"

class QuizRow extends Component {
  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    this.on("ol", "click", ({ target }) => {
      const id = target.closest("button")?.dataset.question
      if (id && id !== this.data.current) this.send("go", id)
    })
  }

  /** @param {import("./component.js").Mounted} mounted */
  render({ data, setTriggerValue }) {
    this.data = data
    this.send = setTriggerValue
    if (this.another("questions", [data.questions, data.current])) this.draw()
    this.root.dataset.ready = "true"
  }

  draw() {
    const { questions, current } = this.data
    const list = this.find("ol")
    const held = list.querySelector(":focus")?.dataset.question
    const items = questions.map((/** @type {any} */ question, /** @type {number} */ at) => {
      const { id, mark, words } = question
      const button = make("button", { dataset: { question: id, mark }, "aria-label": `Question ${at + 1}: ${words}` })
      button.textContent = String(at + 1)
      if (id === current) button.setAttribute("aria-current", "true")
      return make("li", {}, button)
    })
    list.replaceChildren(...items)
    if (held) this.find(`[data-question="${held}"]`)?.focus()
  }
}

export default mounting(QuizRow)
