// What every component is: one object for each place in the page, rendered again at each rerun of the page's script,
// gone when the place is. What it hears, observes, waits for and draws ends with it, and what fails in it is said.

import { whenConnected } from "./connection.js"
import { heardPhrase, LIGHT, missedPhrase, PHRASE, SET, sheetOf, tell, VALUES } from "./events.js"
import { find } from "./find.js"
import { marked } from "./format.js"
import { paper, within } from "./paper.js"

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
 * What the module of a component exports. @param {new (root: HTMLElement) => Component} Kind
 * @returns {(mounted: Mounted) => () => void}
 */
export function mounting(Kind) {
  /** @type {WeakMap<HTMLElement, Component>} */
  const alive = new WeakMap()
  return (mounted) => {
    const { parentElement, setTriggerValue, setStateValue } = mounted
    const calm = { setTriggerValue: held(setTriggerValue), setStateValue: held(setStateValue) }
    const component = alive.get(parentElement) ?? new Kind(find(parentElement, ".distillery"))
    alive.set(parentElement, component)
    component.attempt(() => component.render({ ...mounted, ...calm }))
    component.attempt(() => component.catchUp())
    return () => {
      alive.get(parentElement)?.leave()
      alive.delete(parentElement)
    }
  }
}

/**
 * The same way to tell Python something, which waits for the server.
 * @param {(name: string, value: any) => void} tells
 */
const held = (tells) => (/** @type {string} */ name, /** @type {any} */ value) =>
  whenConnected(() => tells(name, value))

/**
 * A component, or a part of one. It writes `render`, and `draw` if it draws; what it begins here ends when it leaves.
 */
export class Component {
  /** @type {any} what Python said last */ data
  /** @type {(...values: any[]) => void} tells Python something */ send = () => {}

  /** @param {HTMLElement} root @param {Component} [whole] of which it is a part, and with which it leaves */
  constructor(root, whole) {
    /** @type {any} */
    this.root = root
    this.life = new AbortController()
    this.timers = new Map()
    this.latest = new Map()
    this.frame = 0
    this.spoken = ""
    whole?.atEnd(() => this.leave())
  }

  /** Show what Python says now. @param {Mounted} _mounted */
  render(_mounted) {}

  /** It has been shown: what was told before it could hear counts for it as well. */
  catchUp() {}

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

  /** @param {string} selector @returns {any} the first such element within */
  find(selector) {
    return this.root.querySelector(selector)
  }

  /** @param {any} target an element within by its selector, or any other target */
  within(target) {
    return typeof target === "string" ? this.find(target) : target
  }

  /** @param {string} selector */
  all(selector) {
    return this.root.querySelectorAll(selector)
  }

  /**
   * Call `call` for events of this kind, or these kinds, for as long as the place is there.
   * @param {EventTarget | string} target an element within by its selector, or any other target @param {string} kinds
   * with spaces between @param {(event: any) => void} call @param {AddEventListenerOptions} [options]
   */
  on(target, kinds, call, options = {}) {
    const heard = this.within(target)
    for (const kind of kinds.split(" ")) {
      heard.addEventListener(kind, (/** @type {any} */ event) => this.attempt(() => call(event)), {
        ...options,
        signal: this.life.signal,
      })
    }
  }

  /**
   * Hear what another part of the page tells. @param {string} event see events.js @param {(detail: any) => void} call
   */
  hear(event, call) {
    this.on(document, event, ({ detail }) => call(detail))
  }

  /**
   * Hear of every phrase that is pressed while its text stands there: also of one pressed before this had come.
   * @param {string} name of the figure @param {(values: {key: string, value: any}[]) => void} call
   */
  hearPhrases(name, call) {
    const take = (/** @type {any} */ values) => {
      heardPhrase(name)
      call(values)
    }
    this.hear(PHRASE, ({ values }) => this.data && take(values))
    this.catchUp = () => {
      const missed = missedPhrase(name)
      if (missed) take(missed)
    }
  }

  /**
   * Whoever points at something within lights its term, wherever that stands.
   * @param {(target: Element) => string | null | undefined} termOf
   */
  lightsTerms(termOf) {
    this.on(this.root, "pointerover pointerout focusin focusout", ({ type, target }) => {
      const term = target.closest && termOf(target)
      if (term) tell(LIGHT, { term, on: type === "pointerover" || type === "focusin" })
    })
  }

  /**
   * Call `call` when the size of an element within changes, and once at first; on paper, before it is printed.
   * @param {string | Element} target @param {(size: {width: number, height: number}) => void} call
   */
  observe(target, call) {
    const observed = this.within(target)
    this.watch(new ResizeObserver(([{ contentRect }]) => this.attempt(() => call(contentRect))), observed)
    this.on(paper, "laid", () => call(within(observed)))
  }

  /**
   * Call `call` when it comes into view, or leaves it: what nobody sees need not be asked for. A sheet for paper is
   * seen as a whole.
   * @param {(inView: boolean) => void} call
   */
  observeView(call) {
    const heard = (/** @type {IntersectionObserverEntry[]} */ [{ isIntersecting }]) =>
      this.attempt(() => call(isIntersecting || Boolean(this.root.closest(".st-key-handout"))))
    this.watch(new IntersectionObserver(heard, { rootMargin: "100px" }), this.root)
  }

  /**
   * Call `call` when elements come into `target` or leave it. @param {Element} target @param {() => void} call
   * @param {MutationObserverInit} [also]
   */
  observeTree(target, call, also = {}) {
    this.watch(new MutationObserver(() => this.attempt(call)), target, { childList: true, subtree: true, ...also })
  }

  /** @param {any} observer @param {Element} target @param {any[]} how */
  watch(observer, target, ...how) {
    observer.observe(target, ...how)
    this.atEnd(() => observer.disconnect())
  }

  /** @param {() => void} call when the place is no longer in the page, at once if that is so already */
  atEnd(call) {
    if (this.left) call()
    else this.life.signal.addEventListener("abort", call)
  }

  /** The room of a picture, in pixels, and the size of its letters; null if it is too small to draw in. */
  room(/** @type {string | Element} */ target) {
    const { width, height } = this.within(target).getBoundingClientRect()
    if (width < 80 || height < 80) return null
    return { width, height, fontSize: this.letters }
  }

  /** The size of a picture's letters in pixels: 14, and as much more as the page's are larger. */
  get letters() {
    return Math.round(0.93 * parseFloat(getComputedStyle(this.root).fontSize))
  }

  /** Whether the whole of it, or of an element within, is on the screen. @param {string} [selector] */
  isSeen(selector) {
    const { top, bottom } = (selector ? this.find(selector) : this.root).getBoundingClientRect()
    return top >= 0 && bottom <= innerHeight
  }

  /** @param {ScrollLogicalPosition} [block] */
  intoView(block = "start") {
    bring(this.root, block)
  }

  /** Draw in the next frame, once; at once if there is none before it is printed. */
  drawSoon() {
    if (this.left) return
    if (paper.on) return this.attempt(() => this.draw())
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0
      this.attempt(() => this.draw())
    })
  }

  /** Draw at once, and not in the next frame. */
  drawNow() {
    cancelAnimationFrame(this.frame)
    this.frame = 0
    this.attempt(() => this.draw())
  }

  /**
   * Call `call` after so many milliseconds, instead of what was to be called under that name. @param {string} name
   * @param {number} milliseconds @param {() => void} call
   */
  later(name, milliseconds, call) {
    clearTimeout(this.timers.get(name))
    if (this.left) return
    this.timers.set(
      name,
      setTimeout(() => this.attempt(call), milliseconds),
    )
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
    this.later(wakeOf(button), REST, () => (button.disabled = false))
  }

  /** A button that rests does not wake by itself any more. @param {HTMLButtonElement} button */
  keepAtRest(button) {
    button.disabled = true
    this.cancel(wakeOf(button))
  }

  /** Call it; if it fails, the console gets the error and the page a sentence. @param {() => unknown} call */
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
    this.root.prepend(make("p", { className: "broken", role: "alert" }, BROKEN))
  }

  /**
   * Whether this is another value than at the last call by that name: what is made of the same is not made anew.
   * @param {string} name @param {unknown} value
   */
  another(name, value) {
    const said = JSON.stringify(value ?? null)
    const other = this.latest.get(name) !== said
    this.latest.set(name, said)
    return other
  }

  /**
   * Write a text if another one stands there: a text that is written again is laid out again. @param {string} selector
   * @param {unknown} text
   */
  put(selector, text) {
    write(this.find(selector), String(text ?? ""))
  }

  /** The same, and hide the element if there is no text. @param {string} selector @param {unknown} text */
  putOrHide(selector, text) {
    this.find(selector).hidden = !text
    this.put(selector, text)
  }

  /**
   * Read out what came out, once it has rested for so long: nobody wants to hear every step on the way. What was there
   * when the page came can be read there.
   * @param {string} text @param {number} [milliseconds] @param {boolean} [also] that
   */
  speakSoon(text, milliseconds = 700, also = false) {
    if (this.spoken === text) return
    const says = this.spoken !== "" || also
    this.spoken = text
    this.cancel("speak")
    if (says) this.later("speak", milliseconds, () => this.put(".spoken", text))
  }

  /**
   * Write a sentence whose words wear the colours of their roles and whose points are bold. @param {string} selector
   * @param {string} text @param {{words: string, role: string}[]} roles
   */
  sentence(selector, text, roles) {
    if (this.another(selector, [text, roles])) this.find(selector).replaceChildren(...marks(text, roles))
  }
}

/** @param {HTMLButtonElement} button */
const wakeOf = (button) => `wake ${button.className} ${button.dataset.action ?? ""}`

/** Whether the reader wants little to move by itself. */
export const movesLittle = () => matchMedia("(prefers-reduced-motion: reduce)").matches

/** Bring an element into view, gently unless motion is reduced. @param {Element} element */
export function bring(element, block = /** @type {ScrollLogicalPosition} */ ("start")) {
  element.scrollIntoView({ block, behavior: movesLittle() ? "auto" : "smooth" })
}

/** @type {WeakMap<any, string>} element → what was written there, over which a browser's translation may lie */
const written = new WeakMap()

/** @param {any} element @param {string} text written if another one stands there */
export function write(element, text) {
  const translated = element.firstChild?.nodeName === "FONT"
  if ((translated ? written.get(element) : element.textContent) !== text) element.textContent = text
  written.set(element, text)
}

/** A sentence as nodes: see `marked`. @param {string} text @param {{words: string, role: string}[]} roles */
export function marks(text, roles) {
  return marked(text, roles).map(({ text: part, role, strong }) =>
    role || strong ? make("b", { className: role ?? "" }, part) : part,
  )
}

/**
 * An element of this kind, with properties (`dataset`, `style` and `aria-…` among them) and children.
 * @param {string} tag @param {Record<string, any>} [properties] @param {(Node | string)[]} children @returns {any}
 */
export function make(tag, { dataset, style, ...properties } = {}, ...children) {
  const element = /** @type {any} */ (document.createElement(tag))
  if (tag === "button") element.type = "button" // else a press would send the form around it
  for (const [name, value] of Object.entries(properties)) {
    if (name.includes("-") || name === "role") element.setAttribute(name, value)
    else element[name] = value
  }
  Object.assign(element.dataset, dataset)
  Object.assign(element.style, style)
  element.append(...children)
  return element
}

/**
 * The style of one test image of many that come as one picture: a page of thumbnails is one question to the server.
 * @param {{api: string, data: string}} where @param {number[]} images side by side @param {number} at its place among
 * them
 */
export function thumbnail({ api, data }, images, at) {
  const source = new URL(`${api}/data/${data}/test/sheet.png?images=${images.join("-")}`, document.baseURI)
  const place = images.length > 1 ? (100 * at) / (images.length - 1) : 0
  return {
    backgroundImage: `url("${source}")`,
    backgroundSize: `${100 * images.length}% 100%`,
    backgroundPosition: `${place}% 0`,
  }
}

/**
 * A figure's test images, each a button to choose it; their names where the images are not on this machine. One alone
 * is nothing to choose. @param {{images: any[], classes: string[], here: boolean, api: string, data: string}} shown
 */
export function imageButtons({ images, classes, here, api, data }) {
  return images.map(({ image, label }, at) => {
    const source = { src: `${api}/data/${data}/test/${image}.png`, alt: "", width: 56, height: 56 }
    const says = `Test image ${image}, labelled ${classes[label]}`
    const inner = here ? make("img", source) : classes[label]
    if (images.length === 1) return make("span", { className: "alone", role: "img", "aria-label": says }, inner)
    return make("button", { dataset: { image: at }, "aria-label": says }, inner)
  })
}

/**
 * Say of each of some buttons whether it is the one. @param {Iterable<any>} buttons @param {(button: any) => boolean}
 * chosen
 */
export function choose(buttons, chosen) {
  for (const button of buttons) button.setAttribute("aria-pressed", String(chosen(button)))
}

/** How far a slider is turned, for its style. @param {any} input */
export function filled(input) {
  input.style.setProperty("--share", `${(100 * (input.value - input.min)) / (input.max - input.min)}%`)
}

/** A component that a lesson shows: phrases set it (`set`), terms light in it (`light`), formulas show its numbers. */
export class Figure extends Component {
  /** @param {HTMLElement} root @param {string} name as lessons call it */
  constructor(root, name) {
    super(root)
    this.name = name
    this.hear(SET, (detail) => this.data && this.set(detail))
    this.hearPhrases(name, (values) => this.phrase(values))
    this.hear(LIGHT, (detail) => this.light(detail))
  }

  /**
   * A phrase was pressed. Its sentence is about the figure as its step opens, but for what the phrase sets, whatever
   * the learner or another phrase did before. @param {{key: string, value: any}[]} values
   */
  phrase(values) {
    this.reset()
    for (const one of values) this.set(one)
  }

  /** Back to how the step opens: what was turned, chosen or made since is undone. */
  reset() {}

  /** A phrase, a link or another figure sets something. @param {{key: string, value: any}} _detail */
  set(_detail) {}

  /** A term is pointed at, here or elsewhere. @param {{term: string, on: boolean}} _detail */
  light(_detail) {}

  /** Tell the formulas. @param {object} values */
  tellValues(values) {
    tell(VALUES, { figure: this.name, values, sheet: sheetOf(this.root) })
  }
}
