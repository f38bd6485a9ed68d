// Prose of a lesson. A phrase sets the figures' controls, a symbol lights its number in the formula, a term says what
// it means below the words.

import { Component, make, mounting } from "./component.js"
import { LIGHT, SET, tell } from "./events.js"

class Prose extends Component {
  constructor(root) {
    super(root)
    this.text = this.find(".text")
    this.meaning = this.find(".meaning")
    this.on(".text", "click", ({ target }) => this.pressed(target))
    this.on(".text", "keydown", ({ key }) => key === "Escape" && this.close())
    this.lightsTerms((target) => target.closest(".text .light")?.getAttribute("data-light"))
    this.hear(LIGHT, ({ term, on }) => {
      for (const node of this.all(".light")) if (node.dataset.light === term) node.classList.toggle("lit", on)
    })
  }

  render({ data }) {
    this.glossary = data.glossary
    if (!this.another("html", data.html)) return
    this.text.innerHTML = data.html
    for (const button of this.text.querySelectorAll("button:has(math)"))
      button.setAttribute("aria-label", button.textContent.trim())
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
    if (phrase) for (const detail of settings(phrase.dataset.set)) tell(SET, detail)
    const term = target.closest?.(".term")
    if (term) this.open === term ? this.close() : this.explain(term)
  }

  explain(term) {
    this.close()
    this.open = term
    term.setAttribute("aria-expanded", "true")
    const { term: id } = term.dataset
    const said = this.glossary[id]
    const link = make("a", { href: `glossary#${id}`, textContent: "In the glossary" })
    this.meaning.replaceChildren(...(said ? [`${said} `, link] : ["This copy of the app has no glossary."]))
    this.meaning.hidden = false
    term.closest("p, li, td")?.after(this.meaning)
  }

  close() {
    this.open?.setAttribute("aria-expanded", "false")
    this.open = null
    this.meaning.hidden = true
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

export default mounting(Prose)
