// The page lives by a WebSocket. If something on the way refuses it, the reader gets a page of text that says so.

import { whole } from "../asking.js"

const PAGE = ".st-key-masthead" // what stands there once the server has said what to draw
const LOOK = 3500 // milliseconds after which the page may be late
const ANSWER = 4000 // that a WebSocket has to open
const api = new URL("../../../../../", import.meta.url) // of the JSON routes: …/api/js/version/components/js/page/

/** Whether a WebSocket opens. @returns {Promise<boolean>} */
function opens() {
  return new Promise((resolve) => {
    const socket = new WebSocket(new URL("socket", api).href.replace(/^http/, "ws"))
    const end = (/** @type {boolean} */ open) => {
      resolve(open)
      socket.close()
    }
    socket.addEventListener("open", () => end(true))
    socket.addEventListener("error", () => end(false))
    setTimeout(end, ANSWER, false)
  })
}

async function look() {
  if (document.querySelector(PAGE) || (await opens()) || document.querySelector(PAGE)) return
  const { status } = await whole(new URL("socket", api).href, { method: "POST" })
  if (!status) return // the whole server is away, which away.js says
  const base = new URL("../", api)
  const blocked = status === 403 ? "origin" : "socket" // a page of a stranger's may not post
  const to = location.href.slice(base.href.length).split("#")[0]
  const lesson = new URL(location.href).searchParams.get("lesson")
  const text = new URL(lesson ? `reading/${encodeURIComponent(lesson)}` : "reading", base)
  const known = (await whole(text.href, { method: "HEAD" })).status === 200 ? text : new URL("reading", base)
  known.search = String(new URLSearchParams({ blocked, to }))
  location.replace(known)
}

setTimeout(look, LOOK)
