// Many buttons in rows, one tab stop: arrow keys go from one to the next.

/**
 * The position that a key leads to; null for a key that leads nowhere. at: the present position; count: of all;
 * columns: in a row; can(position): false for what cannot be reached.
 * @param {string} key @param {number} at @param {number} count @param {number} columns
 */
export function target(key, at, count, columns, can = (/** @type {number} */ _position) => true) {
  const start = at - (at % columns)
  const end = Math.min(count, start + columns) - 1
  /** @type {Record<string, [from: number, by: number, last: number]>} */
  const ways = {
    ArrowRight: [at + 1, 1, count - 1],
    ArrowLeft: [at - 1, -1, 0],
    ArrowDown: [at + columns, columns, count - 1],
    ArrowUp: [at - columns, -columns, 0],
    Home: [start, 1, end],
    End: [end, -1, start],
  }
  if (!ways[key]) return null
  const [from, by, last] = ways[key]
  for (let to = from; by > 0 ? to <= last : to >= last; to += by) if (can(to)) return to
  return at
}

/** Keeps one of the buttons in `box` in the tab order. columns: in a row, or null to see where the lines break. */
export class Roving {
  /** @param {HTMLElement} box @param {{selector?: string, columns?: number | null}} options */
  constructor(box, { selector = "button", columns = null } = {}) {
    this.box = box
    this.selector = selector
    this.columns = columns
    box.addEventListener("keydown", (event) => this.pressed(event))
    box.addEventListener("focusin", (event) => {
      const on = /** @type {HTMLButtonElement} */ (event.target)
      if (on.matches(this.selector)) this.stop(on)
    })
  }

  /** @returns {HTMLButtonElement[]} */
  get buttons() {
    return [...this.box.querySelectorAll(this.selector)].map((found) => /** @type {HTMLButtonElement} */ (found))
  }

  /** Set the tab stop, once the buttons were made, to `on` or to the first that can be reached. */
  refresh(on = /** @type {HTMLButtonElement | null} */ (null)) {
    const { buttons } = this
    this.stop(on ?? buttons.find((button) => !button.disabled))
  }

  /** @param {HTMLButtonElement | undefined} on */
  stop(on) {
    for (const button of this.buttons) button.tabIndex = button === on ? 0 : -1
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return
    const { buttons } = this
    const at = buttons.indexOf(/** @type {HTMLButtonElement} */ (event.target))
    if (at < 0) return
    const first = buttons.filter(({ offsetTop }) => offsetTop === buttons[0].offsetTop)
    const columns = this.columns ?? first.length
    const to = target(event.key, at, buttons.length, columns, (position) => !buttons[position].disabled)
    if (to === null) return
    event.preventDefault()
    buttons[to].focus()
  }
}
