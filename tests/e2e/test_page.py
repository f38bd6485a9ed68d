"""How the lab looks on a phone, and what it says when something is wrong."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import Page, Route, expect

from app.experiments.kinds.cohort import RunSpec
from app.experiments.spec import default_settings
from tests.e2e.conftest import LONG, OpenPage, Server, box, params, train, wait_for_state
from tests.store.stored import ended_run

SOMEBODY = "b" * 24
PHONE: dict[str, Any] = {"viewport": {"width": 320, "height": 844}, "has_touch": True, "is_mobile": True}
WIDTHS = (320, 390)
BELOW_THE_BUTTONS = """() => document.querySelector('.bench .numbers').getBoundingClientRect().top
    - document.querySelector('.bench .transport').getBoundingClientRect().top"""
SMALL_TARGETS = """() => {
    const targets = '[data-variant=pills], .plain, .grid button, .samples button, summary, .st-key-act button,'
        + '.st-key-lesser button, [data-testid=stNumberInputContainer] button'
    return [...document.querySelectorAll(targets)]
        .filter((target) => target.checkVisibility({ visibilityProperty: true }))
        .filter((target) => target.getBoundingClientRect().height < 44
            || (target.closest('[data-testid=stNumberInputContainer]') && target.getBoundingClientRect().width < 44))
        .map((target) => target.outerHTML.slice(0, 200))
}"""  # what a finger can hardly hit


def resize(page: Page, width: int) -> Page:
    """The page, on a phone of this width."""
    page.set_viewport_size({"width": width, "height": 844})
    return page


def stored(server: Server, state: str, message: str = "", learner: str = SOMEBODY) -> str:
    """A run in the server's store that ended badly, without a worker having touched it."""
    store = server.store()
    spec = RunSpec.two_arms(default_settings() | {"labels": 100, "epochs": 3}, (12, 33, 904))
    run_id = ended_run(store, learner, spec, state=state, message=message, shown=1000)
    store.close()
    return run_id


# ── sizes ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_on_a_phone_the_order_is_natural_and_everything_is_at_hand(opened: OpenPage) -> None:
    page = opened(LONG, **PHONE)
    for width in WIDTHS:
        resize(page, width)
        page.evaluate("document.querySelector('[data-testid=stMain]').scrollTo(0, 0)")
        order = ["h1", ".bench .verdict", ".bench .picture", ".answers .bars", ".dials", ".st-key-control-student"]
        tops = [box(page, selector)["y"] for selector in order]
        assert tops == sorted(tops)
        button = box(page, ".st-key-train button:visible")
        assert button["y"] + button["height"] <= 844 and button["height"] >= 44 and button["width"] >= 150
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width
        assert page.locator(".dials input").first.evaluate("dial => dial.getBoundingClientRect().height") >= 44
        page.get_by_role("link", name="Settings").click()
        page.wait_for_function("document.querySelector('.st-key-control-labels').getBoundingClientRect().top < 844")
        button = box(page, ".st-key-train button:visible")
        assert button["y"] + button["height"] <= 844
        assert page.evaluate(SMALL_TARGETS) == []
    train(page)  # from down here: the curves come into view
    page.wait_for_function(
        """() => { const { top, bottom } = document.querySelector('.bench .verdict').getBoundingClientRect()
        return top >= 0 && bottom < innerHeight }"""
    )

    # the place of the buttons is kept when they go
    def places() -> list[float]:
        return [resize(page, width).evaluate(BELOW_THE_BUTTONS) for width in WIDTHS]

    wait_for_state(page, "running")
    running = places()
    page.locator(".bench .buttons [data-action=pause]").click()
    wait_for_state(page, "paused")
    assert places() == running
    page.locator(".bench .buttons [data-action=stop]").click()
    wait_for_state(page, "stopped")
    assert page.locator(".bench .buttons button:visible").count() == 0
    assert places() == running


def test_on_a_phone_the_further_pages_unfold_below_more(opened: OpenPage) -> None:
    page = opened("about", wait=False, **PHONE)
    masthead, more = page.locator(".st-key-masthead"), page.get_by_role("button", name="More")
    link = masthead.get_by_role("link", name="Glossary")
    expect(masthead.locator('a[aria-current="page"]')).to_have_text("About")  # the page has drawn itself
    for width in WIDTHS:
        resize(page, width)
        shown = [*masthead.locator("a:visible").all(), more]
        assert all(abs(one.bounding_box()["y"] - shown[-1].bounding_box()["y"]) < 5 for one in shown), "one line"  # type: ignore[index]
        expect(link).to_be_hidden()
        more.press("Enter")
        assert link.bounding_box()["height"] >= 44  # type: ignore[index]
        page.keyboard.press("Tab")
        page.keyboard.press("Escape")
        expect(link).to_be_hidden()
        expect(more).to_be_focused()
    more.click()
    link.click()
    page.get_by_role("heading", name="Glossary", level=1).wait_for()
    expect(link).to_be_hidden()


# ── when something is wrong ──────────────────────────────────────────────────────────────────────────────────────


def test_a_run_that_ended_badly_can_be_started_again(opened: OpenPage, server: Server) -> None:
    page = opened(f"?run={stored(server, 'interrupted', 'The worker ended.')}")
    expect(page.locator(".bench .sentence")).to_have_text("This run was interrupted.")
    expect(page.locator(".bench .aside")).to_contain_text("The worker ended.")
    page.get_by_role("button", name="Start it again").wait_for()
    run_id = stored(server, "failed", "The worker ended.")
    page.goto(f"{server.url}/lab?run={run_id}")
    expect(page.locator(".bench .sentence")).to_have_text("This run failed.")
    expect(page.locator(".bench .aside")).to_contain_text("The worker ended.")
    page.get_by_role("button", name="Start it again").click()
    page.wait_for_function("old => new URL(location).searchParams.get('run') !== old", arg=run_id)
    assert params(page)["seeds"] == "12.33.904"
    wait_for_state(page, "finished")


def test_an_unknown_run_is_a_sentence_and_the_page_still_works(opened: OpenPage) -> None:
    page = opened("?run=nosuchrun234&labels=50&epochs=1&temperature=banana")
    expect(page.locator(".st-key-notice")).to_contain_text("There is no run “nosuchrun234” here")
    expect(page.locator(".st-key-notice")).to_contain_text("Temperature: “banana” is not a number, so 8 is taken.")
    train(page)
    wait_for_state(page, "finished")
    expect(page.locator(".st-key-notice")).to_have_count(0)

    # a dial that is turned just before the page is left does not empty the next one
    page.locator("#dial-temperature").press("ArrowLeft")
    page.get_by_role("link", name="Glossary").click()
    page.wait_for_url("**/glossary")
    page.locator('.stApp[data-test-script-state="notRunning"]').wait_for()
    expect(page.get_by_role("heading", name="Glossary")).to_be_visible()


def test_a_teacher_that_had_not_looked_yet_is_asked_again(opened: OpenPage) -> None:
    page = opened("/", wait=False)
    refused = set[str]()

    def cold(route: Route) -> None:
        """Refuse every question once."""
        if (url := route.request.url) in refused:
            route.continue_()
        else:
            refused.add(url)
            route.fulfill(status=404, json={"message": "The teacher has not looked at these images yet."})

    page.route(re.compile(r"/api/\w+/[\w-]+/answers\?"), cold)
    page.goto(f"{page.url}lab{LONG}")
    expect(page.locator('.answers .bar.teacher:not([data-share="0.0000"])')).not_to_have_count(0)
    assert any("/teachers/" in url for url in refused)
