import assert from "node:assert/strict"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { test } from "node:test"

const app = new URL("../../app/", import.meta.url)
const scripts = ["components/js/", "figures/"].flatMap((room) =>
  readdirSync(new URL(room, app), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".js"))
    .map((name) => new URL(room + name, app)),
)

test("every module loads where there is no page, and a component exports how to mount it", async () => {
  assert.ok(scripts.length > 50)
  for (const script of scripts) {
    if (script.pathname.includes("/js/page/")) continue // scripts of the page itself: they act when they are loaded
    const found = await import(script.href)
    const mounted = existsSync(new URL(script.href.replace(/\.js$/, ".html")))
    assert.equal(typeof found.default, mounted ? "function" : "undefined", script.pathname)
  }
})

test("what draws by its size hears of another one, and so of paper", () => {
  const draws = scripts.filter((script) => /this\.room\(/.test(readFileSync(script, "utf8")))
  assert.ok(draws.length >= 7)
  for (const script of draws) {
    const text = readFileSync(script, "utf8")
    assert.ok(/this\.observe\(/.test(text) || /extends Curves/.test(text), script.pathname)
  }
})

test("the field of each kind of question says what is to be done", async () => {
  const kinds = scripts.filter(({ pathname }) => pathname.includes("/js/questions/"))
  assert.ok(kinds.length >= 8)
  for (const kind of kinds) {
    const { instruction, field } = await import(kind.href)
    assert.match(instruction, /^[a-z]/, kind.pathname)
    assert.equal(typeof field, "function", kind.pathname)
  }
})

test("nothing comes from another server, and no text becomes code", () => {
  for (const script of scripts) {
    const text = readFileSync(script, "utf8")
    assert.ok(!/https?:\/\//.test(text), `${script.pathname} names another server`)
    assert.ok(!/\beval\(|new Function\(/.test(text), script.pathname)
  }
})
