// Returns the texts of the page whose contrast with what lies behind them is below WCAG AA: [[text, ratio, size]].
;() => {
  const parsed = (colour) => {
    const canvas = (window.contrastCanvas ??= Object.assign(document.createElement("canvas"), {
      width: 1,
      height: 1,
    }).getContext("2d", { willReadFrequently: true }))
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = colour
    canvas.fillRect(0, 0, 1, 1)
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data
    return [r, g, b, a / 255]
  }
  const over = (top, bottom) => top.slice(0, 3).map((value, index) => value * top[3] + bottom[index] * (1 - top[3]))
  const luminance = (rgb) => {
    const [r, g, b] = rgb.map((value) =>
      value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
    )
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const behind = (element, words) => {
    const layers = []
    const [x, y] = [words.left + words.width / 2, words.top + words.height / 2]
    for (let at = element; at; at = at.parentElement) {
      const box = at.getBoundingClientRect()
      const lies = box.left <= x && x <= box.right && box.top <= y && y <= box.bottom
      if (lies || at === document.body) layers.push(parsed(getComputedStyle(at).backgroundColor))
    }
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255])
  }
  const found = []
  const walker = document.createTreeWalker(document.querySelector(".stApp"), NodeFilter.SHOW_TEXT)
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim()
    const element = walker.currentNode.parentElement
    const style = getComputedStyle(element)
    const inSvg = element.closest("svg")
    if (
      !text ||
      element.closest("style, script, .visually-hidden, [hidden], :disabled, [aria-disabled=true]") ||
      style.visibility === "hidden"
    )
      continue
    if (!element.getClientRects().length) continue
    let opacity = 1
    for (let at = element; at; at = at.parentElement) opacity *= Number(getComputedStyle(at).opacity)
    const range = document.createRange()
    range.selectNode(walker.currentNode)
    const below = behind(inSvg?.parentElement ?? element, range.getBoundingClientRect())
    const ink = parsed(inSvg ? style.fill : style.color)
    if (ink[3] * opacity < 0.05) continue // kept for a later moment, and not to be seen now
    const front = over([...ink.slice(0, 3), ink[3] * opacity], below)
    const [light, dark] = [luminance(front), luminance(below)].sort((a, b) => b - a)
    const ratio = (light + 0.05) / (dark + 0.05)
    const size = parseFloat(style.fontSize)
    const large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700)
    if (ratio < (large ? 3 : 4.5)) found.push([text.slice(0, 60), Number(ratio.toFixed(2)), size])
  }
  return found
}
