// How a component's class and Streamlit's mounts meet: one object for each place in the page, drawn again at every
// rerun, gone when the place is.

/** create(parent) → an object with render(component) and leave(). Returns what a component's module exports. */
export function mounting(create) {
  const alive = new WeakMap()
  return (component) => {
    const { parentElement } = component
    if (!alive.has(parentElement)) alive.set(parentElement, create(parentElement))
    alive.get(parentElement).render(component)
    return () => {
      alive.get(parentElement)?.leave()
      alive.delete(parentElement)
    }
  }
}

/** Asks again when there is news, at most every `every` milliseconds while a run trains, and at once when it ends. */
export class Calm {
  constructor(every, ask) {
    Object.assign(this, { every, ask, timer: 0, asked: -1e9 })
  }

  soon(state) {
    if (this.timer) return
    const wait = state === "running" ? Math.max(0, this.every - (performance.now() - this.asked)) : 0
    this.timer = setTimeout(() => {
      this.timer = 0
      this.ask()
    }, wait)
  }

  /** A question is being asked now. */
  now() {
    this.asked = performance.now()
  }

  stop() {
    clearTimeout(this.timer)
  }
}

/** Send bytes. Returns {ok, body}, the body of a refusal too: {message}; null where the server is away. */
export async function send(address, bytes) {
  try {
    const headers = { "Content-Type": "application/octet-stream" }
    const response = await fetch(address, { method: "POST", cache: "no-store", headers, body: bytes })
    return { ok: response.ok, body: await response.json() }
  } catch {
    return { ok: false, body: null }
  }
}

/**
 * What the server answers at an address, as JSON; null where it refuses or is away. whole: {ok, body} instead, as `send`.
 */
export async function read(address, whole = false) {
  try {
    const response = await fetch(address, { cache: "no-store" })
    if (whole) return { ok: response.ok, body: await response.json() }
    return response.ok ? await response.json() : null
  } catch {
    return whole ? { ok: false, body: null } : null
  }
}
