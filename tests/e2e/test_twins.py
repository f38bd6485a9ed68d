"""The twins in a real browser, by keyboard: predict, see, train, and one step in slow motion."""

from __future__ import annotations

import re
from urllib.parse import urljoin

from playwright.sync_api import Locator, Page, expect

from app.teaching.claims import Claim, in_words
from app.teaching.lessons import lessons
from tests.e2e.conftest import OpenPage
from tests.e2e.test_axe import LOOKS, look, violations, wear
from tests.predicting import save_prediction

LESSON = "lesson?lesson=twins&step="


def tab_to(page: Page, wanted: Locator, presses: int = 60) -> None:
    """Press Tab until something has the focus."""
    for _ in range(presses):
        if wanted.evaluate("node => node === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{wanted} is not reached by Tab")


def ready(page: Page, figure: str) -> Locator:
    found = page.locator(f".{figure}[data-ready]")
    found.wait_for()
    return found


def test_the_race_opens_with_the_prediction_and_is_run_again_by_keyboard(opened: OpenPage) -> None:
    page = opened(LESSON + "predict", wait=False)
    asked = ready(page, "predict")
    expect(page.locator(".bench")).to_have_count(0)
    tab_to(page, asked.locator("input.slider"))
    page.keyboard.press("ArrowRight")
    tab_to(page, asked.locator(".save"))
    page.keyboard.press("Enter")
    bench = ready(page, "bench")
    expect(bench).to_have_attribute("data-run", "recorded-mnist-kd")
    expect(bench.locator(".sentence")).to_contain_text("beats labels only by")
    gain = in_words(Claim(check="run_gain", args={"run": "recorded-mnist-kd"}, digits=1))
    expect(bench.locator(".foreseen")).to_contain_text(f"You said −3.8 points; it came to +{gain}.")
    tab_to(page, page.locator("#dial-alpha"))
    page.keyboard.press("Home")
    expect(bench.locator(".aside")).to_contain_text("This run had weight on the teacher 0.9")
    tab_to(page, page.get_by_role("button", name="Train your own twins"))
    page.keyboard.press("Enter")
    expect(bench).not_to_have_attribute("data-run", "recorded-mnist-kd")
    expect(bench).to_have_attribute("data-state", "finished")
    expect(bench.locator(".sentence")).to_contain_text("No difference at all")
    expect(bench.locator(".foreseen")).to_have_text("")  # nobody had guessed at α = 0
    expect(bench.locator(".beside")).to_contain_text("the recorded run")
    run = bench.get_attribute("data-run")
    page.reload()
    expect(ready(page, "bench")).to_have_attribute("data-run", str(run))
    link = bench.get_by_role("link", name="open this run in the lab")
    link.click()
    page.wait_for_url(re.compile(rf"/lab\?.*run={run}"))
    expect(ready(page, "bench")).to_have_attribute("data-run", str(run))


def slow_motion(page: Page) -> Locator:
    """The training step in slow motion, after what it is about was predicted; its old address leads there."""
    page.goto(urljoin(page.url, "lesson?lesson=training-step"))
    for saved in range(2):
        save_prediction(page)
        expect(page.locator('.predict[data-saved="true"]')).to_have_count(saved + 1)
    page.goto(urljoin(page.url, LESSON + "step"))
    return ready(page, "slow")


def test_one_step_is_gone_through_and_made_by_keyboard(opened: OpenPage) -> None:
    page = opened("/", wait=False)
    slow = slow_motion(page)
    expect(slow.locator("h3")).to_have_text("1  The teacher’s logits")
    tab_to(page, slow.locator('[data-stage="0"]'))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(slow.locator("h3")).to_have_text("2  Divided by T, softmax")
    tab_to(page, slow.get_by_role("button", name="Next stage"))
    for stage in range(3, 9):
        page.keyboard.press("Enter")
        expect(slow.locator("h3")).to_have_text(re.compile(f"^{stage}"))
    expect(slow.get_by_role("button", name="Make this step")).to_be_focused()
    page.keyboard.press("Enter")
    expect(slow.locator(".made")).to_have_text("1 step made on this image")
    tab_to(page, slow.get_by_role("button", name="Undo my steps"))
    page.keyboard.press("Enter")
    expect(slow.get_by_role("button", name="Make this step")).to_be_focused()
    for parts, claim in (("Hard loss only", "nine-hard"), ("Soft loss only", "nine-taught")):
        slow.get_by_role("button", name=parts).click()
        slow.get_by_role("button", name="Make ten").click()
        expect(slow.locator(".made")).to_have_text("10 steps made on this image")
        share = f"{in_words(lessons()['training-step'].claims[claim])}%"
        expect(slow.locator(".row").nth(9).locator(".values span").first).to_have_text(share)
        slow.get_by_role("button", name="Undo my steps").click()
    expect(page.locator('.steps [data-step="step"]')).to_have_attribute("data-done", "true")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.emulate_media(media="print")
    expect(slow.locator(".now"), "a panel is not torn on paper").to_have_css("break-inside", "avoid")


def test_no_stage_is_cut_off_on_a_phone_and_axe_finds_nothing_serious(opened: OpenPage) -> None:
    page = opened(LESSON + "predict", wait=False, **look(*LOOKS[0]))
    ready(page, "predict")
    assert violations(page) == [], "before the prediction"
    save_prediction(page)
    ready(page, "bench")
    slow = slow_motion(page)
    for number, stage in enumerate((2, 5, 8)):  # the first is shown by the lesson's own test
        slow.locator(f'[data-stage="{stage - 1}"]').click()
        for scheme, width in LOOKS[:: -1 if number % 2 else 1]:
            wear(page, scheme, width)
            assert violations(page) == [], f"stage {stage}, {scheme}"
    page.set_viewport_size({"width": 320, "height": 700})
    for stage in range(8):
        slow.locator(f'[data-stage="{stage}"]').click()
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), stage
        overlapping = slow.evaluate(
            "node => [...node.querySelectorAll('.row')].some((row) => row.scrollWidth > row.clientWidth + 1)"
        )
        assert not overlapping, stage
