"""The quiz in a real browser, by keyboard: every kind of question is answered, and answers stay over a reload."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import OpenPage
from tests.e2e.test_axe import LOOKS, look, violations, wear

QUIZ = "lesson?lesson=temperature&step=quiz"


def card(page: Page, number: int) -> Locator:
    """The question with this number, once it is there."""
    found = page.locator(".question[data-ready]").nth(number - 1)
    found.wait_for()
    return found


def check(question: Locator) -> None:
    """Press Check from the keyboard, and wait for what is said."""
    question.locator(".check").focus()
    question.page.keyboard.press("Enter")
    expect(question).to_have_attribute("data-answered", "true")
    expect(question.locator(".outcome b")).not_to_be_empty()


def test_every_kind_is_answered_by_keyboard_and_stays_over_a_reload(opened: OpenPage) -> None:
    page = opened(QUIZ, wait=False, **look(*LOOKS[0]))
    keys = page.keyboard

    number = card(page, 1)
    expect(number.locator(".check")).to_be_disabled()
    number.locator("input[type=text]").fill("much")
    expect(number.locator("em")).to_be_visible()
    number.locator("input[type=text]").fill("86,7")
    number.locator(".hint").press("Enter")
    expect(number.locator(".hints p")).to_have_count(1)
    number.locator(".sure input").first.press("Space")
    number.locator("input[type=text]").press("Enter")
    expect(number.locator(".outcome")).to_contain_text("Not quite. You were sure")

    single = card(page, 2)
    single.locator(".options input").first.press("Space")
    for _ in range(2):
        if "Still the three" not in single.locator("label:has(input:checked)").first.inner_text():
            keys.press("ArrowDown")
    check(single)
    expect(single.locator(".outcome b")).to_have_text("Right.")
    expect(single.locator(".feedback:visible")).to_have_count(3)

    dial = card(page, 3)
    dial.locator("input.slider").focus()
    for _ in range(40):
        keys.press("ArrowRight")
    check(dial)
    expect(dial.locator("output")).to_contain_text("bits")

    bars = card(page, 4)
    bars.locator("[role=radio]").first.focus()
    for _ in range(8):
        keys.press("ArrowDown")
    keys.press("Enter")
    check(bars)
    expect(bars.locator(".outcome b")).to_have_text("Right.")

    curve = card(page, 5)
    curve.locator(".knots input").first.focus()
    keys.press("Home")
    check(curve)
    expect(curve.locator(".outcome")).to_contain_text("Partly right")

    order = card(page, 7)
    order.locator("li button:not(:disabled)").first.press("Enter")
    check(order)
    expect(order.locator(".mark")).to_have_count(5)

    said = page.locator(".question .outcome").all_inner_texts()
    page.reload()
    card(page, 8)
    expect(page.locator('.question[data-answered="true"]')).to_have_count(6)
    assert page.locator(".question .outcome").all_inner_texts() == said
    for scheme, width in LOOKS:
        wear(page, scheme, width)
        assert violations(page) == [], scheme

    stem = card(page, 1).locator(".stem").inner_text()
    card(page, 1).locator(".again").click()
    expect(card(page, 1)).to_have_attribute("data-answered", "false")
    assert card(page, 1).locator(".stem").inner_text() != stem, "other numbers"


def test_a_bug_is_found_and_a_chart_is_pressed_by_keyboard(opened: OpenPage) -> None:
    page = opened("lesson?lesson=tuning&step=quiz", wait=False, **look(*LOOKS[0]))
    keys = page.keyboard

    chart = card(page, 4)
    chart.locator("[role=radio]").first.focus()
    keys.press("End")
    expect(chart.locator("[role=radio]:focus")).to_have_attribute(
        "aria-label", "T = 20, α = 1: +0.5 points, not measurable"
    )
    keys.press("ArrowDown")
    keys.press("ArrowUp")
    keys.press("Enter")
    check(chart)
    expect(chart.locator(".outcome b")).to_have_text("Right.")

    bug = card(page, 9)
    expect(bug.locator("tbody tr")).to_have_count(6)
    bug.locator(".options input").first.press("Space")
    for _ in range(2):
        if "No factor T²" not in bug.locator("label:has(input:checked)").inner_text():
            keys.press("ArrowDown")
    check(bug)
    expect(bug.locator(".outcome b")).to_have_text("Right.")
    expect(bug.locator("tr.lit th")).to_have_text("soft loss")
    expect(bug.locator(".feedback:visible")).to_have_count(3)

    wear(page, *LOOKS[-1])
    assert violations(page) == []
    page.reload()
    expect(card(page, 9).locator("tr.lit th")).to_have_text("soft loss")
    expect(card(page, 4).locator('[role=radio][aria-checked="true"]')).to_have_attribute("data-id", "20, 1")
