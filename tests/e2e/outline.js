// What axe leaves to a reader: targets that are too small to hit, headings that skip a level, landmarks of one name.
;() => {
  const seen = (node) => node.checkVisibility({ opacityProperty: true, visibilityProperty: true })
  const named = (node) => `${node.outerHTML.slice(0, 120)}`
  const LEAST = 24 // pixels, WCAG 2.2, 2.5.8: what is smaller needs a free circle of that size around it
  const reach = (node) => {
    const own = node.getBoundingClientRect()
    const after = getComputedStyle(node, "::after")
    const more =
      after.content === "none" || after.position !== "absolute" ? 0 : Math.max(0, -parseFloat(after.inset) || 0)
    return { width: own.width + 2 * more, height: own.height + 2 * more }
  }
  const inText = (node) =>
    getComputedStyle(node).display.startsWith("inline") && node.closest("p, li, td, th, dd, label, summary")
  const hidden = (node) =>
    node.closest(".visually-hidden, [inert], [aria-hidden=true]") || node.getBoundingClientRect().width < 2
  const targets = [
    ...document.querySelectorAll("button, a[href], select, summary, input:not([type=hidden]), [role=slider]"),
  ]
    .filter((node) => seen(node) && !hidden(node) && !inText(node) && !node.disabled)
    .filter((node) => !node.matches("label input, [data-rac] input")) // what is around it is hit
  const small = targets.filter((node) => {
    const { width, height } = reach(node)
    return width < LEAST - 0.5 || height < LEAST - 0.5
  })
  const near = (node) => {
    const at = node.getBoundingClientRect()
    const [x, y] = [at.x + at.width / 2, at.y + at.height / 2]
    return targets.some((other) => {
      if (other === node || other.contains(node) || node.contains(other)) return false
      const box = other.getBoundingClientRect()
      const away = Math.hypot(Math.max(box.left - x, 0, x - box.right), Math.max(box.top - y, 0, y - box.bottom))
      return away < LEAST / 2
    })
  }
  const levels = [...document.querySelectorAll(".stMain :is(h1, h2, h3, h4, h5, h6)")].filter(seen)
  const skips = levels.filter((node, at) => Number(node.tagName[1]) > Number(levels[at - 1]?.tagName[1] ?? 0) + 1)
  const LANDMARKS = "main, nav, [role=navigation], [role=region], section[aria-label], aside, form[aria-label]"
  const names = [...document.querySelectorAll(LANDMARKS)]
    .filter(seen)
    .map((node) => `${node.getAttribute("role") ?? node.tagName.toLowerCase()} “${node.ariaLabel ?? ""}”`)
  const twice = names.filter((name, at) => names.indexOf(name) !== at)
  return [
    ...small.filter(near).map((node) => `too small to hit: ${named(node)}`),
    ...skips.map((node) => `a heading skips a level: ${named(node)}`),
    ...twice.map((name) => `two landmarks are called ${name}`),
  ]
}
