"""The quiz in a real browser: every kind of question, answered by keyboard and by mouse; a reload keeps it."""

from __future__ import annotations

import re
from collections.abc import Sequence

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


def press_check(question: Locator) -> None:
    """The same by mouse."""
    question.locator(".check").click()
    expect(question).to_have_attribute("data-answered", "true")
    expect(question.locator(".outcome b")).not_to_be_empty()


def ask_again(question: Locator) -> None:
    """Press what asks it once more."""
    question.locator(".again").click()
    expect(question).to_have_attribute("data-answered", "false")


def drag(page: Page, path: Sequence[tuple[float, float]]) -> None:
    """Press the mouse at the first place, and let it go at the last."""
    page.mouse.move(*path[0])
    page.mouse.down()
    for place in path[1:]:
        page.mouse.move(*place, steps=3)
    page.mouse.up()


def on(target: Locator, across: float = 0.5, down: float = 0.5) -> tuple[float, float]:
    """A place on what can be seen; shares of its width and height."""
    target.scroll_into_view_if_needed()
    box = target.bounding_box()
    assert box is not None
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def test_every_kind_is_answered_by_keyboard_and_stays_over_a_reload(opened: OpenPage) -> None:
    page = opened(QUIZ, wait=False, **look(*LOOKS[0]))
    keys = page.keyboard

    number = card(page, 1)
    expect(number.locator(".check")).to_be_disabled()
    number.locator("input[type=text]").fill("much")
    expect(number.get_by_role("status").filter(has_text="This is no number")).to_be_visible()
    expect(number.locator("input[type=text]")).to_have_attribute("aria-invalid", "true")
    expect(number.locator("input[type=text]")).to_have_accessible_description(re.compile("^This is no number"))
    number.locator("input[type=text]").fill("86,7")
    expect(number.locator("input[type=text]")).to_have_attribute("aria-invalid", "false")
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

    stem = number.locator(".stem").inner_text()
    number.locator(".again").press("Enter")
    expect(number).to_have_attribute("data-answered", "false")
    page.wait_for_function("() => location.search.includes('again=')")
    said = page.locator(".question .outcome").all_inner_texts()
    page.reload()
    card(page, 8)
    expect(page.locator('.question[data-answered="true"]')).to_have_count(5)
    assert number.locator(".stem").inner_text() != stem, "other numbers, still asked"
    assert page.locator(".question .outcome").all_inner_texts() == said
    for scheme, width in LOOKS:
        wear(page, scheme, width)
        assert violations(page) == [], scheme

    wear(page, *LOOKS[0])
    answer_by_mouse(page)


def answer_by_mouse(page: Page) -> None:
    """Every kind that the page has; what was answered is asked once more."""
    number = card(page, 1)
    number.locator("input[type=text]").click()
    page.keyboard.type("50")
    number.locator(".hint").click()
    number.get_by_text("I guess").click()
    press_check(number)

    single = card(page, 8)
    single.locator(".options label").first.click()
    press_check(single)

    dial = card(page, 3)
    ask_again(dial)
    slider = dial.locator("input.slider")
    drag(page, [on(slider, 0.01), on(slider, 0.2), on(slider, 0.5)])
    assert 9 < float(slider.input_value()) < 12
    press_check(dial)

    bars = card(page, 4)
    ask_again(bars)
    shares = [str(bar.get_attribute("aria-label")) for bar in bars.locator("[role=radio]").all()]
    second = sorted(shares, key=lambda said: float(said.split(": ")[1].rstrip("%")))[-2]
    bars.get_by_role("radio", name=second, exact=True).click()
    press_check(bars)
    expect(bars.locator(".outcome b")).to_have_text("Right.")

    curve = card(page, 5)
    real = [float(said.split("→")[1]) for said in curve.locator(".knots output").all_inner_texts()]
    ask_again(curve)
    picture = curve.locator("svg")
    drag(page, [on(picture, (at + 0.5) / 5, 1 - 0.07 - 0.86 * value / 3.4) for at, value in enumerate(real)])
    drawn = [float(said) for said in curve.locator(".knots output").all_inner_texts()]
    assert max(abs(one - other) for one, other in zip(drawn, real, strict=True)) <= 0.2
    press_check(curve)
    expect(curve.locator(".outcome b")).to_have_text("Right.")

    order = card(page, 7)
    ask_again(order)
    order.locator("li button:not(:disabled)").last.click()
    for place, step in enumerate(("logits", "divide", "softmax", "compare")):
        item = order.locator(f'li[data-id="{step}"]')
        drag(page, [on(item.locator("span")), on(order.locator("li").nth(place), down=0.4)])
        expect(order.locator("li").nth(place)).to_have_attribute("data-id", step)
    press_check(order)
    expect(order.locator(".outcome b")).to_have_text("Right.")


def test_a_bug_is_found_and_a_chart_and_a_picture_are_pressed(opened: OpenPage) -> None:
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

    rows = card(page, 2)
    rows.locator("[role=radio]").nth(1).click()
    expect(rows.locator('[aria-checked="true"]')).to_have_count(1)
    press_check(rows)
    other = card(page, 10)
    other.locator(".options label").first.click()
    press_check(other)
    expect(other.locator("tr.lit")).to_have_count(1)

    page.goto(page.url.replace("tuning", "soft-labels"))
    several = card(page, 5)
    several.get_by_label("How doubtful").press("Space")
    check(several)
    expect(several.locator(".outcome b")).to_contain_text("Partly right")
    ask_again(several)
    for said in ("Which wrong answers", "How doubtful"):
        several.locator("label").filter(has_text=said).click()
    press_check(several)
    expect(several.locator(".outcome b")).to_have_text("Right.")

    pictures = card(page, 2)
    pictures.locator("[role=radio]").first.focus()
    keys.press("Enter")
    check(pictures)
    ask_again(pictures)
    pictures.locator('[role=radio][data-id="956"]').click()
    press_check(pictures)
    expect(pictures.locator(".outcome b")).to_have_text("Right.")
