// One option is right: radio buttons.

import { optionsField } from "../options.js"

export const instruction = "choose one"

/** @type {import("../question_kind.js").FieldOf} */
export const field = (parent, data, touched) => optionsField(parent, data, touched, { several: false })
