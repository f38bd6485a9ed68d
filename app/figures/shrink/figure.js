// A teacher made smaller in every way, on two planes: a dial moves along one way, and whoever points at a network has
// it told. data: {trouble, sets, only, time, batch, opens}; see figure.py, and words.js for a set.

import { choose, Figure, filled, make, mounting } from "../../components/js/component.js"
import {
  aboutWords,
  groupOf,
  keyOf,
  nearest,
  placed,
  planeChart,
  planeWords,
  pointAt,
  rows,
  saidWords,
  within,
} from "./words.js"

class Shrink extends Figure {
  /** @type {any} a set of `sets` */ shown = null
  /** @type {import("./words.js").Place} */ place = { group: "", level: 0 }
  at = "1"

  constructor(root) {
    super(root, "shrink")
    this.input = this.find("input")
    this.on("input", "input", () => this.turn({ ...this.place, level: Number(this.input.value) }))
    this.on(".sets", "click", ({ target }) => {
      const id = target.closest("button")?.dataset.id
      if (id) this.look(id)
    })
    this.on(".ways", "click", ({ target }) => {
      const group = target.closest("button")?.dataset.id
      if (group) this.turn({ group, level: 0 })
    })
    this.on(".at", "click", ({ target }) => {
      const at = target.closest("button")?.dataset.at
      if (at) this.timed(at)
    })
    for (const name of ["bytes", "time"]) this.on(`.${name}`, "pointermove click", (event) => this.pointed(name, event))
    this.observe(".planes", () => this.drawSoon())
  }

  get key() {
    return this.at === "1" ? "single" : "batch"
  }

  reset() {
    const { data, family, level, at } = this.data.opens
    this.timed(String(at))
    this.look(data, { group: family, level })
  }

  set({ key, value }) {
    if (key === "data") this.look(String(value))
    if (key === "family") this.turn({ group: String(value), level: 0 })
    if (key === "level") this.turn({ ...this.place, level: Number(value) })
    if (key === "at") this.timed(String(value))
  }

  render({ data }) {
    this.root.dataset.ready = String(!data.trouble)
    this.putOrHide(".trouble", data.trouble)
    if (data.trouble || !this.another("given", data)) return
    const kept = (/** @type {any} */ one) => !data.only.length || data.only.includes(one.id)
    const sets = data.sets.map((one) => ({ ...one, groups: one.groups.filter(kept) }))
    this.data = { ...data, sets }
    const button = ({ id, name, words, role = "" }) =>
      make("button", { className: `plain ${role}`, dataset: { id } }, name ?? words)
    this.find(".sets").replaceChildren(...sets.map(button))
    this.find(".sets").hidden = sets.length < 2
    for (const part of this.all(".timed, .at")) part.hidden = !data.time
    this.find(".at").replaceChildren(
      ...["1", String(data.batch)].map((at) =>
        make("button", { className: "plain", dataset: { at } }, at === "1" ? "one image" : `${at} at once`),
      ),
    )
    this.put("thead .many", `${data.batch} images`)
    this.reset()
  }

  /** Look at another teacher. @param {string} id @param {import("./words.js").Place} [place] */
  look(id, place = this.place) {
    const { sets } = this.data
    this.shown = sets.find((one) => one.id === id) ?? sets[0]
    choose(this.all(".sets button"), ({ dataset }) => dataset.id === this.shown.id)
    const buttons = this.shown.groups.map(({ id: group, words }) =>
      make("button", { className: "plain", dataset: { id: group } }, words),
    )
    if (this.another("ways", [this.shown.id])) this.find(".ways").replaceChildren(...buttons)
    this.put(".about", aboutWords(this.shown, this.data.time))
    const key = keyOf(this.shown).map(({ role, words }) => make("b", { className: role }, words))
    this.find(".key").replaceChildren(...key)
    this.tabulate()
    this.turn(place)
  }

  /** How many images at once. @param {string} at */
  timed(at) {
    this.at = at
    choose(this.all(".at button"), ({ dataset }) => dataset.at === at)
    if (this.shown) this.drawSoon()
  }

  /** @param {import("./words.js").Place} place */
  turn(place) {
    this.place = within(this.shown, place)
    const { group, level } = this.place
    const point = pointAt(this.shown, this.place)
    this.input.max = groupOf(this.shown, group).points.length - 1
    this.find(".dial").hidden = this.input.max === "0"
    this.input.value = level
    filled(this.input)
    this.input.setAttribute("aria-valuetext", point.words)
    this.put("output", point.words)
    choose(this.all(".ways button"), ({ dataset }) => dataset.id === group)
    this.put(".said", saidWords(this.shown, this.place, this.data.time, this.data.batch))
    for (const row of this.all("tbody tr"))
      row.setAttribute("aria-current", String(row.dataset.group === group && Number(row.dataset.level) === level))
    this.drawSoon()
  }

  pointed(name, event) {
    if (event.type === "pointermove" && event.pointerType !== "mouse") return
    const box = this.find(`.${name}`)
    const room = this.room(box)
    if (!room || !this.shown) return
    const { left, top } = box.getBoundingClientRect()
    const { points } = placed(this.shown, name === "bytes" ? "bytes" : this.key, room)
    const found = nearest(points, { x: event.clientX - left, y: event.clientY - top })
    if (found && (found.group !== this.place.group || found.level !== this.place.level))
      this.turn({ group: found.group, level: found.level })
  }

  tabulate() {
    const cells = (/** @type {string[]} */ row) => [
      make("th", { scope: "row" }, row[0]),
      ...row
        .slice(1)
        .slice(0, this.data.time ? 5 : 3)
        .map((one) => make("td", {}, one)),
    ]
    for (const head of this.all(".single, .many")) head.hidden = !this.data.time
    this.find("tbody").replaceChildren(
      ...rows(this.shown).map(({ group, level, cells: row }) =>
        make("tr", { dataset: { group, level } }, ...cells(row)),
      ),
    )
  }

  draw() {
    if (!this.shown) return
    for (const name of ["bytes", "time"]) {
      const box = this.find(`.${name}`)
      const room = box.closest("figure").hidden ? null : this.room(box)
      if (!room) continue
      const key = name === "bytes" ? "bytes" : this.key
      box.innerHTML = planeChart(this.shown, this.place, key, room)
      box.setAttribute("aria-label", planeWords(this.shown, this.place, key))
    }
  }
}

export default mounting(Shrink)
