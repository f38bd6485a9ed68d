// Carries one thing of a list to another place: by mouse anywhere on it, by finger or pen at its handle. Knows no question.

/**
 * list: whose children are the things, drawn anew by `put`. id(child): which thing it is; put(id, place): it was carried
 * there; done(id): it was let go, in another place than before.
 */
export function carry(list, { id, put, done, off }) {
  let held = null
  const places = () => [...list.children]
  const at = () => places().findIndex((child) => id(child) === held.id)
  list.addEventListener("pointerdown", (event) => {
    const child = event.target.closest("li")
    if (held || off() || !child || event.button || event.target.closest("button")) return
    if (event.pointerType !== "mouse" && !event.target.closest(".handle")) return // else it scrolls
    event.preventDefault() // no text is marked
    held = { id: id(child), pointer: event.pointerId, from: places().indexOf(child) }
    list.setPointerCapture(event.pointerId)
    list.dataset.carried = held.id
    put(held.id, held.from)
  })
  list.addEventListener("pointermove", (event) => {
    if (event.pointerId !== held?.pointer) return
    const place = placeOf(event.clientY, at(), places().map((child) => child.getBoundingClientRect()))
    if (place !== at()) put(held.id, place)
  })
  for (const end of ["pointerup", "pointercancel"])
    list.addEventListener(end, (event) => {
      if (event.pointerId !== held?.pointer) return
      const { id: carried, from } = held
      const to = at()
      held = null
      delete list.dataset.carried
      put(carried, to)
      if (to !== from) done(carried)
    })
}

/**
 * Where a thing belongs that is carried to height y: behind each one whose middle is above. boxes: {top, height} of all,
 * from above; at: which of them is carried. A neighbour goes by as soon as its middle is passed, and so never back at once.
 */
export function placeOf(y, at, boxes) {
  const middle = ({ top, height }) => top + height / 2
  let place = at
  while (place + 1 < boxes.length && y > middle(boxes[place + 1])) place += 1
  if (place === at) while (place > 0 && y < middle(boxes[place - 1])) place -= 1
  return place
}
