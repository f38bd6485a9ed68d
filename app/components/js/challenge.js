// The line of a challenge: it asks whether the run is enough as soon as that has ended.

import { mounting, read } from "./mounting.js"
import { LIVE } from "./poll.js"

export default mounting((parent) => new Challenge(parent))

class Challenge {
  constructor(parent) {
    this.root = parent.querySelector(".challenge")
    this.find = (selector) => this.root.querySelector(selector)
    this.heard = ({ detail }) => detail.run === this.data?.run && !LIVE.includes(detail.state) && this.ask()
    document.addEventListener("distillery:state", this.heard)
    this.find(".leave").addEventListener("click", () => this.send())
  }

  leave() {
    document.removeEventListener("distillery:state", this.heard)
  }

  render({ data, setTriggerValue }) {
    this.data = data
    this.send = () => setTriggerValue("leave", Date.now())
    this.find(".title").textContent = `${data.title}.`
    this.find(".words").textContent = data.words
    this.root.dataset.challenge = data.id
    this.say(data)
    this.root.dataset.ready = "true"
  }

  async ask() {
    const { api, id, run } = this.data
    const found = await read(`${api}/challenges/${id}?run=${run}`)
    if (found && id === this.data.id && run === this.data.run) this.say(found)
  }

  say({ met, sentence }) {
    this.root.dataset.met = String(met)
    if (this.find(".said").textContent !== sentence) this.find(".said").textContent = sentence
  }
}
