import assert from "node:assert/strict"
import { test } from "node:test"
import { module } from "./fixtures.mjs"

const { aboutWords, FURTHEST, NEAREST, ownWords, place, reachWords, saidWords } =
  await module("figures/soft_words/words")

const reached = (mean, half, update = 250) => ({ values: [mean], mean, half, update })
const ROWS = [
  { arm: "text", role: "labels", words: "text", gains: {}, end: reached(0.64, 0.03), best: reached(0.3, 0.01, 50) },
  {
    ...{ arm: "soft", role: "distilled", words: "soft words", end: reached(0.04, 0.004), best: reached(0.04, 0.004) },
    gains: { end: { mean: 0.6, half: 0.03 }, best: { mean: 0.26, half: 0.01 } },
  },
  {
    ...{ arm: "even", role: "control", words: "softened", end: reached(0.9, 0.01), best: reached(0.8, 0.01) },
    gains: { end: { mean: -0.26, half: 0.02 }, best: { mean: 0.001, half: 0.004 } },
  },
]
const RUN = { rows: ROWS, seeds: 20, sentences: "1000" }

test("a distance lies on a logarithmic axis, and never outside", () => {
  assert.equal(place(NEAREST), 0)
  assert.equal(place(FURTHEST), 1)
  assert.equal(place(1e-9), 0)
  assert.equal(place(99), 1)
  assert.ok(Math.abs(place(Math.sqrt(NEAREST * FURTHEST)) - 0.5) < 1e-12)
})

test("a mean has as many digits as its interval leaves", () => {
  assert.equal(reachWords(reached(0.6392, 0.0269)), "0.64 ± 0.03")
  assert.equal(reachWords(reached(0.0372, 0.0041)), "0.037 ± 0.004")
})

test("it says who is nearer, who is further, and where no difference is measured", () => {
  assert.equal(
    saidWords(RUN, "end"),
    "1,000 sentences, 20 seeds. Against text: soft words: 0.60 ± 0.03 nearer to the truth; softened: 0.26 ± 0.02 " +
      "further from the truth.",
  )
  assert.match(saidWords(RUN, "best"), /each group at its best moment \(text after 50 updates\)/)
  assert.match(saidWords(RUN, "best"), /softened: \+0\.001 ± 0\.004, no measurable difference/)
  assert.equal(saidWords({ ...RUN, rows: ROWS.slice(0, 1) }, "end"), "1,000 sentences, 20 seeds.")
})

test("it says what was measured, and what a run of one's own has come to", () => {
  assert.match(aboutWords({ parameters: 9120, updates: 250, teacher: 0.0051 }), /9,120 parameters.*0\.005 nats away/)
  const answer = { state: "finished", spec: { arms: ["text", "soft"], sentences: 100, seeds: [1, 2, 3] } }
  assert.equal(
    ownWords(answer, { kl: [[0.6, 0.7], [0.04]] }, ROWS),
    "Your own run (rings; 100 sentences, 3 seeds): text: 0.65; soft words: 0.040 nats a word.",
  )
})
