// Questions to the server: asked calmly, and answered with nothing where it refuses or is away.

export const AWAY = "The server does not answer. Try again in a moment."

/** Asks again when there is news, at most every `every` milliseconds while a run trains, and at once when it ends. */
export class Calm {
  /**
   * @param {number} every @param {() => void} ask @param {import("./component.js").Component} component with which it
   * ends
   */
  constructor(every, ask, component) {
    this.component = component
    this.waits = false
    this.asked = -1e9
    this.every = every
    this.ask = ask
  }

  /** @param {string} state of the run */
  soon(state) {
    if (this.waits) return
    this.waits = true
    const wait = state === "running" ? Math.max(0, this.every - (performance.now() - this.asked)) : 0
    this.component.later("calm", wait, () => {
      this.waits = false
      return this.ask()
    })
  }

  /** A question is being asked now. */
  now() {
    this.asked = performance.now()
  }
}

/**
 * Send bytes. @param {string} address @param {BodyInit} bytes @returns {Promise<{ok: boolean, body: any}>} the body of
 * a refusal too: {message}; null if the server is away
 */
export async function send(address, bytes) {
  return whole(address, { method: "POST", headers: { "Content-Type": "application/octet-stream" }, body: bytes })
}

/**
 * What the server answers at an address, with what it says when it refuses. @param {string} address
 * @param {RequestInit} [request] @returns {Promise<{ok: boolean, status: number, body: any}>} body: JSON, null if there
 * is none or the server is away
 */
export async function whole(address, request = {}) {
  try {
    const response = await fetch(address, { cache: "no-store", ...request })
    return { ok: response.ok, status: response.status, body: await response.json() }
  } catch {
    return { ok: false, status: 0, body: null }
  }
}

/**
 * What the server answers at an address, as JSON; null if it refuses or is away. @param {string} address
 * @returns {Promise<any>}
 */
export async function read(address) {
  const { ok, body } = await whole(address)
  return ok ? body : null
}

/** A text at an address; null if the server refuses or is away. @param {string} address */
export async function readText(address) {
  try {
    const response = await fetch(address)
    return response.ok ? await response.text() : null
  } catch {
    return null
  }
}

/**
 * The bytes at an address, asked for anew only if they are others than the browser has. @param {string} address
 * @returns {Promise<{status: number, bytes: ArrayBuffer | null}>} status: 0 if the server is away; null if it refuses
 */
export async function readBytes(address) {
  try {
    const response = await fetch(address, { cache: "no-cache" })
    return { status: response.status, bytes: response.ok ? await response.arrayBuffer() : null }
  } catch {
    return { status: 0, bytes: null }
  }
}
