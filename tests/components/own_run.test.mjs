import assert from "node:assert/strict"
import { test } from "node:test"
import { fixtures, module } from "./fixtures.mjs"

const { endedWords, headWords, standWords } = await module("own_words")
const { OwnRun } = await module("own_run")

test("every run that has ended says so with its message, and only a finished one lets its numbers speak", () => {
  const said = fixtures.ended.map((/** @type {string} */ state) => endedWords({ state, message: "Start it again." }))
  assert.deepEqual(said.filter(Boolean).length, fixtures.ended.length - 1)
  for (const [at, state] of fixtures.ended.entries()) {
    if (state === "finished") assert.equal(said[at], "")
    else assert.ok(said[at].startsWith("Your own run") && said[at].endsWith(". Start it again."), state)
  }
  assert.equal(
    standWords({ state: "interrupted", message: "Its process ended." }, { update: 3 }),
    said[fixtures.ended.indexOf("interrupted")].replace("Start it again.", "Its process ended."),
  )
})

test("before its first numbers it says how it stands, and then how far it is", () => {
  const answer = { state: "running", message: "", update: 1200, updates: 2000 }
  assert.equal(standWords(null, null), "Starting…")
  assert.equal(
    standWords({ ...answer, state: "queued", place: 2, wait_s: 5, message: "Busy." }, null),
    "Waiting: place 2 in the queue, about 5.0 s. Busy.",
  )
  assert.equal(standWords(answer, null), "Your own run, update 1,200 of 2,000.")
  assert.equal(standWords(answer, { update: 1200 }), "")
  assert.equal(headWords({ ...answer, state: "paused" }), "Your own run, paused at update 1,200 of 2,000")
  assert.equal(headWords({ ...answer, state: "finished" }), "Your own run")
})

/** As much of an element as a button and a sentence need. */
class Element extends EventTarget {
  dataset = {}
  style = {}
  children = /** @type {Element[]} */ ([])
  className = ""
  textContent = ""
  hidden = false
  disabled = false
  setAttribute() {}
  append(/** @type {Element[]} */ ...children) {
    this.children.push(...children)
  }
  appendChild(/** @type {Element} */ child) {
    this.children.push(child)
    return child
  }
}

/** One's own run in a figure with one dial, and what it asked of Python and of the server. @param {any} t */
function inFigure(t) {
  t.mock.timers.enable({ apis: ["setTimeout"] })
  Object.assign(globalThis.document ?? (globalThis.document = /** @type {any} */ (new EventTarget())), {
    createElement: () => new Element(),
  })
  /** @type {any[]} */
  const trained = []
  const answers = /** @type {Record<string, any>} */ ({})
  t.mock.method(globalThis, "fetch", async (/** @type {string} */ address) => {
    const run = address.split("/")[2]
    return { ok: true, status: 200, json: async () => answers[run] }
  })
  const root = new Element()
  const figure = { at: 2, find: () => root, atEnd() {} }
  const own = Reflect.construct(OwnRun, [
    figure,
    {
      place: () => [figure.at, "plain"],
      label: () => `Train ${figure.at}`,
      words: (/** @type {any} */ answer, /** @type {any} */ point) => `${answer.id} reached ${point.value}`,
    },
  ])
  const render = (/** @type {string | null} */ run, why = "") =>
    own.render({
      data: { api: "api", own: { offers: ["2/plain", "10/plain"], about: "6 students.", run, why } },
      setTriggerValue: (/** @type {string} */ name, /** @type {any} */ value) => trained.push([name, value.place]),
    })
  const pass = async () => {
    t.mock.timers.tick(1000)
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
  }
  return { figure, own, render, trained, answers, pass }
}

test("the button trains where the dial stands when it is pressed, and is gone where nothing is offered", (t) => {
  const { figure, own, render, trained } = inFigure(t)
  render(null)
  figure.at = 10
  own.turned()
  assert.equal(own.button.textContent, "Train 10")
  own.button.dispatchEvent(new Event("click"))
  assert.deepEqual(trained, [["train", "10/plain"]])
  assert.ok(own.button.disabled && !own.act.hidden)
  figure.at = 25
  own.turned()
  assert.ok(own.act.hidden)
})

test("a second run says nothing of the first one's numbers, and why a run is not shown is said", async (t) => {
  const { own, render, answers, pass } = inFigure(t)
  const point = { seq: 1, kind: "point", value: 70 }
  const verdict = { sentence: "Neither beats the other." }
  answers.one = { id: "one", state: "finished", message: "", next: 1, update: 9, updates: 9, events: [point], verdict }
  answers.two = { id: "two", state: "running", message: "", next: 0, update: 0, updates: 9, events: [] }
  render("one")
  assert.equal(own.stands.textContent, "Starting…")
  await pass()
  assert.equal(own.stands.textContent, "one reached 70 Neither beats the other.")
  render("two")
  assert.equal(own.point, null)
  await pass()
  assert.equal(own.stands.textContent, "Your own run, update 0 of 9.")
  render(null, "It is of another experiment.")
  assert.equal(own.stands.textContent, "It is of another experiment.")
})
