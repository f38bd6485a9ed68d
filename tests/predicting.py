"""Predict something in a real browser: whatever the step asks for, by keyboard."""

from playwright.sync_api import Page


def set_prediction(page: Page) -> None:
    """Choose the first choice, or move every slider a step, in the first that is not saved: none has a value yet."""
    asked = page.locator('.predict[data-ready][data-saved="false"]').first
    asked.wait_for()
    fields = asked.locator("input").all()
    if fields[0].get_attribute("type") == "radio":
        fields[0].press("Space")
        return
    for field in fields:
        field.press("ArrowRight")


def save_prediction(page: Page) -> None:
    """The same, and save it."""
    set_prediction(page)
    page.locator('.predict[data-ready][data-saved="false"] .save').first.click()
