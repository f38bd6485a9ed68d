// The masthead's button “More”: it unfolds the pages that a narrow screen has no room for. A press beside them, a page
// that is chosen, or Escape folds them again. Where everything has room, style shows them and hides the button. It also
// marks the link of the page that is open, for style and for screen readers.

import { mounting } from "./mounting.js"

export default mounting((parent) => new More(parent))

class More {
  constructor(parent) {
    this.button = parent.querySelector("button")
    this.button.addEventListener("click", () => this.turn(!this.open))
    this.pressed = ({ target }) => {
      if (this.open && !this.button.contains(target) && !this.fold?.contains(target)) this.turn(false)
    }
    this.followed = ({ target }) => {
      if (this.open && target.closest("a") && this.fold?.contains(target)) this.turn(false)
    }
    this.keyed = (event) => {
      if (!this.open || event.key !== "Escape") return
      if (this.fold?.contains(document.activeElement)) this.button.focus()
      this.turn(false)
    }
    this.left = ({ target, relatedTarget }) => {
      if (this.open && relatedTarget && this.fold?.contains(target) && !this.within(relatedTarget)) this.turn(false)
    }
    this.links = new MutationObserver(() => this.mark()) // Streamlit draws them before or after this
    this.links.observe(parent.closest(".st-key-masthead"), { childList: true, subtree: true })
    document.addEventListener("pointerdown", this.pressed)
    document.addEventListener("click", this.followed)
    document.addEventListener("keydown", this.keyed)
    document.addEventListener("focusout", this.left)
  }

  leave() {
    this.links.disconnect()
    document.removeEventListener("pointerdown", this.pressed)
    document.removeEventListener("click", this.followed)
    document.removeEventListener("keydown", this.keyed)
    document.removeEventListener("focusout", this.left)
  }

  render({ data }) {
    this.data = data
    this.mark()
  }

  mark() {
    for (const link of document.querySelectorAll(".st-key-masthead a")) {
      const here = link.getAttribute("href").split("?")[0].split("/").pop() === this.data?.here
      here ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current")
    }
  }

  get fold() {
    return document.querySelector(`.${this.data?.fold}`)
  }

  get open() {
    return this.button.getAttribute("aria-expanded") === "true"
  }

  within(element) {
    return this.button.contains(element) || this.fold.contains(element)
  }

  turn(open) {
    this.button.setAttribute("aria-expanded", String(open))
    this.fold?.toggleAttribute("data-open", open)
  }
}
