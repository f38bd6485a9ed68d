// The masthead's button “More”: it unfolds the pages that a narrow screen has no room for. A press beside them, a page
// that is chosen, or Escape folds them again. Where everything has room, style shows them and hides the button. It also
// marks the link of the page that is open, for style and for screen readers, lets the keyboard skip all of them, and
// puts the page's address on paper.

import { Component, make, mounting } from "./component.js"
import { atTheFoot } from "./paper.js"

class More extends Component {
  constructor(root) {
    super(root)
    this.button = this.find("button")
    this.on("button", "click", () => this.turn(!this.open))
    this.on(document, "pointerdown", ({ target }) => {
      if (this.open && !this.button.contains(target) && !this.fold?.contains(target)) this.turn(false)
    })
    this.on(document, "click", ({ target }) => {
      if (this.open && target.closest("a") && this.fold?.contains(target)) this.turn(false)
    })
    this.on(document, "keydown", (event) => {
      if (!this.open || event.key !== "Escape") return
      if (this.fold?.contains(document.activeElement)) this.button.focus()
      this.turn(false)
    })
    this.on(document, "focusout", ({ target, relatedTarget }) => {
      if (this.open && relatedTarget && this.fold?.contains(target) && !this.holds(relatedTarget)) this.turn(false)
    })
    // Streamlit's link to the content would lead to the whole page, the links to other pages included.
    this.on(document, "click", (event) => this.skip(event), { capture: true })
    this.foot = document.head.appendChild(make("style"))
    this.atEnd(() => this.foot.remove())
    this.on(window, "beforeprint", () => (this.foot.textContent = atTheFoot(location.href)))
    const masthead = root.closest(".st-key-masthead")
    Object.assign(masthead, { role: "navigation", ariaLabel: "Pages" })
    this.observeTree(masthead, () => this.mark()) // Streamlit draws them before or after this
  }

  skip(event) {
    const head = event.target.closest?.('a[href="#stMain"]') && document.querySelector(".stMain h1")
    if (!head) return
    event.preventDefault()
    event.stopPropagation()
    head.tabIndex = -1
    head.focus()
  }

  render({ data }) {
    this.data = data
    this.mark()
  }

  mark() {
    for (const link of document.querySelectorAll(".st-key-masthead a")) {
      const here = String(link.getAttribute("href")).split("?")[0].split("/").pop() === this.data?.here
      here ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current")
    }
  }

  get fold() {
    return document.querySelector(`.${this.data?.fold}`)
  }

  get open() {
    return this.button.getAttribute("aria-expanded") === "true"
  }

  holds(element) {
    return this.button.contains(element) || Boolean(this.fold?.contains(element))
  }

  turn(open) {
    this.button.setAttribute("aria-expanded", String(open))
    this.fold?.toggleAttribute("data-open", open)
  }
}

export default mounting(More)
