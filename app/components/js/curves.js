// What the bench and the comparison share: curves of a measure that the learner chooses.

import { read } from "./asking.js"
import { Component } from "./component.js"
import { ACCURACY, MEASURES, title } from "./measures.js"
import { lacksLosses } from "./series.js"

export class Curves extends Component {
  /** @param {HTMLElement} root */
  constructor(root) {
    super(root)
    this.measure = ACCURACY
    this.observe(".picture", () => this.drawSoon())
    this.on(".measure", "change", ({ target }) => this.choose(target.value))
  }

  /** Show another measure. @param {string} key */
  choose(key) {
    this.measure = MEASURES.find((measure) => measure.key === key) ?? ACCURACY
    this.root.dataset.measure = this.measure.key
    this.drawSoon()
  }

  /** @param {number} tested test images @param {number} fontSize */
  fillMeasures(tested, fontSize) {
    if (!this.another("measures", [tested, fontSize])) return
    const select = this.find(".measure")
    select.style.fontSize = `${fontSize}px`
    const option = (/** @type {import("./measures.js").Measure} */ measure) =>
      new Option(title(measure, tested), measure.key, false, measure === this.measure)
    select.replaceChildren(...MEASURES.map(option))
  }

  /**
   * What puts the losses of every update into the events of an answer that came without; it changes nothing if there is
   * none to ask for, or the server is away: then the next choice asks again.
   * @param {string} api @param {any} answer @returns {Promise<(events: any[]) => any[]>}
   */
  async losses(api, answer) {
    const all = lacksLosses(answer) ? await read(`${api}/runs/${answer.id}/events?after=0`) : null
    const known = new Map((all?.events ?? []).map((/** @type {any} */ event) => [event.seq, event.losses]))
    return (events) => events.map((event) => ({ ...event, losses: event.losses ?? known.get(event.seq) }))
  }
}
