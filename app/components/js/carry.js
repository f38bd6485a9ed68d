// Carries one thing of a list to another place: by mouse anywhere on it, by finger or pen at its handle.

/**
 * Lets the children of a list be carried. id(child): which thing it is; put(id, place): it was carried there, and the
 * list is drawn anew; done(id): it was let go, in another place than before; off(): nothing can be carried now.
 * @param {HTMLElement} list
 * @param {{id: (child: any) => string, put: (id: string, place: number) => void, done: (id: string) => void,
 *   off: () => boolean}} options
 */
export function carry(list, { id, put, done, off }) {
  /** @type {{id: string, pointer: number, from: number} | null} */
  let held = null
  const places = () => [...list.children]
  const at = () => places().findIndex((child) => id(child) === held?.id)
  list.addEventListener("pointerdown", (event) => {
    const target = /** @type {Element} */ (event.target)
    const child = target.closest("li")
    if (held || off() || !child || event.button || target.closest("button")) return
    if (event.pointerType !== "mouse" && !target.closest(".handle")) return // else it scrolls
    event.preventDefault() // no text is marked
    held = { id: id(child), pointer: event.pointerId, from: places().indexOf(child) }
    list.setPointerCapture(event.pointerId)
    list.dataset.carried = held.id
    put(held.id, held.from)
  })
  list.addEventListener("pointermove", (event) => {
    if (!held || event.pointerId !== held.pointer) return
    const boxes = places().map((child) => child.getBoundingClientRect())
    const place = placeOf(event.clientY, at(), boxes)
    if (place !== at()) put(held.id, place)
  })
  for (const end of /** @type {const} */ (["pointerup", "pointercancel"]))
    list.addEventListener(end, (event) => {
      if (!held || event.pointerId !== held.pointer) return
      const { id: carried, from } = held
      const to = at()
      held = null
      delete list.dataset.carried
      put(carried, to)
      if (to !== from) done(carried)
    })
}

/**
 * The place of a thing that is carried to height y: behind each one whose middle is above. boxes: of all, from above;
 * at: which of them is carried. A neighbour goes by as soon as its middle is passed, and so never back at once.
 * @param {number} y @param {number} at @param {{top: number, height: number}[]} boxes
 */
export function placeOf(y, at, boxes) {
  const middle = (/** @type {{top: number, height: number}} */ { top, height }) => top + height / 2
  let place = at
  while (place + 1 < boxes.length && y > middle(boxes[place + 1])) place += 1
  if (place === at) while (place > 0 && y < middle(boxes[place - 1])) place -= 1
  return place
}
