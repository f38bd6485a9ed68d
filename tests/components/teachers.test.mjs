import assert from "node:assert/strict"
import { test } from "node:test"
import { whole } from "../../app/components/js/format.js"
import { plotWords, range, rowWords } from "../../app/figures/teachers/words.js"

const ROWS = [
  { id: "wrong", words: "confidently wrong", right: 0.6, reached: 0.85, mean: -3.2, half: 0.4 },
  { id: "full", words: "fully trained", right: 0.997, reached: 0.92, mean: 2.8, half: 0.3 },
  { id: "never", words: "never trained", right: 0.1, reached: 0.88, mean: 0.2, half: 0.4 },
]
const about = { labels: 500, alone: 0.885, seeds: 20, tests: 10000, shown: 1000 }

test("a row says how often its teacher is right, and whether its students gain", () => {
  assert.ok(rowWords(ROWS[0], about).includes("reach 85.0%, and labels only 88.5%. That is less: −3.2 ± 0.4 points"))
  assert.ok(rowWords(ROWS[1], about).includes("right on 99.7% of 1,000 test images"))
  assert.ok(rowWords(ROWS[2], about).includes("no measurable difference: +0.2 ± 0.4"))
  assert.deepEqual(range(ROWS), [-4, 4])
})

test("of many teachers of a kind the mean is said, and the temperature at which they are heard", () => {
  const said = rowWords(ROWS[1], { ...about, many: true, at: "2" })
  assert.ok(
    said.includes("20 such teachers are right on 99.7%, on average, of 1,000") && said.includes("At T = 2, with"),
  )
  assert.ok(plotWords(ROWS, about).includes("confidently wrong: right on 60.0%, −3.2 ± 0.4 points"))
})

test("whole numbers below zero have a minus, no hyphen", () => {
  assert.equal(whole(-1234.4), "−1,234")
  assert.equal(whole(5), "5")
})
