// Any number of options are right: checkboxes.

import { optionsField } from "../options.js"

export const instruction = "choose all that hold"

/** @type {import("../question_kind.js").FieldOf} */
export const field = (parent, data, touched) => optionsField(parent, data, touched, { several: true })
