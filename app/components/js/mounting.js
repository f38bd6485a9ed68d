// How a component's class and Streamlit's mounts meet: one object for each place in the page, drawn again at every
// rerun, gone when the place is.

/** create(parent) → an object with render(component) and leave(). Returns what a component's module exports. */
export function mounting(create) {
  const alive = new WeakMap()
  return (component) => {
    const { parentElement } = component
    if (!alive.has(parentElement)) alive.set(parentElement, create(parentElement))
    alive.get(parentElement).render(component)
    return () => {
      alive.get(parentElement)?.leave()
      alive.delete(parentElement)
    }
  }
}

/** What the server answers at an address, as JSON; null where it refuses or is away. */
export async function read(address) {
  try {
    const response = await fetch(address, { cache: "no-store" })
    return response.ok ? await response.json() : null
  } catch {
    return null
  }
}
