// The file of a kind of question: what it gives, and how it is found.

/**
 * A kind's file exports `instruction`, what is to be done, and `field`. A field has value(), null while there is no
 * answer; miss(missed), which puts back what was given at a first miss, to be changed; and show(grade), which says what
 * was right; enter(check) lets a key check it. touched: called with every change by hand. HTML comes from the lesson's
 * files, through the page's markdown. paper: it is printed, and `given` is null.
 * @typedef {{id: string, label: string, field: any, paper: boolean}} FieldData
 * @typedef {{given: any, key: any, score: number, of_options: Record<string, string>, lit: string, said: string,
 *   sure: string, tries: number}} Grade
 * @typedef {{given: any, score: number, of_options: Record<string, string>, said: string, sure: string}} Miss
 * @typedef {{value: () => unknown, miss: (missed: Miss) => void, show: (grade: Grade) => void,
 *   enter?: (check: () => void) => void}} Field
 * @typedef {(parent: HTMLElement, data: FieldData, touched: () => void) => Field} FieldOf
 * @typedef {{instruction: string, field: FieldOf}} Kind
 */

/** The file of a kind. @param {string} kind @param {string | URL} base @returns {Promise<Kind>} */
export const kindOf = (kind, base = import.meta.url) => import(new URL(`./questions/${kind}.js`, base).href)
