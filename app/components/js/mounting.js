// How a component's class and Streamlit's mounts meet, for a class that does not extend `Component`.

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
