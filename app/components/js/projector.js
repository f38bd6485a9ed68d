// A page on a projector: letters as large as the screen allows while all of it is seen at once; if that makes them
// small, the text comes in parts beside its figure, and a button or the keys Page Down and Page Up turn them. Escape
// leaves.

import { Component, mounting } from "./component.js"
import { findAll } from "./find.js"
import { overprinted } from "./overprint.js"
import { paper } from "./paper.js"
import { fitting, parted, SMALLEST } from "./projector_size.js"

const ARRIVES = 1500 // milliseconds in which what is new may still come into the page
const LOOK = 100 // milliseconds after which what was fitted is looked at again
const TIMES = 6 // what gives way is a part of a picture: it takes a few steps until that is enough
const BACK = 3 // times that half of it is tried: where pictures stand one below the other, each has given way
const ALL = 9999 // pixels: pictures give way as far as they can
const SHARES = [0.7, 0.42, 0.3] // of the width that the words of a step take, as parts of what its figure takes
const SMALL = 0.85 // of the largest letters: text in smaller ones is better read in parts
const OPEN = '[role="listbox"], [role="dialog"], [role="menu"]' // what Escape closes first
const WORDS = ":is(.st-key-step-before, .st-key-step-after) > :not(:has(h2))"
const FORMULAS = '.prose math[display="block"]' // which never break
const ASKED = ".predict" // stays with its figure while the text is turned
const STAGED = ":is(.st-key-step-staged, .st-key-quiz)"
const TYPED = "input:not([type=range], [type=radio], [type=checkbox]), textarea, select"

class Projector extends Component {
  constructor(root) {
    super(root)
    this.page = root.closest(".stMain")
    this.type = document.documentElement.style
    /** @type {any[][]} */
    this.units = []
    this.shares = SHARES
    this.wanted = SMALLEST // below it, text is better read in parts
    this.stay = []
    this.parts = [] // of the text, if not all of it is seen at once
    this.first = 0 // the unit of the text that is seen, if not all of it is
    this.on(window, "resize", () => this.begin())
    this.on(document, "keydown", (event) => this.pressed(event))
    this.on(".earlier", "click", () => this.turn(-1))
    this.on(".later", "click", () => this.turn(1))
    this.block = this.page.querySelector(".stMainBlockContainer")
    this.observe(this.block, () => this.drawIfChanged())
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
    if (paper.on) return
    if (this.settles) this.type.removeProperty("font-size")
    const most = parseFloat(getComputedStyle(document.documentElement).fontSize)
    if (this.settles) this.wanted = SMALL * most
    this.takeUnits(true)
    this.shares = this.page.querySelector(STAGED) ? SHARES : SHARES.slice(0, 1)
    this.parts = []
    const parts = this.units.length > 1
    const whole = fitting(most, (letters) => this.fits(letters), parts ? this.wanted : SMALLEST)
    if (!this.fits(whole) && parts) this.goesInParts(most)
    this.givesWay()
    this.judge()
    show(this.units, this.current())
    this.tell()
    this.fitted = this.size()
    this.later("look", LOOK, () => this.look())
  }

  /** A figure that was measured on the way may have another height once it is drawn: then all is fitted once more. */
  look() {
    const { scrollHeight, clientHeight, dataset } = this.page
    if (dataset.fits === "true" && scrollHeight > clientHeight + 1) this.drawSoon()
  }

  /** What is new has another size: what was only turned, or gave way, has not. */
  drawIfChanged() {
    if (this.fitted !== this.size()) this.drawSoon()
  }

  size() {
    const { width, height } = this.block.getBoundingClientRect()
    return `${width} ${height}`
  }

  /** Lay the page out. letters: their size; share: of the width, for words; over: by how much pictures are lower. */
  lay(letters, share, over) {
    this.type.fontSize = `${letters}px`
    this.type.setProperty("--words", `${share}fr`)
    this.type.setProperty("--over", `${over}px`)
  }

  /** Whether all is seen with letters of so many pixels, once the pictures have given way as far as they can. */
  fits(letters) {
    return this.shares.some((share) => {
      this.lay(letters, share, ALL)
      return this.seen()
    })
  }

  /**
   * As large as all is seen in parts. What is asked stays with its figure, but if it is turned with its text where the
   * letters would be small otherwise.
   */
  goesInParts(most) {
    let best = { stays: true, letters: 0 }
    for (const stays of [true, false]) {
      const letters = this.largestInParts(most, stays)
      if (letters > best.letters) best = { stays, letters }
      if (letters >= this.wanted) break
    }
    this.takeUnits(best.stays)
    this.fitsInParts(best.letters || SMALLEST)
  }

  /** @param {number} most @param {boolean} stays */
  largestInParts(most, stays) {
    this.takeUnits(stays)
    const letters = fitting(most, (size) => this.fitsInParts(size))
    return this.fitsInParts(letters) ? letters : 0
  }

  /** @param {boolean} stays what is asked stays with its figure, or is turned with its text */
  takeUnits(stays) {
    show(this.units) // none stays away
    this.units = units(this.page, stays)
    this.stay = stays ? findAll(this.page, `${WORDS}:has(${ASKED})`) : []
  }

  /** Whether each part of the text is seen with its figure. */
  fitsInParts(letters) {
    return this.shares.some((share) => {
      this.lay(letters, share, ALL)
      this.part(letters)
      return this.seen()
    })
  }

  /** Part the text as there is room for it: what is asked in it stays below it. */
  part(letters) {
    show(this.units)
    const row = this.root.closest('[class*="st-key-show-"]').parentElement.getBoundingClientRect()
    const stay = this.stay.map((one) => one.getBoundingClientRect())
    const above = (at) => stay.filter(({ top }) => top < at).reduce((sum, { height }) => sum + height + letters, 0)
    const boxes = this.units
      .map(boxOf)
      .map(({ top, bottom }) => ({ top: top - above(top), bottom: bottom - above(top) }))
    const room = this.page.getBoundingClientRect().bottom - row.height - letters - boxes[0].top
    this.parts = parted(boxes, room - above(Infinity))
  }

  /** The pictures as high as there is room. */
  givesWay() {
    const missing = (/** @type {number} */ over) => {
      this.type.setProperty("--over", `${over}px`)
      return Math.max(...this.shown.map((part) => this.over(part)))
    }
    let [least, over] = [0, 0]
    for (let times = 0, more = missing(0); more > 1 && over < ALL; more = missing(over)) {
      least = over
      over = ++times < TIMES ? over + more : ALL
    }
    if (over === ALL) return
    for (let times = 0; times < BACK; times++) {
      const middle = (least + over) / 2
      if (missing(middle) > 1) least = middle
      else over = middle
    }
    missing(over)
  }

  /** What is shown, one after the other. */
  get shown() {
    return this.parts.length ? this.parts : [undefined]
  }

  /** How many pixels are below the screen if this part of the text is shown, or all of it. */
  over(part) {
    show(this.units, part)
    return this.page.scrollHeight - this.page.clientHeight
  }

  /** Whether every part of what is shown is seen, and no formula lies on what is beside it. */
  seen() {
    const { page } = this
    return this.shown.every((part) => {
      if (this.over(part) > 1 || page.scrollWidth > page.clientWidth) return false
      return !findAll(page, FORMULAS).some(sticksOut)
    })
  }

  /** Tell whether everything can be read, and which texts lie on each other. */
  judge() {
    const over = this.shown.flatMap((part) => {
      show(this.units, part)
      return overprinted(this.page)
    })
    this.page.dataset.over = [...new Set(over)].join("\n")
    this.page.dataset.fits = String(!over.length && this.seen())
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
    this.fitted = this.size()
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

/** What is turned as one: a paragraph, or one with the formula or list that it announces; a question. */
function units(page, stays) {
  const found = []
  for (const place of findAll(page, stays ? `${WORDS}:not(:has(${ASKED}))` : WORDS)) {
    const text = place.querySelector(".prose .text")
    for (const part of text ? text.children : [place]) {
      if (found.at(-1)?.at(-1).textContent.trim().endsWith(":")) found.at(-1).push(part)
      else found.push([part])
    }
  }
  return found
}

/** Show this part of the text, or all of it. */
function show(all, { from, to } = { from: 0, to: all.length }) {
  all.forEach((unit, at) => {
    for (const one of unit) one.toggleAttribute("data-away", at < from || at >= to)
  })
}

/** Whether a formula is wider than its column. @param {Element} formula */
function sticksOut(formula) {
  const right = (/** @type {Element | null} */ one) => one?.getBoundingClientRect().right ?? 0
  return right(formula.lastElementChild) > right(formula.parentElement) + 1
}

function boxOf(unit) {
  return { top: unit[0].getBoundingClientRect().top, bottom: unit.at(-1).getBoundingClientRect().bottom }
}

export default mounting(Projector)
