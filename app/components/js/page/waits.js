// While what was pressed takes its time, the page says so, and whether it waits for the server’s store: a page whose
// server stands still looks as if nothing had been pressed.

import { whole } from "../asking.js"
import { ASKS } from "../events.js"

const STATE = "data-test-script-state" // of Streamlit's page: whether its script runs
const RUNS = ["running", "rerunRequested"]
const LATE = 1200 // milliseconds after which the server is asked
const SILENT = 400 // … that it takes to answer, else it is busy
const BUSY = "One moment: the server is still at work."
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
    this.pressed = false // since the server was heard of last
    this.timer = /** @type {any} */ (0)
    page.append(this.box)
    new MutationObserver(() => this.heard()).observe(page, { attributes: true, attributeFilter: [STATE] })
    document.addEventListener(ASKS, (/** @type {any} */ { detail }) => {
      this.asks += detail.on ? 1 : -1
      this.look()
    })
    document.addEventListener("click", (/** @type {any} */ { target }) => target.closest?.("button, a") && this.press())
    this.look()
  }

  /** Something goes on at the server, as far as the page knows. */
  get goesOn() {
    return this.asks > 0 || this.pressed || RUNS.includes(this.page.getAttribute(STATE) ?? "")
  }

  press() {
    this.pressed = true
    this.look()
  }

  heard() {
    this.pressed = false
    this.look()
  }

  look() {
    if (this.goesOn === Boolean(this.timer)) return
    clearTimeout(this.timer)
    this.box.textContent = ""
    this.timer = this.goesOn && setTimeout(() => this.ask(this.timer), LATE)
  }

  /** @param {any} timer of what goes on; another if that has ended meanwhile */
  async ask(timer) {
    const silent = setTimeout(() => timer === this.timer && this.say(BUSY), SILENT)
    const { ok, body } = await whole(address)
    clearTimeout(silent)
    if (timer !== this.timer) return
    this.pressed = false
    this.say(this.goesOn && ok && body.waits ? WAITS : "")
    this.timer = this.goesOn && setTimeout(() => this.ask(this.timer), AGAIN)
  }

  /** @param {string} words */
  say(words) {
    if (this.box.textContent !== words) this.box.textContent = words // or it is read aloud again
  }
}

function begin() {
  const page = document.querySelector(".stApp")
  if (page) new Waits(page)
  else requestAnimationFrame(begin)
}

begin()
