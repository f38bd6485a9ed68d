"""The course in a real browser: the front page moves, every lesson is gone through by keyboard, also on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from app.teaching.lessons import Lesson, Section, lessons
from tests.e2e.conftest import OpenPage, wait_for_state
from tests.e2e.phrases import press_all
from tests.e2e.test_axe import LOOKS, look, violations, wear
from tests.predicting import set_prediction
from tests.waiting import wait_for

BARS = "() => [...document.querySelectorAll('.softening .bar')].map((bar) => bar.style.transform)"
MOVES = "() => document.getAnimations().some(({ effect }) => effect.target.closest('.to-scale'))"
CUT = """() => [...document.querySelectorAll('.st-key-step-stage .distillery')]
  .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth + 4).map(({ className }) => className)"""
AREAS = """() => {  // how many times the teacher's square is as large as the student's
  const [teacher, student] = [...document.querySelectorAll('.to-scale svg')].map((one) => one.getBoundingClientRect())
  return (teacher.width * teacher.height) / (student.width * student.height)
}"""


def at_step(page: Page, id_: str) -> None:
    """Wait until a step is shown, and no part of it has failed."""
    page.locator(f'.steps[data-ready] button[data-step="{id_}"][aria-current="step"]').wait_for()
    page.locator(".prose[data-ready], .question[data-ready]").first.wait_for()
    wait_for(lambda: page.locator("[data-testid=stSkeleton]").count() == 0)
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    expect(page.get_by_text("could not be loaded")).to_have_count(0)


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until something is focused."""
    for _ in range(300):
        if page.evaluate("selector => document.activeElement?.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{selector} cannot be reached with Tab")


def predict(page: Page, section: Section) -> None:
    """Save what the step asks for, by keyboard."""
    asked = [block for block in section.blocks if block.kind == "predict"]
    saved = page.locator('.predict[data-saved="true"]')
    for number in range(1, 1 + len(asked)):
        set_prediction(page)
        tab_to(page, '.predict[data-saved="false"] .save')
        page.keyboard.press("Enter")
        expect(saved).to_have_count(number)
        assert saved.locator(".gap").nth(number - 1).inner_text()
    expect(page.get_by_text("This opens when your prediction is saved.")).to_have_count(0)


def test_the_front_page_moves_by_itself_and_shows_others_to_scale(opened: OpenPage) -> None:
    page = opened("/", wait=False)
    page.locator(".to-scale[data-ready]").wait_for()
    assert page.evaluate(MOVES), "it draws itself"
    said = page.locator(".to-scale .said")
    expect(said).to_contain_text("Our teacher is made of 293,236 numbers")
    ours = page.evaluate(AREAS)
    assert ours == pytest.approx(293_236 / 9_098, rel=0.1)
    page.get_by_role("button", name="DeepSeek-R1", exact=True).click()
    expect(said).to_contain_text("DeepSeek-R1 is made of 671 billion numbers")
    assert page.evaluate(AREAS) == pytest.approx(671 / 7, rel=0.1)
    expect(page.locator(".to-scale .source a")).to_be_visible()
    for lesson in lessons().values():
        expect(page.get_by_role("heading", name=lesson.title, exact=True)).to_be_visible()
    page.get_by_role("link", name="Start the course").click()
    at_step(page, next(iter(lessons().values())).sections[0].id)


def test_a_press_on_the_front_page_trains(opened: OpenPage) -> None:
    page = opened("/", wait=False)
    page.get_by_role("button", name="Train a small one now").click()
    page.wait_for_url("**/lab?*run=*")
    wait_for_state(page, "finished")


def test_the_front_page_with_reduced_motion_does_not_move_and_bears_every_look(opened: OpenPage) -> None:
    page = opened("/", wait=False, **look(*LOOKS[0]))
    page.locator(".to-scale[data-ready]").wait_for()
    assert not page.evaluate(MOVES)
    for scheme, width in LOOKS:
        wear(page, scheme, width)
        assert violations(page) == [], scheme
        assert page.evaluate("document.documentElement.scrollWidth") <= width


WALKS = [  # in both looks, or of what everybody needs in one, which takes half as long
    pytest.param(lesson, looks, id=f"{lesson.id}-{looks}", marks=pytest.mark.slow if looks > 1 else ())
    for lesson in lessons().values()
    for looks in ((2,) if lesson.is_deep else (1, 2))
]


@pytest.mark.parametrize(("lesson", "looks"), WALKS)
def test_a_lesson_is_gone_through_by_keyboard_on_a_phone_and_on_a_desk(
    opened: OpenPage, lesson: Lesson, looks: int
) -> None:
    """looks: at each step; with one, steps take turns, so that a lesson is seen in both."""
    page = opened(f"lesson?lesson={lesson.id}", wait=False, **look(*LOOKS[0]))
    for number, section in enumerate(lesson.sections):
        at_step(page, section.id)
        wait_for(lambda: page.evaluate("document.querySelector('.stMain').scrollTop") == 0)
        predict(page, section)
        page.wait_for_load_state("networkidle")  # figures that fetch something
        press_all(page, lesson, section, thorough=looks > 1)
        for scheme, width in LOOKS[:: -1 if number % 2 else 1][-looks:]:  # the next step begins as this one ends
            wear(page, scheme, width)
            assert violations(page) == [], f"{section.id}, {scheme}"
            assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{section.id} is too wide"
            wait_for(lambda: page.evaluate(CUT) == [])  # once they are drawn for this width
        tab_to(page, ".st-key-step-next button")
        page.keyboard.press("Enter")
    page.wait_for_function("old => !location.search.includes(`lesson=${old}&`)", arg=lesson.id)


def test_a_prediction_and_the_place_are_kept_over_a_reload(opened: OpenPage) -> None:
    lesson = lessons()["temperature"]
    section = next(one for one in lesson.sections if any(block.kind == "predict" for block in one.blocks))
    page = opened(f"lesson?lesson=temperature&step={section.id}", wait=False)
    at_step(page, section.id)
    behind = lesson.sections[lesson.sections.index(section) + 1]
    bar = page.locator(f'.steps button[data-step="{behind.id}"]')
    expect(bar).to_have_accessible_name(f"Step {lesson.sections.index(behind) + 1}")  # its title may tell what comes
    predict(page, section)
    expect(bar).to_have_accessible_name(behind.title)
    gap = page.locator(".predict .gap").inner_text()
    page.reload()
    at_step(page, section.id)
    page.locator('.predict[data-saved="true"]').wait_for()
    assert page.locator(".predict .gap").inner_text() == gap
    expect(page.locator(f'.steps button[data-step="{section.id}"]')).to_have_attribute("data-done", "true")
    page.goto(page.url.split("/lesson")[0])
    expect(page.get_by_text(f"1 of {len(lesson.sections)} steps done")).to_be_visible()
    expect(page.get_by_role("link", name=f"Continue: {lesson.title}")).to_be_visible()


def test_a_phrase_that_is_pressed_before_its_figure_has_come_counts(opened: OpenPage) -> None:
    page = opened("/", wait=False)
    held: list[Route] = []
    page.route("**/figures/queries/figure.js", lambda route: held.append(route))
    page.goto(f"{page.url}lesson?lesson=heavy-professor&step=queries")
    page.locator(".prose[data-ready]").first.wait_for()
    phrases = page.locator(".prose .phrase")
    phrases.nth(1).click()
    phrases.nth(0).click()
    wait_for(lambda: held)
    for route in held:
        route.continue_()
    page.locator('.queries[data-ready="true"]').wait_for()
    expect(page.locator(".queries output")).to_have_text("1")


def test_a_phrase_turns_the_figure_and_a_term_says_what_it_means(opened: OpenPage) -> None:
    lesson = lessons()["temperature"]
    page = opened(f"lesson?lesson={lesson.id}&step=soften", wait=False)
    at_step(page, "soften")
    page.locator(".softening[data-ready]").wait_for()
    before = page.evaluate(BARS)
    page.locator('.prose .phrase[data-set="temperature=4"]').first.click()
    wait_for(lambda: page.evaluate(BARS) != before)
    assert page.locator(".softening .dial output").inner_text() == "4"
    term = page.locator(".prose .term").first
    term.click()
    expect(page.locator(".prose .meaning:visible")).not_to_be_empty()
    page.keyboard.press("Escape")
    expect(page.locator(".prose .meaning:visible")).to_have_count(0)
    held: list[Route] = []
    page.route("**/api/waits", lambda route: held.append(route))  # a server that stands still
    term.click()
    expect(page.locator(".waits")).to_have_text("One moment: the server is still at work.")
    held[0].continue_()
    expect(page.locator(".waits"), "it asks once, and is content").to_be_empty()


def test_a_page_has_a_name_and_the_keyboard_skips_the_links_to_others(opened: OpenPage) -> None:
    page = opened("glossary", wait=False)
    page.get_by_role("heading", level=1, name="Glossary").wait_for()
    page.wait_for_function("document.title === 'Glossary · Distillery'")
    expect(page.get_by_role("navigation", name="Pages")).to_be_visible()
    page.keyboard.press("Tab")
    expect(page.locator('a[href="#stMain"]')).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Glossary")).to_be_focused()
    page.keyboard.press("Tab")
    assert not page.evaluate("document.activeElement.closest('.st-key-masthead')")
    lesson = lessons()["temperature"]
    page.goto(page.url.replace("glossary", f"lesson?lesson={lesson.id}"))
    at_step(page, lesson.sections[0].id)
    page.wait_for_function("title => document.title === title", arg=f"{lesson.title} · Distillery")
