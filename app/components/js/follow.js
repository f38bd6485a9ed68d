// Follows a run of one's own in a figure that draws it itself.

import { whole } from "./asking.js"
import { joined, Poller } from "./poll.js"

/**
 * Ask how a run stands as long as it goes on and the component is there. @param {import("./component.js").Component}
 * component @param {string} api @param {string} run @param {(news: {answer: any, points: any[], trouble: string}) =>
 * void} tell hears every answer of the server, all points so far, and why there is none. Returns what ends it.
 */
export function follow(component, api, run, tell) {
  /** @type {any[]} */
  let events = []
  const ask = (/** @type {number} */ after) => whole(`${api}/runs/${run}/events?after=${after}`)
  const heard = (/** @type {any} */ { answer = null, lost = 0, gone = "" }) => {
    if (answer) events = joined(events, answer)
    const points = events.filter(({ kind }) => kind === "point")
    tell({ answer, points, trouble: gone || (lost > 2 ? "The server does not answer. It is asked again." : "") })
  }
  const poller = new Poller(ask, (/** @type {any} */ change) => component.attempt(() => heard(change)))
  poller.start()
  component.atEnd(() => poller.stop())
  return () => poller.stop()
}
