// The names by which words and figures of a lesson speak to each other, all on the document.

export const SET = "distillery:set" // detail: {key, value}: a phrase was pressed
export const LIGHT = "distillery:light" // detail: {term, on}: a term is pointed at
export const VALUES = "distillery:values" // detail: {figure, values}: numbers that a formula shows
export const ACTED = "distillery:acted" // detail: {figure, key}: the learner changed something by hand
