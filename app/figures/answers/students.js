// The students of a run in this browser: fetched when somebody wants to draw, and again if there are others.

import { readBytes } from "../../components/js/asking.js"
import { Component } from "../../components/js/component.js"
import { logits, standardised } from "../../components/js/network.js"
import { readTensors } from "../../components/js/safetensors.js"

const AGAIN_AFTER = 3000 // milliseconds until it is tried again if the server is away

export class Students extends Component {
  /**
   * @param {HTMLElement} root @param {() => void} changed there are other students, or none any more
   * @param {Component} whole
   */
  constructor(root, changed, whole) {
    super(root, whole)
    this.changed = changed
    this.address = "" // where they are
    /** @type {ReturnType<typeof opened> | null} */
    this.here = null
  }

  /**
   * Those at an address answer from now on, once they have come; "" for none. Until then those of another moment of the
   * same run do. @param {string} address
   */
  of(address) {
    if (address === this.address) return
    if (address.split("?")[0] !== this.address.split("?")[0]) this.here = null
    this.address = address
    this.fetch()
  }

  /** Those at the same address may be others by now; until they have come, those that are here answer. */
  async fetch() {
    this.cancel("again")
    this.stale = true
    if (this.fetching) return
    this.fetching = true
    while (this.stale && this.address && !this.left) await this.fetchOnce()
    this.fetching = false
  }

  async fetchOnce() {
    const { address } = this
    this.stale = false
    const { status, bytes } = await readBytes(address)
    if (this.left || address !== this.address) {
      this.stale = true
      return
    }
    if (bytes) this.here = opened(bytes)
    else if (status)
      this.here = null // the server knows better
    else this.later("again", AGAIN_AFTER, () => this.fetch())
    this.changed()
  }

  /**
   * What they say about a picture, whole numbers 0 … 255 in rows; null if none are here. @param {Uint8Array} picture
   */
  answer(picture) {
    if (!this.here) return null
    const { layers, mean, spread, arms, classes, update, teacher } = this.here
    const image = standardised(picture, mean, spread)
    const students = arms.map((seeds) => seeds.map((weights) => [...logits(layers, weights, image)]))
    return { students, classes, update, teacher }
  }
}

/** What a run's file of students holds; arms: [arm][seed] → its weights by name. @param {ArrayBuffer} file */
function opened(file) {
  const { about, tensors } = readTensors(file)
  /** @type {import("../../components/js/network.js").Weights[][]} */
  const arms = []
  for (const name of tensors.keys()) {
    const [, arm, seed] = name.match(/^arm(\d+)\.seed(\d+)\./) ?? []
    arms[arm] ??= []
    arms[arm][seed] ??= (layer) => tensors.get(`arm${arm}.seed${seed}.${layer}`)
  }
  const { layers, mean, spread, classes, update, teacher } = about.network
  return { layers, mean, spread, classes, update, teacher, arms }
}
