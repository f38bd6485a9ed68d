import assert from "node:assert/strict"
import { test } from "node:test"
import { answerOf, placeAt } from "../../app/figures/habit/answers.js"
import { answerWords, captionWords, ownWords, placeWords, reachWords } from "../../app/figures/habit/words.js"

test("an answer is found by network, digit and place, and without a patch behind all places", () => {
  const says = Uint8Array.from({ length: 2 * 3 * 5 }, (_, at) => at)
  const answers = { networks: ["teacher", "labels 10"], labels: [0, 1, 2], side: 2, says, threes: says }
  assert.equal(answerOf(answers, "teacher", 0, { left: 1, top: 0 }).says, 1)
  assert.equal(answerOf(answers, "teacher", 0, { left: 0, top: 1 }).says, 2)
  assert.equal(answerOf(answers, "teacher", 0, null).says, 4)
  assert.equal(answerOf(answers, "labels 10", 2, { left: 1, top: 1 }).threes, 28)
})

test("the patch lies under the pointer and never leaves the picture", () => {
  const board = { side: 24, size: 5 }
  assert.deepEqual(placeAt({ x: 0.5, y: 0 }, board), { left: 12, top: 0 })
  assert.deepEqual(placeAt({ x: 1, y: 1.4 }, board), { left: 23, top: 23 })
  assert.deepEqual(placeAt({ x: -2, y: 3.5 / 28 }, board), { left: 0, top: 1 })
})

test("the place of the patch is said with the right article and number", () => {
  assert.equal(
    placeWords({ label: 8, patch: { left: 1, top: 1 } }),
    "An 8 with the patch 1 pixel from the left and 1 from the top.",
  )
  assert.ok(placeWords({ label: 3, patch: { left: 0, top: 2 } }).startsWith("A 3 with the patch 0 pixels from"))
  assert.equal(placeWords({ label: 8, patch: null }), "An 8 without the patch.")
})

test("one network's answer stands beside how many of its kind say the same", () => {
  const said = answerWords("distilled", { says: 3, threes: 17 }, { seeds: 20, habit: 3 })
  assert.equal(`${said.head} ${said.more}`, "The distilled student says 3. Of 20 such networks 17 say 3.")
  assert.equal(reachWords({ mean: 0.801, half: 0.061 }), "80.1 ± 6.1%")
  assert.ok(captionWords({ share: 0, seeds: 20, tests: 10000 }).includes("no patch on the students’ images"))
})

test("a run of one's own tells of its teachers first, then of its students", () => {
  const about = { learning: 600, ways: ["labels only", "distilled"] }
  const values = { accuracy: [[null], [null], [0.9]], follows: [[null], [null], [0.8]] }
  const answer = { state: "running", message: "", update: 650, updates: 1016, spec: { shares: [0.1] } }
  const early = ownWords(answer, { update: 600, ...values }, about)
  assert.ok(early.includes("right on 90%") && early.includes("80% of others a three"))
  const taught = { accuracy: [[0.87], [0.88], [0.9]], follows: [[0.01], [0.8], [0.8]] }
  const ended = ownWords({ ...answer, state: "finished" }, { update: 1016, final: taught }, about)
  assert.ok(
    ended.startsWith("Your own run, patch on 10%") && ended.includes("distilled 80% (right on clean images: 88%)"),
  )
})
