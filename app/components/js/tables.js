// Tables of plain texts.

import { make } from "./component.js"

/**
 * The parts of a table, for its element. heads: texts, or with the role whose colour they wear; rows: a heading, then
 * its values.
 * @param {(string | {text: string, role?: string})[]} heads @param {string[][]} rows
 * @param {{caption?: string, lit?: string}} [about] lit: the heading of the row that stands out
 */
export function tableParts(heads, rows, { caption, lit } = {}) {
  const above = heads.map((head) => {
    const { text, role } = typeof head === "string" ? { text: head, role: "" } : head
    return text ? make("th", { scope: "col", className: role ?? "" }, text) : make("td") // a corner names nothing
  })
  const lines = rows.map(([heading, ...values]) => {
    const cells = values.map((value) => make("td", {}, value))
    return make("tr", { className: heading === lit ? "lit" : "" }, make("th", { scope: "row" }, heading), ...cells)
  })
  const parts = [make("thead", {}, make("tr", {}, ...above)), make("tbody", {}, ...lines)]
  return caption ? [make("caption", {}, caption), ...parts] : parts
}
