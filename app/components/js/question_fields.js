// How each kind of question is answered. A field has value(), null while there is no answer, and show(grade), which says
// what was right once there is one. HTML comes from the lesson's files, through the page's markdown.

import { carry } from "./carry.js"
import { diagnosis } from "./diagnosis.js"
import { Knots } from "./knots.js"
import { chartHtml, isMap } from "./pressed_chart.js"
import { complaintWords, moved, typed } from "./question_words.js"
import { Roving } from "./roving.js"
import { entropy, softmax } from "./softmax.js"

/** data: {id, kind, field}; touched: called with every change by hand. */
export function fieldOf(parent, data, touched) {
  parent.innerHTML = ""
  return FIELDS[data.kind](parent, data, touched)
}

const FIELDS = { single: chosen, multiple: chosen, numeric, order, slider, curve, pick, bug }

function chosen(parent, { id, kind, label, field }, touched) {
  const several = kind === "multiple"
  const type = several ? "checkbox" : "radio"
  parent.innerHTML = `<div class="options" role="${several ? "group" : "radiogroup"}">${field.options
    .map(({ html }, at) => `<div class="option"><label><input type="${type}" name="${id}" value="${at}"><span>${html}</span><i class="mark"></i></label><p class="feedback" hidden></p></div>`)
    .join("")}</div>`
  const options = [...parent.firstChild.children]
  const inputs = options.map((option) => option.querySelector("input"))
  parent.firstChild.setAttribute("aria-label", label)
  parent.addEventListener("change", touched)
  const ids = () => field.options.filter((_, at) => inputs[at].checked).map((option) => option.id)
  return {
    value: () => (several ? (ids().length ? ids() : null) : (ids()[0] ?? null)),
    show({ given, key, of_options }) {
      const taken = [given].flat(), right = [key].flat()
      field.options.forEach((option, at) => {
        inputs[at].checked = taken.includes(option.id)
        inputs[at].disabled = true
        options[at].dataset.kind = right.includes(option.id) ? "right" : taken.includes(option.id) ? "wrong" : ""
        options[at].querySelector(".mark").textContent = right.includes(option.id) ? "✓ right" : taken.includes(option.id) ? "✗ your choice" : ""
        const feedback = options[at].querySelector(".feedback")
        feedback.innerHTML = of_options[option.id] ?? ""
        feedback.hidden = false
      })
    },
  }
}

function numeric(parent, { id, label, field }, touched) {
  parent.innerHTML = `<div class="typed"><input id="${id}" type="text" inputmode="decimal" autocomplete="off" size="8" aria-describedby="${id}-complaint"><span></span><em id="${id}-complaint" role="status"></em></div>`
  const [input, unit, complaint] = parent.firstChild.children
  unit.textContent = field.unit
  input.setAttribute("aria-label", label)
  input.addEventListener("input", () => {
    const words = complaintWords(input.value, field.unit)
    if (complaint.textContent !== words) complaint.textContent = words // said once, not with every key
    input.setAttribute("aria-invalid", String(Boolean(words)))
    touched()
  })
  return {
    value: () => typed(input.value, field.unit),
    enter: (check) => input.addEventListener("keydown", (event) => event.key === "Enter" && check()),
    show({ given }) {
      input.value = String(given).replace("-", "−")
      input.disabled = true
    },
  }
}

function order(parent, { label, field }, touched) {
  let ids = field.items.map((item) => item.id)
  let said = false
  const words = Object.fromEntries(field.items.map((item) => [item.id, item.html]))
  parent.innerHTML = `<ol class="items"></ol><p class="announced" role="status"></p>`
  const [list, announced] = parent.children
  list.setAttribute("aria-label", label)
  const draw = (grade) => {
    list.innerHTML = ids
      .map((id, at) => {
        const text = field.plain[id]
        const ways = grade ? "" : `<button type="button" class="plain" data-by="-1" aria-label="Up: ${text}"${at ? "" : " disabled"}>↑</button><button type="button" class="plain" data-by="1" aria-label="Down: ${text}"${at < ids.length - 1 ? "" : " disabled"}>↓</button>`
        const place = grade ? grade.key.indexOf(id) : -1
        const mark = grade ? `<i class="mark">${place === at ? "✓" : `belongs to place ${place + 1}`}</i>` : ""
        const handle = grade ? "" : '<i class="handle" aria-hidden="true"></i>'
        return `<li data-id="${id}"${list.dataset.carried === id ? ' class="carried"' : ""} data-kind="${grade ? (place === at ? "right" : "wrong") : ""}">${handle}<span>${words[id]}</span>${mark}${ways}</li>`
      })
      .join("")
  }
  const put = (id, place) => {
    ids = moved(ids, ids.indexOf(id), place - ids.indexOf(id))
    draw()
  }
  const done = (id) => {
    said = true
    announced.textContent = `${field.plain[id]}: place ${ids.indexOf(id) + 1} of ${ids.length}`
    touched()
  }
  list.addEventListener("click", ({ target }) => {
    const button = target.closest("button")
    if (!button) return
    const id = button.closest("li").dataset.id, by = Number(button.dataset.by)
    put(id, ids.indexOf(id) + by)
    const same = list.querySelector(`[data-id="${id}"] [data-by="${by}"]`)
    ;(same.disabled ? same.parentElement.querySelector("button:not(:disabled)") : same).focus()
    done(id)
  })
  const told = () => !list.querySelector("button")
  carry(list, { id: (child) => child.dataset.id, put, done, off: told })
  draw()
  return {
    value: () => (said ? ids : null),
    show(grade) {
      ids = grade.given
      announced.textContent = ""
      draw(grade)
    },
  }
}

function slider(parent, { id, label, field }, touched) {
  const reads = field.reads ?? []
  parent.innerHTML = `<div class="shares" aria-hidden="true">${(field.logits ?? []).map(() => "<b><i></i></b>").join("")}</div>
    <label class="dial"><span>${field.dial}</span><output></output><input class="slider" type="range" id="${id}"></label>
    <dl class="reads">${reads.map(() => "<div><dt></dt><dd></dd></div>").join("")}</dl>`
  const input = parent.querySelector("input"), output = parent.querySelector("output")
  const bars = [...parent.querySelectorAll(".shares i")]
  const read = [...parent.querySelectorAll("dd")]
  parent.querySelectorAll("dt").forEach((term, at) => (term.textContent = reads[at].words))
  Object.assign(input, { min: field.low, max: field.high, step: field.step, value: field.start })
  input.setAttribute("aria-label", `${field.dial}. ${label}`)
  let turned = false
  const draw = () => {
    const at = Number(input.value)
    output.textContent = String(Number(at.toFixed(3)))
    const shares = field.logits ? softmax(field.logits, at) : []
    shares.forEach((share, index) => (bars[index].style.transform = `scaleX(${share.toFixed(4)})`))
    const said = reads.map(({ words, at: stops }, index) => `, ${words} ${(read[index].textContent = stops[Math.round((at - field.low) / field.step)])}`).join("")
    const seen = `${shares.length ? `, shares ${shares.map((share) => `${Math.round(100 * share)}%`).join(", ")}` : ""}${said}`
    input.setAttribute("aria-valuetext", `${output.textContent}${seen}`)
    input.style.setProperty("--share", `${(100 * (at - field.low)) / (field.high - field.low)}%`)
  }
  input.addEventListener("input", () => {
    turned = true
    draw()
    touched()
  })
  draw()
  return {
    value: () => (turned ? Number(input.value) : null),
    show({ given, key, score }) {
      input.value = given
      input.disabled = true
      draw()
      const bits = field.logits ? `: ${entropy(softmax(field.logits, given)).toFixed(2)} ${field.unit}` : ""
      output.textContent = `${given}${bits}${score === 1 ? "" : ` · ${key} would do`}`
    },
  }
}

function curve(parent, { field }, touched) {
  const knots = new Knots(parent, field)
  knots.show(null, null)
  parent.addEventListener("input", touched)
  parent.addEventListener("pointerup", touched)
  return {
    value: () => knots.value(),
    show: ({ given, key }) => knots.show(given, key),
  }
}

function pick(parent, { label, field }, touched) {
  let taken = null
  const bars = field.shares
  if (field.chart) parent.innerHTML = `<div class="press ${isMap(field.chart) ? "map" : "rows"}" role="radiogroup">${chartHtml(field.chart)}</div><p class="below muted"></p>`
  else
    parent.innerHTML = `${bars ? `<img src="${field.image}" alt="" width="112" height="112">` : ""}<div class="${bars ? "press bars" : "press images"}" role="radiogroup">${field.choices
      .map((choice, at) => (bars ? `<button type="button" role="radio" data-id="${choice}"><span>${choice}</span><b><i style="transform:scaleX(${bars[at].toFixed(4)})"></i></b></button>` : `<button type="button" role="radio" data-id="${choice}"><img src="${field.images[at]}" alt="${field.seen[at]}"></button>`))
      .join("")}</div>`
  const group = parent.querySelector(".press")
  group.setAttribute("aria-label", label)
  if (field.chart) {
    parent.querySelector(".below").textContent = field.chart.below
    group.style.setProperty("--columns", field.chart.heads.length - 1)
    group.classList.toggle("reaching", Boolean(field.chart.drawn))
  }
  const buttons = [...group.querySelectorAll("button")]
  const columns = field.chart ? Math.max(...field.chart.rows.map((places) => places.length)) : bars ? 1 : null
  const roving = new Roving(group, { columns })
  const mark = () => buttons.forEach((button) => button.setAttribute("aria-checked", String(button.dataset.id === taken)))
  if (bars) buttons.forEach((button, at) => button.setAttribute("aria-label", `${field.choices[at]}: ${(100 * bars[at]).toFixed(1)}%`))
  group.addEventListener("click", ({ target }) => {
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
    show({ given, key }) {
      taken = given
      mark()
      buttons.forEach((button) => {
        button.disabled = true
        button.dataset.kind = button.dataset.id === key ? "right" : button.dataset.id === given ? "wrong" : ""
      })
    },
  }
}

function bug(parent, data, touched) {
  const { rows } = data.field
  parent.innerHTML = `<div class="wide" role="group" aria-label="What the run says about itself" tabindex="0"><table></table></div><div></div>`
  const table = parent.querySelector("table")
  table.replaceChildren(...diagnosis(rows))
  const options = chosen(parent.lastElementChild, data, touched)
  return {
    value: options.value,
    show(grade) {
      options.show(grade)
      table.replaceChildren(...diagnosis(rows, grade.lit))
    },
  }
}
