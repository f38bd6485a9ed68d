// A number to type.

import { write } from "../component.js"
import { find } from "../find.js"
import { complaintWords, typed } from "../question_words.js"

export const instruction = "a number"

/** @type {import("../question_kind.js").FieldOf} */
export function field(parent, { id, label, field: { unit } }, touched) {
  parent.innerHTML = `<div class="typed">
    <input id="${id}" type="text" inputmode="decimal" autocomplete="off" size="8" aria-describedby="${id}-complaint">
    <span></span><em id="${id}-complaint" role="status"></em></div>`
  const [input, complaint] = [find(parent, "input"), find(parent, "em")]
  find(parent, "span").textContent = unit
  input.setAttribute("aria-label", label)
  input.addEventListener("input", () => {
    const words = complaintWords(input.value, unit)
    write(complaint, words) // said once, not with every key
    input.setAttribute("aria-invalid", String(Boolean(words)))
    touched()
  })
  return {
    value: () => typed(input.value, unit),
    enter: (check) =>
      input.addEventListener("keydown", (/** @type {KeyboardEvent} */ { key }) => key === "Enter" && check()),
    miss({ given }) {
      input.value = String(given).replace("-", "−")
    },
    show({ given }) {
      input.value = String(given).replace("-", "−")
      input.disabled = true
    },
  }
}
