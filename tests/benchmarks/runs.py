"""From a click on Train to the first point and to the end, in a real headless browser, with a warm worker.

Times are taken in the page, from the pointer's click to the frame after the picture was drawn.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from playwright.sync_api import Page, sync_playwright

from app.catalog import declared
from app.experiments.kinds.cohort import RunSpec
from app.experiments.spec import default_settings
from app.store import Store
from tests.benchmarks.machine import words
from tests.browser import ARGUMENTS, find

ROOT = Path(__file__).parent.parent.parent
ROUNDS, START_SECONDS, RUN_SECONDS = 5, 300.0, 120.0
WATCH = """() => {
  const drawn = (done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())))
  window.measured = { before: null }
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".st-key-train button")) return
    window.measured = { before: window.measured.run ?? null, clicked: performance.now() }
  }, true)
  document.addEventListener("distillery:point", ({ detail }) => {
    const m = window.measured
    if (!m.clicked || m.run || detail.run === m.before) return
    m.run = detail.run
    drawn((t) => (m.first = t - m.clicked))
  })
  const bench = document.querySelector(".bench")
  new MutationObserver(() => {
    const m = window.measured
    if (!m.run || m.ending || bench.dataset.state !== "finished") return
    m.ending = true
    drawn((t) => (m.last = t - m.clicked))
  }).observe(bench, { attributes: true, attributeFilter: ["data-state"] })
}"""


@contextmanager
def server() -> Iterator[str]:
    """A server of the product on a free port of this machine, with a warm worker; yields its address."""
    with served() as (address, _):
        yield address


@contextmanager
def served() -> Iterator[tuple[str, int]]:
    """The same; yields its address and the process id of the web server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py"]
    where = ["--server.address", "127.0.0.1", "--server.port", str(port)]
    process = subprocess.Popen([*command, *where], cwd=ROOT, stdout=subprocess.DEVNULL, env={**os.environ})
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(f"{address}/api/teachers/mnist/answers?data=mnist&image=0")  # answered once a worker is warm
        yield address, process.pid
    finally:
        process.terminate()
        process.wait(30)


def wait_for(url: str) -> None:
    """Wait until an address answers well. Raises TimeoutError."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise TimeoutError(f"{url} did not answer within {START_SECONDS:.0f} s")


def run_once(page: Page) -> dict[str, Any]:
    """Press Train and wait for the end; returns milliseconds to the first and the last point, and the run's id."""
    page.get_by_role("button", name="Train", exact=True).click()
    page.wait_for_function("() => window.measured.last", timeout=1000 * RUN_SECONDS)
    measured: dict[str, Any] = page.evaluate("() => window.measured")
    return measured


def measure() -> Iterator[tuple[str, object]]:
    """Yield first_point_s and default_experiment_s (medians of several runs) and what the experiment consists of."""
    browser = find()
    if browser is None:
        raise SystemExit("No Chromium was found: make browser")
    with server() as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=list(ARGUMENTS))
        page = chromium.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{address}/lab")
        page.get_by_role("button", name="Train", exact=True, disabled=False).wait_for(timeout=60_000)
        page.locator(".bench[data-ready=true]").wait_for(timeout=60_000)
        page.evaluate(WATCH)
        rounds = [run_once(page) for _ in range(ROUNDS + 1)][1:]  # the first warms browser and caches
        chromium.close()
    store = Store()
    ended = store.runs.get(rounds[-1]["run"])
    assert ended is not None
    points = [event for event in store.runs.events(ended.id, 0) if event["kind"] == "point"]
    store.close()
    spec = RunSpec.read(ended.spec_json)
    yield "first_point_s", median(one["first"] for one in rounds) / 1000
    yield "default_experiment_s", median(one["last"] for one in rounds) / 1000
    yield "first_point_s_each", " ".join(f"{one['first'] / 1000:.2f}" for one in rounds)
    yield "default_experiment_s_each", " ".join(f"{one['last'] / 1000:.2f}" for one in rounds)
    yield "training_s", float(ended.seconds or 0)
    yield "updates", spec.updates
    yield "batch", declared.BATCH
    yield "evaluations", len(points)
    yield "students", len(spec.arms) * len(spec.seeds)
    yield "labels", default_settings()["labels"]
    yield "threads", declared.THREADS_PER_RUN
    yield "machine", words()
