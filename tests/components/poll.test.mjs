import assert from "node:assert/strict"
import { test } from "node:test"
import { module } from "./fixtures.mjs"

const { delay, joined, LONGEST, Poller } = await module("poll")

const at = (change) => delay({ state: "running", points: 0, failures: 0, since: 0, ...change })

test("often until the first point, then calmly, then not at all", () => {
  assert.equal(at({ state: null }), 0)
  assert.equal(at({}), 100)
  assert.equal(at({ points: 1 }), 400)
  assert.equal(at({ state: "queued" }), 100)
  assert.ok(at({ state: "queued", since: 60000 }) >= 1000)
  assert.ok(at({ state: "paused", since: 60000 }) >= 1000)
  for (const state of ["finished", "stopped", "failed", "interrupted", "gone"]) assert.equal(at({ state }), null)
})

test("a run's end is not missed", () => {
  assert.equal(at({ points: 3, left: 5000 }), 400)
  assert.equal(at({ points: 3, left: 250 }), 250)
  assert.equal(at({ points: 3, left: 5 }), 100)
})

test("a server that is gone is asked less and less often, but always again", () => {
  const waits = [1, 2, 3, 4, 5, 6, 20].map((failures) => at({ failures }))
  waits.slice(1).forEach((wait, index) => assert.ok(wait >= waits[index]))
  assert.equal(waits.at(-1), LONGEST)
})

test("an answer that came twice adds nothing", () => {
  const answer = { events: [{ seq: 1 }, { seq: 2 }] }
  const once = joined([], answer)
  assert.deepEqual(joined(once, answer), once)
  assert.deepEqual(
    joined(once, { events: [{ seq: 2 }, { seq: 3 }] }).map(({ seq }) => seq),
    [1, 2, 3],
  )
})

/** A clock that is moved by hand, a page that can be hidden, and a server that answers from a list. */
function rig(answers) {
  const timers = new Map()
  let now = 0
  let ids = 0
  const heard = []
  const asked = []
  const listeners = new Set()
  const page = {
    hidden: false,
    addEventListener: (_, call) => listeners.add(call),
    removeEventListener: (_, call) => listeners.delete(call),
    show(visible) {
      page.hidden = !visible
      listeners.forEach((call) => call())
    },
  }
  const clock = {
    performance: { now: () => now },
    setTimeout(call, wait) {
      timers.set(++ids, { call, when: now + wait })
      return ids
    },
    clearTimeout: (id) => timers.delete(id),
  }
  const settle = async () => {
    for (let turn = 0; turn < 12; turn++) await Promise.resolve()
  }
  const pass = async (milliseconds) => {
    const end = now + milliseconds
    for (;;) {
      const next = [...timers].filter(([, { when }]) => when <= end).sort((a, b) => a[1].when - b[1].when)[0]
      if (!next) break
      timers.delete(next[0])
      now = next[1].when
      next[1].call()
      await settle()
    }
    now = end
  }
  const ask = async (after) => {
    asked.push(after)
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    if (answer === "down") throw new TypeError("no network")
    return answer
  }
  const poller = new Poller(ask, (change) => heard.push(change), { clock, page })
  return { poller, pass, page, heard, asked, timers, listeners, answers }
}

const answer = (state, events, next) => ({ ok: true, status: 200, body: { state, events, next } })

test("a run is followed from its start to its end, each event once", async () => {
  const { poller, pass, heard, asked, timers } = rig([
    answer("queued", [], 0),
    answer("running", [{ seq: 1 }], 1),
    answer("running", [{ seq: 2 }], 2),
    answer("finished", [{ seq: 3 }], 3),
  ])
  poller.start()
  await pass(3000)
  assert.deepEqual(asked, [0, 0, 1, 2])
  assert.deepEqual(
    heard.map(({ answer: { state } }) => state),
    ["queued", "running", "running", "finished"],
  )
  assert.equal(timers.size, 0)
})

test("what the page knew from the start is not asked for again", async () => {
  const { poller, pass, asked } = rig([answer("running", [], 5)])
  poller.start({ state: "finished", events: [{ seq: 1 }], next: 1 })
  await pass(5000)
  assert.deepEqual(asked, [])
})

test("a hidden page asks nothing, and asks at once when it is looked at", async () => {
  const { poller, pass, page, asked } = rig([answer("running", [], 0)])
  poller.start()
  await pass(250)
  const before = asked.length
  page.show(false)
  await pass(60000)
  assert.ok(asked.length <= before)
  page.show(true)
  await pass(1)
  assert.equal(asked.length, before + 1)
})

test("a server that went away is noticed, waited for, and followed again", async () => {
  const { poller, pass, heard, answers } = rig(["down", "down", "down", answer("running", [{ seq: 1 }], 1)])
  poller.start()
  await pass(500)
  assert.deepEqual(
    heard.map(({ lost }) => lost),
    [1, 2],
  )
  answers.splice(0, answers.length, answer("finished", [{ seq: 1 }], 1))
  await pass(5000)
  assert.equal(heard.at(-1).answer.state, "finished")
})

test("a refusal of the server counts as lost, an unknown run as gone", async () => {
  const broken = rig([{ ok: false, status: 503, body: null }])
  broken.poller.start()
  await broken.pass(100)
  assert.equal(broken.heard[0].lost, 1)
  const gone = rig([{ ok: false, status: 404, body: { message: "There is no such run here." } }])
  gone.poller.start()
  await gone.pass(5000)
  assert.deepEqual(gone.heard, [{ gone: "There is no such run here." }])
})

test(
  "what fails in hearing an answer is no lost server: the error gets out, and the next question " + "is asked",
  async () => {
    const { poller, pass, heard, asked } = rig([
      answer("running", [{ seq: 1 }], 1),
      answer("finished", [{ seq: 2 }], 2),
    ])
    const { told } = poller
    const broken = new Error("the chart could not be drawn")
    poller.told = (change) => {
      told(change)
      if (heard.length === 1) throw broken
    }
    const { promise, resolve } = Promise.withResolvers()
    const { once } = poller
    poller.once = () => once.call(poller).catch(resolve)
    poller.start()
    await pass(3000)
    assert.equal(await promise, broken)
    assert.deepEqual(asked, [0, 1])
    assert.equal(heard.at(-1).answer.state, "finished")
    assert.ok(heard.every((change) => !("lost" in change)))
  },
)

test("after stop nothing is asked and nobody listens", async () => {
  const { poller, pass, asked, listeners } = rig([answer("running", [], 0)])
  poller.start()
  await pass(50)
  poller.stop()
  const before = asked.length
  await pass(5000)
  assert.equal(asked.length, before)
  assert.equal(listeners.size, 0)
})

test("a press on the transport is looked after at once", async () => {
  const { poller, pass, asked } = rig([answer("paused", [], 0)])
  poller.start()
  await pass(6000)
  const before = asked.length
  poller.soon()
  await pass(1)
  assert.equal(asked.length, before + 1)
  await pass(250)
  assert.ok(asked.length >= before + 3)
})

test("near its end, a run is asked for at its pace", async () => {
  const at = (update) => ({
    ok: true,
    status: 200,
    body: { state: "running", events: [{ seq: update }], next: update, update, updates: 100 },
  })
  const { poller, pass, asked } = rig([at(10), at(50), at(90), answer("finished", [], 100)])
  poller.start() // at 0 ms: 10 of 100; at 400 ms: 50, a pace of 0.1 a millisecond; at 800 ms: 90, and 100 ms are left
  await pass(899)
  assert.equal(asked.length, 3)
  await pass(2)
  assert.equal(asked.length, 4)
})
