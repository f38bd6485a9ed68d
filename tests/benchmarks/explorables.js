// What the benchmark of explorables measures in a lesson: from a slider's event to the frame that shows its effect.
// Added before the page's own scripts; `measured.watch(root)` begins. Times are milliseconds of performance.now().
;(() => {
  const now = () => performance.now()
  const measured = (window.measured = { turns: [], open: null })
  let spent = 0 // milliseconds in scripts since the slider was turned

  const frame = window.requestAnimationFrame.bind(window)
  window.requestAnimationFrame = (call) =>
    frame((t) => {
      const from = now()
      call(t)
      spent += now() - from
    })

  /**
   * Called in a frame: calls back after its layout and paint, at the first thing that the page hears then. A message
   * alone would come frames later while keys come in: the browser hears those first.
   */
  const ended = (done) => {
    const heard = new AbortController()
    const once = () => {
      if (heard.signal.aborted) return
      heard.abort()
      done()
    }
    for (const type of ["keydown", "keyup", "pointermove"]) {
      window.addEventListener(type, once, { capture: true, signal: heard.signal })
    }
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = once
    port2.postMessage(null)
    frame(once)
  }

  measured.watch = (root) => {
    const figure = document.querySelector(root)
    window.addEventListener(
      "input",
      (event) => {
        if (!figure.contains(event.target)) return
        if (!measured.open) {
          measured.open = { since: event.timeStamp }
          spent = 0
        }
        measured.open.from = now()
      },
      true,
    )
    window.addEventListener("input", () => {
      const turn = measured.open
      if (!turn?.from) return
      spent += now() - turn.from
      turn.from = 0
      if (turn.waits) return
      turn.waits = true
      frame(() =>
        ended(() => {
          // the frame of this turn: what the figure draws in it was asked for before
          measured.turns.push({ drawn: now() - turn.since, handler: spent, text: figure.textContent })
          measured.open = null
        }),
      )
    })
  }
})()
