"""Lesson two in a real browser: the map and the tree, the hunt, one image on both scales; by keyboard and by phrase."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from app.experiments.ranking import most_ambiguous
from app.teaching.checks.teacher_says import mean_share, teacher_answers, teacher_top
from tests.e2e.conftest import OpenPage
from tests.e2e.test_twins import ready, tab_to

LESSON = "lesson?lesson=soft-labels&step="


def save(page: Page, field: Locator, key: str) -> None:
    """Say what is expected, by keyboard."""
    tab_to(page, field)
    page.keyboard.press(key)
    tab_to(page, page.locator(".predict .save"))
    page.keyboard.press("Enter")
    page.locator('.predict[data-saved="true"]').last.wait_for()


def test_the_tree_opens_with_the_prediction_and_follows_keys_and_phrases(opened: OpenPage) -> None:
    page = opened(LESSON + "tree", wait=False)
    asked = ready(page, "predict")
    alike = ready(page, "similarity")
    expect(alike.locator(".tree")).to_have_attribute("d", "")
    for part in (".whole", ".turn"):
        expect(alike.locator(part)).to_be_hidden()
    rows = alike.locator(".rows button")
    assert rows.all_inner_texts() == list(teacher_answers("cifar10").classes), "as it stands, joined by nothing"
    save(page, asked.locator("input").first, "Space")
    expect(alike.locator(".whole")).to_contain_text("First fork: automobile and truck | airplane, bird, cat")
    expect(alike.locator(".tree")).to_have_attribute("d", re.compile("^M"))
    assert rows.all_inner_texts()[:2] == ["airplane", "ship"]
    expect(alike.locator(".turn")).to_be_hidden()
    tab_to(page, rows.nth(1))
    expect(alike.locator(".said")).to_contain_text(f"then “airplane” {mean_share('cifar10', 'ship', 'airplane'):.1f}%")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(alike.locator(".said")).to_contain_text("Images of “bird”, on average")
    expect(alike.locator(".spoken")).to_contain_text("Images of “bird”")
    page.goto(page.url.replace("step=tree", "step=alike"))
    alike = ready(page, "similarity")
    alike.locator('.cell[data-of="3"][data-to="5"]').click()
    expect(page.locator('.steps [data-step="alike"]')).to_have_attribute("data-done", "true")
    page.locator('.phrase[data-set="temperature=20"]').click()
    expect(alike.locator("output")).to_have_text("T = 20")
    alike.locator("summary").click()
    expect(alike.locator("td")).to_have_count(100)
    alike.locator('.cell[data-of="9"][data-to="1"]').hover()
    expect(alike.locator(".said")).to_have_text(re.compile(r"Images of “truck” give “automobile” 1\d\.\d%\."))
    page.locator('.light[data-light="tree"]').focus()
    expect(alike).to_have_class(re.compile("lit-tree"))


def test_the_hunt_is_won_by_keyboard_and_can_be_given_up(opened: OpenPage) -> None:
    page = opened(LESSON + "sure", wait=False)
    save(page, ready(page, "predict").locator("input").first, "ArrowRight")
    hunt = ready(page, "hunt")
    tops = {image: teacher_top("mnist", image) for image in most_ambiguous(teacher_answers("mnist").logits)[:8]}
    least = min(tops, key=tops.__getitem__)
    pictures = hunt.locator(".grid button")
    wanted = [int(str(one.get_attribute("data-image"))) for one in pictures.all()].index(least)
    tab_to(page, pictures.first)
    page.keyboard.press("Enter")
    expect(hunt.locator(".standing")).to_contain_text("1 look so far")
    for _ in range(wanted):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(hunt.locator(".standing")).to_contain_text(
        f"Found after 2 looks: {tops[least]:.0f}% sure, the least sure of all"
    )
    hunt.get_by_role("button", name="Another sheet").click()
    expect(hunt.locator(".standing")).to_have_text("")
    for at in range(5):
        pictures.nth(at).click()
    give = hunt.get_by_role("button", name="Show me")
    if give.is_visible():
        give.click()
    expect(hunt.locator(".standing")).to_contain_text(re.compile("Found after|This is the one"))


def test_a_phrase_turns_the_answer(opened: OpenPage) -> None:
    page = opened(LESSON + "sure", wait=False)
    save(page, ready(page, "predict").locator("input").first, "ArrowRight")
    for step, phrase, selector, attribute, shown in (
        ("small", "scale=log", '[data-scale="log"]', "aria-pressed", "true$"),
        ("undecided", "image=164", ".shown img", "src", r"/164\.png$"),
        ("undecided", "source=drawn", '[data-source="drawn"]', "aria-pressed", "true$"),
    ):
        if f"step={step}" not in page.url:
            page.goto(re.sub("step=[a-z]+", f"step={step}", page.url))
        answers = ready(page, "answers")
        expect(answers.locator(".entropy")).to_be_visible(visible=step == "undecided")
        page.locator(f'.phrase[data-set="{phrase}"]').first.click()
        expect(answers.locator(selector)).to_have_attribute(attribute, re.compile(shown))
    expect(answers.locator(".key")).to_have_text("teacherstudent")  # both answer what is drawn
