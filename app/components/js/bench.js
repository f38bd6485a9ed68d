// The bench: verdict, accuracy curves, transport and status of one run. It polls the run's events and keeps its chart
// (and the learner's zoom) over Streamlit's reruns.

import { Asked, STARTING } from "./asked.js"
import { whole } from "./asking.js"
import { announcement, lostWords, predictedWords, statusWords, transport, verdictWords, waits } from "./bench_words.js"
import { make, mounting } from "./component.js"
import { Curves } from "./curves.js"
import { BESIDE, PLAY, POINT, RUN, STATE, tell } from "./events.js"
import { testedWords } from "./final.js"
import { findAll } from "./find.js"
import { capital } from "./format.js"
import { frame, ranges } from "./frame.js"
import { ACCURACY, title } from "./measures.js"
import { fillNumbers, forFileName, settingsLine, settingsWords } from "./numbers.js"
import { paper } from "./paper.js"
import { draw, loadPlotly, titled } from "./plotly_chart.js"
import { joined, LIVE, Poller } from "./poll.js"
import { Race, upTo } from "./race.js"
import { Scrubber } from "./scrubber.js"
import { armNames, armSeries, closeUp, inWords, predictedSeries, roleOf } from "./series.js"
import { svgChart } from "./svg_chart.js"

const STARTS = ':is([class*="st-key-train"], .st-key-step, .st-key-repeat)'

class Bench extends Curves {
  /** @type {any} */ events

  constructor(root) {
    super(root)
    this.run = undefined
    this.drawn = "" // what the SVG was drawn from
    this.zoomReset = this.makeZoomReset()
    this.asked = new Asked(this, STARTS, () => this.data && this.update())
    this.race = new Race(this, (update) => this.raced(update))
    this.on(".moments input", "input", () => this.race.stop()) // before it goes where the hand is
    this.scrubber = new Scrubber(this.find(".moments"), () => this.drawSoon(), this)
    this.on(root, "click", (event) => this.clicked(event))
    this.on(document, "keydown", (event) => this.trainByKey(event))
    this.hear(BESIDE, (detail) => this.beside(detail))
    this.hear(
      PLAY,
      ({ run, on }) => run === this.run && (on ? this.race.start(run, this.moments, true) : this.race.stop()),
    )
  }

  leave() {
    super.leave()
    this.poller?.stop()
    if (this.Plotly) this.Plotly.purge(this.find(".plotly"))
  }

  render({ data, setTriggerValue }) {
    // Drawn again with what it was given before, it keeps what the controls have said since.
    if (this.another("given", [data.run, data.note, data.link])) this.newer = null
    this.data = { ...data, ...this.newer }
    this.send = (action) => setTriggerValue("action", { action, run: this.run, sent: Date.now() })
    if (data.run !== this.run) this.change(data)
    this.colours = null // the theme may have changed
    this.drawn = ""
    this.asked.end()
    this.update()
    this.takeOverSoon()
  }

  /** The controls were turned, and nothing else was drawn anew. */
  beside({ note, link }) {
    if (!this.data) return
    this.newer = { note, link }
    this.data = { ...this.data, ...this.newer }
    this.update()
  }

  /** Another run than before. */
  change(data) {
    this.poller?.stop()
    this.run = data.run
    this.answer = null
    this.events = []
    this.gone = ""
    this.announced = undefined
    this.waited = false // in the queue
    this.zoomReset.hidden = true
    this.scrubber.reset()
    this.lost(0)
    this.race.stop()
    if (data.answer) this.heard(data.answer)
    if (data.races && this.answer?.state === "finished") this.race.start(data.run, this.moments)
    // On a small screen the curves may lie far above the button.
    if (data.fresh && LIVE.includes(this.answer?.state) && !this.isSeen(".verdict")) this.intoView()
    if (!this.run || data.recorded) return
    const ask = (/** @type {number} */ after) => whole(`${data.api}/runs/${data.run}/events?after=${after}`)
    this.poller = new Poller(ask, (change) => this.attempt(() => this.told(change)))
    this.poller.start(data.answer)
  }

  /** The updates of its points. */
  get moments() {
    return this.events.filter(({ kind }) => kind === "point").map(({ update }) => update)
  }

  /** The recorded run that lies faintly behind this one, or stands in for it while it waits; null if none does. */
  get behind() {
    const meanwhile = this.waited && !this.moments.length && LIVE.includes(this.answer?.state)
    return this.data.beside ?? (meanwhile ? this.data.meanwhile : null)
  }

  /** The race has come to another point; null: it is over, and the sentence comes. */
  raced(update) {
    this.root.dataset.racing = String(update !== null)
    if (this.scrubber.points) this.scrubber.go(update) // else nothing has been drawn yet
    if (update === null) this.takeOverSoon()
  }

  told({ answer, lost, gone }) {
    this.lost(lost ?? 0)
    if (gone) this.gone = gone
    if (answer) this.heard(answer)
    if (answer || gone) this.update()
  }

  heard(answer) {
    const more = answer.events.length
    this.events = joined(this.events, answer)
    if (this.answer && this.answer.state !== answer.state) {
      for (const button of this.all("[data-action]")) button.disabled = false
      tell(STATE, { run: this.run, state: answer.state })
    }
    this.answer = { ...answer, events: this.events }
    this.waited ||= waits(answer)
    if (more && this.run) tell(POINT, { run: this.run, seq: this.events.at(-1)?.seq ?? 0, state: answer.state })
  }

  lost(failures) {
    this.failures = failures
    this.putOrHide(".connection", failures < 2 ? this.asked.words : lostWords(this.answer))
  }

  /** On a projector the space bar and Enter train, unless they are meant for what has the focus. */
  trainByKey(event) {
    if (!this.data?.projected || event.repeat || ![" ", "Enter"].includes(event.key)) return
    if (document.activeElement && document.activeElement !== document.body) return
    event.preventDefault()
    findAll(document, ".st-key-train button:not(:disabled)")[0]?.click()
  }

  // ── words ────────────────────────────────────────────────────────────────────────────────────────────────────

  update() {
    const { answer, data } = this
    const names = answer ? armNames(answer.spec.arms, data.methods) : []
    const roles = answer ? answer.spec.arms.map((arm, index) => ({ words: names[index], role: roleOf(arm) })) : []
    const { starts } = this.asked
    this.say(
      starts ? { sentence: STARTING } : verdictWords(answer, { gone: this.gone, disabled: data.disabled }),
      roles,
    )
    this.lost(this.failures ?? 0)
    this.put(".foreseen", predictedWords(data.predicted, answer))
    this.put(".beside", this.behind?.words)
    this.status(
      statusWords(answer, { fresh: data.fresh, link: data.link, linkWords: data.linkWords, engine: data.engine }),
    )
    this.putOrHide(".tested", testedWords(answer))
    this.put(".made", answer ? settingsWords(answer, data.words) : "")
    this.buttons(transport(answer))
    const said = announcement(this.announced, answer)
    if (said) this.find(".announced").textContent = said
    this.announced = answer?.state
    this.root.dataset.state = answer?.state ?? "none"
    this.root.dataset.run = this.run ?? ""
    this.root.dataset.points = this.events.length
    this.root.dataset.ready = "true"
    fillNumbers(this.find(".numbers"), answer, names, data.words, data.api)
    this.find("figure").hidden = !answer && Boolean(data.disabled) // no run, and none to come
    tell(RUN, { answer })
    this.drawSoon()
  }

  say({ kind = "", sentence, aside = "", again = false, more = null, control = false }, roles) {
    const box = this.find(".verdict")
    box.dataset.kind = kind
    this.sentence(".sentence", sentence, [...roles, { words: "teacher", role: "teacher" }])
    this.put(".aside", this.data.note && more ? this.data.note : aside || this.data.note)
    this.find(".again").hidden = !again || Boolean(this.data.disabled)
    const button = this.find(".more")
    button.hidden = !more || Boolean(this.data.disabled)
    button.dataset.seeds = more ?? ""
    this.put(".more", more ? `Add ${more - this.answer.spec.seeds.length} seeds` : "")
    this.find(".control-of").hidden = !control || !this.data.control || Boolean(this.data.disabled)
  }

  status(words) {
    if (!this.another("status", words)) return
    const nodes = words.map(({ text, href }) => (href ? make("a", { href, textContent: text }) : text))
    this.find(".transport .status").replaceChildren(...nodes.flatMap((node, index) => (index ? [" · ", node] : [node])))
  }

  buttons(possible) {
    const { answer } = this
    const any = Object.values(possible).some(Boolean)
    for (const button of this.all("[data-action]")) {
      button.hidden = !possible[button.dataset.action]
    }
    this.find(".buttons").hidden = !any
    const track = this.find(".track")
    track.setAttribute("aria-valuemax", answer?.updates ?? 0)
    track.setAttribute("aria-valuenow", answer?.update ?? 0)
    // Of a run that is over nothing is seen, and the next one begins at the left.
    const share = answer?.updates && LIVE.includes(answer.state) ? answer.update / answer.updates : 0
    this.find(".done").style.width = `${100 * share}%`
  }

  /** The chart as it is seen now, as a file. */
  async keep(format) {
    this.Plotly ??= await loadPlotly(this.data.plotly).catch(() => null)
    if (!this.Plotly || this.left) return
    this.draw()
    const { data, layout } = this.find(".plotly")
    const { answer } = this
    const said = {
      title: [answer?.name, capital(title(this.measure, answer?.test_images ?? 0))].filter(Boolean).join(": "),
      verdict: verdictWords(answer).sentence,
      settings: answer ? settingsLine(answer, this.data.words) : "",
    }
    const { paper, ink } = this.look()
    const picture = titled({ data, layout }, said, { fontSize: this.at.fontSize, paper, ink })
    const { width, height } = picture
    const href = await this.Plotly.toImage(picture, { format, width, height, scale: format === "png" ? 2 : 1 })
    const name = ["distillery", forFileName(answer?.name), this.run, `${this.measure.key}.${format}`]
    make("a", { href, download: name.filter(Boolean).join("-") }).click()
  }

  clicked(event) {
    const { picture } = event.target.dataset ?? {}
    if (picture) this.keep(picture)
    const button = event.target.closest("button")
    if (!button) return
    const action =
      button.dataset.action ?? ["more", "control-of", "again"].find((name) => button.classList.contains(name)) ?? ""
    if (!action) return
    this.rest(button)
    this.asked.begin(["more", "control-of", "again"].includes(action))
    this.send(action)
    this.poller?.soon()
  }

  // ── pictures ─────────────────────────────────────────────────────────────────────────────────────────────────

  draw() {
    const room = this.room(".picture")
    if (!room) return
    const { answer, data } = this
    const names = answer ? armNames(answer.spec.arms, data.methods) : []
    const { measure } = this
    const arms = answer ? armSeries(answer, names, measure) : []
    const accuracies = answer ? armSeries(answer, names) : []
    const teacher = measure === ACCURACY ? (answer?.teacher_accuracy ?? data.teacher?.accuracy ?? null) : null
    const tested = answer?.test_images ?? data.teacher?.tested ?? 0
    const foreseen =
      measure === ACCURACY && answer?.state === "finished" ? predictedSeries(data.predicted, arms, answer.updates) : []
    const recorded = this.behind
    const behind = recorded
      ? armSeries(recorded, armNames(recorded.spec.arms, data.methods)).map((one) => ({
          ...one,
          name: `recorded, ${one.name}`,
          ghost: true,
        }))
      : []
    const racing = this.race.now !== null
    const quick = racing || paper.on // Plotly's picture would be as wide as the screen
    const whole = [...(measure === ACCURACY ? behind : []), ...arms, ...foreseen]
    const series = racing ? whole.map((one) => (one.role === "predicted" ? one : upTo(one, this.race.now))) : whole
    const alone = recorded && !data.beside ? recorded.events.at(-1).update : 0 // the chart is the recorded run's own
    const updates = alone || answer?.updates || data.updates
    const ended = whole.filter(({ ghost }) => (ghost && data.beside) || answer?.state === "finished")
    const close = data.close && measure === ACCURACY && ended.length ? closeUp(ended, updates) : null
    // While the learner has zoomed in, the axes stay: Plotly keeps a zoom only where they do.
    const held = this.zoomReset.hidden ? close : this.at.axes
    const moment = racing ? null : this.scrubber.moment
    this.at = frame({ ...room, series, teacherAccuracy: teacher, updates, measure, held, moment })
    const { at } = this
    this.put("figcaption", inWords(arms, teacher, tested, measure))
    this.scrubber.render({ run: this.run, series: accuracies, updates, at })
    this.fillMeasures(tested, at.fontSize)
    if (this.root.dataset.chart === "plotly") this.swap(quick)
    if (this.Plotly && !quick) return this.drawPlotly(at, series, teacher)
    const svg = svgChart(at, series, teacher)
    if (svg === this.drawn) return
    this.drawn = svg
    this.find(".quick").innerHTML = svg
  }

  drawPlotly(at, series, teacher) {
    const target = this.find(".plotly")
    const font = getComputedStyle(this.root).fontFamily
    const look = {
      colours: this.look(),
      font,
      zoomable: matchMedia("(pointer: fine)").matches,
      revision: `${this.run ?? ""} ${this.measure.key}`,
    }
    return draw(this.Plotly, target, at, series, teacher, look)
  }

  // ── what the curves show ─────────────────────────────────────────────────────────────────────────────────────

  async choose(key) {
    super.choose(key)
    this.zoomReset.hidden = true
    if (!this.measure.part || !this.answer) return
    const { run } = this
    const losses = await this.losses(this.data.api, this.answer)
    if (run !== this.run) return
    this.events = losses(this.events)
    this.answer = { ...this.answer, events: this.events }
    this.drawSoon()
  }

  look() {
    if (this.colours) return this.colours
    const style = getComputedStyle(this.root)
    const names = ["teacher", "distilled", "labels", "bugged", "control", "paper", "panel", "rule", "ink", "muted"]
    this.colours = Object.fromEntries(
      names.map((name) => [name, resolved(style.getPropertyValue(`--${name}`), this.root)]),
    )
    this.colours.predicted = this.colours.ink
    return this.colours
  }

  /** Plotly takes over once the page is at rest, so that the first picture never waits for it. */
  takeOverSoon() {
    if (this.Plotly || this.waiting || this.race.now !== null || !this.data.plotly || this.find("figure").hidden) return
    this.waiting = true
    const idle = window.requestIdleCallback ?? ((call) => setTimeout(call, 200))
    idle(() => this.attempt(() => this.takeOver()), { timeout: 1500 })
  }

  async takeOver() {
    const Plotly = await loadPlotly(this.data.plotly).catch(() => null)
    this.waiting = false
    if (!Plotly || this.left || this.race.now !== null) return // asked for again when the race is over
    const target = this.find(".plotly")
    this.Plotly = Plotly
    this.draw()
    target.on?.("plotly_relayout", () => this.zoomed())
    requestAnimationFrame(() => {
      this.swap(this.race.now !== null)
      this.root.dataset.chart = "plotly"
    })
  }

  /** Plotly's picture, or the quick one, which a race is drawn in. @param {boolean} quick */
  swap(quick) {
    if (!this.another("quick", quick)) return
    this.find(".plotly").hidden = quick
    this.find(".quick").hidden = !quick
    if (!quick) this.find(".quick").innerHTML = ""
    this.drawn = ""
  }

  makeZoomReset() {
    const button = make("button", { className: "plain zoomed", hidden: true })
    button.textContent = "Whole picture"
    button.addEventListener("click", () => {
      const [x, y] = ranges(this.at)
      this.Plotly.relayout(this.find(".plotly"), { "xaxis.range": x, "yaxis.range": y })
    })
    this.find(".picture").append(button)
    return button
  }

  zoomed() {
    const { xaxis, yaxis } = this.find(".plotly").layout
    const moved = [xaxis.range, yaxis.range]
      .flat()
      .some((end, index) => Math.abs(end - ranges(this.at).flat()[index]) > 1e-6)
    this.zoomReset.hidden = !moved
  }
}

/** A CSS colour as the browser computes it: Plotly does not know var() or color-mix(). */
function resolved(colour, beside) {
  const probe = make("span")
  probe.style.color = colour
  beside.append(probe)
  const found = getComputedStyle(probe).color
  probe.remove()
  return found
}

export default mounting(Bench)
