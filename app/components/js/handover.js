// A press after which the browser is another learner's, or somebody new: only an answer of the server can change the
// cookie, and only a page that is loaded anew is drawn for whom the browser is then.

import { send } from "./asking.js"
import { Component, mounting } from "./component.js"
import { ASKS, tell } from "./events.js"

const AWAY = "No answer came from the server. Reload the page to see whether it was done."

class Handover extends Component {
  constructor(root) {
    super(root)
    this.on("button", "click", () => this.press())
  }

  render({ data }) {
    this.data = data
    const button = this.find("button")
    if (!this.going) Object.assign(button, { textContent: data.label, disabled: false, hidden: data.kind === "alone" })
    button.dataset.kind = data.kind
    this.root.dataset.ready = "true"
    if (data.kind === "alone") this.press()
  }

  async press() {
    if (this.going) return
    this.going = true
    const { address, said, label, busy, kind } = this.data
    Object.assign(this.find("button"), { disabled: true, textContent: busy })
    this.find(".said").textContent = kind === "alone" ? busy : ""
    const ask = (/** @type {object} */ what) => send(address, new TextEncoder().encode(JSON.stringify(what)))
    tell(ASKS, { on: true })
    let { ok, body } = await ask(said)
    if (ok && body.again) ({ ok, body } = await ask({ ...said, ...body }))
    tell(ASKS, { on: false })
    if (ok && body.go) return location.assign(new URL(body.go, document.baseURI))
    if (ok) return location.reload()
    Object.assign(this.find("button"), { disabled: false, hidden: false, textContent: label })
    this.find(".said").textContent = body?.message ?? AWAY
    this.going = false
    this.find("button").focus()
  }
}

export default mounting(Handover)
