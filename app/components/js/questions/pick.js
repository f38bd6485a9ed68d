// Something to press: a bar of a teacher's answer, an image, or a place in a chart of recorded runs.

import { rounded } from "../format.js"
import { find, findAll } from "../find.js"
import { chartHtml, isMap } from "../pressed_chart.js"
import { Roving } from "../roving.js"

export const instruction = "press one"

/** @type {import("../question_kind.js").FieldOf} */
export function field(parent, { label, field: { chart, choices, shares, image, images, seen } }, touched) {
  /** @type {string | null} */
  let taken = null
  if (chart) parent.innerHTML = chartField(chart)
  else if (shares) parent.innerHTML = barsField(image, seen, choices, shares)
  else parent.innerHTML = imagesField(images, choices, seen)
  const group = find(parent, ".press")
  group.setAttribute("aria-label", label)
  if (chart) {
    find(parent, ".below").textContent = chart.below
    group.style.setProperty("--columns", chart.heads.length - 1)
    group.classList.toggle("reaching", Boolean(chart.drawn))
  }
  const buttons = findAll(group, "button")
  const columns = chart
    ? Math.max(...chart.rows.map((/** @type {unknown[]} */ places) => places.length))
    : shares
      ? 1
      : null
  const roving = new Roving(group, { columns })
  const mark = () => {
    for (const button of buttons) button.setAttribute("aria-checked", String(button.dataset.id === taken))
  }
  group.addEventListener("click", (/** @type {any} */ { target }) => {
    const button = target.closest("button")
    if (!button || button.disabled) return
    taken = button.dataset.id
    mark()
    touched()
  })
  mark()
  roving.refresh()
  return {
    value: () => taken,
    miss({ given }) {
      for (const button of buttons) {
        if (button.dataset.id !== given) continue
        button.disabled = true
        button.dataset.kind = "wrong"
      }
    },
    show({ given, key }) {
      taken = given
      mark()
      for (const button of buttons) {
        button.disabled = true
        button.dataset.kind = button.dataset.id === key ? "right" : button.dataset.id === given ? "wrong" : ""
      }
    },
  }
}

/** @param {any} chart */
function chartField(chart) {
  const kind = isMap(chart) ? "map" : "rows"
  return `<div class="press ${kind}" role="radiogroup">${chartHtml(chart)}</div><p class="below muted"></p>`
}

/** @param {string} image @param {string} seen @param {string[]} choices @param {number[]} shares */
function barsField(image, seen, choices, shares) {
  const bars = choices.map(
    (choice, at) => `<button type="button" role="radio" data-id="${choice}"
      aria-label="${choice}: ${rounded(100 * shares[at], 1)}%"><span>${choice}</span>
      <b><i style="transform:scaleX(${rounded(shares[at], 4)})"></i></b></button>`,
  )
  return `<img src="${image}" alt="${seen}" width="112" height="112">
    <div class="press bars" role="radiogroup">${bars.join("")}</div>`
}

/** @param {string[]} images @param {string[]} choices @param {string[]} seen */
function imagesField(images, choices, seen) {
  const pictures = choices.map(
    (choice, at) => `<button type="button" role="radio" data-id="${choice}">
      <img src="${images[at]}" alt="${seen[at]}"></button>`,
  )
  return `<div class="press images" role="radiogroup">${pictures.join("")}</div>`
}
