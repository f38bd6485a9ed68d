"""axe finds nothing serious on any page: light and dark, wide and narrow, in every state of a run."""

from __future__ import annotations

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from app.views.lab_state import SHOWS
from tests.e2e.conftest import LONG, OpenPage, Server, box, ready, train, wait_for_state
from tests.e2e.test_page import stored

AXE = Axe().axe_script
CONTRAST = (Path(__file__).parent / "contrast.js").read_text(encoding="utf-8")
OUTLINE = (Path(__file__).parent / "outline.js").read_text(encoding="utf-8")
PAPER = {"light": "rgb(251, 247, 240)", "dark": "rgb(29, 26, 23)"}
PICTURED = "() => ![...document.querySelectorAll('svg[role=img]:empty')].some((svg) => svg.checkVisibility())"
STILL = """() => {  // what fades or slides has ended, at three looks in a row; what goes round for ever is left out
  const moves = ({ playState, effect }) => playState === "running" && effect.getComputedTiming().endTime < Infinity
  window.looksStill = document.getAnimations().some(moves) ? 0 : (window.looksStill ?? 0) + 1
  return window.looksStill % 3 === 0 && window.looksStill > 0
}"""
LOOK_AT = """async (rules) => (await axe.run({ resultTypes: ["violations"], rules })).violations
  .filter(({ impact, id }) => ["serious", "critical"].includes(impact) || id === "empty-table-header")
  .flatMap(({ impact, id, nodes }) => nodes.map(({ html, failureSummary }) =>
    `${impact}: ${id}: ${html.slice(0, 160)} (${failureSummary})`))"""
BUT_CONTRAST = {"color-contrast": {"enabled": False}}  # two thirds of what axe costs; contrast.js measures the same
LOOKS = [("light", 1440), ("dark", 390)]  # both palettes and both layouts


def look(scheme: str, width: int) -> dict[str, object]:
    """A visitor's settings."""
    return {"color_scheme": scheme, "viewport": {"width": width, "height": 900}, "reduced_motion": "reduce"}


def wear(page: Page, scheme: str, width: int) -> None:
    """Turn the screen into another one."""
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    expect(page.locator(".stApp")).to_have_css("color-scheme", scheme)


def drawn(page: Page) -> None:
    """Wait until the page's script has run, and everything that it mounts is there and stands still."""
    expect(page.locator(".stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.wait_for_function("() => !document.querySelector('[data-stale=true], [data-testid=stSkeleton]')")
    page.wait_for_function(PICTURED)
    page.wait_for_function(STILL, polling=30)


def violations(page: Page, rules: dict[str, dict[str, bool]] = BUT_CONTRAST) -> list[str]:
    """What axe holds to be serious or critical, tables’ corners, and what contrast.js and outline.js find, a line each.

    rules: of axe, that are switched; {}: its own measurement of contrast, too.
    """
    drawn(page)
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found: list[str] = page.evaluate(LOOK_AT, rules)
    pale: list[object] = page.evaluate(CONTRAST)
    outline: list[str] = page.evaluate(OUTLINE)
    return found + [f"contrast: {one}" for one in pale] + outline


def bears_every_look(page: Page, name: str) -> None:
    """Axe finds nothing in both looks, all rules asked; the one that the page has comes first."""
    narrow = page.viewport_size is not None and page.viewport_size["width"] == LOOKS[1][1]
    for scheme, width in LOOKS[:: -1 if narrow else 1]:
        wear(page, scheme, width)
        assert violations(page, {}) == [], f"{name}, {scheme}"


def test_the_lab_in_every_state_of_a_run(opened: OpenPage) -> None:
    page = opened("?labels=100&epochs=5", **look(*LOOKS[1]))
    page.locator('.bench[data-chart="plotly"]').wait_for()
    assert violations(page) == [], "a recorded run"
    button = page.evaluate_handle("() => document.body.appendChild(document.createElement('button'))")
    assert any("button-name" in line for line in violations(page)), "else these tests say nothing"
    button.evaluate("node => node.remove()")
    train(page)
    wait_for_state(page, "finished")
    page.locator(".bench summary").first.click()
    page.locator('.bench[data-chart="plotly"]').wait_for()
    for view in ("confusion", "classes", "groups"):
        page.locator(f'.gallery [data-view="{view}"]').click()
        bears_every_look(page, f"a finished run, {view}")
    for scheme, paper in PAPER.items():
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        expect(page.locator(".stApp")).to_have_css("background-color", paper)
        assert violations(page) == [], scheme
    assert page.locator(".bench .done").evaluate("done => getComputedStyle(done).transitionDuration") in ("0s", "")


def test_the_lab_while_it_trains(opened: OpenPage) -> None:
    page = opened(LONG, **look(*LOOKS[0]))
    above = box(page, ".st-key-controls")
    train(page)
    wait_for_state(page, "running")
    assert box(page, ".st-key-why")["y"] > box(page, ".st-key-controls")["y"] == above["y"]
    bears_every_look(page, "a run that goes on")
    assert page.locator(".bench").get_attribute("data-state") == "running", "it ended while axe looked"


def test_the_lab_with_a_run_that_failed(opened: OpenPage, server: Server) -> None:
    page = opened(f"?run={stored(server, 'failed', 'The worker ended.')}&foo=1", **look(*LOOKS[0]))
    bears_every_look(page, "a run that failed")


def test_the_lab_on_a_projector(opened: OpenPage, server: Server) -> None:
    page = opened("?show=all", wait=False, **look(*LOOKS[1]))
    page.locator(".bench[data-ready]").wait_for()
    bears_every_look(page, "all")
    for show in sorted({*SHOWS} - {"all"}):
        page.goto(f"{server.url}/lab?show={show}")
        page.locator(".bench[data-ready]").wait_for()
        assert violations(page) == [], show


def test_every_other_page(opened: OpenPage) -> None:
    page = opened("?labels=100&epochs=3", **look(*LOOKS[0]))
    train(page)
    wait_for_state(page, "finished")
    links = page.locator(".st-key-masthead [data-testid=stPageLink-NavLink]")
    names = links.all_inner_texts()
    assert len(names) > 1
    lab = names.index("Lab")
    for at, name in [*enumerate(names)][:lab:-1] + [*enumerate(names)][:lab]:  # the lab is where this begins
        wear(page, *LOOKS[0])  # narrow, the links lie in a fold
        links.nth(at).click()
        expect(page.locator('.st-key-masthead a[aria-current="page"]')).to_have_text(name)
        bears_every_look(page, name)
    wear(page, *LOOKS[0])
    links.nth(lab).click()
    ready(page)
    page.get_by_role("link", name="Use your own images").click()
    page.get_by_role("heading", name="What to bring").wait_for()
    bears_every_look(page, "a learner's own images")
