"""An α × T sweep from the press on Run to its last cell, in a real headless browser, with warm workers.

6 × 6 settings × 3 seeds with labels only beside them, at the lab's default updates. The time is taken in the page: from
the click to the frame after the last cell was drawn.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from statistics import median
from typing import Any

from playwright.sync_api import Page

from app.catalog import declared
from app.experiments.sweep import Sweep
from app.store import Store
from tests.benchmarks.machine import words
from tests.benchmarks.runs import visiting

ROUNDS, PATIENCE = 3, 600_000
WATCH = """() => {
  window.swept = {}
  document.addEventListener("click", (event) => {
    if (event.target.closest(".st-key-sweep-run button")) window.swept = { clicked: performance.now() }
  }, true)
  const figure = document.querySelector(".sweep")
  new MutationObserver(() => {
    const s = window.swept
    if (!s.clicked) return
    const { state, finished } = figure.dataset
    const now = performance.now()
    if (state === "live") s.live = true
    if (!s.live) return
    if (!s.first && Number(finished) > 0) s.first = now - s.clicked
    if (state === "ended" && !s.ending) {
      s.ending = true
      requestAnimationFrame(() => requestAnimationFrame((t) => (s.last = t - s.clicked)))
    }
  }).observe(figure, { attributes: true })
}"""


def sweep_once(page: Page) -> dict[str, Any]:
    """Press Run and wait for the last cell; milliseconds to the first finished cell and to the last."""
    page.locator(".st-key-sweep-run button:visible").click()
    page.wait_for_function("() => window.swept.last", timeout=PATIENCE)
    swept: dict[str, Any] = page.evaluate("() => window.swept")
    time.sleep(1)
    return swept


def measure() -> Iterator[tuple[str, object]]:
    """Yield sweep_s, the median of some sweeps, and what a sweep consists of."""
    with visiting() as (page, address):
        page.goto(f"{address}/sweeps?kind=temperature-alpha")
        page.locator(".sweep[data-ready]").wait_for(timeout=60_000)
        page.locator(".st-key-sweep-run button:visible").wait_for(timeout=60_000)
        page.evaluate(WATCH)
        rounds = [sweep_once(page) for _ in range(ROUNDS)]
        sweep_id = page.locator(".sweep").get_attribute("data-sweep")
    store = Store()
    stored = store.sweeps.get(str(sweep_id))
    assert stored is not None
    plan, runs = Sweep.read(stored.plan), store.sweeps.runs(stored.id)
    assert all(run.state == "finished" for run, _ in runs)
    points = len(store.runs.events(runs[0][0].id, 0))
    store.close()
    yield "sweep_s", median(one["last"] for one in rounds) / 1000
    yield "first_cell_s", median(one["first"] for one in rounds) / 1000
    yield "sweep_s_each", " ".join(f"{one['last'] / 1000:.1f}" for one in rounds)
    yield "cells", len(runs)
    yield "seeds", len(plan.seeds)
    yield "updates", plan.cells()[0].spec.updates
    yield "evaluations", points
    yield "labels", plan.settings["labels"]
    yield "student", plan.settings["student"]
    yield "threads", declared.THREADS_PER_RUN
    yield "machine", words()
