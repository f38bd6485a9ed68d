// Reads out what a notice says when it comes or changes: Streamlit draws it as plain text, which a screen reader passes
// over. A notice about a field marks that field as wrong, and is what describes it.

import { fieldOf, news } from "./aloud_words.js"
import { mounting } from "./mounting.js"

const NOTICES = '[class*="st-key-notice"]'
const CALM = 150 // milliseconds after a change of the page: a notice is drawn in parts
const HEARD = 20000 // milliseconds: who reads through the page then meets the notice itself, not this copy of it too

export default mounting((parent) => new Aloud(parent))

class Aloud {
  constructor(parent) {
    this.region = parent.querySelector("[role=status]")
    this.known = null
    this.marked = new Map() // input → its notice
    this.watch = new MutationObserver(() => {
      this.timer ||= setTimeout(() => this.look(), CALM)
    })
    this.watch.observe(document.body, { childList: true, subtree: true })
    this.look()
  }

  leave() {
    clearTimeout(this.timer)
    clearTimeout(this.fade)
    this.watch.disconnect()
  }

  render() {}

  look() {
    this.timer = 0
    const found = new Map()
    for (const notice of document.querySelectorAll(NOTICES)) {
      const key = [...notice.classList].find((name) => name.startsWith("st-key-")).slice("st-key-".length)
      found.set(key, notice)
    }
    const said = new Map([...found].map(([key, notice]) => [key, notice.innerText.trim()]))
    const heard = news(said, this.known)
    if (heard) {
      this.region.textContent = heard
      clearTimeout(this.fade)
      this.fade = setTimeout(() => (this.region.textContent = ""), HEARD)
    }
    this.known = said
    this.mark(found)
  }

  mark(notices) {
    const wrong = new Map()
    for (const [key, notice] of notices) {
      const field = fieldOf(key)
      const input = field && document.querySelector(`.st-key-${CSS.escape(field)} :is(input, textarea)`)
      if (!input) continue
      notice.id = key
      wrong.set(input, key)
    }
    for (const input of this.marked.keys())
      if (!wrong.has(input)) for (const name of ["aria-invalid", "aria-describedby"]) input.removeAttribute(name)
    for (const [input, key] of wrong) {
      input.setAttribute("aria-invalid", "true")
      input.setAttribute("aria-describedby", key)
    }
    this.marked = wrong
  }
}
