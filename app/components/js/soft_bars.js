// The chart of soft labels: a row for each class, in it a bar and a number for everybody who answers.

import { rounded } from "./format.js"
import { choose, make } from "./component.js"
import { barLength, LOG_DECADES } from "./softmax.js"

const ENDS = { linear: ["0", "50", "100%"], log: [`0.${"0".repeat(LOG_DECADES - 3)}1`, "0.1", "100%"] }

const LOG = "log scale" // said in the picture: who opened a link may not have the buttons

const FEW = 2 // voices whose numbers have room for all their digits

/** @typedef {{role: string, name: string, probabilities: number[] | null}} Voice null before it has answered */

export class SoftBars {
  rows = /** @type {{node: any, bars: any[], numbers: any[], logit: any}[]} */ ([])

  /** @param {any} box `.bars` @param {any} scales the buttons of the scale @param {any} [key] who has which bar */
  constructor(box, scales, key) {
    this.box = box
    this.scales = scales
    this.key = key
    box.classList.add("soft-bars")
  }

  /**
   * Make the rows, also for who has not answered: nothing moves when they do. classes: their names; pressed: whether a
   * row can be pressed; logits: one for each class, written beside its name.
   * @param {{classes: string[], voices: {role: string, name: string}[], log: boolean, pressed?: boolean,
   *   logits?: number[] | null}} shape
   */
  build({ classes, voices, log, pressed = false, logits = null }) {
    const longest = Math.max(1, ...classes.map(({ length }) => length))
    const { box } = this
    box.style.setProperty("--names", `${Math.min(9, 0.8 + 0.55 * longest)}em`)
    box.style.setProperty("--ticks", log ? LOG_DECADES : 4)
    box.style.setProperty("--voices", voices.length)
    box.style.setProperty("--each", voices.length > FEW ? "2.5em" : "4.9em")
    box.dataset.logits = String(Boolean(logits))
    this.rows = classes.map((name, at) => {
      const bars = voices.map(({ role }) => make("span", { className: `bar ${role}` }))
      const numbers = voices.map(({ role }) => make("span", { className: `number ${role}` }))
      const node = make(
        pressed ? "button" : "div",
        { className: "row", dataset: { class: at } },
        make("span", { className: "name", title: name }, name),
        make("span", { className: "logit" }, logits ? rounded(logits[at], 1).replace("-", "−") : ""),
        make("span", { className: "track" }, ...bars),
        make("span", { className: "numbers" }, ...numbers),
      )
      return { node, bars, numbers, logit: node.children[1] }
    })
    const ends = ENDS[log ? "log" : "linear"].map((end) => make("span", {}, end))
    const scale = make("span", { className: "scale", "aria-hidden": "true" }, ...ends)
    const says = make("span", { className: "says" }, log ? LOG : "")
    box.replaceChildren(...this.rows.map(({ node }) => node), make("div", { className: "row ends" }, scale, says))
    choose(this.scales.children, (button) => (button.dataset.scale === "log") === log)
    const entry = ({ role, name }) => make("span", { className: role }, make("i", { className: role }), name)
    this.key?.replaceChildren(...voices.map(entry))
    this.log = log
  }

  /** @param {(number[] | null)[]} said probabilities of each voice @param {number} [label] of the image */
  show(said, label) {
    this.rows.forEach(({ node, bars, numbers }, at) => {
      node.classList.toggle("right", at === label)
      said.forEach((probabilities, voice) => {
        const share = probabilities?.[at] ?? 0
        const length = barLength(share, this.log)
        const bar = bars[voice]
        if (bar.classList.contains("labels")) bar.style.width = `${rounded(100 * length, 2)}%`
        else bar.style.transform = `scaleX(${rounded(length, 4)})`
        bar.dataset.share = rounded(share, 4)
        const text = probabilities ? (said.length > FEW ? roundedShare : shareOf)(share) : ""
        if (numbers[voice].textContent !== text) numbers[voice].textContent = text
      })
    })
  }
}

/** A probability as a share of a hundred: "0.0002%" where it is tiny, "99.98%" where "100%" would be a lie. */
export function shareOf(probability) {
  const percent = 100 * probability
  if (probability > 0.99) return `${rounded(Math.min(percent, 99.9999), percent > 99.99 ? 4 : 2)}%`
  if (percent >= 9.95) return `${rounded(percent)}%`
  if (percent >= 0.1) return `${rounded(percent, 1)}%`
  return percent >= 1e-4 ? `${Number(percent.toPrecision(2))}%` : "< 0.0001%"
}

/** The same in two digits: "68%", "> 99%", "< 1%". @param {number} probability */
export function roundedShare(probability) {
  if (probability > 0.995 && probability < 1) return ">\u202f99%"
  if (probability < 0.005 && probability > 0) return "<\u202f1%"
  return `${Math.round(100 * probability)}%`
}
