// A page on a projector: letters as large as the screen allows while all of it is seen at once. Escape leaves.

import { Component, mounting } from "./component.js"
import { findAll } from "./find.js"
import { fitting } from "./projector_size.js"

const ARRIVES = 1500 // milliseconds in which what is new may still come into the page
const TIMES = 4 // what gives way is a part of a picture: it takes a few steps until that is enough
const OPEN = '[role="listbox"], [role="dialog"], [role="menu"]' // what Escape closes first

class Projector extends Component {
  constructor(root) {
    super(root)
    this.page = root.closest(".stMain")
    this.type = document.documentElement.style
    this.on(window, "resize", () => this.begin())
    this.on(document, "keydown", (event) => this.leaveByKey(event))
    this.observe(this.page.querySelector(".stMainBlockContainer"), () => this.drawSoon())
    this.atEnd(() => {
      for (const name of ["font-size", "--over"]) this.type.removeProperty(name)
    })
  }

  render({ data }) {
    if (!this.another("of", data.of)) return
    this.page.scrollTo(0, 0)
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
    const size = fitting(most, (letters) => this.fits(letters))
    this.page.dataset.fits = String(this.fits(size))
  }

  /** Whether all is seen with letters of so many pixels, once the pictures have given way as far as they can. */
  fits(letters) {
    this.type.fontSize = `${letters}px`
    let over = 0
    for (let times = 0; times < TIMES; times++) {
      this.type.setProperty("--over", `${over}px`)
      const more = this.page.scrollHeight - this.page.clientHeight
      if (more <= 1) break
      over += more
    }
    return this.page.scrollHeight <= this.page.clientHeight + 1 && this.page.scrollWidth <= this.page.clientWidth
  }

  leaveByKey({ key, defaultPrevented, target }) {
    if (key !== "Escape" || defaultPrevented || document.querySelector(OPEN)) return
    if (target.matches?.("input:not([type=range], [type=radio], [type=checkbox]), textarea, select")) return
    findAll(document, ".st-key-leave-projector button")[0]?.click()
  }
}

export default mounting(Projector)
