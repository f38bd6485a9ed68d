import assert from "node:assert/strict"
import { test } from "node:test"
import { ownWords, saidWords } from "../../app/figures/hidden_traits/words.js"

const row = (words, mean, copied) => {
  const read = { teacher: { values: [mean], mean, half: 0.043 }, probe: { values: [0.8], mean: 0.8, half: 0.01 } }
  return { words, body: true, head: true, read, zero: 0.79, copied }
}

test("the sentence states what each kind reached, and what it was asked for", () => {
  const rows = [row("same start", 0.865, 0.99), row("all other", 0.112, 0.97)]
  const run = { outputs: "3", rows, teacher: { teacher: 0.9, probe: 0.95 }, seeds: 20, tests: 10000, found: {} }
  const said = saidWords(run, "teacher")
  assert.ok(
    said.includes("same start 86.5 ± 4.3%, all other 11.2 ± 4.3%") &&
      said.includes("they copied: same start 99%, all other 97%"),
  )
  assert.ok(said.includes("noise and 3 meaningless outputs") && said.includes("20 seeds, 10,000 tests"))
  const probed = saidWords(run, "probe")
  assert.ok(probed.includes("same start 80.0 ± 1.0%") && probed.includes("Their teachers: 95.0%"))
})

test("a run of one's own tells of its teachers first, then of its students", () => {
  const answer = { state: "running", message: "", update: 120, updates: 400, spec: { outputs: 1, seeds: [1, 2] } }
  const names = ["same start", "all other"]
  const point = (update) => ({
    update,
    accuracy: [
      [0.1, 0.12],
      [0.1, 0.1],
      [0.8, 0.9],
    ],
  })
  const read = { ...point(120), through: [[0.5], [0.4], [0.9]] }
  assert.ok(ownWords(answer, read, [100, 300], names).includes("same start 50.0%"), "by the teacher’s outputs if known")
  assert.ok(ownWords(answer, point(20), [100, 300], names).startsWith("Your teachers learn digits: 85.0% right"))
  assert.ok(
    ownWords(answer, point(120), [100, 300], names).includes(
      "update 120 of 400: students (rings) look at noise, same start 11.0%",
    ),
  )
  assert.ok(
    ownWords({ ...answer, state: "finished" }, point(400), [100, 300], names).includes(
      "2 seeds, 1 meaningless output)",
    ),
  )
})
