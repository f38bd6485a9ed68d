// Which classes the teacher thinks alike: mean soft labels as a map, and a tree, at the temperature of the dial.
// As long as a prediction waits there is the map alone, its classes in their own order.
// data: {classes, images, name, temperatures, maps, joins, orders, temperature, chosen, dial, waits}; shares in
// millionths.

import { Figure, filled, make, mounting, thumbnail, write } from "../../components/js/component.js"
import { SET, tell } from "../../components/js/events.js"
import { whole } from "../../components/js/format.js"
import { Roving } from "../../components/js/roving.js"
import { tableParts } from "../../components/js/tables.js"
import { layout, nearest, range, strength, treePath } from "./layout.js"
import { sign } from "./signs.js"
import { cellWords, keyWords, rowWords, shareWords, treeWords } from "./words.js"

const ROOM = 36 // pixels that a square needs for a number
const MOVES = 900 // milliseconds, as in figure.css

let made = 0

class Alike extends Figure {
  /** @type {any} */ names
  /** @type {any} */ leaves

  constructor(root) {
    super(root, "similarity")
    this.input = this.find("input")
    this.input.id = `similarity-${++made}`
    this.find(".turn label").htmlFor = this.input.id
    this.on("input", "input", () => this.turned(Number(this.input.value)))
    this.rows = new Roving(this.find(".rows"), { columns: 1 })
    this.on(".rows", "click", ({ target }) => this.pressed(target.closest("button")))
    this.on(".picture", "pointermove", ({ target }) => this.pointed(target.closest(".cell")))
    this.on(".picture", "pointerleave", () => this.pointed(null))
    this.on(".picture", "click", ({ target }) => this.pressed(target.closest(".cell")))
    this.on("details", "toggle", () => this.draw())
    this.observe(root, () => this.draw())
  }

  light({ term, on }) {
    this.root.classList.toggle(`lit-${term}`, Boolean(on))
  }

  render({ data }) {
    const before = this.data
    this.data = data
    if (this.another("own", [data.temperature, data.chosen])) this.reset()
    if (before?.name !== data.name) this.build()
    if (before?.waits && !data.waits) this.move()
    this.find(".turn").hidden = data.waits || !data.dial
    const { temperatures } = data
    Object.assign(this.input, {
      min: temperatures[0],
      max: temperatures.at(-1),
      step: temperatures[1] - temperatures[0],
    })
    this.find(".turn label").textContent = "Temperature"
    this.draw()
    this.root.dataset.ready = "true"
  }

  reset() {
    const { temperatures, temperature, chosen } = this.data
    Object.assign(this, { at: nearest(temperatures, temperature), chosen })
    this.drawSoon()
  }

  build() {
    const { classes } = this.data
    this.buttons = classes.map((name, of) =>
      make("button", { title: `What images of “${name}” get on average`, dataset: { of } }, name),
    )
    this.find(".rows").replaceChildren(...this.buttons)
    this.columns = classes.map((name) => make("span", { textContent: name }))
    this.find(".columns").replaceChildren(...this.columns)
    const leaf = (name, at) =>
      this.data.leaves.length ? make("i", { style: thumbnail(this.data, this.data.leaves, at) }) : sign(name)
    this.leaves = classes.map(leaf)
    this.find(".leaves").replaceChildren(...this.leaves.filter(Boolean))
    this.find(".cells").innerHTML = classes.map((_, of) => classes.map((_, to) => cell(of, to)).join("")).join("")
    const drawn = [...this.find(".cells").children]
    this.cells = classes.map((_, of) => drawn.slice(of * classes.length, (of + 1) * classes.length))
    this.names = Math.max(...this.buttons.map((button) => button.getBoundingClientRect().width - 10))
  }

  /** Rows and columns go to other places in sight: the tree turns over. */
  move() {
    this.root.classList.add("moves")
    this.later("moves", MOVES, () => this.root.classList.remove("moves"))
  }

  phrase(values) {
    this.move()
    super.phrase(values)
  }

  // ── what is done ─────────────────────────────────────────────────────────────────────────────────────────────

  set({ key, value }) {
    if (key === "temperature" && Number(value) > 0) this.turn(Number(value))
    if (key === "class" && this.data.classes[value] !== undefined) this.choose(Number(value))
  }

  turned(temperature) {
    this.turn(temperature)
    tell(SET, { key: "temperature", value: temperature })
  }

  turn(temperature) {
    const at = nearest(this.data.temperatures, temperature)
    if (at === this.at) return
    this.at = at
    this.drawSoon()
  }

  pressed(on) {
    if (!on) return
    this.choose(Number(on.dataset.of))
    this.find(".spoken").textContent = this.find(".said").textContent
  }

  choose(chosen) {
    this.chosen = chosen
    this.draw()
  }

  /** A square is pointed at: its share in words; null for none. */
  pointed(on) {
    this.over?.classList.remove("on")
    this.over = on
    on?.classList.add("on")
    this.say()
  }

  // ── drawing ──────────────────────────────────────────────────────────────────────────────────────────────────

  get map() {
    return this.data.maps[this.at]
  }

  /** What the width alone decides; null while there is none. */
  measure() {
    const width = this.find(".plot").clientWidth
    const coarse = matchMedia("(pointer: coarse)").matches
    if (!this.another("measured", [width, coarse, this.data.name])) return
    this.place = width ? layout(width, this.names, this.data.classes.length, coarse, this.leaves.some(Boolean)) : null
    if (!this.place) return
    const { place } = this
    this.find(".plot").style.height = `${place.height}px`
    const across = this.names <= 24
    for (const column of this.columns) {
      column.classList.toggle("across", across)
      Object.assign(column.style, { width: `${place.cell}px`, height: `${place.head - 5}px` })
    }
    for (const button of this.buttons)
      Object.assign(button.style, { width: `${place.left - 4}px`, height: `${place.row}px` })
    const side = `${place.leaf - 4}px`
    for (const one of this.leaves) if (one) Object.assign(one.style, { width: side, height: side })
    for (const rect of this.find(".cells").querySelectorAll("rect")) {
      rect.setAttribute("width", place.cell - 2)
      rect.setAttribute("height", place.row - 2)
    }
    for (const text of this.all(".cell text")) {
      text.setAttribute("x", (place.cell - 2) / 2)
      text.setAttribute("y", (place.row - 2) / 2)
    }
    const picture = this.find(".picture")
    picture.setAttribute("width", place.width)
    picture.setAttribute("height", place.height)
  }

  /** Rows and columns to their places, where the order is another one. */
  arrange(order) {
    const { place } = this
    if (!place || !this.another("arranged", [order, place, this.data.name])) return
    /** @type {number[]} */
    const left = []
    /** @type {number[]} */
    const top = []
    order.forEach((label, at) => {
      left[label] = place.left + at * place.cell
      top[label] = place.head + at * place.row
    })
    const middle = (place.row - place.leaf) / 2 + 2
    this.leaves.forEach((leaf, of) => leaf && (leaf.style.translate = `${place.leaves}px ${top[of] + middle}px`))
    this.buttons.forEach((button, of) => (button.style.translate = `0 ${top[of]}px`))
    this.columns.forEach((column, to) => (column.style.translate = `${left[to]}px 0`))
    this.cells.forEach((row, of) =>
      row.forEach((group, to) => (group.style.transform = `translate(${left[to]}px, ${top[of]}px)`)),
    )
    const sorted = order.map((of) => this.buttons[of])
    const box = this.find(".rows")
    if (!box.contains(document.activeElement)) box.replaceChildren(...sorted)
  }

  draw() {
    const { data, at } = this
    if (!data) return
    this.measure()
    if (!this.place) return
    const order = data.waits ? [...data.classes.keys()] : data.orders[at]
    const shares = range(this.map)
    this.arrange(order)
    this.map.forEach((row, of) =>
      row.forEach((share, to) => of !== to && shade(this.cells[of][to].children[1], strength(share, shares))),
    )
    this.find(".tree").setAttribute("d", data.waits ? "" : treePath(data.joins[at], order, this.place))
    this.mark()
    this.number(shares, this.place.cell >= ROOM)
    this.say()
    this.find(".least").textContent = shareWords(shares.least)
    this.find(".most").textContent = shareWords(shares.most)
    this.find(".how").textContent = keyWords(data.name, whole(data.images))
    const temperature = data.temperatures[at]
    if (Number(this.input.value) !== temperature) this.input.value = temperature
    filled(this.input)
    this.find("output").textContent = `T = ${temperature}`
    const words = data.waits ? "" : treeWords(data.classes, data.joins[at], data.dial ? temperature : null)
    this.putOrHide(".whole", words)
    const what = data.waits ? "Map" : "Map and tree"
    this.find(".picture").setAttribute("aria-label", `${what} of ${data.classes.length} classes. ${words}`.trim())
    if (this.find("details").open) this.table(order)
    this.tellValues({ T: temperature })
  }

  /** What the chosen row gives, in its squares. room: whether they have any. */
  number(shares, room) {
    const { chosen } = this
    this.cells.forEach((row, of) =>
      row.forEach(({ lastChild: text }, to) => {
        const share = this.map[of][to]
        const told = of === chosen && to !== chosen && room
        write(text, told ? shareWords(share).replace("%", "") : "")
        if (told) text.classList.toggle("dark", strength(share, shares) > 0.65)
      }),
    )
  }

  /** The chosen row. */
  mark() {
    this.buttons.forEach((button, of) => button.setAttribute("aria-pressed", String(of === this.chosen)))
    this.columns.forEach((column, of) => column.classList.toggle("on", of === this.chosen))
    if (!this.find(".rows").contains(document.activeElement)) this.rows.refresh(this.buttons[this.chosen])
  }

  say() {
    const { classes } = this.data
    const { over } = this
    this.find(".said").textContent = over
      ? cellWords(classes, this.map, Number(over.dataset.of), Number(over.dataset.to))
      : rowWords(classes, this.map[this.chosen], this.chosen)
  }

  table(order) {
    const { classes } = this.data
    const rows = order.map((of) => [classes[of], ...order.map((to) => shareWords(this.map[of][to]))])
    const parts = tableParts(["images of", ...order.map((to) => classes[to])], rows)
    this.find(".table").replaceChildren(make("table", {}, ...parts))
  }
}

/** A square's markup, of whole numbers alone. What a class gives to itself is hatched: it is off the colours’ scale. */
function cell(of, to) {
  const parts = of === to ? ["ground own", "edge"] : ["ground", "share", "edge"]
  return (
    `<g class="cell" data-of="${of}" ` +
    `data-to="${to}">${parts.map((part) => `<rect class="${part}" rx="3"/>`).join("")}<text></text></g>`
  )
}

/** A square's colour, in steps of a fiftieth, which no eye tells apart: most squares stay as they are for a turn. */
function shade(square, strength) {
  const opacity = String(Math.round(strength * 50) / 50)
  if (square.style.fillOpacity !== opacity) square.style.fillOpacity = opacity
}

export default mounting(Alike)
