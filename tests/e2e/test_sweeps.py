"""The page of sweeps in a real browser: a recorded map, a sweep that fills in, its cells, by mouse and by keyboard."""

from __future__ import annotations

import os
import re
import signal

from playwright.sync_api import Page, expect

from app.experiments.sweep import COHORT_CELLS
from tests.e2e.conftest import OpenPage, Server
from tests.waiting import wait_for

SMALL = "sweeps?kind=method&student=mlp-30&labels=50&epochs=4"  # five settings of a moment: hints yes, attention no
LONG = "sweeps?kind=temperature-alpha&student=cnn-35k&labels=2000&epochs=50"


def swept(page: Page) -> None:
    page.locator(".sweep[data-ready]").wait_for()
    page.locator(".st-key-sweep-run button:visible").wait_for()


def run(page: Page) -> str:
    """Press Run, wait until the figure shows the new sweep, and return its id."""
    before = page.locator(".sweep").get_attribute("data-sweep") or ""
    page.locator(".st-key-sweep-run button:visible").click()
    page.wait_for_function("b => ![b, ''].includes(document.querySelector('.sweep')?.dataset.sweep ?? '')", arg=before)
    return str(page.locator(".sweep").get_attribute("data-sweep"))


def test_a_recorded_map_is_there_at_once_and_is_read_with_the_arrow_keys(opened: OpenPage) -> None:
    page = opened("sweeps", wait=False)
    swept(page)
    cells = page.locator(".cells button")
    expect(cells).to_have_count(36)
    expect(page.locator(".sweep .sentence")).to_contain_text("Of 36 settings")
    assert page.locator('.cells button[tabindex="0"]').count() == 1, "one tab stop"
    page.set_viewport_size({"width": 320, "height": 844})
    assert page.locator(".sweep .wide:has(.cells)").evaluate("wide => wide.scrollWidth <= wide.clientWidth")
    cells.first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    focused = page.locator(".cells button:focus")
    expect(focused).to_have_attribute(
        "aria-label",
        re.compile(rf"^Temperature 2, weight on the teacher 0\.9: {re.escape(focused.inner_text())}, dist"),
    )
    expect(page.locator(".sweep .detail")).to_contain_text("Temperature 2, weight on the teacher 0.9")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/lab\?.*temperature=2&.*alpha=0\.9"))
    expect(page.locator('.bench[data-ready="true"]')).to_be_visible()


def test_a_sweep_fills_in_and_its_cells_open_their_runs(opened: OpenPage) -> None:
    page = opened(SMALL, wait=False)
    swept(page)
    sweep = run(page)
    page.locator('.sweep[data-state="ended"]').wait_for()
    expect(page.locator(".sweep .sentence")).to_contain_text("Of 6 settings")
    expect(page.locator(".sweep .asides")).to_contain_text("Left out: Attention")
    assert f"sweep={sweep}" in page.url
    page.reload()
    swept(page)
    assert page.locator(".sweep").get_attribute("data-sweep") == sweep, "a reload shows the same"
    link, gains = page.url, page.locator(".sweep .list tbody").inner_text()

    other = opened(link.split("/", 3)[3], wait=False)
    swept(other)
    assert other.locator(".sweep .list tbody").inner_text() == gains, "a link shows others the same"
    expect(other.locator(".sweep .told")).to_contain_text("somebody else’s sweep")

    page.locator('.sweep .list [data-cell="2"]').click()
    page.wait_for_url(re.compile(r"/lab\?.*run="))
    page.locator('.bench[data-state="finished"]').wait_for()
    page.go_back()
    swept(page)
    assert page.locator(".sweep").get_attribute("data-sweep") == sweep, page.url


def test_a_sweep_can_be_stopped_and_a_killed_worker_ends_only_its_cells(opened: OpenPage, server: Server) -> None:
    page = opened(LONG, wait=False)
    swept(page)
    sweep = run(page)
    store = server.store()
    try:
        wait_for(lambda: any(r.state == "running" and r.seq for r, _ in store.sweeps.runs(sweep)))
        hand = next(r.worker for r, _ in store.sweeps.runs(sweep) if r.state == "running" and r.seq)
        os.kill(int(str(hand).split("-")[1]), signal.SIGKILL)
        wait_for(lambda: sum(r.state == "interrupted" for r, _ in store.sweeps.runs(sweep)) >= COHORT_CELLS)
        assert sum(r.state == "interrupted" for r, _ in store.sweeps.runs(sweep)) == COHORT_CELLS, "its cells only"
        page.get_by_role("button", name="Stop this sweep").click()
        page.locator('.sweep[data-state="ended"]').wait_for()
        states = {r.state for r, _ in store.sweeps.runs(sweep)}
        assert states <= {"interrupted", "stopped"}
    finally:
        store.close()
    expect(page.locator(".sweep .verdict")).to_contain_text("The process that trained this run ended")


def test_on_a_phone_the_map_fits(opened: OpenPage) -> None:
    page = opened("sweeps", wait=False, viewport={"width": 390, "height": 844}, has_touch=True)
    swept(page)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    box = page.locator(".cells button").first.bounding_box()
    assert box is not None and box["height"] >= 43.5 and box["width"] >= 40
