"""Drawing a digit, and what each network costs, in a real browser: mouse, finger, keys, a killed process."""

from __future__ import annotations

import itertools
import os
import re
import signal
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from app.experiments.kinds.cohort import RunSpec
from app.experiments.spec import default_settings
from tests import drawing
from tests.e2e.conftest import LONG, OpenPage, Server, box, ready, train, wait_for_state
from tests.e2e.test_axe import drawn
from tests.store.stored import ended_run
from tests.waiting import wait_for

KEPT = "recorded-mnist-kd"
BARS = "() => [...document.querySelectorAll('.answers .bar')].map((bar) => Number(bar.dataset.share))"
ANSWERED = f"""() => {{  // keeps what teacher and students said, each time that they said something else
    window.answered = new Set()
    const look = () => {{
        const bars = ({BARS})()
        if (bars.length === 30) window.answered.add(JSON.stringify(bars))
    }}
    new MutationObserver(look).observe(document.body, {{ subtree: true, attributes: true, childList: true }})
}}"""


@pytest.fixture(scope="module", autouse=True)
def inference(server: Server) -> None:
    """Wait until the process that runs the networks is there, as it is for anybody but the first visitor."""
    wait_for(lambda: inferring(server))


def inferring(server: Server) -> list[int]:
    """Process ids of inference processes of this server."""
    return server.processes("app.experiments.inference")


def begin(page: Page) -> None:
    """Choose to draw, and bring the pad into view, at rest."""
    page.locator('[data-source="drawn"]').click()
    page.locator("canvas.pad").evaluate("pad => pad.scrollIntoView({ block: 'center' })")
    page.locator("canvas.pad").hover()


def on_pad(page: Page, digit: int) -> list[list[tuple[float, float]]]:
    """A digit's strokes, in pixels of the page."""
    pad = box(page, "canvas.pad")
    scale = pad["width"] / drawing.SIDE
    return [[(pad["x"] + scale * x, pad["y"] + scale * y) for x, y in stroke] for stroke in drawing.strokes(digit)]


def draw(page: Page, digit: int) -> None:
    """By mouse."""
    for stroke in on_pad(page, digit):
        page.mouse.move(*stroke[0])
        page.mouse.down()
        for point in stroke[1:]:
            page.mouse.move(*point, steps=3)
        page.mouse.up()


def settled(page: Page) -> None:
    """Wait until the last question about the drawing is answered."""
    page.locator('.drawing[data-asking="false"]').wait_for()


def said(page: Page) -> str:
    return page.locator(".answers .said").inner_text()


def test_a_drawing_by_mouse_is_answered_by_everybody_softened_and_followed_back_in_time(opened: OpenPage) -> None:
    page = opened(f"?run={KEPT}")
    before = page.evaluate(BARS)
    begin(page)
    expect(page.locator(".answers .how")).to_have_text("They answer while you draw.")
    expect(page.locator(".answers .bars")).to_be_hidden()
    draw(page, 4)
    settled(page)
    for who in ("Teacher: 4", "Distilled: 4", "Labels only: 4"):
        expect(page.locator(".answers .said")).to_contain_text(who)
    bars = page.evaluate(BARS)
    assert len(bars) == 30 and bars != before and sum(bars) == pytest.approx(3, abs=0.01)
    page.locator('[data-pad="empty"]').click()
    draw(page, 7)
    expect(page.locator(".answers .said")).to_contain_text("Teacher: 7")
    page.locator('[data-pad="undo"]').click()
    page.locator('[data-pad="undo"]').click()
    expect(page.locator(".answers .said")).to_contain_text("Teacher: 4")
    settled(page)

    # back in time, and forward again
    late = page.evaluate(BARS)
    scrubber = page.locator(".moments input")
    scrubber.focus()
    scrubber.press("Home")
    page.wait_for_function(f"late => JSON.stringify(({BARS})()) !== JSON.stringify(late)", arg=late)
    expect(page.locator(".answers .how")).to_contain_text("As they were after 0 updates.")
    scrubber.press("End")
    page.wait_for_function(f"late => JSON.stringify(({BARS})()) === JSON.stringify(late)", arg=late)
    settled(page)

    # softened while the temperature is dragged, here and at once
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "drawing" in request.url else None)
    slider = page.locator(".dials input").first
    slider.focus()
    for _ in range(8):
        slider.press("ArrowRight")
    page.wait_for_function(f"before => Math.max(...({BARS})()) < before", arg=max(late))
    page.locator('[data-scale="log"]').click()
    expect(page.locator(".answers .entropy")).to_contain_text("bits")
    page.wait_for_function("() => new URL(location).searchParams.get('temperature') === '12'")
    drawn(page)  # the page has run again
    expect(page.locator(".answers .said")).to_contain_text("Teacher: 4")
    assert asked == [] and page.locator("canvas.pad").is_visible(), "softened here, and the drawing stays"

    page.locator('[data-scale="linear"]').click()
    for _ in range(8):
        slider.press("ArrowLeft")
    page.locator('[data-source="test"]').click()
    expect(page.locator(".answers .caption")).to_contain_text("Test image")
    page.wait_for_function(f"before => JSON.stringify(({BARS})()) === JSON.stringify(before)", arg=before)


def test_a_drawing_by_finger(opened: OpenPage) -> None:
    settings: dict[str, Any] = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    page = opened(f"?run={KEPT}", **settings)
    begin(page)
    session = page.context.new_cdp_session(page)
    top = page.evaluate("scrollY")

    def touch(kind: str, *points: tuple[float, float]) -> None:
        where = [{"x": x, "y": y} for x, y in points]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": where})

    for stroke in on_pad(page, 7):
        touch("touchStart", stroke[0])
        for at, point in itertools.pairwise(stroke):
            touch("touchMove", ((at[0] + point[0]) / 2, (at[1] + point[1]) / 2))
            touch("touchMove", point)
        touch("touchEnd")
    expect(page.locator(".answers .said")).to_contain_text("Teacher: 7")
    assert page.evaluate("scrollY") == top, "the page does not scroll under the finger"
    for button in ("[data-pad]", ".samples button", "[data-source]"):
        for found in page.locator(f".answers {button}").all():
            size = found.bounding_box()
            assert size and size["height"] >= 44, f"{button} can be hit with a finger"


def test_without_a_mouse(opened: OpenPage) -> None:
    page = opened(f"?run={KEPT}")
    page.locator('[data-source="drawn"]').focus()
    page.keyboard.press("Enter")
    pad = page.locator("canvas.pad")
    pad.wait_for()
    pad.focus()
    for _ in range(10):
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Space")
    expect(pad).to_have_attribute("data-pen", "down")
    for _ in range(20):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    expect(pad).to_have_attribute("data-pen", "up")
    expect(page.locator(".answers .said")).to_contain_text("Teacher: 1")
    page.keyboard.press("Control+z")
    expect(page.locator(".answers .how")).to_have_text("They answer while you draw.")
    samples = page.locator(".samples button")
    assert samples.count() == 10
    assert [samples.nth(at).get_attribute("tabindex") for at in range(10)].count("0") == 1
    samples.first.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(".answers .said")).to_contain_text("Teacher: 5")


def test_before_the_students_have_answered_the_teacher_does_alone(opened: OpenPage, server: Server) -> None:
    store = server.store()
    spec = RunSpec.two_arms(default_settings(), (1, 2, 3))
    run = ended_run(store, "b" * 24, spec, state="paused", points=0)
    store.close()
    page = opened(f"?run={run}")
    begin(page)
    draw(page, 0)
    expect(page.locator(".answers .said")).to_contain_text("Teacher: 0")
    assert "Distilled" not in said(page)
    expect(page.locator(".answers .how")).to_contain_text("The students answer once")


def test_students_that_train_answer_as_they_are_now(opened: OpenPage, server: Server) -> None:
    page = opened(LONG)
    begin(page)
    draw(page, 5)
    settled(page)
    run = train(page)
    page.evaluate(ANSWERED)
    page.wait_for_function("() => window.answered.size > 1")
    assert "Distilled" in said(page)
    page.get_by_role("button", name="Stop", exact=True).click()
    wait_for_state(page, "stopped")
    page.goto(f"{server.url}/lab?run={run}")
    ready(page)
    begin(page)
    draw(page, 5)
    expect(page.locator(".answers .said")).to_contain_text(re.compile(r"Distilled: \d"))  # it has learned little


@pytest.fixture
def unwatched(server: Server, visitor: Callable[..., BrowserContext]) -> Page:
    """A page on which a server may answer that it cannot."""
    page = visitor().new_page()
    page.goto(f"{server.url}/lab?run={KEPT}")
    ready(page)
    return page


def test_a_killed_process_is_told_and_comes_back(server: Server, unwatched: Page) -> None:
    page = unwatched
    begin(page)
    draw(page, 6)
    expect(page.locator(".answers .said")).to_contain_text("Teacher: 6")
    settled(page)
    (pid,) = inferring(server)
    os.kill(pid, signal.SIGSTOP)  # it hangs: the page hears after some seconds, and it is replaced
    draw(page, 1)
    line = page.locator(".drawing .trouble")
    expect(line).to_be_visible()
    assert "process that runs the networks" in line.inner_text() and "Try again" in line.inner_text()
    assert "The students still answer: they are in this browser." in line.inner_text()
    assert "Distilled" in said(page) and "Teacher" not in said(page), "the teacher has not seen this one"
    expect(line).to_be_hidden()
    expect(page.locator(".answers .said")).to_contain_text("Teacher:")

    # without any server, too
    page.context.set_offline(True)
    page.locator('[data-pad="empty"]').click()
    draw(page, 7)
    expect(line).to_contain_text("The server does not answer. The drawing is kept. The students still answer")
    assert "Distilled: 7" in said(page) and "Teacher" not in said(page)
    page.context.set_offline(False)
    expect(page.locator(".answers .said")).to_contain_text("Teacher: 7")
    (again,) = wait_for(lambda: [one for one in inferring(server) if one != pid])
    os.kill(again, signal.SIGKILL)
    page.locator('[data-pad="empty"]').click()
    draw(page, 3)
    expect(page.locator(".answers .said")).to_contain_text("Teacher: 3")
    expect(line).to_be_hidden()


# ── what each costs ──────────────────────────────────────────────────────────────────────────────────────────────


def test_costs_are_measured_on_this_machine(opened: OpenPage, server: Server) -> None:
    page = opened(f"?run={KEPT}")
    costs = page.locator(".costs")
    costs.scroll_into_view_if_needed()
    page.locator('.costs[data-measured="true"]').wait_for()
    lines = costs.locator("tbody tr").all()
    rows = {line.locator("th").inner_text().split("\n")[0]: line.locator("td").all_inner_texts() for line in lines}
    assert rows["parameters"] == ["293,236", "9,098"]
    assert float(rows["ms per image"][0].split(" ")[0]) > float(rows["ms per image"][1].split(" ")[0]) > 0
    assert rows["of the teacher’s accuracy, %"][0] == "100"
    expect(costs.locator(".said")).to_contain_text("times fewer parameters")
    expect(costs.locator(".how")).to_contain_text("Measured on this machine")
    store = server.store()
    fact = "cost student cnn-9k 1x28"
    first = store.facts.get(fact)
    costs.locator("button").click()
    expect(costs.locator("button")).to_be_disabled()
    expect(costs.locator("button")).to_be_enabled()
    wait_for(lambda: store.facts.get(fact)["when"] > first["when"])
    store.close()
