"""A student that was taken home: its file, opened from the disk by a browser that reaches no network."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from app.experiments.recordings import runs as recorded
from app.experiments.students import one_of
from app.server.api.students import images_of
from app.server.take_home import page as made
from tests.e2e.test_axe import AXE, LOOK_AT
from tests.e2e.test_draw import draw


@pytest.fixture
def at_home(visitor: Callable[..., BrowserContext], tmp_path: Path) -> Callable[..., Page]:
    """Opens the page of a recorded run's student, in flight mode."""

    def opened(run_id: str, **settings: object) -> Page:
        run = recorded.recorded_runs()[run_id]
        spec = run.spec.as_dict()
        file = tmp_path / f"{run_id}.html"
        student = one_of(run.weights().tensors(), spec, images_of(spec))
        file.write_text(made(student, run.classes, ["It is right on most of them."]), encoding="utf-8")
        context = visitor(**settings)
        context.set_offline(True)
        page = context.new_page()
        page.goto(file.as_uri())
        page.locator("[data-ready]").wait_for()
        return page

    return opened


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_drawing_is_answered_in_flight_mode(at_home: Callable[..., Page], scheme: str) -> None:
    page = at_home("recorded-mnist-kd", color_scheme=scheme, viewport={"width": 390, "height": 844})
    expect(page.locator(".said")).to_have_text("Draw a digit: it answers.")
    page.locator("canvas.pad").scroll_into_view_if_needed()
    draw(page, 4)
    expect(page.locator(".said")).to_have_text(re.compile(r"It says 4 \(.*%\), then \d \("))
    widest = "() => Math.max(...[...document.querySelectorAll('.bar')].map((bar) => Number(bar.dataset.share)))"
    before = page.evaluate(widest)
    slider = page.locator(".temperature")
    slider.focus()
    slider.press("End")
    expect(page.locator(".turned")).to_have_text("T = 20")
    assert 0.1 < page.evaluate(widest) < before, "softened"
    page.locator('[data-pad="empty"]').click()
    expect(page.locator("main")).to_have_attribute("data-answered", "false")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.evaluate(AXE)
    assert page.evaluate(LOOK_AT, {}) == []


def test_a_photograph_is_answered_in_flight_mode(at_home: Callable[..., Page], tmp_path: Path) -> None:
    page = at_home("recorded-cifar10-kd")
    picture = tmp_path / "sky.png"
    Image.fromarray(np.full((60, 90, 3), (90, 150, 230), np.uint8)).save(picture)
    page.locator(".photograph").set_input_files(picture)
    expect(page.locator(".said")).to_have_text(re.compile(r"It says \w+ \("))
    page.locator(".photograph").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"words"})
    expect(page.locator(".trouble")).to_have_text("This file could not be read as a picture. Try a JPEG or a PNG.")
