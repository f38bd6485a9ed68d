// The names by which the parts of a page speak to each other, all on the document.

export const PHRASE = "distillery:phrase" // {values: [{key, value}], from}: a phrase was pressed: all that it sets
export const SET = "distillery:set" // {key, value}: another figure sets it, or a link does (held: true)
export const LIGHT = "distillery:light" // {term, on}: a term is pointed at
export const VALUES = "distillery:values" // {figure, values, sheet}: numbers that a formula shows, see `sheetOf`
export const RUN = "distillery:run" // {answer}: how the run on the bench stands, null if there is none
export const STATE = "distillery:state" // {run, state}: the run on the bench has come to another state
export const POINT = "distillery:point" // {run, seq, state}: it has come to another point
export const MOMENT = "distillery:moment" // {run, update}: the moment that is looked back to; update null: the newest
export const PLAY = "distillery:play" // {run, on}: the finished run on the bench should be run again, or no longer
export const RACE = "distillery:race" // {run, step, update}: how far it is, see race.js; step null: it is over
export const DIAL = "distillery:dial" // {key, value}: a dial of the page is turned
export const BESIDE = "distillery:beside" // {note, link}: beside the run, perhaps newer than the rest of the page
export const ASKS = "distillery:asks" // {on}: a press is asked of the server, past Streamlit; or it was answered
export const IMAGE = "distillery:image" // {data, image}: an image was chosen elsewhere

const newest = new Map() // of a sheet and a figure
let run = /** @type {any} */ (null)
let race = /** @type {any} */ (null)
let phrase = /** @type {any} */ (null)
const told = new Set() // figures that the newest phrase has set

/** What was told last, for what comes after it. */
function remember(/** @type {any} */ { type, detail }) {
  if (type === VALUES) newest.set(detail.sheet + detail.figure, detail.values)
  else if (type === RUN) run = detail.answer
  else if (type === RACE) race = detail.step === null ? null : detail
  else {
    phrase = detail
    told.clear()
  }
}

for (const event of [VALUES, RUN, RACE, PHRASE]) globalThis.document?.addEventListener(event, remember)

/** Tell the page. @param {string} event one of the names above @param {object} detail */
export function tell(event, detail) {
  document.dispatchEvent(new CustomEvent(event, { detail }))
}

/** How the run on the bench stood when it told that last; null if there was none. */
export function newestRun() {
  return run
}

/** How far the race on the bench is; null if there is none. */
export function newestRace() {
  return race
}

/**
 * The numbers that a figure told last, for a formula that comes after it; undefined if it told none. @param {string}
 * figure @param {string} sheet
 */
export function newestOf(figure, sheet) {
  return newest.get(sheet + figure)
}

/** The step in whose part of a handout an element stands: there all steps are on one page. @param {Element} element */
export function sheetOf(element) {
  return element.closest('[class*="st-key-sheet-"]')?.className ?? ""
}

/**
 * What the newest phrase sets, if its text still stands there and no figure of that name has been told: it was pressed
 * before the figure had come. @param {string} figure
 */
export function missedPhrase(figure) {
  return phrase?.from.isConnected && !told.has(figure) ? phrase.values : null
}

/** The figure of that name has been told of the newest phrase. @param {string} figure */
export function heardPhrase(figure) {
  told.add(figure)
}
