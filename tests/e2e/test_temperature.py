"""Temperature in a real browser: the gradient microscope follows hand and text, and terms light in the formula."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from app.teaching.checks.gradients import gradient_ratio, limit_distance
from app.teaching.lessons import lessons
from tests.e2e.conftest import OpenPage, Server
from tests.e2e.test_lessons import at_step, predict

LESSON = lessons()["t-squared"]
STEP = "squared"  # the microscope with the factor on


@pytest.fixture
def microscope(opened: OpenPage) -> Page:
    """The step, its prediction saved."""
    asked = next(one for one in LESSON.sections if any(block.name == "shorter-8" for block in one.blocks))
    page = opened(f"lesson?lesson={LESSON.id}&step={asked.id}", wait=False)
    at_step(page, asked.id)
    predict(page, asked)
    page.locator(f'.steps button[data-step="{STEP}"]').click()
    at_step(page, STEP)
    page.locator(".microscope[data-ready]").wait_for()
    return page


def test_it_is_used_by_keyboard_and_an_image_that_is_not_given_loses_nothing(microscope: Page) -> None:
    page = microscope
    done = page.locator(f'.steps button[data-step="{STEP}"]')
    expect(done).to_have_attribute("data-done", "false")
    page.get_by_label("temperature T").focus()
    page.keyboard.press("End")
    expect(page.locator(".microscope .limit")).to_contain_text(
        f"At T = 1,000 the soft gradient is {limit_distance('mnist', 8, 1000):.2f}% away"
    )
    expect(done).to_have_attribute("data-done", "true")
    expect(page.locator(".microscope output")).to_have_text("T = 1,000")  # it stays, though the page ran again
    expect(page.locator(".microscope .spoken")).to_contain_text("T = 1,000")

    def refuse(route: Route) -> None:
        route.abort()

    page.route("**/api/runs/**", refuse)
    page.get_by_role("button", name="Next image").click()
    expect(page.locator(".microscope .trouble")).to_contain_text("The server does not answer")
    expect(page.locator(".microscope .caption")).to_contain_text("Test image 8")
    page.unroute("**/api/runs/**")
    page.get_by_role("button", name="Next image").click()
    expect(page.locator(".microscope .caption")).to_contain_text("Test image 9")
    expect(page.locator(".microscope .trouble")).to_be_hidden()


def test_phrases_set_it_and_a_term_lights_in_prose_formula_and_figure(server: Server, microscope: Page) -> None:
    page = microscope
    said, far = page.locator(".microscope .said"), page.locator(".microscope .limit")
    expect(said).to_contain_text(f"{gradient_ratio('mnist', 8, 8):.1f} times as long as")
    expect(far).to_contain_text(f"is {limit_distance('mnist', 8, 8):.0f}% away")
    page.get_by_role("button", name="Without the factor").click()
    expect(said).to_contain_text(f"{gradient_ratio('mnist', 8, 8, squared=False, shorter=True):.0f} times shorter than")
    expect(page.locator('.microscope [data-squared="off"]')).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="the five").click()
    expect(page.locator(".microscope .caption")).to_have_text(
        "Test image 956, labelled 5".replace("labelled ", "labelled\u00a0")
    )
    expect(said).to_contain_text("raises 5 (−0.64) and 8 (−0.37)")
    page.locator('.prose [data-light="soft"]').first.focus()
    expect(page.locator(".microscope")).to_have_attribute("data-lit", "soft")

    page.goto(f"{server.url}/lesson?lesson=temperature&step=soften")
    page.locator(".formula[data-ready] .numbers:not([hidden])").wait_for()
    page.locator('.prose [data-light="sum"]').focus()
    expect(page.locator(".formula .numbers .lit")).to_have_count(2)
    page.locator('.formula li[data-terms="T"]').focus()
    expect(page.locator('.prose [data-light="T"]')).to_have_class("light lit")
    result = page.locator(".formula .result").text_content() or ""
    page.locator('.prose .phrase[data-set="temperature=4"]').first.click()
    expect(page.locator(".formula .result")).not_to_have_text(result)
    page.locator('.softening .bars [data-class="8"]').click()
    expect(page.locator(".formula li.largest")).to_be_visible()
