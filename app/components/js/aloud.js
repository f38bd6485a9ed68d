// Reads out what a notice says when it comes or changes: Streamlit draws it as plain text, which a screen reader passes
// over. A notice about a field marks that field as wrong, and is what describes it.

import { fieldOf, news } from "./aloud_words.js"
import { Component, mounting } from "./component.js"

const NOTICES = '[class*="st-key-notice"]'
const CALM = 150 // milliseconds after a change of the page: a notice is drawn in parts
const HEARD = 20000 // milliseconds: who reads through the page then meets the notice itself, not this copy of it too

class Aloud extends Component {
  constructor(root) {
    super(root)
    this.region = this.find("[role=status]")
    this.known = null
    this.marked = new Map() // input → its notice
    this.observeTree(document.body, () => this.lookSoon())
    this.look()
  }

  lookSoon() {
    if (this.waiting) return
    this.waiting = true
    this.later("look", CALM, () => this.look())
  }

  look() {
    this.waiting = false
    const found = new Map()
    for (const notice of document.querySelectorAll(NOTICES)) {
      const key = [...notice.classList].find((name) => name.startsWith("st-key-"))?.slice("st-key-".length)
      found.set(key, notice)
    }
    // biome-ignore lint/performance/useDomNodeTextContent: what is read is what is seen
    const said = new Map([...found].map(([key, notice]) => [key, notice.innerText.trim()]))
    const heard = news(said, this.known)
    if (heard) {
      this.region.textContent = heard
      this.later("fade", HEARD, () => (this.region.textContent = ""))
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

export default mounting(Aloud)
