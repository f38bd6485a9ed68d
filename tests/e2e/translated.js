// What a browser's translation does to a page: each text gives way to an element with another text, also later.
;() => {
  const spared = "script, style, textarea, input, svg, font, [translate=no], .notranslate"
  const translate = () => {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    const texts = []
    while (walker.nextNode()) texts.push(walker.currentNode)
    for (const text of texts) {
      if (!text.data.trim() || text.parentElement?.closest(spared)) continue
      const stand = document.createElement("font")
      stand.append(document.createElement("font"))
      stand.firstChild.textContent = `‹${text.data}›`
      text.replaceWith(stand)
    }
  }
  translate()
  new MutationObserver(translate).observe(document.body, { childList: true, characterData: true, subtree: true })
}
