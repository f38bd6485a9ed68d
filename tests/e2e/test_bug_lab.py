"""The bug lab in a real browser, by keyboard: a phrase, a mistake that is made live, and a run without its name."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from app.catalog.bugs import BUGS
from app.teaching.checks.bugs import finding, known
from app.teaching.lessons import lessons
from tests.e2e.conftest import OpenPage
from tests.e2e.test_lessons import at_step, predict
from tests.e2e.test_twins import ready, tab_to

LESSON = "lesson?lesson={}&step={}"


def test_a_phrase_reads_a_cell_and_a_mistake_is_made_live(opened: OpenPage) -> None:
    page = opened(LESSON.format("tuning", "question"), wait=False)
    for lesson, step in (("tuning", "question"), ("bugs", "bugs")):
        page.goto(re.sub(r"lesson\?.*", LESSON.format(lesson, step), page.url))
        at_step(page, step)
        section = lessons()[lesson].section(step)
        assert section is not None
        predict(page, section)

    page.goto(re.sub(r"lesson\?.*", LESSON.format("tuning", "plain"), page.url))
    cells = ready(page, "sweep")
    page.get_by_role("button", name="in the corner").click()
    expect(cells.locator(".detail")).to_contain_text("Temperature 20, weight on the teacher 1: +")
    tab_to(page, cells.locator(".cells button").first)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(cells.locator(".detail")).to_contain_text("Temperature 2")
    expect(cells.get_by_role("link", name="Open these settings in the lab")).to_have_attribute(
        "href", re.compile(r"lab\?.*temperature=2&")
    )

    page.goto(re.sub(r"lesson\?.*", LESSON.format("bugs", "silent"), page.url))
    lab = ready(page, "bug-lab")
    page.get_by_role("button", name="all the weight on the teacher").last.click()
    expect(lab.locator(".finding")).to_contain_text(finding(known("a1"), "alpha"))
    tab_to(page, lab.locator(".costs [data-bug=alpha][data-cohort=a1]"))
    page.keyboard.press("Home")
    for _row in BUGS:
        page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(lab.locator(".what")).to_contain_text("averaged over the classes")
    expect(lab.locator("tr.lit")).to_contain_text("soft loss")
    tab_to(page, lab.locator(".train"))
    page.keyboard.press("Enter")
    bench = ready(page, "bench")
    expect(bench).to_have_attribute("data-state", "finished")
    expect(bench.locator(".sentence")).to_contain_text(re.compile("distilled|difference", re.IGNORECASE))
    expect(lab.locator(".wide thead")).to_contain_text("yours, buggy")
    expect(lab.locator("tr.lit td")).to_have_count(4)

    page.goto(re.sub(r"lesson\?.*", LESSON.format("bugs", "which"), page.url))
    which = ready(page, "which-bug")
    for option in range(4):
        tab_to(page, which.locator(f"[data-option='{option}']"))
        page.keyboard.press("Enter")
        expect(which.locator(".said")).to_have_text(re.compile(r"^(Yes|No)\. "))
        if (which.locator(".said").inner_text()).startswith("Yes."):
            break
    expect(which.locator(".next")).to_be_focused()
    page.keyboard.press("Enter")
    expect(which.locator(".round")).to_contain_text("Round 2")
