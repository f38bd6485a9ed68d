// The diagnosis of a run beside that of its healthy twin, as the parts of a table.

import { tableParts } from "./tables.js"

const HEADS = ["", { text: "healthy", role: "distilled" }, { text: "this run", role: "bugged" }]

/** Rows are words, the healthy run's value, this run's; lit is the row that decides. @param {string[][]} rows */
export const diagnosis = (rows, lit = "") => tableParts(HEADS, rows, { lit })
