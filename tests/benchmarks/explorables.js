// What the benchmark of explorables measures in a lesson: from a slider's event to the frame that shows its effect. Added
// before the page's own scripts; `measured.watch(root)` begins. Times are milliseconds of performance.now().
(() => {
  const now = () => performance.now()
  const measured = (window.measured = { turns: [], open: null })
  let spent = 0 // milliseconds in scripts since the slider was turned

  const frame = window.requestAnimationFrame.bind(window)
  window.requestAnimationFrame = (call) => frame((t) => {
    const from = now()
    call(t)
    spent += now() - from
  })

  measured.watch = (root) => {
    const figure = document.querySelector(root)
    window.addEventListener("input", (event) => {
      if (!figure.contains(event.target)) return
      if (!measured.open) {
        measured.open = { since: event.timeStamp }
        spent = 0
      }
      measured.open.from = now()
    }, true)
    window.addEventListener("input", () => {
      const turn = measured.open
      if (!turn?.from) return
      spent += now() - turn.from
      turn.from = 0
      if (turn.waits) return
      turn.waits = true
      frame(() => { // the frame of this turn: what the figure draws in it was asked for before
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = () => {
          measured.turns.push({ drawn: now() - turn.since, handler: spent, text: figure.textContent })
          measured.open = null
        }
        port2.postMessage(null) // heard after this frame's layout and paint
      })
    })
  }
})()
