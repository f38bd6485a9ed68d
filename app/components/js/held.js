// What the link to a lesson holds: what it sets in the figures when they come, which controls nobody can turn, and
// which are not shown. A control says its key in `data-control`.

import { Component, make } from "./component.js"
import { PHRASE, SET, tell } from "./events.js"
import { findAll } from "./find.js"
import { settings } from "./prose.js"

export class Held extends Component {
  constructor(root, steps) {
    super(root, steps)
    this.style = document.head.appendChild(make("style"))
    this.seen = new WeakSet()
    this.given = []
    this.keys = []
    this.observeTree(document.body, () => this.look(), {
      attributes: true,
      attributeFilter: ["data-ready", "data-control"],
    })
    // Before any figure hears it.
    this.on(
      globalThis,
      SET,
      (event) => this.keys.includes(event.detail.key) && !event.detail.held && event.stopImmediatePropagation(),
      { capture: true },
    )
    this.on(globalThis, PHRASE, ({ detail }) => (detail.values = keep(detail.values, this)), { capture: true })
  }

  leave() {
    super.leave()
    this.style.remove()
    for (const node of findAll(document, "[data-control][inert]")) node.inert = false
  }

  /** given: "temperature=4&scale=log"; fixed, hidden: lists of keys. */
  take({ given, fixed, hidden }) {
    this.given = settings(given)
    this.keys = [...fixed, ...hidden]
    this.fixed = fixed
    this.style.textContent = rules(hidden)
    for (const node of findAll(document, "[data-control]")) node.inert = fixed.includes(node.dataset.control)
    this.look()
  }

  /** A figure that has come gets what the link sets; a control that has come is fixed. */
  look() {
    for (const key of this.fixed ?? []) {
      for (const node of findAll(document, `[data-control="${CSS.escape(key)}"]`)) if (!node.inert) node.inert = true
    }
    if (!this.given.length) return
    for (const figure of findAll(document, ".distillery[data-ready]:has([data-control])")) {
      if (this.seen.has(figure)) continue
      this.seen.add(figure)
      for (const { key, value } of this.given) tell(SET, { key, value, held: true })
    }
  }
}

/**
 * What a phrase may set where the link holds these keys: not these, which stay as the link has them.
 * @param {any[]} values
 * @param {{given: any[], keys: string[]}} held
 */
export function keep(values, { given, keys }) {
  return [...given.filter(({ key }) => keys.includes(key)), ...values.filter(({ key }) => !keys.includes(key))]
}

/** The style that takes controls away, whatever their figure does. keys: as they come from an address. */
export function rules(keys) {
  const own = keys.filter((key) => /^[a-z_-]+$/.test(key))
  return own.map((key) => `[data-control="${key}"] { display: none !important; }`).join("\n")
}
