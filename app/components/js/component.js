// What every component is: one object for each place in the page, rendered again at each rerun of the page's script, gone
// when the place is. What it hears, observes, waits for and draws ends with it, and what fails in it is said.

import { ACTED, LIGHT, SET, tell, VALUES } from "./events.js"
import { marked } from "./format.js"

const BROKEN = "Something here could not be drawn, so what you see may be old. Reload the page."
const REST = 1500 // milliseconds

/**
 * What Streamlit gives to a component's script.
 * @typedef {object} Mounted
 * @property {HTMLElement} parentElement
 * @property {any} data what Python mounted it with
 * @property {(name: string, value: any) => void} setTriggerValue
 * @property {(name: string, value: any) => void} setStateValue
 */

/**
 * What the module of a component exports.
 * @param {new (root: HTMLElement) => Component} Kind
 * @returns {(mounted: Mounted) => () => void}
 */
export function mounting(Kind) {
  /** @type {WeakMap<HTMLElement, Component>} */
  const alive = new WeakMap()
  return (mounted) => {
    const { parentElement } = mounted
    const component = alive.get(parentElement) ?? new Kind(parentElement.querySelector(".distillery"))
    alive.set(parentElement, component)
    component.attempt(() => component.render(mounted))
    return () => {
      alive.get(parentElement)?.leave()
      alive.delete(parentElement)
    }
  }
}

/** A component, or a part of one. It writes `render`, and `draw` if it draws; what it begins here ends when it leaves. */
export class Component {
  /**
   * @param {HTMLElement} root
   * @param {Component} [whole] of which it is a part, and with which it leaves
   */
  constructor(root, whole) {
    this.root = root
    this.life = new AbortController()
    this.timers = new Map()
    this.frame = 0
    whole?.life.signal.addEventListener("abort", () => this.leave())
  }

  /**
   * Show what Python says now.
   * @param {Mounted} _mounted
   */
  render(_mounted) {}

  /** Draw what has changed: see `drawSoon`. */
  draw() {}

  /** The place is no longer in the page. */
  leave() {
    this.life.abort()
    cancelAnimationFrame(this.frame)
    for (const timer of this.timers.values()) clearTimeout(timer)
  }

  /** Whether the place is no longer in the page: what was asked before comes too late. */
  get left() {
    return this.life.signal.aborted
  }

  /**
   * @param {string} selector
   * @returns {any} the first such element within
   */
  find(selector) {
    return this.root.querySelector(selector)
  }

  /** @param {string} selector */
  all(selector) {
    return this.root.querySelectorAll(selector)
  }

  /**
   * Call `call` for events of this kind, or these kinds, for as long as the place is there.
   * @param {EventTarget | string} target an element within by its selector, or any other target
   * @param {string} kinds with spaces between
   * @param {(event: any) => void} call
   * @param {AddEventListenerOptions} [options]
   */
  on(target, kinds, call, options = {}) {
    const heard = typeof target === "string" ? this.find(target) : target
    for (const kind of kinds.split(" ")) {
      heard.addEventListener(kind, (event) => this.attempt(() => call(event)), { ...options, signal: this.life.signal })
    }
  }

  /**
   * Hear what another part of the page tells.
   * @param {string} event see events.js
   * @param {(detail: any) => void} call
   */
  hear(event, call) {
    this.on(document, event, ({ detail }) => call(detail))
  }

  /**
   * Call `call` when the size of an element within changes, and once at first.
   * @param {string} selector
   * @param {(size: DOMRectReadOnly) => void} call
   */
  observe(selector, call) {
    const observer = new ResizeObserver(([{ contentRect }]) => this.attempt(() => call(contentRect)))
    observer.observe(this.find(selector))
    this.life.signal.addEventListener("abort", () => observer.disconnect())
  }

  /** Draw in the next frame, once. */
  drawSoon() {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0
      this.attempt(() => this.draw())
    })
  }

  /**
   * Call `call` after so many milliseconds, instead of what was to be called under that name.
   * @param {string} name
   * @param {number} milliseconds
   * @param {() => void} call
   */
  later(name, milliseconds, call) {
    clearTimeout(this.timers.get(name))
    this.timers.set(name, setTimeout(() => this.attempt(call), milliseconds))
  }

  /** @param {string} name of what was to be called later */
  cancel(name) {
    clearTimeout(this.timers.get(name))
  }

  /**
   * A button that was pressed rests for a moment. It wakes by itself: what it asked for may be refused.
   * @param {HTMLButtonElement} button
   */
  rest(button) {
    button.disabled = true
    this.later(`wake ${button.className} ${button.dataset.action ?? ""}`, REST, () => (button.disabled = false))
  }

  /**
   * Call it; if it fails, the console gets the error and the page a sentence.
   * @param {() => unknown} call
   */
  attempt(call) {
    try {
      const begun = call()
      if (begun instanceof Promise) begun.catch((error) => this.failed(error))
    } catch (error) {
      this.failed(error)
    }
  }

  /** @param {unknown} error */
  failed(error) {
    reportError(error)
    if (this.find(":scope > .broken")) return
    const sentence = Object.assign(document.createElement("p"), { className: "broken", textContent: BROKEN })
    sentence.setAttribute("role", "alert")
    this.root.prepend(sentence)
  }

  /**
   * Write a text if another one stands there: a text that is written again is laid out again.
   * @param {string} selector
   * @param {unknown} text
   */
  put(selector, text) {
    const element = this.find(selector)
    if (element.textContent !== String(text ?? "")) element.textContent = String(text ?? "")
  }

  /**
   * Write a sentence whose words wear the colours of their roles and whose points are bold.
   * @param {string} selector
   * @param {string} text
   * @param {{words: string, role: string}[]} roles
   */
  sentence(selector, text, roles) {
    const element = this.find(selector)
    const said = JSON.stringify([text, roles])
    if (element.dataset.said === said) return
    element.dataset.said = said
    element.replaceChildren(...marks(text, roles))
  }
}

/**
 * A sentence as nodes: see `marked`.
 * @param {string} text
 * @param {{words: string, role: string}[]} roles
 */
export function marks(text, roles) {
  return marked(text, roles).map(({ text: part, role, strong }) =>
    role || strong ? Object.assign(document.createElement("b"), { className: role ?? "", textContent: part }) : part,
  )
}

/** A component that a lesson shows: phrases set it (`set`), terms light in it (`light`), formulas show its numbers. */
export class Figure extends Component {
  /**
   * @param {HTMLElement} root
   * @param {string} name as lessons call it
   */
  constructor(root, name) {
    super(root)
    this.name = name
    this.hear(SET, (detail) => this.set(detail))
    this.hear(LIGHT, (detail) => this.light(detail))
  }

  /**
   * A phrase sets something.
   * @param {{key: string, value: any}} _detail
   */
  set(_detail) {}

  /**
   * A term is pointed at, here or elsewhere.
   * @param {{term: string, on: boolean}} _detail
   */
  light(_detail) {}

  /**
   * The learner changed something by hand.
   * @param {string} key
   */
  acted(key) {
    tell(ACTED, { figure: this.name, key })
  }

  /**
   * Tell the formulas.
   * @param {object} values
   */
  values(values) {
    tell(VALUES, { figure: this.name, values })
  }
}
