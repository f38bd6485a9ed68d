// The page of a link to another device: what stands behind the # goes to the server in a body, which no log holds.

import { AWAY, send } from "../asking.js"

const LONGEST = 64 // letters; a token has fewer

async function read() {
  const place = /** @type {HTMLElement} */ (document.getElementById("said"))
  const token = location.hash.slice(1, 1 + LONGEST)
  history.replaceState(null, "", location.pathname)
  const said = new TextEncoder().encode(JSON.stringify({ token }))
  const { ok, body } = await send(place.dataset.address ?? "", said)
  if (ok) location.replace(new URL(body.go, location.href))
  else place.textContent = `${body?.message ?? AWAY} Then open the link once more.`
}

addEventListener("hashchange", read) // the same link again, in the same tab
read()
