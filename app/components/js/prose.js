// Prose of a lesson. A phrase sets the figures' controls, a symbol lights its number in the formula, a term says what
// it means below the words.

import { bring, Component, make, mounting } from "./component.js"
import { LIGHT, PHRASE, tell } from "./events.js"
import { findAll } from "./find.js"

class Prose extends Component {
  /** @type {any} */ back

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
    if (phrase) tell(PHRASE, { values: settings(phrase.dataset.set), from: phrase })
    if (phrase) this.showFigure(phrase)
    const term = target.closest?.(".term")
    if (term) this.open === term ? this.close() : this.explain(term)
  }

  /** On a small screen the figure may lie far below: it is shown, with a way back to the phrase. */
  showFigure(phrase) {
    const [figure] = findAll(document, ".st-key-step-stage")
    if (!figure || figure.getBoundingClientRect().top < 0.7 * innerHeight) return
    this.back ??= this.makeBack()
    this.from = phrase
    this.back.hidden = false
    this.away = false
    bring(figure)
  }

  makeBack() {
    const button = make("button", { className: "plain to-text", hidden: true }, "↑ Back to the text")
    this.on(button, "click", () => {
      button.hidden = true
      bring(this.from, "center")
      this.from.focus({ preventScroll: true })
    })
    this.watch(new IntersectionObserver(([{ isIntersecting }]) => this.seen(isIntersecting)), this.text)
    this.root.append(button)
    return button
  }

  /** The text is on the screen again: nobody needs the way back. */
  seen(inView) {
    if (inView && this.away) this.back.hidden = true
    this.away ||= !inView
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
