// The diagnosis of a run beside that of its healthy twin, as the two halves of a table.

/**
 * The thead and the tbody. rows: words, the healthy run's value, this run's; lit: the words of the row that decides.
 * @param {string[][]} rows
 */
export function diagnosis(rows, lit = "") {
  return [head(), body(rows, lit)]
}

function head() {
  const made = document.createElement("thead")
  const row = made.insertRow()
  for (const [text, role] of Object.entries({ "": "", healthy: "distilled", "this run": "bugged" })) {
    row.append(Object.assign(document.createElement("th"), { scope: "col", textContent: text, className: role }))
  }
  return made
}

/** @param {string[][]} rows @param {string} lit */
function body(rows, lit) {
  const made = document.createElement("tbody")
  for (const [words, ...values] of rows) {
    const row = made.insertRow()
    row.classList.toggle("lit", words === lit)
    row.append(Object.assign(document.createElement("th"), { scope: "row", textContent: words }))
    for (const value of values) row.insertCell().textContent = value
  }
  return made
}
