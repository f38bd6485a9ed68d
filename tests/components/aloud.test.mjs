import assert from "node:assert/strict"
import { test } from "node:test"
import { module } from "./fixtures.mjs"

const { fieldOf, news } = await module("aloud_words")

test("notices are read out when they come or change, and not when the page is loaded or they stay", () => {
  const one = new Map([["notice", "No."]]),
    changed = new Map([["notice", "Not so."]])
  assert.equal(news(one, null), "")
  assert.equal(news(one, new Map()), "No.")
  assert.equal(news(one, one), "")
  assert.equal(news(changed, one), "Not so.")
  assert.equal(news(new Map(), one), "")
  assert.equal(
    news(
      new Map([
        ["notice-at-a-1", "No."],
        ["notice", "So."],
      ]),
      new Map([["notice", ""]]),
    ),
    "No. So.",
  )
})

test("the same sentence after another press has another key, and is heard again", () => {
  assert.equal(news(new Map([["notice-at-a-2", "No."]]), new Map([["notice-at-a-1", "No."]])), "No.")
})

test("a notice about a field names it", () => {
  assert.equal(fieldOf("notice-at-way-typed-3"), "way-typed")
  for (const other of ["notice", "notice-phrase", "notice-at-", "notice-at-x"]) assert.equal(fieldOf(other), null)
})
