"""What is around the lessons, in a real browser, by keyboard: the four steps of a run."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from app.teaching.claims import Claim, in_words
from tests.e2e.conftest import OpenPage
from tests.e2e.test_twins import ready, tab_to
from tests.predicting import save_prediction


def test_the_four_steps_light_up_while_a_run_goes_on_and_when_it_is_played_again(opened: OpenPage) -> None:
    page = opened("lesson?lesson=twins&step=predict", wait=False)
    save_prediction(page)
    steps = ready(page, "four-steps")
    lit = steps.locator('[aria-current="step"]')
    expect(lit).to_have_attribute("data-step", "model")
    right = in_words(Claim(check="run_accuracy", args={"run": "recorded-mnist-kd", "arm": "distilled"}, digits=1))
    expect(lit.locator(".said")).to_have_text(f"9,098 parameters, {right}% right")
    tab_to(page, steps.get_by_role("button", name="Play this run again"))
    page.keyboard.press("Enter")
    expect(lit).to_have_attribute("data-step", "input")
    expect(lit).to_have_attribute("data-step", "loop")
    expect(lit.locator(".said")).to_have_text(re.compile(r"^update \d+ of 256$"))
    page.keyboard.press("Enter")
    expect(lit).to_have_attribute("data-step", "model")
    page.evaluate("""() => {
      window.lit = []
      const look = () => document.querySelector(".four-steps [aria-current]")?.dataset.step
      new MutationObserver(() => look() && look() !== window.lit.at(-1) && window.lit.push(look()))
        .observe(document.body, { subtree: true, childList: true, attributes: true })
    }""")
    page.get_by_role("button", name="Train your own twins").press("Enter")
    expect(page.locator(".bench")).not_to_have_attribute("data-run", re.compile("^recorded"))
    expect(page.locator(".bench")).to_have_attribute("data-state", "finished")
    expect(lit).to_have_attribute("data-step", "model")
    seen = page.evaluate("window.lit.join(' ')")
    assert seen.endswith("input teacher loop model"), seen


def test_a_term_opens_where_it_stands_and_leads_to_the_glossary_and_back(opened: OpenPage) -> None:
    page = opened("lesson?lesson=temperature&step=blur", wait=False)
    page.locator(".prose[data-ready]").first.wait_for()
    tab_to(page, page.locator('.term[data-term="temperature"]'))
    page.keyboard.press("Enter")
    page.get_by_role("link", name="In the glossary").press("Enter")
    entry = page.locator(".glossary #temperature")
    expect(entry).to_be_focused()
    expect(entry).to_be_in_viewport()
    entry.get_by_role("link", name=re.compile("Say it less surely")).click()
    expect(page.locator('.steps [aria-current="step"]')).to_have_attribute("data-step", "blur")


def test_a_link_fixes_and_hides_controls_and_a_lesson_is_begun_anew(opened: OpenPage) -> None:
    held = "&temperature=6&scale=log&fix=temperature&hide=scale"
    page = opened("lesson?lesson=temperature&step=soften" + held, wait=False)
    figure = ready(page, "softening")
    said = figure.locator(".said .top")
    expect(said).to_contain_text("At T = 6 the teacher gives")
    expect(figure.locator(".scales")).to_be_hidden()
    expect(figure.locator('[data-scale="log"]')).to_have_attribute("aria-pressed", "true")
    expect(figure.locator(".dial")).to_be_visible()
    assert figure.locator(".dial").evaluate("node => node.inert")
    page.locator('.phrase[data-set="temperature=4"]').click()
    expect(said).to_contain_text("At T = 6")
    figure.locator(".bars button").first.click()
    expect(page.locator('.steps [data-step="soften"]')).to_have_attribute("data-done", "true")
    page.locator('.steps [data-step="blur"]').click()
    save_prediction(page)
    expect(ready(page, "softening").locator(".said .top")).to_contain_text("At T = 6")
    page.get_by_role("button", name="Start this lesson over").click()
    page.get_by_role("button", name="Forget them and start over").click()
    expect(page.locator('.steps [aria-current="step"]')).to_have_attribute("data-step", "blur")
    expect(page.locator('.steps [data-done="true"]')).to_have_count(0)
    expect(ready(page, "predict").locator("input.slider")).to_have_class(re.compile("untouched"))
    expect(ready(page, "predict").locator(".save")).to_be_disabled()
