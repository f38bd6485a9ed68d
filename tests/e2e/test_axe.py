"""axe finds nothing serious on any page: light and dark, wide and narrow, in every state of a run."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from app.views.lab_state import SHOWS
from tests.e2e.conftest import OpenPage, Server, ready, train, wait_for_state
from tests.e2e.test_page import stored

SETTLED = """async () => {  // what fades or slides has ended; what goes round for ever does not count
  const frame = () => new Promise(requestAnimationFrame)
  const moving = () => document.getAnimations().filter(({ effect }) => effect.getComputedTiming().endTime < Infinity)
  await frame(), await frame()
  await Promise.allSettled(moving().map((one) => one.finished))
}"""
SERIOUS = ("serious", "critical")
LOOKS = [("light", 1440), ("dark", 390)]  # both palettes and both layouts
looks = pytest.mark.parametrize(("scheme", "width"), LOOKS)


def look(scheme: str, width: int) -> dict[str, object]:
    """A visitor's settings."""
    return {"color_scheme": scheme, "viewport": {"width": width, "height": 900}, "reduced_motion": "reduce"}


def wear(page: Page, scheme: str, width: int) -> None:
    """Turn the screen into another one."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    expect(page.locator(".stApp")).to_have_css("color-scheme", scheme)


def violations(page: Page) -> list[str]:
    """What axe holds to be serious or critical, one line for each element."""
    page.wait_for_function("() => !document.querySelector('[data-stale=true]')")  # faded while the script runs
    page.evaluate(SETTLED)
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{rule['impact']}: {rule['id']}: {node['html'][:160]} ({node['failureSummary']})"
        for rule in found
        if rule["impact"] in SERIOUS
        for node in rule["nodes"]
    ]


def test_axe_sees_what_is_wrong(opened: OpenPage) -> None:
    page = opened()
    page.evaluate("document.body.append(document.createElement('button'))")
    assert any("button-name" in line for line in violations(page)), "else the other tests say nothing"


def test_the_lab_in_every_state_of_a_run(opened: OpenPage) -> None:
    page = opened("?labels=100&epochs=5", **look(*LOOKS[1]))
    page.locator('.bench[data-chart="plotly"]').wait_for()
    assert violations(page) == [], "a recorded run"
    train(page)
    wait_for_state(page, "finished")
    page.locator(".bench summary").first.click()
    for number, view in enumerate(("confusion", "classes", "groups")):
        page.locator(f'.gallery [data-view="{view}"]').click()
        for scheme, width in LOOKS[:: 1 if number % 2 else -1]:
            wear(page, scheme, width)
            assert violations(page) == [], f"a finished run, {view}, {scheme}"


@looks
def test_the_lab_while_it_trains(opened: OpenPage, scheme: str, width: int) -> None:
    page = opened("?labels=4000&epochs=100", **look(scheme, width))
    train(page)
    wait_for_state(page, "running")
    assert violations(page) == []
    assert page.locator(".bench").get_attribute("data-state") == "running", "it ended while axe looked"


@looks
def test_the_lab_with_a_run_that_failed(opened: OpenPage, server: Server, scheme: str, width: int) -> None:
    page = opened(f"?run={stored(server, 'failed', 'The worker ended.')}&foo=1", **look(scheme, width))
    assert violations(page) == []


@pytest.mark.parametrize(
    ("scheme", "width", "show"), [("light", 1440, show) for show in SHOWS] + [("dark", 390, "all")]
)
def test_the_lab_on_a_projector(opened: OpenPage, show: str, scheme: str, width: int) -> None:
    page = opened(f"?show={show}", wait=False, **look(scheme, width))
    page.locator(".bench[data-ready]").wait_for()
    assert violations(page) == []


def test_every_other_page(opened: OpenPage) -> None:
    page = opened("?labels=100&epochs=3", **look(*LOOKS[0]))
    train(page)
    wait_for_state(page, "finished")
    links = page.locator(".st-key-masthead [data-testid=stPageLink-NavLink]")
    names = links.all_inner_texts()
    assert len(names) > 1
    lab = names.index("Lab")
    for at, name in [*enumerate(names)][:lab:-1] + [*enumerate(names)][:lab]:  # the lab is where this begins
        before = page.evaluate("location.pathname")
        links.nth(at).click()
        page.wait_for_function("old => location.pathname !== old", arg=before)
        page.wait_for_timeout(1000)
        _bears_every_look(page, name)
    links.nth(lab).click()
    ready(page)
    page.get_by_role("link", name="Use your own images").click()
    page.wait_for_function("() => location.pathname.endsWith('/images')")
    page.wait_for_timeout(1000)
    _bears_every_look(page, "a learner's own images")


def _bears_every_look(page: Page, name: str) -> None:
    for scheme, width in LOOKS[::-1]:  # the last is the one in which the next page opens
        wear(page, scheme, width)
        assert violations(page) == [], f"{name}, {scheme}"
