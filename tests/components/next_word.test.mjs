import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import { test } from "node:test"
import { fixtures, module } from "./fixtures.mjs"

const { nextWordLogits } = await module("transformer")
const { readTensors } = await module("safetensors")
const { endedWords, restWords, saidWords, shownWords, wordsOf, writtenWords } = await module("figures/next_word/words")

const weightsAt = (path) => {
  const { tensors } = readTensors(Uint8Array.from(readFileSync(path)).buffer)
  return (name) => tensors.get(name)
}

test("a language model answers as torch does, word by word", () => {
  assert.equal(fixtures.languageModels.length, 2)
  for (const { model, weights, texts, logits } of fixtures.languageModels) {
    const at = weightsAt(weights)
    texts.forEach((text, one) => {
      const said = nextWordLogits(model, at, text)
      assert.equal(said.length, text.length)
      said.forEach((row, place) => {
        assert.equal(row.length, logits[one][place].length)
        row.forEach((logit, word) => assert.ok(Math.abs(logit - logits[one][place][word]) < 1e-4))
      })
      const begun = nextWordLogits(model, at, text.slice(0, 3))
      assert.deepEqual(begun, said.slice(0, 3), "what comes later changes nothing")
    })
  }
})

test("a text that is too long is refused", () => {
  const [{ model, weights }] = fixtures.languageModels
  assert.throws(() => nextWordLogits(model, weightsAt(weights), Array(7).fill(0)), /at most 6 words/)
})

const WORDS = ["<start>", ".", "I", "eat", "an", "apple", "orange", "bicycle"]

test("a sentence is read from a link and written as one writes", () => {
  assert.deepEqual(wordsOf("I-eat-an", WORDS), ["I", "eat", "an"])
  assert.deepEqual(wordsOf("<start>-I-fly", WORDS), ["I"], "what is no word is left out")
  assert.equal(writtenWords(["we", "ride"]), "We ride")
  assert.equal(writtenWords(["I", "eat", "."]), "I eat.")
  assert.equal(writtenWords([]), "")
})

test("the watched word always has a bar, once", () => {
  const logits = [0, 1, 2, 9, 8, 7, 6, -5]
  assert.deepEqual(shownWords(logits, 3, 7), [3, 4, 7])
  assert.deepEqual(shownWords(logits, 3, 4), [3, 4, 5])
  assert.deepEqual(shownWords(logits, 3, -1), [3, 4, 5])
})

test("it says what is likeliest, what is watched, and what is left", () => {
  const shares = [0, 0, 0, 0, 0, 0.85, 0.1499, 0.0001]
  assert.equal(
    saidWords(["I", "eat", "an"], WORDS, shares, 7, "1"),
    "After “I eat an”, at T = 1, the teacher gives “apple” 85% and “orange” 15%, and “bicycle” 0.01%.",
  )
  assert.equal(
    saidWords([], WORDS, shares, 5, "2"),
    "As the first word, at T = 2, the teacher gives “apple” 85% and “orange” 15%.",
  )
  assert.equal(restWords(shares, [5, 6]), "6 other words together: 0.01%")
  assert.match(endedWords(["I", "eat", "."]), /^“I eat\.” The sentence has ended/)
  assert.match(endedWords(["I", "eat"]), /no more words/)
})
