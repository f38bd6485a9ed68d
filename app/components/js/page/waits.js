// While what was pressed waits for the server’s store, the page says so: Streamlit only shows that something goes on.

import { whole } from "../asking.js"
import { ASKS } from "../events.js"

const STATE = "data-test-script-state" // of Streamlit's page: whether its script runs
const RUNS = ["running", "rerunRequested"]
const LATE = 1500 // milliseconds after which the server is asked
const AGAIN = 1000 // … and between two questions
const WAITS =
  "The server’s store does not answer yet. What you pressed waits for it, for a minute at most, and is done once."
const address = new URL("../../../../../waits", import.meta.url).href // below …/api/js/version/components/js/page/

class Waits {
  /** @param {Element} page Streamlit's */
  constructor(page) {
    this.page = page
    this.box = document.createElement("p")
    this.box.className = "away waits"
    this.box.setAttribute("role", "status")
    this.asks = 0 // presses that go past Streamlit
    this.timer = /** @type {any} */ (0)
    page.append(this.box)
    new MutationObserver(() => this.look()).observe(page, { attributes: true, attributeFilter: [STATE] })
    document.addEventListener(ASKS, (/** @type {any} */ { detail }) => {
      this.asks += detail.on ? 1 : -1
      this.look()
    })
    this.look()
  }

  look() {
    const goesOn = this.asks > 0 || RUNS.includes(this.page.getAttribute(STATE) ?? "")
    if (goesOn === Boolean(this.timer)) return
    clearTimeout(this.timer)
    this.box.textContent = ""
    this.timer = goesOn && setTimeout(() => this.ask(this.timer), LATE)
  }

  /** @param {any} timer of what goes on; another if that has ended meanwhile */
  async ask(timer) {
    const { ok, body } = await whole(address)
    if (timer !== this.timer) return
    this.box.textContent = ok && body.waits ? WAITS : ""
    this.timer = setTimeout(() => this.ask(this.timer), AGAIN)
  }
}

function begin() {
  const page = document.querySelector(".stApp")
  if (page) new Waits(page)
  else requestAnimationFrame(begin)
}

begin()
