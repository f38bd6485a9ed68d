// A dial to turn, with what can be read while it is turned; on paper a scale, and a table of what it would read.

import { rounded } from "../format.js"
import { make } from "../component.js"
import { find, findAll } from "../find.js"
import { withoutKnob } from "../first_touch.js"
import { softmax } from "../softmax.js"

export const instruction = "turn the dial"

const PLACES = 8 // of the dial, in a table on paper

/** @type {import("../question_kind.js").FieldOf} */
export function field(parent, { id, label, paper, field: { dial, low, high, step, logits, reads } }, touched) {
  /** @type {{words: string, at: string[]}[]} */
  const readings = reads ?? []
  const bars = (logits ?? []).map((/** @type {number} */ logit) => `<span>${logit}</span><b><i></i></b>`).join("")
  parent.innerHTML = `<div class="shares" aria-hidden="true">${bars}</div>
    <label class="dial"><span>${dial}</span><output></output><input class="slider" type="range" id="${id}">
      <span class="ends" aria-hidden="true"><span>${low}</span><span>${high}</span></span></label>
    <dl class="reads">${"<div><dt></dt><dd></dd></div>".repeat(readings.length)}</dl>
    <table hidden></table>`
  const [input, output] = [find(parent, "input"), find(parent, "output")]
  const [shares, values] = [findAll(parent, ".shares i"), findAll(parent, "dd")]
  findAll(parent, "dt").forEach((term, at) => {
    term.textContent = readings[at].words
  })
  Object.assign(input, { min: low, max: high, step, value: low })
  input.setAttribute("aria-label", `${dial}. ${label}`)
  const turned = () => {
    draw()
    touched()
  }
  const knob = withoutKnob(input, turned)
  const bar = (/** @type {number} */ at) => {
    const probabilities = logits ? softmax(logits, at) : []
    probabilities.forEach((share, index) => {
      shares[index].style.transform = `scaleX(${rounded(share, 4)})`
    })
    return probabilities
  }
  const draw = () => {
    const at = Number(input.value)
    output.textContent = String(Number(rounded(at, 3)))
    const probabilities = bar(at)
    const said = [output.textContent]
    if (logits) said.push(`shares ${probabilities.map((share) => `${Math.round(100 * share)}%`).join(", ")}`)
    readings.forEach(({ words, at: stops }, index) => {
      values[index].textContent = stops[Math.round((at - low) / step)]
      said.push(`${words} ${values[index].textContent}`)
    })
    input.setAttribute("aria-valuetext", said.join(", "))
    find(parent, ".dial").style.setProperty("--share", `${(100 * (at - low)) / (high - low)}%`)
  }
  bar(low) // where the dial will begin
  if (paper && readings.length) read(find(parent, "table"), dial, low, step, readings)
  const put = (/** @type {number} */ given) => {
    input.value = String(given)
    knob.touch()
    draw()
  }
  return {
    value: () => (knob.touched() ? Number(input.value) : null),
    miss: ({ given }) => put(given),
    show({ given, key }) {
      put(given ?? key)
      input.disabled = true
    },
  }
}

/**
 * What the dial would read at some of its places. @param {any} table @param {string} dial its words
 * @param {number} low @param {number} step @param {{words: string, at: string[]}[]} readings
 */
function read(table, dial, low, step, readings) {
  const last = readings[0].at.length - 1
  const stops = [...new Set(Array.from({ length: PLACES }, (_, at) => Math.round((at * last) / (PLACES - 1))))]
  const places = stops.map((stop) => String(Number(rounded(low + stop * step, 3))))
  const rows = [[dial, ...places], ...readings.map(({ words, at }) => [words, ...stops.map((stop) => at[stop])])]
  const cells = rows.map(([head, ...said]) =>
    make("tr", {}, make("th", {}, head), ...said.map((one) => make("td", {}, one))),
  )
  table.replaceChildren(...cells)
  table.hidden = false
}
