// A page on a projector: letters as large as the screen allows while all of it is seen at once; if that makes them
// small, the text comes in parts beside its figure, and a button or the keys Page Down and Page Up turn them. Escape
// leaves.

import { Component, mounting } from "./component.js"
import { findAll } from "./find.js"
import { fitting, parted, SMALLEST } from "./projector_size.js"

const ARRIVES = 1500 // milliseconds in which what is new may still come into the page
const TIMES = 6 // what gives way is a part of a picture: it takes a few steps until that is enough
const SHARES = [0.7, 0.42, 0.3] // of the width that the words of a step take, as parts of what its figure takes
const SMALL = 0.85 // of the largest letters: text in smaller ones is better read in parts
const OPEN = '[role="listbox"], [role="dialog"], [role="menu"]' // what Escape closes first
const TEXT = ":is(.st-key-step-before, .st-key-step-after) > :not(:has(h2))"
const TYPED = "input:not([type=range], [type=radio], [type=checkbox]), textarea, select"

class Projector extends Component {
  constructor(root) {
    super(root)
    this.page = root.closest(".stMain")
    this.type = document.documentElement.style
    this.units = []
    this.parts = [] // of the text, if not all of it is seen at once
    this.first = 0 // the unit of the text that is seen, if not all of it is
    this.on(window, "resize", () => this.begin())
    this.on(document, "keydown", (event) => this.pressed(event))
    this.on(".earlier", "click", () => this.turn(-1))
    this.on(".later", "click", () => this.turn(1))
    this.observe(this.page.querySelector(".stMainBlockContainer"), () => this.drawSoon())
    this.atEnd(() => {
      for (const name of ["font-size", "--over", "--words"]) this.type.removeProperty(name)
    })
  }

  render({ data }) {
    if (!this.another("of", data.of)) return
    this.page.scrollTo(0, 0)
    this.first = 0
    this.begin()
  }

  /** Something else is shown: the letters are as large as they can be, until all of it has come. */
  begin() {
    this.settles = true
    this.later("settled", ARRIVES, () => {
      this.draw()
      this.settles = false
    })
    this.drawSoon()
  }

  /** Later they only get smaller, if they must: nothing may sway while a run is watched. */
  draw() {
    if (this.settles) this.type.removeProperty("font-size")
    const most = parseFloat(getComputedStyle(document.documentElement).fontSize)
    if (this.settles) this.wanted = SMALL * most
    this.units = units(this.page)
    this.parts = []
    const parts = this.units.length > 1
    const size = fitting(most, (letters) => this.fits(letters), parts ? this.wanted : SMALLEST)
    if (!this.fits(size) && parts) this.fitsInParts(fitting(most, (letters) => this.fitsInParts(letters)))
    this.page.dataset.fits = String(this.seen())
    this.tell()
  }

  /** Whether all is seen with letters of so many pixels, once the pictures have given way as far as they can. */
  fits(letters) {
    this.type.fontSize = `${letters}px`
    return SHARES.some((share) => {
      this.type.setProperty("--words", `${share}fr`)
      show(this.units)
      return this.givesWay()
    })
  }

  /** Whether each part of the text is seen with its figure. */
  fitsInParts(letters) {
    this.type.fontSize = `${letters}px`
    return SHARES.some((share) => {
      this.type.setProperty("--words", `${share}fr`)
      this.part(letters)
      const highest = this.parts.reduce((one, other) => (other.height > one.height ? other : one))
      show(this.units, highest)
      const fits = this.givesWay()
      show(this.units, this.current())
      return fits
    })
  }

  /** Part the text as there is room between its head and the row of buttons, but for a gap of one line. */
  part(letters) {
    show(this.units)
    const boxes = this.units.map(boxOf)
    const row = this.root.closest('[class*="st-key-show-"]').parentElement.getBoundingClientRect()
    this.parts = parted(boxes, this.page.getBoundingClientRect().bottom - row.height - letters - boxes[0].top)
  }

  /** Make the pictures lower, as far as that helps. Returns whether all is seen. */
  givesWay() {
    let over = 0
    for (let times = 0; times < TIMES; times++) {
      this.type.setProperty("--over", `${over}px`)
      const more = this.page.scrollHeight - this.page.clientHeight
      if (more <= 1) break
      over += more
    }
    return this.seen()
  }

  seen() {
    return this.page.scrollHeight <= this.page.clientHeight + 1 && this.page.scrollWidth <= this.page.clientWidth
  }

  /** The part of the text that is seen. */
  current() {
    return this.parts.findLast(({ from }) => from <= this.first) ?? this.parts[0]
  }

  /** To the next part of the text, or the one before. @param {1 | -1} way */
  turn(way) {
    const next = this.parts[this.parts.indexOf(this.current()) + way]
    if (!next) return
    this.first = next.from
    show(this.units, next)
    this.tell()
  }

  tell() {
    this.root.hidden = this.parts.length < 2
    if (this.root.hidden) return
    const at = this.parts.indexOf(this.current())
    this.put(".place", `Text ${at + 1} of ${this.parts.length}`)
    this.find(".earlier").disabled = at === 0
    this.find(".later").disabled = at === this.parts.length - 1
  }

  pressed(event) {
    const { key, defaultPrevented, target } = event
    if (defaultPrevented || target.matches?.(TYPED) || document.querySelector(OPEN)) return
    if (key === "Escape") findAll(document, ".st-key-leave-projector button")[0]?.click()
    const way = { PageDown: 1, PageUp: -1 }[key]
    if (!way || !this.parts.length || target.matches?.("input")) return
    event.preventDefault()
    this.turn(way)
  }
}

/** What is turned as one: a paragraph, or one with the formula or list that it announces; a prediction. */
function units(page) {
  const found = []
  for (const place of findAll(page, TEXT)) {
    const text = place.querySelector(".prose .text")
    for (const part of text ? text.children : [place]) {
      if (found.at(-1)?.at(-1).textContent.trim().endsWith(":")) found.at(-1).push(part)
      else found.push([part])
    }
  }
  return found
}

/** Show this part of the text, or all of it. */
function show(all, part = { from: 0, to: all.length }) {
  all.forEach((unit, at) => {
    for (const one of unit) one.toggleAttribute("data-away", at < part.from || at >= part.to)
  })
}

function boxOf(unit) {
  return { top: unit[0].getBoundingClientRect().top, bottom: unit.at(-1).getBoundingClientRect().bottom }
}

export default mounting(Projector)
