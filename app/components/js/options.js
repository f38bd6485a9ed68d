// Options of a question to choose from, each with what is said of it once the question was answered.

import { findAll } from "./find.js"

/**
 * data.field: {options: [{id, html}]}. several: whether more than one may be chosen.
 * @param {HTMLElement} parent @param {import("./question_kind.js").FieldData} data @param {() => void} touched
 * @param {{several: boolean}} how @returns {import("./question_kind.js").Field}
 */
export function optionsField(parent, { id, label, field }, touched, { several }) {
  const type = several ? "checkbox" : "radio"
  /** @type {{id: string, html: string}[]} */
  const offered = field.options
  const options = offered.map(
    ({ html }, at) => `<div class="option">
      <label><input type="${type}" name="${id}" value="${at}"><span>${html}</span><i class="mark"></i></label>
      <p class="feedback" hidden></p></div>`,
  )
  parent.innerHTML = `<div class="options" role="${several ? "group" : "radiogroup"}">${options.join("")}</div>`
  parent.firstElementChild?.setAttribute("aria-label", label)
  parent.addEventListener("change", touched)
  const [boxes, inputs] = [findAll(parent, ".option"), findAll(parent, "input")]
  const [marks, feedback] = [findAll(parent, ".mark"), findAll(parent, ".feedback")]
  const ids = () => offered.filter((_, at) => inputs[at].checked).map((option) => option.id)
  return {
    value: () => (several ? (ids().length ? ids() : null) : (ids()[0] ?? null)),
    miss({ given, of_options }) {
      const taken = [given].flat()
      offered.forEach((option, at) => {
        const wrong = option.id in of_options
        inputs[at].checked = taken.includes(option.id) && !wrong
        inputs[at].disabled = wrong
        boxes[at].dataset.kind = wrong ? "wrong" : ""
        marks[at].textContent = wrong ? "✗ your choice" : ""
        feedback[at].innerHTML = of_options[option.id] ?? ""
        feedback[at].hidden = !wrong
      })
    },
    show({ given, key, of_options }) {
      const [taken, right] = [[given].flat(), [key].flat()]
      offered.forEach((option, at) => {
        const [isTaken, isRight] = [taken.includes(option.id), right.includes(option.id)]
        inputs[at].checked = isTaken
        inputs[at].disabled = true
        boxes[at].dataset.kind = isRight ? "right" : isTaken ? "wrong" : ""
        marks[at].textContent = isRight ? "✓ right" : isTaken ? "✗ your choice" : ""
        feedback[at].innerHTML = of_options[option.id] ?? ""
        feedback[at].hidden = false
      })
    },
  }
}
