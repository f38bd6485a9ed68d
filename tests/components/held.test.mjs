// What a link takes away from the page: only names that are names.

import assert from "node:assert/strict"
import { test } from "node:test"
import { keep, rules } from "../../app/components/js/held.js"

test("a phrase sets everything but what the link holds, which stays as the link has it", () => {
  const given = [
    { key: "temperature", value: 6 },
    { key: "scale", value: "log" },
  ]
  const phrase = [
    { key: "temperature", value: 1 },
    { key: "image", value: 8 },
  ]
  assert.deepEqual(keep(phrase, { given, keys: ["temperature", "class"] }), [given[0], phrase[1]])
  assert.deepEqual(keep(phrase, { given, keys: [] }), phrase, "what the link only began with is over")
})

test("a control is taken away by its name, and nothing else is written into the style", () => {
  assert.equal(rules(["scale"]), '[data-control="scale"] { display: none !important; }')
  assert.equal(rules([]), "")
  assert.equal(rules(['x"] {} body', "Scale", ""]), "")
})
