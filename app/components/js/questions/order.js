// Steps to put in order: carried by mouse or finger, or moved by buttons.

import { carry } from "../carry.js"
import { find } from "../find.js"
import { moved } from "../question_words.js"

export const instruction = "bring them into order"

/** @type {import("../question_kind.js").FieldOf} */
export function field(parent, { label, field: { items, plain } }, touched) {
  /** @type {string[]} */
  let ids = items.map((/** @type {{id: string}} */ item) => item.id)
  let said = false
  const words = Object.fromEntries(items.map((/** @type {{id: string, html: string}} */ { id, html }) => [id, html]))
  parent.innerHTML = `<ol class="items"></ol><p class="announced" role="status"></p>`
  const [list, announced] = [find(parent, "ol"), find(parent, "p")]
  list.setAttribute("aria-label", label)

  const button = (/** @type {string} */ id, /** @type {number} */ by, /** @type {boolean} */ can) =>
    `<button type="button" class="plain" data-by="${by}" aria-label="${by < 0 ? "Up" : "Down"}: ${plain[id]}"
      ${can ? "" : "disabled"}>${by < 0 ? "↑" : "↓"}</button>`
  const movable = (/** @type {string} */ id, /** @type {number} */ at) =>
    `<li data-id="${id}"${list.dataset.carried === id ? ' class="carried"' : ""} data-kind="">
      <i class="handle" aria-hidden="true"></i><span>${words[id]}</span>
      ${button(id, -1, at > 0)}${button(id, 1, at < ids.length - 1)}</li>`
  const graded = (/** @type {string} */ id, /** @type {number} */ at, /** @type {number} */ place) =>
    `<li data-id="${id}" data-kind="${place === at ? "right" : "wrong"}"><span>${words[id]}</span>
      <i class="mark">${place === at ? "✓" : `belongs to place ${place + 1}`}</i></li>`

  const draw = (/** @type {string[] | null} */ key = null) => {
    list.innerHTML = ids.map((id, at) => (key ? graded(id, at, key.indexOf(id)) : movable(id, at))).join("")
  }
  const put = (/** @type {string} */ id, /** @type {number} */ place) => {
    ids = moved(ids, ids.indexOf(id), place - ids.indexOf(id))
    draw()
  }
  const done = (/** @type {string} */ id) => {
    said = true
    announced.textContent = `${plain[id]}: place ${ids.indexOf(id) + 1} of ${ids.length}`
    touched()
  }
  list.addEventListener("click", (/** @type {any} */ { target }) => {
    const pressed = target.closest("button")
    if (!pressed) return
    const id = pressed.closest("li").dataset.id
    const by = Number(pressed.dataset.by)
    put(id, ids.indexOf(id) + by)
    const same = find(list, `[data-id="${id}"] [data-by="${by}"]`)
    ;(same.disabled ? same.parentElement.querySelector("button:not(:disabled)") : same).focus()
    done(id)
  })
  carry(list, { id: (child) => child.dataset.id, put, done, off: () => !list.querySelector("button") })
  draw()
  return {
    value: () => (said ? ids : null),
    miss({ given }) {
      ids = given
      draw()
    },
    show({ given, key }) {
      ids = given
      announced.textContent = ""
      draw(key)
    },
  }
}
