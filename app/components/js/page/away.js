// While the server is away the page says so itself, and can be read on: Streamlit's dialog would lie over it.

const STATE = "data-test-connection-state" // of Streamlit's page
const DIALOG = '[data-testid="stDialog"]' // no page of ours opens one
const LATE = 3000 // milliseconds after which it is said: most connections are back before
const FIRST = 10_000 // … on a page that has not been connected yet
const AWAY = "The server does not answer. You can read on here; everything works again by itself when it is back."
const LOST = "The server does not answer any more. Reload the page to go on."

class Away {
  /** @param {Element} page Streamlit's */
  constructor(page) {
    this.page = page
    this.box = document.createElement("p")
    this.box.className = "away"
    this.box.setAttribute("role", "status")
    this.late = FIRST
    this.timer = /** @type {any} */ (0)
    this.opens = new MutationObserver(() => this.close())
    new MutationObserver(() => this.look()).observe(page, { attributes: true, attributeFilter: [STATE] })
    this.look()
  }

  look() {
    const state = this.page.getAttribute(STATE)
    if (state === "CONNECTED") return this.back()
    if (!this.timer) {
      this.page.append(this.box) // a sentence that comes into a place that is there already is read aloud
      this.opens.observe(document.body, { childList: true, subtree: true })
      this.close()
      this.timer = setTimeout(() => (this.box.textContent = AWAY), this.late)
    }
    if (state === "DISCONNECTED_FOREVER") {
      clearTimeout(this.timer)
      this.box.textContent = LOST
    }
  }

  back() {
    clearTimeout(this.timer)
    this.timer = 0
    this.late = LATE
    this.opens.disconnect()
    this.box.remove()
    this.box.textContent = ""
  }

  /** Close what Streamlit opens over the page: it is not opened again before the server is back. */
  close() {
    const selector = `${DIALOG} button[aria-label="Close"]`
    for (const closes of document.querySelectorAll(selector)) /** @type {HTMLElement} */ (closes).click()
  }
}

function begin() {
  const page = document.querySelector(".stApp")
  if (page) new Away(page)
  else requestAnimationFrame(begin)
}

begin()
