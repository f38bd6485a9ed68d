import assert from "node:assert/strict"
import { test } from "node:test"
import { module } from "./fixtures.mjs"

const { Component, Figure, write } = await module("component")
const { PHRASE, tell } = await module("events")
const { Calm } = await module("asking")
const { print } = await module("paper")

/** A component, and what it has begun and done. @param {any} t @param {boolean} left it leaves before it begins */
function begun(t, left) {
  t.mock.timers.enable({ apis: ["setTimeout"] })
  Object.assign(globalThis, {
    requestAnimationFrame: (/** @type {() => void} */ call) => setTimeout(call, 16),
    cancelAnimationFrame: clearTimeout,
  })
  const component = new Component(/** @type {any} */ ({}))
  if (left) component.leave()
  /** @type {string[]} */
  const done = []
  component.draw = () => done.push("drawn")
  component.later("ask", 1000, () => done.push("asked"))
  component.drawSoon()
  new Calm(500, () => done.push("calmly asked"), component).soon("finished")
  component.atEnd(() => done.push("ended"))
  const part = new Component(/** @type {any} */ ({}), component)
  return { component, part, done, pass: () => t.mock.timers.tick(5000) }
}

test("a phrase finds a figure as its step opens, whatever was done before", () => {
  class Dial extends Figure {
    /** @type {any} */ state
    reset() {
      this.state = { temperature: 1, image: 8 }
    }
    set({ key, value }) {
      this.state[key] = value
    }
  }
  globalThis.document ??= /** @type {any} */ (new EventTarget())
  const dial = Reflect.construct(Dial, [{}, "dial"])
  const press = (/** @type {any[]} */ values) => tell(PHRASE, { values })
  press([{ key: "image", value: 1 }])
  assert.equal(dial.state, undefined, "it has not been drawn yet")
  dial.data = {}
  press([
    { key: "image", value: 956 },
    { key: "temperature", value: 4 },
  ])
  assert.deepEqual(dial.state, { temperature: 4, image: 956 })
  press([{ key: "temperature", value: 8 }])
  assert.deepEqual(dial.state, { temperature: 8, image: 8 })
})

test("what was begun is done", (t) => {
  const { part, done, pass } = begun(t, false)
  pass()
  assert.deepEqual(done.sort(), ["asked", "calmly asked", "drawn"])
  assert.equal(part.left, false)
})

test("what was begun ends when the place is gone", (t) => {
  const { component, part, done, pass } = begun(t, false)
  component.leave()
  pass()
  assert.deepEqual(done, ["ended"])
  assert.equal(part.left, true)
})

test("nothing begins once the place is gone", (t) => {
  const { part, done, pass } = begun(t, true)
  pass()
  assert.deepEqual(done, ["ended"])
  assert.equal(part.left, true)
})

test("a text over which a translation lies is written again only when it changes", () => {
  const element = /** @type {any} */ ({ firstChild: null, textContent: "" })
  write(element, "3 of 5")
  assert.equal(element.textContent, "3 of 5")
  Object.assign(element, { firstChild: { nodeName: "FONT" }, textContent: "3 von 5" })
  write(element, "3 of 5")
  assert.equal(element.textContent, "3 von 5")
  write(element, "4 of 5")
  assert.equal(element.textContent, "4 of 5")
})

test("a picture is drawn for paper before it is printed, and for the screen afterwards", () => {
  const page = {
    toggleAttribute: (/** @type {string} */ _, /** @type {boolean} */ on) => (place.clientWidth = on ? 700 : 1400),
  }
  const place = { clientWidth: 1400, clientHeight: 300 }
  Object.assign(globalThis, {
    document: Object.assign(new EventTarget(), { documentElement: page }),
    ResizeObserver: class {
      observe() {}
      disconnect() {}
    },
    getComputedStyle: () => ({ paddingLeft: "10px", paddingRight: "10px", paddingTop: "0px", paddingBottom: "0px" }),
  })
  const component = new Component(/** @type {any} */ ({ querySelector: () => place }))
  /** @type {any[]} */
  const drawn = []
  component.draw = () => drawn.push(component.data)
  component.observe(".picture", (size) => {
    component.data = size
    component.drawSoon()
  })
  print(true)
  assert.deepEqual(drawn, [{ width: 680, height: 300 }])
  print(false)
  assert.equal(component.data.width, 1380)
  component.leave()
  print(true)
  assert.equal(drawn.length, 1)
  print(false)
})
