import assert from "node:assert/strict"
import { test } from "node:test"
import { module } from "./fixtures.mjs"

const { momentWords, Scrubber } = await module("scrubber")
const { MOMENT } = await module("events")
const { nearest, pointAt } = await module("series")

const points = (...means) =>
  means.map((mean, index) => ({ update: [0, 12, 40, 100][index], mean, low: mean, high: mean }))
const SERIES = [
  { name: "distilled", points: points(0.1, 0.5, 0.8, 0.9) },
  { name: "labels only", points: points(0.1, 0.4, 0.7, 0.85) },
]

/** A row of the page that remembers what it was told, and a document that hears events. */
function rig() {
  const listeners = {}
  const input = {
    style: { setProperty() {} },
    attributes: {},
    setAttribute: (name, value) => (input.attributes[name] = value),
    addEventListener: (name, call) => (listeners[name] = call),
  }
  const output = {}
  const root = {
    dataset: {},
    style: { setProperty() {} },
    querySelector: (wanted) => (wanted === "input" ? input : output),
  }
  const heard = []
  /** @type {any} */
  const page = globalThis
  page.CustomEvent = class {
    constructor(name, { detail }) {
      Object.assign(this, { name, detail })
    }
  }
  page.document = { dispatchEvent: ({ name, detail }) => heard.push([name, detail]) }
  let drawn = 0
  const scrubber = new Scrubber(root, () => drawn++)
  const render = (series = SERIES) => scrubber.render({ run: "r", series, updates: 100, at: null })
  const key = (name) => listeners.keydown({ key: name, preventDefault() {} })
  const drag = (value) => {
    input.value = value
    listeners.input()
  }
  return { scrubber, input, output, root, heard, render, key, drag, drawn: () => drawn }
}

test("the point at an update, and the one nearest to it", () => {
  const some = points(0.1, 0.5, 0.8, 0.9)
  assert.equal(pointAt(some).update, 100)
  assert.equal(pointAt(some, 39).update, 12)
  assert.equal(pointAt(some, 0).update, 0)
  assert.equal(pointAt([], 3), undefined)
  assert.equal(nearest(some, 27), 40)
  assert.equal(nearest(some, 25), 12)
  assert.equal(nearest([], 25), null)
})

test("a moment in words", () => {
  assert.equal(momentWords(SERIES, 40, 100), "Update 40 of 100: distilled 80.0%, labels only 70.0%")
  assert.equal(momentWords([{ name: "distilled", points: [] }], 0, 100), "Update 0 of 100")
})

test("keys go from point to point, and the newest is followed again at the end", () => {
  const { scrubber, render, key, heard } = rig()
  render()
  for (const [name, update] of [
    ["ArrowLeft", 40],
    ["ArrowLeft", 12],
    ["Home", 0],
    ["ArrowLeft", 0],
    ["ArrowRight", 12],
    ["End", null],
  ]) {
    key(name)
    assert.equal(scrubber.moment, update)
  }
  assert.deepEqual(
    heard.map(([name, { run, update }]) => [name, run, update]),
    [40, 12, 0, 12, null].map((update) => [MOMENT, "r", update]),
  )
})

test("dragging snaps to points, the end follows a run that trains", () => {
  const { scrubber, render, drag, input, drawn } = rig()
  render()
  drag(30)
  assert.equal(scrubber.moment, 40)
  drag(36)
  assert.equal(scrubber.moment, 40)
  assert.equal(drawn(), 2, "also where the moment is the same: the thumb goes back to it")
  drag(99)
  assert.equal(scrubber.moment, null)
  const longer = SERIES.map((one) => ({
    ...one,
    points: [...one.points, { update: 100, mean: 0.95, low: 0.9, high: 1 }],
  }))
  render(longer)
  assert.equal(input.value, 100)
})

test("another run is looked at from its newest point; without points there is nothing to drag", () => {
  const { scrubber, render, key, input, root, output } = rig()
  render()
  key("Home")
  scrubber.reset()
  assert.equal(scrubber.moment, null)
  render([])
  assert.equal(input.disabled, true)
  assert.equal(root.dataset.idle, true)
  assert.equal(output.textContent, "")
  key("Home")
  assert.equal(scrubber.moment, null)
})
