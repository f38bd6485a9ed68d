// Prose of a lesson. A phrase sets the figures' controls, a symbol lights its number in the formula, a term says what it
// means below the words.

import { LIGHT, SET } from "./events.js"
import { mounting } from "./mounting.js"

export default mounting((parent) => new Prose(parent))

class Prose {
  constructor(parent) {
    this.root = parent.querySelector(".prose")
    this.text = this.root.querySelector(".text")
    this.meaning = this.root.querySelector(".meaning")
    this.text.addEventListener("click", (event) => this.pressed(event.target))
    for (const [kind, on] of [["pointerover", true], ["pointerout", false], ["focusin", true], ["focusout", false]]) {
      this.text.addEventListener(kind, (event) => this.over(event.target, on))
    }
    this.text.addEventListener("keydown", (event) => event.key === "Escape" && this.close())
    this.lit = ({ detail }) => {
      for (const node of this.text.querySelectorAll(".light")) {
        if (node.dataset.light === detail.term) node.classList.toggle("lit", detail.on)
      }
    }
    document.addEventListener(LIGHT, this.lit)
  }

  leave() {
    document.removeEventListener(LIGHT, this.lit)
  }

  render({ data }) {
    this.glossary = data.glossary
    if (this.html === data.html) return
    this.html = data.html
    this.text.innerHTML = data.html
    for (const button of this.text.querySelectorAll("button:has(math)")) button.setAttribute("aria-label", button.textContent.trim())
    this.close()
    this.root.dataset.ready = "true"
    this.arrive()
  }

  /** What an address with an anchor means was not there yet when the browser looked for it. */
  arrive() {
    const id = decoded(location.hash.slice(1))
    const wanted = id && this.text.querySelector(`#${CSS.escape(id)}`)
    if (!wanted) return

    wanted.scrollIntoView({ block: "center" })
    wanted.focus({ preventScroll: true })
  }

  pressed(target) {
    const phrase = target.closest?.(".phrase")
    if (phrase) for (const detail of settings(phrase.dataset.set)) document.dispatchEvent(new CustomEvent(SET, { detail }))
    const term = target.closest?.(".term")
    if (term) this.open === term ? this.close() : this.explain(term)
  }

  explain(term) {
    this.close()
    this.open = term
    term.setAttribute("aria-expanded", "true")
    const { term: id } = term.dataset
    const said = this.glossary[id]
    const link = Object.assign(document.createElement("a"), { href: `glossary#${id}`, textContent: "In the glossary" })
    this.meaning.replaceChildren(...(said ? [`${said} `, link] : ["This copy of the app has no glossary."]))
    this.meaning.hidden = false
    term.closest("p, li, td")?.after(this.meaning)
  }

  close() {
    this.open?.setAttribute("aria-expanded", "false")
    this.open = null
    this.meaning.hidden = true
  }

  over(target, on) {
    const symbol = target.closest?.(".light")
    if (symbol) document.dispatchEvent(new CustomEvent(LIGHT, { detail: { term: symbol.dataset.light, on } }))
  }
}

function decoded(text) {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** "temperature=4&scale=log" → [{key, value}]; what reads as a number is one. */
export function settings(text) {
  return [...new URLSearchParams(text)].map(([key, value]) => ({
    key,
    value: value !== "" && Number.isFinite(Number(value)) ? Number(value) : value,
  }))
}
