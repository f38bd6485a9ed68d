// What a link takes away from the page: only names that are names.

import assert from "node:assert/strict"
import { test } from "node:test"
import { rules } from "../../app/components/js/held.js"

test("a control is taken away by its name, and nothing else is written into the style", () => {
  assert.equal(rules(["scale"]), '[data-control="scale"] { display: none !important; }')
  assert.equal(rules([]), "")
  assert.equal(rules(['x"] {} body', "Scale", ""]), "")
})
