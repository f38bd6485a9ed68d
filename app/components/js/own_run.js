// A run of one's own in a figure: the button that trains what its dials stand at, and how that run stands.

import { Component, Figure, make, write } from "./component.js"
import { follow } from "./follow.js"
import { standWords } from "./own_words.js"

/**
 * What a figure knows of it. place: where its dials stand now, as Python offers it; label: of the button; words: of its
 * numbers, with its latest point; heard: there is news.
 * @typedef {{place: () => any[], label: () => string, words?: (answer: any, point: any) => string, heard?: () => void}}
 *   Knows
 */

export class OwnRun extends Component {
  /** @type {any} how it stands, as the server said last */ answer = null
  /** @type {any} its latest */ point = null

  /** @param {Component} figure with an element .own-run @param {Knows} knows */
  constructor(figure, knows) {
    super(figure.find(".own-run"), figure)
    this.knows = knows
    this.button = make("button", { className: "plain train" })
    this.act = make("div", { className: "act", dataset: { control: "train" } }, this.button)
    this.about = this.act.appendChild(make("span", { className: "muted" }))
    this.stands = make("p", { className: "stands", role: "status", hidden: true })
    this.root.append(this.act, this.stands)
    this.on(this.button, "click", () => this.train())
  }

  /** data.own: {offers, about, run, why}; see own_run.py. @param {any} mounted */
  render({ data, setTriggerValue }) {
    this.data = data
    this.send = setTriggerValue
    if (this.another("run", data.own.run)) this.begin()
    if (!data.own.run) this.say(data.own.why)
    this.turned()
  }

  get place() {
    return this.knows.place().join("/")
  }

  /** The dials of the figure stand elsewhere. */
  turned() {
    if (!this.data) return
    this.act.hidden = !this.data.own.offers.includes(this.place)
    write(this.button, this.knows.label())
    write(this.about, this.data.own.about)
  }

  train() {
    this.rest(this.button)
    this.send("train", { place: this.place, at: Date.now() })
  }

  /** Another run than before: nothing of that one is said of this one. */
  begin() {
    this.ends?.()
    Object.assign(this, { ends: null, answer: null, point: null })
    const { own, api } = this.data
    if (own.run) {
      this.say(standWords(null, null))
      this.ends = follow(this, api, own.run, (news) => this.heard(news))
    }
    this.knows.heard?.()
  }

  heard({ answer, points, trouble }) {
    this.answer = answer ?? this.answer
    this.point = points.at(-1) ?? null
    this.say(trouble || (this.answer ? this.words : ""))
    this.knows.heard?.()
  }

  get words() {
    const { state, verdict } = this.answer
    const stands = standWords(this.answer, this.point)
    if (stands) return stands
    const said = state === "finished" ? verdict?.sentence : ""
    return [this.knows.words?.(this.answer, this.point), said].filter(Boolean).join(" ")
  }

  say(text) {
    this.stands.hidden = !text
    write(this.stands, text ?? "")
  }
}

/** A figure of what was recorded, with a run of one's own, this.own, which moves none of its dials. */
export class OwnRunFigure extends Figure {
  /** @type {any} */ own

  render(mounted) {
    const { own, ...given } = mounted.data
    this.root.dataset.ready = String(!given.trouble)
    this.putOrHide(".trouble", given.trouble)
    if (given.trouble) return
    if (this.another("given", given)) this.open(given)
    this.own.render(mounted)
  }

  /** Show other recorded data than before. @param {any} _data */
  open(_data) {}
}
