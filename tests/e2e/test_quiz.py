"""The quiz in a real browser: every kind of question, answered by keyboard and by mouse; a reload keeps it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from playwright.sync_api import Locator, Page, expect

from app.teaching.lessons import lesson_folders, lesson_id
from app.teaching.questions import questions_of
from tests.e2e.conftest import OpenPage
from tests.e2e.test_axe import LOOKS, look, violations, wear

QUIZ = "lesson?lesson=temperature&step=quiz"
ORDERS = "?lesson=t-squared&step=quiz"


def card(page: Page, number: int) -> Locator:
    """The question with this number, once it is there: the row of all of them leads to it."""
    question = page.locator(".question[data-ready]")
    question.wait_for()
    there = page.locator(".quiz-row[data-ready] button")
    if there.count() and there.nth(number - 1).get_attribute("aria-current") is None:
        there.nth(number - 1).click()
    count = page.locator(".count", has_text=re.compile(rf"^(Question {number} of|Practice)"))
    question.filter(has=count).wait_for()
    expect(question).to_have_count(1)  # for a moment the one before is there, too
    return question


def number_of(question: str, lesson: str = "tuning") -> int:
    """Where a question stands in its lesson's quiz, from 1."""
    folder = next(path for path in lesson_folders() if lesson_id(path) == lesson)
    return 1 + list(questions_of(folder)).index(question)


def check(question: Locator) -> None:
    """Press Check from the keyboard, and wait for what is said."""
    question.locator(".check").focus()
    question.page.keyboard.press("Enter")
    expect(question.locator(".outcome b")).not_to_be_empty()


def press_check(question: Locator) -> None:
    """The same by mouse."""
    question.locator(".check").click()
    expect(question.locator(".outcome b")).not_to_be_empty()


def is_right(question: Locator, words: str = "Right.") -> None:
    """Expect that the answer was right, and that everything is told now."""
    expect(question).to_have_attribute("data-answered", "true")
    expect(question.locator(".outcome b")).to_have_text(words)
    expect(question.locator(".explain")).not_to_be_empty()


def is_missed(question: Locator) -> None:
    """Expect that the answer was not right, that it may be tried once more, and that nothing is told yet."""
    expect(question).to_have_attribute("data-missed", "true")
    expect(question.locator(".outcome b")).to_contain_text("Try once more.")
    expect(question.locator(".check")).to_be_disabled()
    expect(question.locator(".explain")).to_be_empty()
    expect(question.locator(".after")).to_be_hidden()


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


def test_a_number_is_missed_tried_once_more_and_kept_over_a_reload(opened: OpenPage) -> None:
    page = opened(QUIZ, wait=False, **look(*LOOKS[0]))
    number = card(page, 1)
    field = number.locator("input[type=text]")
    expect(number.locator(".check")).to_be_disabled()
    field.fill("much")
    expect(number.get_by_role("status").filter(has_text="That isn’t a number")).to_be_visible()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_accessible_description(re.compile("^That isn’t a number"))
    field.fill("50")
    expect(field).to_have_attribute("aria-invalid", "false")
    number.locator(".sure input").first.press("Space")
    field.press("Enter")
    is_missed(number)
    expect(number.locator(".outcome")).to_contain_text("Not quite. You were sure")
    expect(number.locator(".outcome")).to_be_focused()
    expect(number.locator(".hints p")).to_have_count(1)
    page.reload()
    is_missed(card(page, 1))
    expect(field).to_have_value("50")
    for scheme, width in LOOKS:
        wear(page, scheme, width)
        assert violations(page) == [], scheme
    wear(page, *LOOKS[0])
    field.fill("66,5")
    field.press("Enter")
    is_right(number, "Right, at the second try.")
    expect(page.locator(".quiz-row button").first).to_have_attribute(
        "aria-label", "Question 1: right at the second try"
    )
    stem = number.locator(".stem").inner_text()
    ask_again(number)
    expect(number.locator(".stem")).to_be_focused()
    assert number.locator(".stem").inner_text() != stem, "other numbers"
    page.wait_for_function("() => location.search.includes('again=')")


def test_every_kind_is_answered_by_keyboard(opened: OpenPage) -> None:
    page = opened(QUIZ, wait=False, **look(*LOOKS[0]))
    single = card(page, 2)
    single.locator(".option", has_text="The eight may overtake it").locator("input").press("Space")
    check(single)
    is_missed(single)
    expect(single.locator(".feedback:visible")).to_have_count(1)
    single.locator(".option", has_text="Still the three").locator("input").press("Space")
    check(single)
    is_right(single, "Right, at the second try.")
    expect(single.locator(".feedback:visible")).to_have_count(3)
    back = single.locator(".back")
    address = page.url
    page.evaluate("window.stays = true")
    back.press("Enter")
    expect(page.locator('.steps [aria-current="step"]')).to_have_attribute("data-step", "soften")
    page.get_by_role("button", name="Back to the question").press("Enter")
    expect(single.locator(".outcome b")).to_have_text("Right, at the second try.")
    assert page.evaluate("window.stays"), "the page was not loaded anew"
    assert "question=who-leads" in page.url and address.split("?")[0] == page.url.split("?")[0]
    single.locator(".next").press("Enter")

    dial = card(page, 3)
    slider = dial.locator("input.slider")
    expect(slider).to_have_attribute("aria-valuetext", "not set yet")
    slider.press("End")
    check(dial)
    is_missed(dial)
    expect(dial.locator(".outcome")).to_contain_text("You chose 20, and that gives 1.2")
    slider.press("Home")
    check(dial)
    expect(dial.locator(".outcome")).to_contain_text("You chose 1. Anything near 5.8 is right.")
    expect(dial).to_have_attribute("data-answered", "true")

    curve = card(page, 5)
    knots = curve.locator(".knots input")
    for knot in knots.all()[:4]:
        knot.press("Home")
    expect(curve.locator(".check")).to_be_disabled()
    expect(curve.locator("circle:visible")).to_have_count(4)
    knots.last.press("End")
    check(curve)
    is_missed(curve)
    expect(curve.locator(".outcome")).to_contain_text(
        re.compile(r"Partly right: \d0%\. Try once more\. \d of 5 places")
    )
    knots.nth(2).press("ArrowRight")
    check(curve)
    expect(curve).to_have_attribute("data-answered", "true")

    for scheme, width in LOOKS:
        wear(page, scheme, width)
        assert violations(page) == [], scheme
        box = curve.bounding_box()
        assert box and box["height"] < 1000, "one card at a time"
    wear(page, *LOOKS[0])
    page.goto(page.url.split("?")[0] + ORDERS)
    order = card(page, 2)
    order.locator("li button:not(:disabled)").first.press("Enter")
    check(order)
    if order.get_attribute("data-missed") == "true":
        order.locator("li button:not(:disabled)").last.press("Enter")
        check(order)
    expect(order.locator(".mark")).to_have_count(5)
    page.reload()
    expect(card(page, 2).locator(".mark")).to_have_count(5)


def test_every_kind_is_answered_by_mouse(opened: OpenPage) -> None:
    page = opened(QUIZ, wait=False, **look(*LOOKS[0]))
    number = card(page, 1)
    number.locator("input[type=text]").click()
    page.keyboard.type("66.5")
    number.locator(".hint").click()
    number.get_by_text("I guess").click()
    press_check(number)
    is_right(number, "Right, and now you know it.")
    number.locator(".next").click()

    dial = card(page, 3)
    slider = dial.locator("input.slider")
    drag(page, [on(slider, 0.01), on(slider, 0.1), on(slider, 0.25)])
    assert 5 < float(slider.input_value()) < 6.5
    slider.fill("5.8")
    press_check(dial)
    is_right(dial)

    curve = card(page, 5)
    picture, real = curve.locator("svg"), [0.0, 0.1, 1.9, 3.1, 3.3]
    across = [(28 + place * (480 - 56)) / 480 for place in (0, 0.2314, 0.4628, 0.6941, 1)]
    heights = [1 - 0.07 - 0.86 * value / 3.4 for value in real]
    drag(page, [on(picture, *place) for place in zip(across, heights, strict=True)])
    press_check(curve)
    said = curve.locator(".outcome b").inner_text()
    assert said.startswith(("Right", "Partly right")), said

    page.goto(page.url.split("?")[0] + ORDERS)
    order = card(page, 2)
    for place, step in enumerate(("logits", "divide", "softmax", "compare")):
        item = order.locator(f'li[data-id="{step}"]')
        drag(page, [on(item.locator("span")), on(order.locator("li").nth(place), down=0.4)])
        expect(order.locator("li").nth(place)).to_have_attribute("data-id", step)
    press_check(order)
    is_right(order)


def test_a_bug_is_found_and_a_chart_and_a_picture_are_pressed(opened: OpenPage) -> None:
    page = opened("lesson?lesson=tuning&step=quiz", wait=False, **look(*LOOKS[0]))
    keys = page.keyboard

    chart = card(page, number_of("borrowed"))
    chart.locator("[role=radio]").first.focus()
    keys.press("End")
    expect(chart.locator("[role=radio]:focus")).to_have_attribute("aria-label", re.compile(r"^T = 20, α = 1: "))
    keys.press("ArrowDown")
    keys.press("ArrowUp")
    keys.press("Enter")
    check(chart)
    is_right(chart)

    page.goto(page.url.replace("lesson=tuning", "lesson=bugs"))
    bug = card(page, number_of("turned-down", "bugs"))
    expect(bug.locator("tbody tr")).to_have_count(6)
    bug.locator(".option", has_text="No factor T²").locator("input").press("Space")
    check(bug)
    is_right(bug)
    expect(bug.locator("tr.lit th")).to_have_text("soft loss")
    expect(bug.locator(".feedback:visible")).to_have_count(3)

    wear(page, *LOOKS[-1])
    assert violations(page) == []
    page.reload()
    expect(card(page, number_of("turned-down", "bugs")).locator("tr.lit th")).to_have_text("soft loss")
    page.goto(page.url.replace("lesson=bugs", "lesson=tuning"))
    expect(card(page, number_of("borrowed")).locator('[role=radio][aria-checked="true"]')).to_have_attribute(
        "data-id", "20, 1"
    )

    rows = card(page, number_of("which-alpha"))
    rows.locator("[role=radio]").first.click()
    expect(rows.locator('[aria-checked="true"]')).to_have_count(1)
    press_check(rows)
    is_missed(rows)
    expect(rows.locator("[role=radio]").first).to_be_disabled()
    rows.locator("[role=radio]").nth(1).click()
    press_check(rows)
    expect(rows).to_have_attribute("data-answered", "true")

    page.goto(page.url.split("?")[0] + "?lesson=soft-labels&step=quiz")
    several = card(page, 5)
    several.get_by_label("How unclear").press("Space")
    check(several)
    is_missed(several)
    expect(several.locator(".outcome b")).to_contain_text("Partly right: 67%")
    several.locator("label").filter(has_text="Which other classes").click()
    press_check(several)
    is_right(several, "Right, at the second try.")

    pictures = card(page, 1)
    expect(pictures.get_by_role("radio", name=re.compile("which somebody labelled “3”"))).to_have_count(1)
    pictures.locator("[role=radio]").first.focus()
    keys.press("Enter")
    check(pictures)
    is_missed(pictures)
    pictures.locator('[role=radio][data-id="956"]').click()
    press_check(pictures)
    is_right(pictures, "Right, at the second try.")
    expect(card(page, 2).locator(".field > img")).to_have_attribute("alt", re.compile("labelled “7”"))
