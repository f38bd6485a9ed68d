// What a run says about itself, and options that name its bug.

import { diagnosis } from "../diagnosis.js"
import { find } from "../find.js"
import { optionsField } from "../options.js"

export const instruction = "choose one"

/** @type {import("../question_kind.js").FieldOf} */
export function field(parent, data, touched) {
  const { rows } = data.field
  parent.innerHTML = `<div class="wide" role="group" aria-label="What the run says about itself" tabindex="0">
    <table></table></div><div></div>`
  const table = find(parent, "table")
  table.replaceChildren(...diagnosis(rows))
  const options = optionsField(find(parent, ":scope > :last-child"), data, touched, { several: false })
  return {
    value: options.value,
    miss: options.miss,
    show(grade) {
      options.show(grade)
      table.replaceChildren(...diagnosis(rows, grade.lit))
    },
  }
}
