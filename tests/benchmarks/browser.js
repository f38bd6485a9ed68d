// What the browser benchmark measures in the page, added before its own scripts. Times are milliseconds of
// performance.now(), which counts from the beginning of the navigation.
;(() => {
  const now = () => performance.now()
  const measured = (window.measured = { picture: null, turns: [], open: null })
  const CURVES = ".bench[data-ready] .picture svg :is(path.line, .scatterlayer path.js-line)"

  /** Calls back once the frame that shows the present state of the page has been drawn. */
  const drawn = (done) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => done(now())
    requestAnimationFrame(() => port2.postMessage(null)) // heard after this frame's layout and paint
  }

  const curves = () =>
    [...document.querySelectorAll(CURVES)].some((line) => line.checkVisibility({ visibilityProperty: true }))
  measured.whenDrawn = (there) =>
    new Promise((done) => {
      const look = () => (there() ? drawn(done) : requestAnimationFrame(look))
      look()
    })
  measured.curves = curves
  measured.whenDrawn(curves).then((t) => (measured.picture = t))

  // ── the temperature dial ───────────────────────────────────────────────────────────────────────────────────

  let spent = 0 // milliseconds in scripts since the dial was turned
  const frame = window.requestAnimationFrame.bind(window)
  window.requestAnimationFrame = (call) =>
    frame((t) => {
      const from = now()
      call(t)
      spent += now() - from
    })

  window.addEventListener(
    "input",
    (event) => {
      if (event.target.id !== "dial-temperature") return
      if (!measured.open) {
        measured.open = { since: event.timeStamp }
        spent = 0
      }
      measured.open.from = now()
    },
    true,
  )
  window.addEventListener("input", () => {
    if (measured.open) spent += now() - measured.open.from
  })
  measured.watch = () => {
    const bars = document.querySelector(".answers .bars")
    new MutationObserver(() => {
      const turn = measured.open
      if (!turn) return
      measured.open = null
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => measured.turns.push({ drawn: now() - turn.since, handler: spent })
      port2.postMessage(null)
    }).observe(bars, { attributes: true, subtree: true, attributeFilter: ["data-share"] })
  }
})()
