"""What the lab opens on: from a click on Train to its first point and its verdict, then to that of its control.

In a real headless browser, with a warm worker, some times with other seeds; of each try also what came out.

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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean, median
from typing import Any

from playwright.sync_api import Locator, Page, sync_playwright

from app.catalog import declared
from app.experiments.kinds.cohort import cohort_verdict
from app.experiments.outcome import of_run
from app.experiments.verdict import Verdict
from app.store import Store
from tests.benchmarks.machine import words
from tests.browser import ARGUMENTS, find

ROOT = Path(__file__).parent.parent.parent
ROUNDS, START_SECONDS, RUN_SECONDS = 5, 300.0, 120.0
CONTROL = ".bench .control-of:visible"
WATCH = """() => {
  const drawn = (done) => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now())))
  window.measured = { before: null }
  document.addEventListener("click", (event) => {
    if (!event.target.closest(".st-key-train button, .control-of")) return
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


def pressed(page: Page, button: Locator) -> dict[str, Any]:
    """Press what trains and wait for its end; returns the run's id and milliseconds to its first and last point."""
    button.click()
    page.wait_for_function("() => window.measured.last", timeout=1000 * RUN_SECONDS)
    measured: dict[str, Any] = page.evaluate("() => window.measured")
    return measured


@contextmanager
def visiting() -> Iterator[tuple[Page, str]]:
    """A visitor's tab on a desk, and the address of a server in an empty home."""
    browser = find()
    if browser is None:
        raise SystemExit("No Chromium was found: make browser")
    with server() as address, sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=browser, args=list(ARGUMENTS))
        yield chromium.new_page(viewport={"width": 1440, "height": 900}), address
        chromium.close()


def measure() -> Iterator[tuple[str, object]]:
    """Yield the seconds, medians over the tries, and what the arms of each try came to."""
    with visiting() as (page, address):
        page.goto(f"{address}/lab")
        train = page.get_by_role("button", name="Train", exact=True, disabled=False)
        train.wait_for(timeout=60_000)
        page.locator(".bench[data-ready=true]").wait_for(timeout=60_000)
        page.evaluate(WATCH)
        pressed(page, train)  # the first warms browser and caches
        both = [(pressed(page, train), pressed(page, page.locator(CONTROL))) for _ in range(ROUNDS)]
    tries, controls = zip(*both, strict=True)
    store = Store()
    ended = [store.runs.get(one["run"]) for one in (*tries, *controls)]
    last = {run.id: store.runs.events(run.id, 0) for run in ended if run}
    outcomes = [of_run(run, last[run.id][-1]) for run in ended if run]
    store.close()
    for name, key, some in (
        ("first_point_s", "first", tries),
        ("default_experiment_s", "last", tries),
        ("control_s", "last", controls),
    ):
        yield name, median(one[key] for one in some) / 1000
        yield f"{name}_each", " ".join(f"{one[key] / 1000:.2f}" for one in some)
    gains = [one.gain for one in outcomes[:ROUNDS]]
    yield "default_gain_points", fmean(one.mean or 0.0 for one in gains if one)
    yield "default_gain_points_each", said(gains)
    of_control = [
        cohort_verdict(one.accuracy[::2], one.test_images or 0, one.spec.arms[::2])  # labels only and its pupil
        for one in outcomes[ROUNDS:]
        if one.accuracy and one.spec
    ]
    yield "control_gain_points", fmean(one.mean or 0.0 for one in of_control)
    yield "control_gain_points_each", said(of_control)
    for place, arm in enumerate(("labels_only", "distilled", "control")):
        yield f"{arm}_accuracy", 100 * fmean(fmean(one.accuracy[place]) for one in outcomes[ROUNDS:] if one.accuracy)
    spec, run = outcomes[0].spec, outcomes[0]
    assert spec is not None
    yield "test_images", run.test_images
    yield "training_s", run.seconds
    yield "updates", spec.updates
    yield "batch", f"{declared.BATCH} + {min(declared.BATCH, spec.unlabelled)}"
    yield "evaluations", len(last[run.id])
    yield "students", len(spec.arms) * len(spec.seeds)
    yield "setting", spec.in_short()
    yield "threads", declared.THREADS_PER_RUN
    yield "machine", words()


def said(verdicts: Sequence[Verdict | None]) -> str:
    """Mean and half width of each, in points."""
    return " · ".join(f"{one.mean:+.1f} ± {one.half_width:.1f} ({one.kind})" for one in verdicts if one)
