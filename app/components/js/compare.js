// Two runs side by side, followed while they train: curves in one chart, settings that differ, the last numbers.

import { Calm, read, whole } from "./asking.js"
import { verdictWords } from "./bench_words.js"
import { LETTERS, pairRows, pairSeries, sharedWords, standing, teachers } from "./compare_words.js"
import { make, marks, mounting } from "./component.js"
import { Curves } from "./curves.js"
import { frame } from "./frame.js"
import { settingsWords } from "./numbers.js"
import { joined, LIVE, Poller } from "./poll.js"
import { inWords } from "./series.js"
import { svgChart } from "./svg_chart.js"
import { tableParts } from "./tables.js"

const AT_MOST_EVERY = 1000 // milliseconds between two questions about the difference of runs that train

class Compare extends Curves {
  constructor(root) {
    super(root)
    this.calm = new Calm(AT_MOST_EVERY, () => this.ask(), this)
    this.pollers = []
    this.on(".close", "click", () => this.send())
  }

  leave() {
    super.leave()
    for (const poller of this.pollers) poller.stop()
  }

  render({ data, setTriggerValue }) {
    this.send = () => setTriggerValue("action", { action: "close", sent: Date.now() })
    const pair = data.answers.map(({ id }) => id).join(" ")
    const another = pair !== this.pair
    this.data = data
    this.comparison = data.comparison
    if (another) this.begin(pair)
    this.update()
  }

  begin(pair) {
    const first = this.pair === undefined
    this.pair = pair
    this.root.dataset.pair = pair
    for (const poller of this.pollers) poller.stop()
    this.answers = this.data.answers.map((answer) => ({ ...answer, events: [...answer.events] }))
    this.pollers = this.answers.flatMap((answer, which) => {
      if (!LIVE.includes(answer.state)) return []
      const poller = new Poller(
        (after) => whole(`${this.data.api}/runs/${answer.id}/events?after=${after}`),
        (change) => this.attempt(() => this.told(which, change)),
      )
      poller.start(answer)
      return [poller]
    })
    if (!first || this.root.getBoundingClientRect().top < 0) this.intoView() // the second run was pinned far below
  }

  // ── following ────────────────────────────────────────────────────────────────────────────────────────────────

  told(which, { answer }) {
    if (!answer) return
    const before = this.answers[which]
    this.answers[which] = { ...answer, events: joined(before.events, answer) }
    this.calm.soon(answer.state)
    this.update()
  }

  async ask() {
    this.calm.now()
    const { pair } = this
    const [a, b] = this.answers.map(({ id }) => id)
    const found = await read(`${this.data.api}/compare?a=${a}&b=${b}`)
    if (!found || pair !== this.pair) return
    this.comparison = found
    if (this.answers.every(({ state }) => !LIVE.includes(state))) this.find(".announced").textContent = found.sentence
    this.update()
  }

  // ── words ────────────────────────────────────────────────────────────────────────────────────────────────────

  update() {
    const { comparison, answers, data } = this
    const roles = [
      ["distilled", "distilled"],
      ["labels only", "labels"],
      ["teacher", "teacher"],
    ].map(([words, role]) => ({ words, role }))
    this.find(".said").dataset.kind = comparison.kind
    this.sentence(".sentence", comparison.sentence, roles)
    this.find(".said .aside").textContent = comparison.aside
    this.find(".link").href = data.link
    answers.forEach((answer, which) => this.one(answer, which, roles))
    this.settings()
    this.numbers()
    this.root.dataset.ready = "true"
    this.root.dataset.states = answers.map(({ state }) => state).join(" ")
    this.drawSoon()
  }

  one(answer, which, roles) {
    const box = this.find(`.one.${LETTERS[which].toLowerCase()}`)
    const verdict = make("p", {}, ...marks(verdictWords(answer).sentence, roles))
    box.replaceChildren(
      make("span", { className: "letter", textContent: LETTERS[which] }),
      make("h3", { textContent: this.data.titles[which] }),
      verdict,
      make("p", { className: "muted", textContent: standing(answer) }),
      make("p", { className: "muted made", textContent: settingsWords(answer, this.data.words) }),
    )
  }

  settings() {
    const { differences, shared } = this.comparison
    if (!this.another("settings", [differences, shared])) return
    const box = this.find(".differs")
    if (differences.length) {
      const rows = differences.map(({ words, a, b }) => [words, a, b])
      box.replaceChildren(make("table", {}, ...tableParts(["", "A", "B"], rows, { caption: "What differs" })))
    } else box.replaceChildren(make("p", { textContent: "Nothing differs: the same experiment twice." }))
    this.find(".shared").hidden = !shared.length
    this.find(".shared summary").textContent = sharedWords(shared.length)
    this.find(".shared dl").replaceChildren(
      ...shared.flatMap(({ words, a }) => [make("dt", { textContent: words }), make("dd", { textContent: a })]),
    )
  }

  numbers() {
    const { columns, rows } = pairRows(this.answers, this.data.words.method)
    const box = this.find(".last")
    box.hidden = !rows.length
    box.tabIndex = 0
    box.setAttribute("role", "region")
    box.setAttribute("aria-label", "The last numbers of both runs")
    const caption = "At the last point; in brackets the lowest and highest seed"
    box.replaceChildren(make("table", {}, ...tableParts(["", ...columns], rows, { caption })))
  }

  // ── the chart ────────────────────────────────────────────────────────────────────────────────────────────────

  draw() {
    const room = this.room(".picture")
    if (!room || !this.answers) return
    const { answers, measure, data } = this
    const { accuracy, series: levels } = teachers(answers, measure)
    const series = [...levels, ...pairSeries(answers, data.words.method, measure)]
    const updates = Math.max(...answers.map(({ updates: all }) => all))
    const tested = answers[0].test_images === answers[1].test_images ? (answers[0].test_images ?? 0) : 0
    const at = frame({ ...room, series, teacherAccuracy: accuracy, updates, measure })
    // The shorter run's labels stand beside the longer one's.
    for (const label of at.labels) label.x = at.plot.left + at.plot.width + 8
    this.find("figcaption").textContent = inWords(series, accuracy, tested, measure)
    this.fillMeasures(tested, at.fontSize)
    this.find(".quick").innerHTML = svgChart(at, series, accuracy)
    this.root.dataset.measure = measure.key
  }

  async choose(key) {
    super.choose(key)
    if (!this.measure.part) return
    const { pair } = this
    const losses = await Promise.all(this.answers.map((answer) => this.losses(this.data.api, answer)))
    if (pair !== this.pair) return
    this.answers = this.answers.map((answer, which) => ({ ...answer, events: losses[which](answer.events) }))
    this.drawSoon()
  }
}

export default mounting(Compare)
