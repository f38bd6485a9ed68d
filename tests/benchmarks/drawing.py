"""From the end of a stroke to the bars of teacher and ten students, in a real browser; and thirty who draw at once.

The thirty send a picture every 300 milliseconds, as a hand that draws without a break does, while two runs train.
"""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import numpy as np
from playwright.sync_api import Page

from app.experiments.kinds.cohort import RunSpec
from app.experiments.spec import default_settings
from app.store import Store
from tests import drawing
from tests.benchmarks.machine import words
from tests.benchmarks.runs import visiting

RUN = "recorded-mnist-kd"
ROUNDS, LEARNERS, SECONDS, EVERY = 40, 30, 15.0, 0.3
WATCH = """() => {
  const root = document.querySelector(".drawing")
  window.taken = []
  let lifted = 0
  document.querySelector("canvas.pad").addEventListener("pointerup", () => { lifted = performance.now() }, true)
  new MutationObserver(() => {
    if (!lifted) return
    const from = lifted
    lifted = 0
    requestAnimationFrame(() => requestAnimationFrame(() => window.taken.push(performance.now() - from)))
  }).observe(root, { attributes: true, attributeFilter: ["data-answers"] })
}"""


def answered(address: str, body: bytes) -> float | None:
    """Seconds until a drawing is answered; None where it is refused."""
    start = time.perf_counter()
    request = urllib.request.Request(f"{address}/api/runs/{RUN}/drawing", body, method="POST")
    request.add_header("Content-Type", "application/octet-stream")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()
    except urllib.error.HTTPError:
        return None
    return time.perf_counter() - start


def by_hand(page: Page, address: str) -> list[float]:
    """Milliseconds from the end of each stroke to the frame after the bars were drawn."""
    page.goto(f"{address}/?run={RUN}")
    page.locator(".answers[data-ready] .bar").first.wait_for(timeout=60_000)
    page.locator('[data-source="drawn"]').click()
    page.locator("canvas.pad").wait_for()
    page.evaluate(WATCH)
    pad = page.locator("canvas.pad").bounding_box()
    assert pad is not None
    chance = np.random.default_rng(0)
    for number in range(ROUNDS):
        for press in (page.mouse.down, page.mouse.up):
            x, y = chance.uniform(0.2, 0.8, 2)
            page.mouse.move(pad["x"] + pad["width"] * x, pad["y"] + pad["height"] * y)
            press()
        page.wait_for_function("n => window.taken.length > n", arg=number, timeout=30_000)
        page.wait_for_timeout(350)
    taken: list[float] = page.evaluate("() => window.taken")
    return taken


def thirty(address: str) -> tuple[list[float], int]:
    """(Seconds of every answer, how many were refused) while everybody draws and two runs train."""
    store = Store()
    for learner in ("a" * 24, "b" * 24):
        spec = RunSpec.two_arms(default_settings() | {"epochs": 100, "labels": 4000}, (1, 2, 3))
        store.runs.submit(spec, learner)
    while store.runs.trainings() < 2:
        time.sleep(0.1)
    picture = drawing.prepared(drawing.inked(drawing.strokes(5)))
    assert picture is not None
    seconds: list[float | None] = []
    end = time.monotonic() + SECONDS

    def learn(number: int) -> None:
        time.sleep(EVERY * number / LEARNERS)
        while time.monotonic() < end:
            took = answered(address, picture.tobytes())
            seconds.append(took)
            time.sleep(max(0.0, EVERY - (took or 0.0)))

    threads = [threading.Thread(target=learn, args=(number,)) for number in range(LEARNERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    store.close()
    well = [one for one in seconds if one is not None]
    return well, len(seconds) - len(well)


def measure() -> Iterator[tuple[str, object]]:
    """Yield drawing_ms and drawing_p95_ms of one learner, and the same of thirty at once, drawn_per_second, refused."""
    with visiting() as (page, address):
        while answered(address, bytes(28 * 28)) is None:  # until the process that answers is there
            time.sleep(0.2)
        taken: Any = by_hand(page, address)
        page.close()  # the thirty have the machine to themselves
        yield "drawing_ms", float(np.median(taken))
        yield "drawing_p95_ms", float(np.percentile(taken, 95))
        many, refused = thirty(address)
        yield "drawing_30_ms", 1000 * float(np.median(many))
        yield "drawing_30_p95_ms", 1000 * float(np.percentile(many, 95))
        yield "drawn_30_per_second", len(many) / SECONDS
        yield "refused_30", refused
    yield "machine", words()
