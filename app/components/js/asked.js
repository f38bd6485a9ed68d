// What a press asks of the server: said at once, and once more if no answer comes, until the page was drawn anew.

const LATE = 3000 // milliseconds without an answer
const STATE = "data-test-script-state" // of Streamlit's page: whether its script runs

const WAITS = ".stApp > .waits:not(:empty)" // what page/waits.js says
export const STARTING = "Starting…"
const NO_ANSWER =
  "No answer yet: the server is busy or cannot be reached. What you pressed happens as soon as it hears it."

export class Asked {
  /**
   * @param {import("./component.js").Component} component that says so, and with which it ends @param {string} starts
   * selector of the page's buttons that start something here @param {() => void} changed
   */
  constructor(component, starts, changed) {
    this.component = component
    this.changed = changed
    this.starts = false
    this.late = false
    component.on(document, "click", ({ target }) => target.closest?.(`${starts} button:not(:disabled)`) && this.begin())
    const page = document.querySelector(".stApp")
    const drawn = () => page?.getAttribute(STATE) === "notRunning" && this.end()
    if (page)
      component.observeTree(page, drawn, {
        attributes: true,
        attributeFilter: [STATE],
        childList: false,
        subtree: false,
      })
  }

  /** Something was pressed. @param {boolean} [starts] whether something new begins */
  begin(starts = true) {
    this.component.later("late", LATE, () => this.set(this.starts, true))
    this.set(starts, false)
  }

  /** The page was drawn anew. */
  end() {
    this.component.cancel("late")
    this.set(false, false)
  }

  /** @param {boolean} starts @param {boolean} late */
  set(starts, late) {
    if (this.starts === starts && this.late === late) return
    this.starts = starts
    this.late = late
    this.changed()
  }

  /** What to say of the connection; "" if nothing. */
  get words() {
    return this.late && !document.querySelector(WAITS) ? NO_ANSWER : ""
  }
}
