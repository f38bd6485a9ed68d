// The bug lab: choose a mistake, see the line that is wrong, what it did to the students, and which number gives it
// away. A run of one's own adds its numbers beside the recorded ones.
// data: {bugs: [{id, name, title, words, caught, asks, code: [{kind, text}]}], cohorts: {name: {words, title, brings,
// updates, teacher, tested, runs: [{arms, points}], found: {bug: {cost, share, finding, key, seeds, live_seeds:
// of a run of one's own, rows: {measure: [healthy, buggy]}}}}}, measures: {key: {words, help, unit, digits, mark}},
// bug, cohort, table: whether both are chosen from a table of costs, live: {run, bug, cohort} or null, disabled}.

import { choose, Figure, make, mounting } from "../../components/js/component.js"
import { newestRun, RUN } from "../../components/js/events.js"
import { frame } from "../../components/js/frame.js"
import { Roving } from "../../components/js/roving.js"
import { armSeries, inWords } from "../../components/js/series.js"
import { svgChart } from "../../components/js/svg_chart.js"
import { COSTS_WORDS, LINE_MARKS, LINE_WORDS, liveWords, ownValues } from "./words.js"

const NAMES = ["labels only", "healthy", "with the bug"] // of the arms that are shown

class BugLab extends Figure {
  constructor(root) {
    super(root, "bug-lab")
    this.roving = new Roving(this.find(".choose"))
    this.cells = new Roving(this.find(".costs"))
    this.observe(".picture", () => this.drawCurves())
    this.on(root, "click", ({ target }) => this.pressed(target.closest("button")))
    this.hear(RUN, (detail) => this.told(detail.answer))
  }

  reset() {
    const { bug, cohort } = this.data
    Object.assign(this, { bug, cohort })
    this.draw()
  }

  render({ data, setTriggerValue }) {
    this.data = data
    this.send = () => setTriggerValue("train", { bug: this.bug, cohort: this.cohort, sent: Date.now() })
    if (this.another("given", [data.bug, data.cohort])) Object.assign(this, { bug: data.bug, cohort: data.cohort })
    this.own = null
    this.told(newestRun())
    this.makeChoice()
    this.draw()
    this.root.dataset.ready = "true"
  }

  // ── choosing ─────────────────────────────────────────────────────────────────────────────────────────────────

  makeChoice() {
    const { bugs, cohorts, table } = this.data
    if (!this.another("bugs", [bugs, table])) return
    for (const part of [".choose", ".settings"]) this.find(part).hidden = table
    this.find(".costs").hidden = !table
    if (table) this.makeTable(bugs, Object.entries(cohorts))
    else this.find(".choose").replaceChildren(...bugs.map(({ id, title }) => choice("bug", id, title)))
    this.roving.refresh()
  }

  /** What each mistake costs at each setting; a press chooses both. */
  makeTable(bugs, cohorts) {
    const head = make("thead")
    const heads = cohorts.map(([, { words, brings }]) => {
      const below = make("small", { className: "muted", textContent: `teacher brings ${brings}` })
      return make("th", { scope: "col" }, words, below)
    })
    head.insertRow().append(make("td"), ...heads)
    const body = make("tbody")
    for (const { id, name: short, title } of bugs) {
      const row = body.insertRow()
      row.append(
        make(
          "th",
          { scope: "row" },
          make("span", { className: "long" }, title),
          make("span", { className: "short" }, short),
        ),
      )
      for (const [name, { words, found }] of cohorts)
        row.append(make("td", {}, costCell(id, name, short, words, found)))
    }
    this.find(".costs table").replaceChildren(head, body)
    this.put(".costs p", COSTS_WORDS)
    this.cells.columns = cohorts.length
  }

  pressed(button) {
    const { bug, cohort } = button?.dataset ?? {}
    if (bug) this.set({ key: "bug", value: bug })
    if (cohort) this.set({ key: "setting", value: cohort })
    if (button?.classList.contains("train")) {
      this.rest(button)
      this.send()
    }
  }

  set({ key, value }) {
    const { data } = this
    if (key === "bug" && data?.bugs.some(({ id }) => id === value)) this.bug = value
    else if (key === "setting" && data?.cohorts[value]) this.cohort = value
    else return
    this.draw()
  }

  /** The cohorts in which the chosen bug was recorded; the chosen one of them, else the first. */
  get where() {
    const names = Object.keys(this.data.cohorts).filter((name) => this.data.cohorts[name].found[this.bug])
    return { names, name: names.includes(this.cohort) ? this.cohort : names[0] }
  }

  /** How a run on the bench stands: one of one's own with the chosen bug fills two columns of the table. */
  told(answer) {
    const live = this.data?.live
    this.own = live && answer?.id === live.run ? ownValues(answer, this.data.measures) : this.own
    if (this.root.dataset.ready) this.drawTable()
  }

  // ── drawing ──────────────────────────────────────────────────────────────────────────────────────────────────

  draw() {
    const { data, bug } = this
    const about = data.bugs.find(({ id }) => id === bug)
    const { names, name } = this.where
    choose(this.find(".choose").children, (button) => button.dataset.bug === bug)
    this.roving.stop([...this.find(".choose").children].find((button) => button.dataset.bug === bug))
    this.put(".what", about.words)
    this.find(".code").replaceChildren(...about.code.map(codeLine))
    const settings = this.find(".settings")
    settings.replaceChildren(
      label("Recorded at"),
      ...names.map((one) => choice("cohort", one, data.cohorts[one].words)),
    )
    choose(settings.querySelectorAll("button"), (button) => button.dataset.cohort === name)
    const cells = [...this.find(".costs").querySelectorAll("button")]
    const chosen = (button) => button.dataset.bug === bug && button.dataset.cohort === name
    choose(cells, chosen)
    this.cells.refresh(cells.find(chosen))
    this.put(".finding", data.cohorts[name].found[bug].finding)
    this.find(".caught").replaceChildren(strong("The test that finds it: "), `${about.caught}`)
    this.drawAct()
    this.drawTable()
    this.drawCurves()
    Object.assign(this.root.dataset, { bug, cohort: name })
  }

  drawAct() {
    const { data, bug } = this
    this.find(".train").disabled = Boolean(data.disabled)
    this.put(
      ".how",
      data.disabled ||
        liveWords(
          data.bugs.find(({ id }) => id === bug),
          data.cohorts[this.where.name].found[bug].live_seeds,
        ),
    )
  }

  drawTable() {
    const { data, bug } = this
    const { name } = this.where
    const { key: lit, rows, seeds } = data.cohorts[name].found[bug]
    const own = data.live?.bug === bug && data.live.cohort === name ? this.own : null
    const [, healthy, buggy] = NAMES
    const heads = [
      [`mean of ${seeds} seeds`, "muted"],
      [healthy, "distilled"],
      [buggy, "bugged"],
      ...(own
        ? [
            ["yours, healthy", "distilled"],
            ["yours, buggy", "bugged"],
          ]
        : []),
    ]
    const table = this.find(".wide table")
    if (!this.another("table", [heads, rows, lit, own])) return
    const head = make("thead")
    head.insertRow().append(...heads.map(([text, role]) => cell("th", text, { scope: "col", className: role })))
    const body = make("tbody")
    for (const [key, values] of Object.entries(rows)) {
      const row = body.insertRow()
      row.classList.toggle("lit", key === lit)
      const { words, help } = data.measures[key]
      row.append(
        cell("th", words, { scope: "row", title: help }),
        ...[...values, ...(own?.[key] ?? [])].map((text) => cell("td", text)),
      )
      if (key === lit) row.firstChild.append(visuallyHidden(", which gives it away"))
    }
    table.replaceChildren(head, body)
  }

  /** Three arms of a recorded cohort, as the server would answer about such a run. */
  state(name) {
    const { arms, points } = this.data.cohorts[name].runs.find((run) => run.arms.some(({ bug }) => bug === this.bug))
    const places = [
      0,
      arms.findIndex((arm) => arm.role === "distilled" && !arm.bug),
      arms.findIndex((arm) => arm.bug === this.bug),
    ]
    const own = (rows) => places.map((place) => rows[place])
    const events = points.map(({ update, accuracy, final }) => ({
      kind: "point",
      update,
      accuracy: own(accuracy),
      ...(final ? { final: { ...final, accuracy: own(final.accuracy) } } : {}),
    }))
    return { spec: { arms: places.map((place) => arms[place]) }, events }
  }

  drawCurves() {
    const room = this.room(".picture")
    if (!this.data || !room) return
    const { name } = this.where
    const { updates, teacher, tested } = this.data.cohorts[name]
    const state = this.state(name)
    const series = armSeries(state, NAMES)
    const svg = svgChart(frame({ ...room, series, teacherAccuracy: teacher, updates }), series, teacher)
    if (!this.another("curves", svg)) return
    this.find(".picture").innerHTML = svg
    this.put("figcaption", inWords(series, teacher, tested))
  }
}

function choice(kind, value, textContent) {
  return make("button", { className: "plain", textContent, dataset: { [kind]: value } })
}

function costCell(bug, cohort, short, words, found) {
  const known = found[bug]
  const button = make("button", { textContent: known?.cost ?? "–", disabled: !known, dataset: { bug, cohort } })
  button.style.setProperty("--share", known?.share ?? 0)
  button.setAttribute(
    "aria-label",
    known ? `${short}, ${words}: costs ${known.cost}` : `${short}, ${words}: not recorded`,
  )
  return button
}

function codeLine({ kind, text }) {
  const mark = make("i", { textContent: LINE_MARKS[kind], "aria-hidden": "true" })
  return make("p", { className: kind }, mark, visuallyHidden(LINE_WORDS[kind]), text)
}

const cell = (tag, textContent, more = {}) => make(tag, { textContent, ...more })
const visuallyHidden = (textContent) => make("span", { className: "visually-hidden", textContent })
const strong = (textContent) => make("b", { textContent })
const label = (textContent) => make("span", { className: "muted", textContent })

export default mounting(BugLab)
