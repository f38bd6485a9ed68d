import assert from "node:assert/strict"
import { readdirSync, readFileSync } from "node:fs"
import { test } from "node:test"

const folder = new URL("../../app/components/js/", import.meta.url)
const names = readdirSync(folder).filter((name) => name.endsWith(".js"))

test("every module loads where there is no page, and a component exports how to mount it", async () => {
  assert.ok(names.length > 8)
  for (const name of names) {
    const found = await import(new URL(name, folder))
    const mounted = names.includes(name) && readdirSync(folder).includes(name.replace(".js", ".html"))
    assert.equal(typeof found.default, mounted ? "function" : "undefined", name)
  }
})

test("nothing comes from another server, and no text becomes code", () => {
  for (const name of names) {
    const text = readFileSync(new URL(name, folder), "utf8")
    assert.ok(!/https?:\/\//.test(text), `${name} names another server`)
    assert.ok(!/\beval\(|new Function\(/.test(text), name)
  }
})
