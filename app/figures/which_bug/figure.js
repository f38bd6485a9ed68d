// The diagnosis of a recorded run without its name: which bug is this? Only among those that the numbers tell apart.
// data: {rounds: [{rows: [[words, healthy, this]], options: [{title, right, said, lit}]}], leftOut}.
// said: what an answer is answered with; lit: the row that decides it.

import { Figure, make, mounting } from "../../components/js/component.js"
import { diagnosis } from "../../components/js/diagnosis.js"

class WhichBug extends Figure {
  /** @type {any} */ at
  /** @type {any} */ first
  /** @type {any} */ tried

  constructor(root) {
    super(root, "which-bug")
    this.on(root, "click", ({ target }) => this.pressed(target.closest("button")))
  }

  render({ data }) {
    this.data = data
    if (this.another("rounds", data.rounds)) Object.assign(this, { at: 0, tried: [], first: 0 })
    this.find(".left-out").textContent = data.leftOut
    this.draw()
    this.root.dataset.ready = "true"
  }

  get round() {
    return this.data.rounds[this.at]
  }

  get found() {
    return this.tried.some((option) => this.round.options[option].right)
  }

  pressed(button) {
    if (!button) return
    if (button.classList.contains("next")) {
      const anew = this.at + 1 === this.data.rounds.length
      Object.assign(this, { at: anew ? 0 : this.at + 1, tried: [], first: anew ? 0 : this.first })
      this.draw()
      this.find(".options button").focus()
      return
    }
    this.tried.push(Number(button.dataset.option))
    if (this.found && this.tried.length === 1) this.first += 1
    this.draw()
    if (this.found) this.find(".next").focus()
  }

  draw() {
    const { data, at, round, tried, found } = this
    const latest = tried.length ? round.options[tried.at(-1)] : null
    this.find(".round").textContent = `Round ${at + 1} of ${data.rounds.length}`
    this.find("table").replaceChildren(...diagnosis(round.rows, latest?.lit))
    this.find(".options").replaceChildren(
      ...round.options.map((option, place) => this.option(option, place, tried, found)),
    )
    this.find(".said").textContent = latest?.said ?? ""
    const next = this.find(".next")
    next.hidden = !found
    next.textContent = at + 1 === data.rounds.length ? "Start again" : "Another one"
    const done = at + (found ? 1 : 0)
    this.find(".tally").textContent = done ? `${this.first} of ${done} at the first try` : ""
    Object.assign(this.root.dataset, { round: at, found })
  }

  option({ title, right }, place, tried, found) {
    const button = make("button", { className: "plain", dataset: { option: place } }, title)
    const was = tried.includes(place)
    if (was) button.dataset.kind = right ? "right" : "missed"
    button.disabled = found || was
    return button
  }
}

export default mounting(WhichBug)
