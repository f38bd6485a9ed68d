"""Images of one's own, in a real browser: a zip, its teacher, students, and away with it."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.e2e.conftest import OpenPage, Server, ready, train, wait_for_state
from tests.own_images import pets, zip_bytes

TEACHER_SECONDS = 400_000  # milliseconds, on a machine that does other things, too
LONG = "wasps & <b>hornets</b>".replace("/", "∕") + " of a very long name"


def bring(page: Page, name: str, content: bytes) -> None:
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "application/zip", "buffer": content})


def test_a_zip_its_teacher_students_and_away_with_it(opened: OpenPage, server: Server) -> None:
    page = opened()
    page.get_by_role("link", name="Use your own images").click()
    bring(page, "broken.zip", b"this is no zip")
    expect(page.get_by_text("is neither a folder nor a complete zip")).to_be_visible()

    bring(page, "Our insects.zip", zip_bytes(pets(["ants", "beetles", LONG], each=30)))
    expect(page.get_by_text("Nothing is trained yet")).to_be_visible()
    assert page.locator(".own-row img").evaluate_all("all => all.every((one) => one.decode() && one.alt)")
    name = page.get_by_role("textbox", name="Class 2: 30 images")
    name.fill("bees")
    name.press("Enter")
    page.get_by_role("button", name="Use these pictures").click()
    page.get_by_role("button", name="Train a teacher").wait_for()
    expect(page.get_by_text("broken")).to_have_count(0)
    expect(page.locator(".own-classes b")).to_have_text(["ants", "bees", LONG[:39] + "…"])
    expect(page.get_by_text("72 images to learn from")).to_be_visible()
    called = page.get_by_role("textbox", name="What should they be called?")
    called.fill("Insects")
    called.press("Enter")
    page.get_by_role("button", name="Train a teacher").click()
    page.get_by_text("Training a teacher").wait_for()
    page.reload()  # it goes on
    page.get_by_role("link", name="Use them in the lab").wait_for(timeout=TEACHER_SECONDS)
    expect(page.get_by_text("of 18 test images right")).to_be_visible()

    page.get_by_role("link", name="Use them in the lab").click()
    expect(page.locator(".st-key-control-data")).to_contain_text("Insects")
    ready(page)
    run_id = train(page)
    wait_for_state(page, "finished")
    expect(page.locator(".bench")).to_contain_text("18 test images")
    expect(page.locator(".answers .bar")).to_have_count(9)  # three classes: teacher, distilled, labels only

    theirs = opened()
    expect(theirs.locator(".st-key-control-data")).not_to_contain_text("Insects")
    theirs.goto(page.url)
    ready(theirs)
    expect(theirs.locator(".st-key-control-data")).to_contain_text("Insects")
    expect(theirs.locator(f'.bench[data-run="{run_id}"]')).to_contain_text("18 test images")

    page.get_by_role("link", name="Use your own images").click()
    page.get_by_role("button", name="Remove these images").click()
    page.get_by_role("button", name="Remove them").click()
    expect(page.get_by_role("heading", name="What to bring")).to_be_visible()
    assert not list((server.home / "images").glob("own-*/*")), "they are gone"
    page.goto(f"{server.url}/lab?run={run_id}")
    kept = page.locator(f'.bench[data-run="{run_id}"]')
    kept.wait_for()
    expect(kept).to_contain_text("18 test images")
    expect(page.get_by_text("no longer on this machine").first).to_be_visible()
