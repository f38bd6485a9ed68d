// Which test images to look at: a grid of thumbnails, the most ambiguous first, where teacher and student differ most,
// or at random; one picture holds a whole page of them.

import { Calm, read } from "../../components/js/asking.js"
import { Component, make, thumbnail } from "../../components/js/component.js"
import { whole } from "../../components/js/format.js"
import { Roving } from "../../components/js/roving.js"

export const PAGE = 18 // images at a time
const AT_MOST_EVERY = 2500 // milliseconds between two questions about a run that trains

export class Chooser extends Component {
  /**
   * @param {HTMLElement} root `.images` @param {(image: number) => void} chosen one was pressed @param {Component}
   * figure
   */
  constructor(root, chosen, figure) {
    super(root, figure)
    this.chosen = chosen
    this.order = "ambiguous"
    this.page = 0
    this.update = null
    this.grid = this.find(".grid")
    this.roving = new Roving(this.grid)
    this.calm = new Calm(AT_MOST_EVERY, () => this.ask(), this)
    this.on("select", "change", ({ target }) => this.sort(target.value))
    this.on(root, "click", ({ target }) => this.pressed(target.closest("button")))
    this.on(".grid", "keydown", ({ key }) => this.turned({ PageDown: 1, PageUp: -1 }[key]))
  }

  /** data: see `answers.js`; image: the chosen one. */
  render(data, image) {
    const before = this.data
    this.data = data
    this.image = image
    const others = before?.data !== data.data || before?.teacher !== data.teacher
    if (others || before?.run !== data.run) {
      this.update = null
      if (others) this.order = "ambiguous"
      if (others || this.order === "differ") this.begin()
    }
    this.root.hidden = !data.here
    this.draw()
  }

  /** As many as came with the page, in its order; the others are asked for when they are wanted. */
  begin() {
    const { offered, count } = this.data
    if (this.order === "ambiguous") this.found = { ...offered, whole: count <= offered.images.length }
    this.page = 0
    if (this.order !== "ambiguous") this.ask()
  }

  choose(image) {
    this.image = image
    this.mark()
  }

  lookBack(update) {
    this.update = update
    if (this.order === "differ") this.ask()
  }

  /** The run has a new point, or has ended. */
  news({ state }) {
    if (this.order === "differ" && this.update === null) this.calm.soon(state)
  }

  // ── choosing ─────────────────────────────────────────────────────────────────────────────────────────────────

  sort(order) {
    this.order = order
    this.page = 0
    this.ask()
  }

  pressed(button) {
    if (button?.dataset.image) this.chosen(Number(button.dataset.image))
    if (button?.dataset.turn) this.turned(Number(button.dataset.turn))
    if (button?.dataset.handful) this.ask()
  }

  async turned(by) {
    const { count } = this.data
    const page = this.page + (by ?? 0)
    if (!by || this.order === "random" || page < 0 || page * PAGE >= count) return
    this.page = page
    if (!this.found.whole) await this.ask()
    else this.draw()
  }

  async ask() {
    const { api, run, teacher, data, count } = this.data
    const { order } = this
    this.calm.now()
    if (order === "random") return this.show({ images: handful(count, PAGE), labels: null, whole: true })
    const wanted = (this.wanted = {})
    const moment = this.update === null ? "" : `&update=${this.update}`
    const address = run
      ? `${api}/runs/${run}/ranking?by=${order}${moment}`
      : `${api}/teachers/${teacher}/ranking?data=${data}&by=${order}`
    const found = await read(address)
    if (wanted !== this.wanted || order !== this.order) return
    if (found) this.show({ ...found, whole: true })
    else
      this.say(
        order === "differ"
          ? "The students have not answered yet: train, then look again."
          : "The images cannot be sorted now. Try again in a moment.",
        true,
      )
  }

  show(found) {
    this.found = found
    this.draw()
  }

  // ── drawing ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** What the order means; seen where it is why there is nothing new to see. */
  say(sentence, seen = false) {
    const about = this.find(".about")
    about.classList.toggle("visually-hidden", !seen)
    about.textContent = sentence
    this.find("select").title = sentence
  }

  draw() {
    const { data, found, page, order } = this
    if (!data.here || !found) return
    this.find("select").value = order
    const images = found.images.slice(page * PAGE, (page + 1) * PAGE)
    if (this.another("grid", [data.data, images])) {
      const held = this.grid.contains(document.activeElement)
        ? this.roving.buttons.indexOf(/** @type {any} */ (document.activeElement))
        : -1
      this.grid.replaceChildren(...images.map((_, at) => this.thumbnail(images, at)))
      if (held >= 0) this.roving.buttons[Math.min(held, images.length - 1)]?.focus()
    }
    this.mark()
    const random = order === "random"
    this.find(".turns").hidden = random || data.count <= PAGE
    this.find("[data-handful]").hidden = !random
    this.find('[data-turn="-1"]').disabled = page === 0
    this.find('[data-turn="1"]').disabled = (page + 1) * PAGE >= data.count
    const [which, from, to] = [this.find(".which"), whole(page * PAGE + 1), whole(page * PAGE + images.length)]
    which.textContent = `${from}–${to}`
    which.title = `Images ${from} to ${to} of ${whole(data.count)}, in this order`
    this.say(orderWords(order))
  }

  thumbnail(images, at) {
    const image = images[at]
    const label = this.data.classes[this.found.labels?.[this.page * PAGE + at]]
    const says = `Test image ${image}${label === undefined ? "" : `, labelled ${label}`}`
    return make("button", {
      dataset: { image },
      "aria-label": says,
      style: thumbnail(this.data, images, at),
    })
  }

  mark() {
    /** @type {HTMLButtonElement | null} */
    let chosen = null
    for (const button of this.roving.buttons) {
      const on = Number(button.dataset.image) === this.image
      button.setAttribute("aria-pressed", String(on))
      if (on) chosen = button
    }
    if (!this.grid.contains(document.activeElement)) this.roving.refresh(chosen)
  }
}

/** `many` different whole numbers from 0 to count − 1, in any order. */
export function handful(count, many, chance = Math.random) {
  const taken = new Set()
  while (taken.size < Math.min(count, many)) taken.add(Math.floor(chance() * count))
  return [...taken]
}

/** What an order means, or being the first of one, in a sentence. */
export function orderWords(order) {
  return {
    least_sure: "Chosen because the teacher is least sure about it.",
    ambiguous: "First the images that the teacher is least sure about.",
    differ: "First the images where the distilled student’s answer is farthest from the teacher’s.",
    random: "A handful at random; press for another one.",
  }[order]
}
