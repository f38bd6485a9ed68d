// The names by which the parts of a page speak to each other, all on the document.

export const SET = "distillery:set" // {key, value}: a phrase was pressed, or a link sets it (held: true)
export const LIGHT = "distillery:light" // {term, on}: a term is pointed at
export const VALUES = "distillery:values" // {figure, values}: numbers that a formula shows
export const ACTED = "distillery:acted" // {figure, key}: the learner changed something by hand
export const RUN = "distillery:run" // {answer}: how the run on the bench stands, null if there is none
export const STATE = "distillery:state" // {run, state}: the run on the bench has come to another state
export const POINT = "distillery:point" // {run, seq, state}: it has come to another point
export const MOMENT = "distillery:moment" // {run, update}: the moment that is looked back to; update null: the newest
export const LOOK = "distillery:look" // {run, update}: the bench should look at a moment; update null: the newest
export const DIAL = "distillery:dial" // {key, value}: a dial of the page is turned
export const BESIDE = "distillery:beside" // {note, link}: beside the run, perhaps newer than the rest of the page
export const IMAGE = "distillery:image" // {data, image}: an image was chosen elsewhere

const newest = new Map()
let run = /** @type {any} */ (null)

/** What was told last, for what comes after it. */
function remember(/** @type {any} */ { type, detail }) {
  if (type === VALUES) newest.set(detail.figure, detail.values)
  else run = detail.answer
}

for (const event of [VALUES, RUN]) globalThis.document?.addEventListener(event, remember)

/** Tell the page. @param {string} event one of the names above @param {object} detail */
export function tell(event, detail) {
  document.dispatchEvent(new CustomEvent(event, { detail }))
}

/** How the run on the bench stood when it told that last; null if there was none. */
export function newestRun() {
  return run
}

/**
 * The numbers that a figure told last, for a formula that comes after it; undefined if it told none. @param {string}
 * figure
 */
export function newestOf(figure) {
  return newest.get(figure)
}
