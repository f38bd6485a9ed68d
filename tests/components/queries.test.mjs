import assert from "node:assert/strict"
import { test } from "node:test"
import { module } from "./fixtures.mjs"

/** An element that takes whatever is written to it. @returns {any} */
const element = () => ({
  dataset: {},
  style: { setProperty() {} },
  value: 4,
  addEventListener() {},
  setAttribute() {},
  querySelector: () => element(),
})

test("a place that is gone has nothing measured", async (t) => {
  /** @type {string[]} */
  const asked = []
  /** @type {(body: any) => void} */
  let answer = () => {}
  Object.assign(globalThis, { document: { addEventListener() {} }, cancelAnimationFrame() {} })
  t.mock.method(globalThis, "fetch", (/** @type {string} */ _address, /** @type {any} */ { method }) => {
    asked.push(method ?? "GET")
    return new Promise((resolve) => (answer = (body) => resolve({ ok: true, status: 200, json: async () => body })))
  })
  const { default: mount } = await module("figures/queries/figure")
  for (const gone of [false, true]) {
    const leave = mount({ parentElement: element(), data: { run: "r", api: "/api", per_day: 1000 } })
    if (gone) leave()
    answer({ ready: true, teacher: {}, student: {} })
    await new Promise(setImmediate)
    leave()
  }
  assert.deepEqual(asked, ["GET", "POST", "GET"])
})
