// A dial to turn, with what can be read while it is turned.

import { find, findAll } from "../find.js"
import { withoutKnob } from "../first_touch.js"
import { softmax } from "../softmax.js"

export const instruction = "turn the dial"

/** @type {import("../question_kind.js").FieldOf} */
export function field(parent, { id, label, field: { dial, low, high, step, logits, reads } }, touched) {
  /** @type {{words: string, at: string[]}[]} */
  const readings = reads ?? []
  const bars = (logits ?? []).map((/** @type {number} */ logit) => `<span>${logit}</span><b><i></i></b>`).join("")
  parent.innerHTML = `<div class="shares" aria-hidden="true">${bars}</div>
    <label class="dial"><span>${dial}</span><output></output><input class="slider" type="range" id="${id}"></label>
    <dl class="reads">${"<div><dt></dt><dd></dd></div>".repeat(readings.length)}</dl>`
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
      shares[index].style.transform = `scaleX(${share.toFixed(4)})`
    })
    return probabilities
  }
  const draw = () => {
    const at = Number(input.value)
    output.textContent = String(Number(at.toFixed(3)))
    const probabilities = bar(at)
    const said = [output.textContent]
    if (logits) said.push(`shares ${probabilities.map((share) => `${Math.round(100 * share)}%`).join(", ")}`)
    readings.forEach(({ words, at: stops }, index) => {
      values[index].textContent = stops[Math.round((at - low) / step)]
      said.push(`${words} ${values[index].textContent}`)
    })
    input.setAttribute("aria-valuetext", said.join(", "))
    input.style.setProperty("--share", `${(100 * (at - low)) / (high - low)}%`)
  }
  bar(low) // where the dial will begin
  const put = (/** @type {number} */ given) => {
    input.value = String(given)
    knob.touch()
    draw()
  }
  return {
    value: () => (knob.touched() ? Number(input.value) : null),
    miss: ({ given }) => put(given),
    show({ given }) {
      put(given)
      input.disabled = true
    },
  }
}
