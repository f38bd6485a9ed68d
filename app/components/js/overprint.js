// Texts of a page of which one lies on the other: nobody can read either.

const UNSEEN = ".visually-hidden, .announced, h1, .st-key-quiz h2, option, style, script, math"
const SEEN = { opacityProperty: true, visibilityProperty: true }
const TALL = [0.26, 0.78] // where the capitals of a line begin and end, as shares of its height
const TOUCHES = 2 // pixels by which neighbours may reach into each other

/**
 * Pairs of words, each once. @param {Element} page
 * @returns {string[]}
 */
export function overprinted(page) {
  /** @type {{words: string, left: number, right: number, top: number, bottom: number}[]} */
  const lines = []
  const texts = document.createTreeWalker(page, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    const { currentNode } = texts
    const words = currentNode.textContent?.trim().slice(0, 20)
    const element = currentNode.parentElement
    if (!words || !element || element.closest(UNSEEN) || !element.checkVisibility(SEEN)) continue
    const range = document.createRange()
    range.selectNodeContents(currentNode)
    for (const { left, right, top, height } of range.getClientRects()) {
      if (right - left <= TOUCHES) continue
      lines.push({ words, left, right, top: top + TALL[0] * height, bottom: top + TALL[1] * height })
    }
  }
  const pairs = lines.flatMap((one, at) =>
    lines
      .slice(at + 1)
      .filter((other) => lie(one, other))
      .map((other) => `${one.words} / ${other.words}`),
  )
  return [...new Set(pairs)]
}

/** Whether one lies on the other. @param {any} one @param {any} other */
function lie(one, other) {
  if (one.words === other.words) return false
  const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left)
  const high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top)
  return wide > TOUCHES && high > TOUCHES
}
