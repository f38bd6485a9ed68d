// Many buttons in rows, one tab stop: arrow keys go from one to the next. Knows no figure.

/**
 * Where a key leads, as a position; null for a key that leads nowhere. at: the present position; count: of all;
 * columns: in a row; can(position): false for what cannot be reached.
 */
export function target(key, at, count, columns, can = () => true) {
  const start = at - (at % columns)
  const end = Math.min(count, start + columns) - 1
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
  constructor(box, { selector = "button", columns = null } = {}) {
    Object.assign(this, { box, selector, columns })
    box.addEventListener("keydown", (event) => this.pressed(event))
    box.addEventListener("focusin", ({ target: on }) => on.matches(this.selector) && this.stop(on))
  }

  get buttons() {
    return [...this.box.querySelectorAll(this.selector)]
  }

  /** After the buttons were made: the tab stop is `on`, or the first that can be reached. */
  refresh(on = null) {
    const { buttons } = this
    this.stop(on ?? buttons.find((button) => !button.disabled))
  }

  stop(on) {
    for (const button of this.buttons) button.tabIndex = button === on ? 0 : -1
  }

  pressed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) return
    const { buttons } = this
    const at = buttons.indexOf(event.target)
    if (at < 0) return
    const columns = this.columns ?? Math.max(1, buttons.filter(({ offsetTop }) => offsetTop === buttons[0].offsetTop).length)
    const to = target(event.key, at, buttons.length, columns, (position) => !buttons[position].disabled)
    if (to === null) return
    event.preventDefault()
    buttons[to].focus()
  }
}
