// A chart of a recorded run in which a place can be pressed, as HTML. Pure; knows no page.

const escaped = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)

/**
 * The buttons, with what stands above and beside them. chart: {heads, names, rows: [[{id, said, cells, interval, sure}]],
 * drawn: [low, high] of all intervals or null}. A row with one place is a button as wide as the chart, else it is a map.
 */
export function chartHtml({ heads, names, rows, drawn }) {
  const map = isMap({ rows })
  const above = heads.map((head) => `<span>${escaped(head)}</span>`).join("")
  const lines = rows.map((places, at) => {
    const name = `<span>${escaped(names[at])}</span>`
    return map ? `${name.replace("<span", '<span aria-hidden="true"')}${places.map((place) => button(place, place.cells.map(cell).join(""))).join("")}` : button(places[0], `${name}${reach(places[0], drawn)}${places[0].cells.map(cell).join("")}`)
  })
  return `<p class="heads" aria-hidden="true">${above}</p>${lines.join("")}`
}

export const isMap = ({ rows }) => rows.some((places) => places.length > 1)

const cell = (words) => `<span>${escaped(words)}</span>`

function button({ id, said, sure }, inner) {
  return `<button type="button" role="radio" data-id="${escaped(id)}" aria-label="${escaped(said)}"${sure ? "" : ' class="unsure"'}>${inner}</button>`
}

/** The interval as a line with its mean, and where nought is; "" where none is drawn. */
function reach({ interval }, drawn) {
  if (!interval || !drawn) return ""
  const [low, mean, high] = interval.map((value) => place(value, drawn))
  return `<b style="--nought:${place(0, drawn)}%"><i style="left:${low}%;right:${(100 - high).toFixed(2)}%"></i><i class="mean" style="left:${mean}%"></i></b>`
}

const place = (value, [low, high]) => Number(((100 * (value - low)) / (high - low)).toFixed(2))
