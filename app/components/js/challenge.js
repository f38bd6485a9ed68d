// The line of a challenge: it asks whether the run is enough as soon as that has ended.

import { read } from "./asking.js"
import { Component, mounting } from "./component.js"
import { STATE } from "./events.js"
import { LIVE } from "./poll.js"

class Challenge extends Component {
  constructor(root) {
    super(root)
    this.hear(STATE, (detail) => detail.run === this.data?.run && !LIVE.includes(detail.state) && this.ask())
    this.on(".leave", "click", () => this.send())
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
    this.put(".said", sentence)
  }
}

export default mounting(Challenge)
