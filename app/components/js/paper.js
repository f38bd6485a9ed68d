// What a page has on paper, and not on a screen. While it is printed, style lays it out as wide as paper
// (`data-paper`), and whatever draws by its size draws anew: see `Component.observe`.

/** The page as it is printed; it tells by the event “laid” that it has another width. */
export const paper = Object.assign(new EventTarget(), { on: false })

/** The page is printed, or on the screen again. @param {boolean} on */
export function print(on) {
  paper.on = on
  document.documentElement.toggleAttribute("data-paper", on)
  paper.dispatchEvent(new Event("laid"))
}

globalThis.addEventListener?.("beforeprint", () => print(true))
globalThis.addEventListener?.("afterprint", () => print(false))

/** What an element has within its padding, in pixels. @param {Element} element */
export function within(element) {
  const { paddingLeft, paddingRight, paddingTop, paddingBottom } = getComputedStyle(element)
  const [left, right, top, bottom] = [paddingLeft, paddingRight, paddingTop, paddingBottom].map(parseFloat)
  return { width: element.clientWidth - left - right, height: element.clientHeight - top - bottom }
}

/** The style that puts a page's address at the foot of every sheet: of a run, its own alone. @param {string} href */
export function atTheFoot(href) {
  const address = new URL(href)
  const run = address.searchParams.get("run")
  if (run && address.pathname.split("/").at(-1) === "lab") address.search = `?run=${encodeURIComponent(run)}`
  const words = JSON.stringify(address.href)
  const look = "font: 8pt sans-serif; color: #555"
  return `@page { @bottom-left { content: ${words}; ${look} } @bottom-right { content: counter(page); ${look} } }`
}
