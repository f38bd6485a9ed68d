"""From the end of a stroke to the bars of ten students, which answer in the page while no server can be reached.

Times are taken in the page, from the pen's lift to the end of the frame that shows the bars.
"""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator

import numpy as np
from playwright.sync_api import Page

from tests import drawing
from tests.benchmarks.machine import words
from tests.benchmarks.runs import visiting

RUN = "recorded-mnist-kd"
ROUNDS = 5  # of ten digits each
WATCH = """() => {
  window.taken = []
  let lifted = 0
  document.querySelector("canvas.pad").addEventListener("pointerup", (event) => { lifted = event.timeStamp }, true)
  new MutationObserver(() => {
    if (!lifted) return
    const from = lifted
    lifted = 0
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => window.taken.push(performance.now() - from)
    requestAnimationFrame(() => port2.postMessage(null)) // heard after this frame's layout and paint
  }).observe(document.querySelector(".drawing"), { attributes: true, attributeFilter: ["data-answers"] })
}"""


def by_hand(page: Page, address: str) -> list[float]:
    """Milliseconds from the end of each stroke of some digits to the end of the frame that shows the bars."""
    page.goto(f"{address}/lab?run={RUN}")
    page.locator(".answers[data-ready] .bar").first.wait_for(timeout=60_000)
    page.locator('[data-source="drawn"]').click()
    pad = page.locator("canvas.pad")
    pad.evaluate("pad => pad.scrollIntoView({ block: 'center' })")
    with page.expect_response("**/students"):
        pad.hover()
    page.context.set_offline(True)
    page.evaluate(WATCH)
    place = pad.bounding_box()
    assert place is not None
    scale = place["width"] / drawing.SIDE
    strokes = 0
    for digit in list(drawing.DRAWN) * ROUNDS:
        for stroke in drawing.strokes(digit):
            points = [(place["x"] + scale * x, place["y"] + scale * y) for x, y in stroke]
            page.mouse.move(*points[0])
            page.mouse.down()
            for point in points[1:]:
                page.mouse.move(*point, steps=3)
            page.mouse.up()
            strokes += 1
            page.wait_for_function("n => window.taken.length >= n", arg=strokes, timeout=30_000)
        page.locator('[data-pad="empty"]').click()
    taken: list[float] = page.evaluate("() => window.taken")
    return taken


def kilobytes(address: str, run: str) -> float:
    """The size of a run's student as a page to take home, in kB."""
    with urllib.request.urlopen(f"{address}/api/runs/{run}/student.html?keep=1", timeout=60) as answer:
        return len(answer.read()) / 1000


def measure() -> Iterator[tuple[str, object]]:
    """Yield answer_ms, answer_p95_ms, and file_kb of a student of 9,098 parameters."""
    with visiting() as (page, address):
        taken = by_hand(page, address)
        yield "answer_ms", float(np.median(taken))
        yield "answer_p95_ms", float(np.percentile(taken, 95))
        yield "file_kb", kilobytes(address, RUN)
    yield "machine", words()
