"""What the lab opens on, then its control, then a question that more seeds answer: each one press after the other."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenPage, params, press_for_a_run, ready, train, wait_for_state

ASK = ".bench .control-of"


def curves(page: Page, last: str) -> dict[str, str]:
    """What the chart says of each curve, once the last one is there."""
    expect(page.locator(".bench figcaption")).to_contain_text(re.compile(f"{last} is at .* of the verdict"))
    said = page.locator(".bench figcaption").text_content() or ""
    return dict(re.findall(r"([A-Z][\w -]+?) is at (.*?) of the verdict", said))


def test_one_press_after_the_verdict_sets_the_control_beside_it(opened: OpenPage) -> None:
    page = opened()
    first = train(page)
    wait_for_state(page, "finished")
    before = curves(page, "Distilled")
    expect(page.locator(".bench .verdict")).to_have_attribute("data-kind", "better")
    expect(page.locator(ASK)).to_have_text("How far would they get without a teacher?")
    second = press_for_a_run(page, ASK)
    assert second != first
    wait_for_state(page, "finished")
    expect(page.locator(".bench .sentence")).to_contain_text("Distilled beats self-taught by")
    expect(page.locator(".bench .aside")).to_contain_text("marked with what the student with labels only takes it for")
    expect(page.locator(ASK)).to_be_hidden()
    after = curves(page, "Self-taught")
    assert [*after] == ["Labels only", "Distilled", "Self-taught"]
    assert before.items() <= after.items(), "both other curves have their very numbers"
    page.reload()
    ready(page)
    expect(page.locator(".bench .sentence")).to_contain_text("Distilled beats self-taught by")
    assert page.locator(".bench").get_attribute("data-run") == second == params(page)["run"]
    expect(page.locator(".bench .status").first).to_contain_text("Replay")


def test_a_control_can_be_paused_and_stopped(opened: OpenPage) -> None:
    page = opened("?labels=100&unlabelled=3500&epochs=30&student=cnn-35k&seeds=2")
    train(page)
    wait_for_state(page, "finished")
    press_for_a_run(page, ASK)
    page.locator(".bench [data-action=pause]").click()
    wait_for_state(page, "paused", "finished")
    if page.locator(".bench").get_attribute("data-state") == "paused":
        page.locator(".bench [data-action=resume]").click()
        wait_for_state(page, "running", "finished")
        page.locator(".bench [data-action=stop]").click()
    wait_for_state(page, "stopped", "finished")
    expect(page.locator(".bench .sentence")).not_to_be_empty()
