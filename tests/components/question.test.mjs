import assert from "node:assert/strict"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { test } from "node:test"
import { pathToFileURL } from "node:url"
import { module } from "./fixtures.mjs"

const { chartHtml, isMap } = await module("pressed_chart")
const { kindOf } = await module("question_kind")
const { complaintWords, countWords, hintWords, missAgainWords, moved, outcomeWords, typed } =
  await module("question_words")

test("a number may be typed as people type it, and nothing else is one", () => {
  const people = [
    "50.6",
    "50,6",
    "−0.5",
    "–0.5",
    ".5",
    "7.",
    "+3",
    "0,506",
    "1536",
    "1 536",
    "1\u202f536,5",
    "1,536.5",
    "1.536,5",
    "1,234,567",
  ]
  assert.deepEqual(
    people.map((text) => typed(text)),
    [50.6, 50.6, -0.5, -0.5, 0.5, 7, 3, 0.506, 1536, 1536, 1536.5, 1536.5, 1536.5, 1234567],
  )
  const none = ["", "abc", "1.2.3", "1e5", "NaN", "Infinity", "0x1F", "--1", "5 6", "1,2,3", "9".repeat(400), "-"]
  assert.deepEqual(
    none.map((text) => typed(text)),
    none.map(() => null),
  )
  assert.equal(complaintWords("", ""), "")
  for (const text of none.slice(1)) assert.match(complaintWords(text), /^That isn’t a number/)
})

test("what may be one of two numbers is none until it is said which", () => {
  assert.equal(typed("1,536"), null)
  assert.equal(complaintWords(" 1,536"), "This can be read in two ways: write 1536 or 1.536.")
  assert.deepEqual([complaintWords("1536"), complaintWords("1.536")], ["", ""])
})

test("a percent sign may be typed where the number is one of percent, and nowhere else", () => {
  assert.deepEqual(
    [typed(" 50.6 % ", "%"), typed("50.6%", "%"), typed("50%"), typed("50%", "bits")],
    [50.6, 50.6, null, null],
  )
})

test("one thing of a list is moved by a place, and not beyond the ends", () => {
  assert.deepEqual(moved(["a", "b", "c"], 0, 1), ["b", "a", "c"])
  assert.deepEqual(moved(["a", "b", "c"], 2, -1), ["a", "c", "b"])
  for (const [from, by] of [
    [0, -1],
    [2, 1],
  ])
    assert.deepEqual(moved(["a", "b", "c"], from, by), ["a", "b", "c"])
})

test("a question says which it is, and what is to be done", () => {
  assert.equal(countWords(2, 8, "choose one"), "Question 2 of 8 · choose one")
  assert.equal(countWords(0, 0, "choose one"), "Practice · choose one", "a question that stands in no row")
})

test(
  "a kind is the file of its name: one that is dropped in is found, and one that is not there is " + "an error",
  async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "kinds-"))
    t.after(() => rmSync(folder, { recursive: true }))
    mkdirSync(join(folder, "questions"))
    const made = "export const instruction = 'say yes'; export const field = (parent) => ({ value: () => parent.said })"
    writeFileSync(join(folder, "questions", "made-up.js"), made)
    const base = pathToFileURL(join(folder, "question_kind.js"))
    const { instruction, field } = await kindOf("made-up", base)
    assert.deepEqual([instruction, field({ said: "yes" }).value()], ["say yes", "yes"])
    await assert.rejects(kindOf("unheard-of", base))
  },
)

test("an outcome is said plainly, with the try at which it came", () => {
  assert.equal(outcomeWords(1, "sure"), "Right.")
  assert.equal(outcomeWords(1, "guess"), "Right, and now you know it.")
  assert.equal(outcomeWords(0.4, "think"), "Partly right: 40%.")
  assert.equal(outcomeWords(0, ""), "Not quite.")
  assert.equal(outcomeWords(0, "sure"), "Not quite.")
  assert.equal(outcomeWords(1, "sure", 2), "Right, at the second try.")
})

test("a first miss may be tried once more, and being sure of it is worth a second look", () => {
  assert.equal(missAgainWords(0, "think"), "Not quite. Try once more.")
  assert.equal(missAgainWords(0.6, ""), "Partly right: 60%. Try once more.")
  assert.match(missAgainWords(0, "sure"), /^Not quite\. You were sure.* Try once more\.$/)
})

test("hints come one by one, until there is none left", () => {
  assert.deepEqual([hintWords(0, 2), hintWords(1, 2), hintWords(2, 2)], ["A hint", "Another hint", ""])
})

const place = (id, more = {}) => ({ id, said: `place ${id}`, cells: [`+${id}`], interval: null, sure: true, ...more })

test("a chart to press in has a radio with words for each place, and an interval where one is drawn", () => {
  const rows = [[place("1", { interval: [-1, 0, 1] })], [place("2", { interval: [0, 1, 3], said: "<two>" })]]
  const html = chartHtml({ heads: ["labels", "", "points"], names: ["1", "2"], rows, drawn: [-1, 3] })
  assert.equal(html.match(/role="radio"/g).length, 2)
  assert.match(html, /style="left:0%;right:50.00%"/)
  assert.match(html, /aria-label="&#60;two&#62;"/)
  assert.equal(isMap({ rows }), false)
})

test("a map has its names beside its places, and says which were not measured by more than a colour", () => {
  const rows = [
    [place("1, 1"), place("2, 1", { sure: false })],
    [place("1, 2"), place("2, 2")],
  ]
  const html = chartHtml({ heads: ["a", "1", "2"], names: ["1", "2"], rows, drawn: null })
  assert.equal(isMap({ rows }), true)
  assert.equal(html.match(/class="unsure"/g).length, 1)
  assert.equal(html.match(/<button/g).length, 4)
  assert.ok(html.indexOf('aria-hidden="true">2<') < html.indexOf('data-id="1, 2"'))
})
