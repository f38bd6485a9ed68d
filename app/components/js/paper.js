// What a page has on paper, and not on a screen.

/** The style that puts a page's address at the foot of every sheet: of a run, its own alone. @param {string} href */
export function atTheFoot(href) {
  const address = new URL(href)
  const run = address.searchParams.get("run")
  if (run && address.pathname.split("/").at(-1) === "lab") address.search = `?run=${encodeURIComponent(run)}`
  const words = JSON.stringify(address.href)
  const look = "font: 8pt sans-serif; color: #555"
  return `@page { @bottom-left { content: ${words}; ${look} } @bottom-right { content: counter(page); ${look} } }`
}
