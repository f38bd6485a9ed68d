// The names by which words and figures of a lesson speak to each other, all on the document.

export const SET = "distillery:set" // detail: {key, value}: a phrase was pressed
export const LIGHT = "distillery:light" // detail: {term, on}: a term is pointed at
export const VALUES = "distillery:values" // detail: {figure, values}: numbers that a formula shows
export const ACTED = "distillery:acted" // detail: {figure, key}: the learner changed something by hand
export const RUN = "distillery:run" // detail: {answer}: how the run on the bench stands, null where there is none
export const LOOK = "distillery:look" // detail: {run, update}: the bench should look at a moment; update null: the newest

const newest = new Map()
globalThis.document?.addEventListener(VALUES, ({ detail }) => newest.set(detail.figure, detail.values))

let run = null
globalThis.document?.addEventListener(RUN, ({ detail }) => (run = detail.answer))

/** How the run on the bench stood when it told that last; null where there was none. */
export function newestRun() {
  return run
}

/** The numbers that a figure told last, for a formula that comes after it; undefined where it told none. */
export function newestOf(figure) {
  return newest.get(figure)
}
