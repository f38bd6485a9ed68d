// One dial, and a choice beside it, that move several pictures at once. data: {trouble, of, dial, by, panels, arms,
// cells, tested, data, about, own, start, trains, run}; see figure.py.

import { whole } from "../../components/js/asking.js"
import { choose, Figure, filled, make, mounting, thumbnail, write } from "../../components/js/component.js"
import { Poller } from "../../components/js/poll.js"
import {
  aboutWords,
  brokenWords,
  cellAt,
  liveWords,
  panelChart,
  panelWords,
  saidWords,
  stopAt,
  stopWords,
  valueParts,
} from "./words.js"

class HowSmall extends Figure {
  /** @type {number} */ stop = 0
  /** @type {any} */ by

  constructor(root) {
    super(root, "how-small")
    this.input = this.find(".dial input")
    this.on(".dial input", "input", () => this.turn(Number(this.input.value), this.by))
    this.on(".by", "click", ({ target }) => {
      const at = target.closest("button")?.dataset.at
      if (at !== undefined) this.turn(this.stop, this.data.by.stops[at].value)
    })
    this.on(".train", "click", () => this.train())
    this.observe(".panels", ({ width }) => {
      this.width = Math.round(width)
      this.drawSoon()
    })
  }

  set({ key, value }) {
    const { dial, by } = this.data
    if (key === dial?.key) this.turn(stopAt(dial.stops, Number(value)), this.by)
    const found = key === by?.key && by.stops.find((one) => String(one.value) === String(value))
    if (found) this.turn(this.stop, found.value)
  }

  render({ data, setStateValue }) {
    this.send = (value) => setStateValue("train", value)
    this.root.dataset.ready = String(!data.trouble)
    this.putOrHide(".trouble", data.trouble)
    this.follow(data)
    if (data.trouble || !this.another("given", data)) return
    this.data = data
    const { dial, by, panels } = data
    this.find(".dial").dataset.control = dial.key
    this.put(".dial .name", dial.name)
    Object.assign(this.input, { max: dial.stops.length - 1 })
    this.input.setAttribute("aria-label", dial.name)
    const choices = this.find(".by")
    Object.assign(choices.dataset, { control: by.key })
    choices.setAttribute("aria-label", by.name)
    choices.hidden = by.stops.length < 2
    choices.replaceChildren(
      ...by.stops.map(({ words }, at) => make("button", { className: "plain", dataset: { at } }, words)),
    )
    this.find(".panels").replaceChildren(
      ...panels.map(({ words }) =>
        make(
          "figure",
          {},
          make("figcaption", {}, words),
          make("div", { className: "box", role: "img" }),
          make("p", { className: "values" }),
        ),
      ),
    )
    this.put(".about", aboutWords(data))
    this.find(".act").hidden = !data.trains.length
    this.put(".how", "Six students, three pairs of twins, with new seeds. It takes some seconds.")
    this.begin(data.start)
  }

  reset() {
    this.begin(this.data.own)
  }

  /** With both dials where they stand at first. */
  begin(start) {
    const { dial, by } = this.data
    const found = by.stops.find(({ value }) => value === start[by.key]) ?? by.stops[0]
    this.turn(stopAt(dial.stops, start[dial.key]), found.value)
  }

  turn(stop, by) {
    Object.assign(this, { stop, by })
    const { data, input } = this
    input.value = stop
    filled(input)
    input.setAttribute("aria-valuetext", `${stopWords(data.dial, stop)} ${data.dial.unit}`)
    this.put(".dial output", stopWords(data.dial, stop))
    choose(this.all(".by button"), ({ dataset }) => data.by.stops[dataset.at].value === by)
    this.put(".said", saidWords(data, stop, by))
    const cell = cellAt(data, stop, by)
    data.panels.forEach(({ key }, at) => {
      const place = this.all(".panels .values")[at]
      const shown = cell ? valueParts(cell, key, data.arms) : null
      const arms = (shown?.said ?? []).flatMap(({ role, words, text }) => [
        make("b", { className: role }, words),
        ` ${text}. `,
      ])
      place.replaceChildren(...arms, shown?.gain ?? "nothing was recorded here")
    })
    this.find(".train").hidden = !data.trains.includes(`${data.dial.stops[stop]}/${by}`)
    this.find(".how").hidden = this.find(".train").hidden
    write(this.find(".train"), "Train these students here")
    this.show(cell)
    this.drawSoon()
  }

  /** A learner's own run of rules and facts: its latest point, as long as it goes on. */
  follow({ api, run }) {
    if (!this.another("run", run)) return
    this.poller?.stop()
    this.putOrHide(".live", run ? liveWords(run, null, null) : "")
    if (!run) return
    const ask = (after) => whole(`${api}/runs/${run.id}/events?after=${after}`)
    this.poller = new Poller(ask, (change) => this.attempt(() => this.told(run, change)))
    this.poller.start()
  }

  told(run, { answer, gone }) {
    if (answer?.events.length) this.point = answer.events.findLast(({ kind }) => kind === "point") ?? this.point
    this.put(".live", gone ?? liveWords(run, answer ?? null, this.point ?? null, this.data))
  }

  leave() {
    this.poller?.stop()
    super.leave()
  }

  /** The images that the teacher breaks. */
  show(cell) {
    const { data } = this
    const images = cell?.gallery ?? []
    this.find(".gallery").hidden = !images.length
    if (!images.length || !this.another("gallery", images)) return
    this.put(".gallery p", "Right with labels only, wrong with the teacher, and with how many of the seeds:")
    const all = images.map(({ image }) => image)
    this.find(".gallery ul").replaceChildren(
      ...images.map((one, at) =>
        make(
          "li",
          {},
          make("i", { style: thumbnail(data, all, at), role: "img", "aria-label": brokenWords(one, cell.seeds) }),
          `${one.broken} of ${cell.seeds}`,
        ),
      ),
    )
  }

  draw() {
    const { data, stop, by } = this
    if (!data?.panels || !this.width) return
    this.all(".panels .box").forEach((box, at) => {
      const width = Math.max(180, Math.round(box.getBoundingClientRect().width))
      box.innerHTML = panelChart(data, data.panels[at], stop, by, { width, fontSize: this.letters })
      box.setAttribute("aria-label", panelWords(data, data.panels[at], by))
    })
  }

  train() {
    this.rest(this.find(".train"))
    this.send({ place: [this.data.dial.stops[this.stop], this.by], at: Date.now() })
  }
}

export default mounting(HowSmall)
