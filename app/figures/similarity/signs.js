// Signs for the classes whose photographs are not on this machine: the product ships none of them.

import { make } from "../../components/js/component.js"

const wheels = [7, 17].map((x) => `M${x - 2} 16a2 2 0 1 0 4 0a2 2 0 1 0-4 0`).join("")
const PATHS = {
  airplane: "M12 3v17M12 9l9 5v2l-9-3-9 3v-2zM12 17l4 3v1l-4-1-4 1v-1z",
  automobile: `M5 16H3v-4l3-1 2-4h8l3 4 2 1v4h-2M9 16h6M6 11h13${wheels}`,
  bird: "M3 12c3 0 4-5 9-5a5 5 0 0 1 5 4l4 1-4 1c0 4-4 6-8 6-2 0-4-1-5-3zM14.5 10.5v.1M10 19v2M13 18v3",
  cat: "M5 4l3 4h8l3-4v9a7 7 0 0 1-14 0zM9 12v.5M15 12v.5M11 15l1 1 1-1M1 13h3M1 16l3-1M23 13h-3M23 16l-3-1",
  deer: "M8 10h8l-1 7-3 4-3-4zM8 11l-4-2M16 11l4-2M9 10V7L6 3M8 6H4M15 10V7l3-4M16 6h4M10.5 13v.5M13.5 13v.5",
  dog: "M7 6h10v8a5 5 0 0 1-10 0zM7 6c-3 0-4 3-4 8 2 0 4-1 4-4M17 6c3 0 4 3 4 8-2 0-4-1-4-4M10 11v.5M14 11v.5M11 15h2z",
  frog: "M3 13c0-3 4-4 9-4s9 1 9 4-4 6-9 6-9-3-9-6zM5 9a2.5 2.5 0 0 1 5 0M14 9a2.5 2.5 0 0 1 5 0M7 14c3 2 7 2 10 0",
  horse: "M9 3l2 3 5 3 4 8-3 3-5-4c-1 2-2 3-2 5H4c0-8 1-12 5-18zM14 10v.5M6 9l-3 1M5 14l-3 1",
  ship: "M3 14h18l-3 6H6zM6 14v-4h12v4M10 10V5h4v5",
  truck: `M5 16H2V7h12v9H9M14 10h4l4 3v3h-3M14 16h1${wheels}`,
}

/** The sign of a class by its name, null if there is none. @param {string} name @returns {any} */
export function sign(name) {
  if (!(name in PATHS)) return null
  const box = make("span")
  box.innerHTML = `<svg viewBox="0 0 24 24"><path d="${PATHS[name]}"/></svg>`
  return box.firstChild
}
