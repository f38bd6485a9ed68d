"""A learner's story: answers stay, a link leads to a second browser, the next day has a review, and all can go."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import select, update

from app.store import Store
from app.store.tables import answers
from tests.e2e.conftest import OpenPage, Server
from tests.e2e.test_axe import LOOKS, look, violations, wear
from tests.e2e.test_quiz import QUIZ, card, check

DAY = 86_400.0


def answer(page: Page, number: int) -> None:
    """Choose something in a question of single choice or numbers, and check."""
    question = card(page, number)
    if question.locator("input[type=text]").count():
        question.locator("input[type=text]").fill("50")
    else:
        question.locator(".options input").first.press("Space")
    check(question)


def kept(store: Store) -> dict[str, list[str]]:
    """Questions that were answered, by learner."""
    found: dict[str, list[str]] = {}
    with store.database.read() as db:
        for row in db.execute(select(answers).order_by(answers.c.at)):
            found.setdefault(row.learner, []).append(row.question)
    return found


def downloaded(page: Page, name: str) -> Path:
    """The file behind a link."""
    with page.expect_download() as started:
        page.get_by_role("link", name=name).click()
    return Path(started.value.path())


def test_a_learner_comes_back_moves_reviews_takes_along_and_goes(opened: OpenPage, server: Server) -> None:
    store = server.store()
    before = kept(store)

    first = opened(QUIZ, wait=False, **look(*LOOKS[0]))
    answer(first, 1)
    first.reload()
    expect(card(first, 1)).to_have_attribute("data-missed", "true")
    answer(first, 2)
    first.close()
    first = opened(QUIZ, first.context, wait=False)
    for number in (1, 2):
        expect(card(first, number).locator(".outcome b")).not_to_be_empty()
    (learner,) = set(kept(store)) - set(before)

    first.goto(f"{server.url}/progress")
    lessons = first.locator(".standing details")
    expect(first.locator(".standing details[open]")).to_have_count(1)
    begun = lessons.evaluate_all("all => all.findIndex(one => one.open)")
    lessons.nth(0).locator("summary").press("Enter")
    lessons.nth(begun).locator("summary").press("Space")
    first.get_by_role("button", name="Show my phrase and link").press("Enter")
    expect(first.locator(".st-key-way")).to_contain_text("No other device can open this address")
    unfolded = lessons.evaluate_all("all => all.map(one => one.open)")
    assert begun and unfolded.index(True) == 0 and sum(unfolded) == 1, "it stays unfolded"
    expect(first.get_by_role("button", name="Hide phrase and link")).to_be_focused()
    codes = first.locator('.st-key-way [data-testid="stCode"] code')
    expect(codes).to_have_count(2)
    phrase, link = codes.all_inner_texts()
    wear(first, *LOOKS[1])
    assert violations(first) == [], "phrase and link"

    second = opened(QUIZ, wait=False, **look(*LOOKS[0]))
    answer(second, 2)
    (other,) = set(kept(store)) - {*before, learner}
    second.goto(f"{server.url}/progress")
    field = second.get_by_role("textbox", name="A phrase from another device")
    field.fill("lamq " + phrase.partition(" ")[2])
    field.press("Enter")
    for attempt in (1, 2):
        problem = second.locator(f".st-key-notice-at-way-typed-{attempt}")
        expect(problem).to_contain_text("“lamq” is none of the words")
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(field).to_have_accessible_description(re.compile("“lamq” is none of the words"))
        expect(second.locator(".aloud [role=status]")).to_have_text(problem.inner_text())
        if attempt == 1:
            field.press("Enter")
    second.goto(link)
    expect(second).to_have_url(f"{server.url}/progress")
    asked = second.locator(".st-key-notice-asked-link")
    expect(asked).to_contain_text("2 answers")
    expect(asked).to_contain_text("(1 answer)")
    assert violations(second) == [], "is this you"
    assert set(kept(store)) >= {learner, other}, "nothing happens before the press"
    second.get_by_role("button", name="Yes, go on as that learner").press("Enter")
    expect(second.locator(".st-key-notice-happened")).to_contain_text("3 answers")
    assert len(kept(store)[learner]) == 3 and other not in kept(store)

    with store.database.write() as db:  # the next day but one
        db.execute(update(answers).where(answers.c.learner == learner).values(at=answers.c.at - 3 * DAY))
    second.goto(f"{server.url}/review")
    answer(second, 1)
    assert len(kept(store)[learner]) == 4
    for looks in LOOKS[::-1]:
        wear(second, *looks)
        assert violations(second) == [], "a review"
        assert second.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth <= innerWidth"), "sideways"
    second.goto(f"{server.url}/progress")

    table = list(csv.DictReader(downloaded(second, "as a table").read_text(encoding="utf-8-sig").splitlines()))
    assert [row["id"] for row in table if row["what"] == "answer"] == kept(store)[learner]
    records = json.loads(downloaded(second, "as JSON").read_text(encoding="utf-8"))["records"]
    assert len(records) == len(table)
    assert downloaded(second, "flashcards for Anki").read_text(encoding="utf-8").startswith("#separator:tab")

    second.get_by_role("button", name="Delete my data").press("Enter")
    second.locator(".st-key-delete-ask button:focus", has_text="Keep everything").press("Enter")
    second.get_by_role("button", name="Delete my data").press("Enter")
    expect(second.locator(".st-key-notice-delete")).to_contain_text("4 answers")
    for looks in LOOKS[::-1]:
        wear(second, *looks)
        assert violations(second) == [], "asked to delete"
    second.get_by_role("button", name="Delete everything for good").press("Enter")
    expect(second.locator(".st-key-notice-happened")).to_contain_text("It is done")
    assert kept(store) == before and store.learners.who_became(learner) is None

    first.get_by_role("button", name="Hide phrase and link").click()  # its browser hears of it, and is somebody new
    expect(first.locator(".st-key-your-data")).to_contain_text("Nothing yet")
    first.goto(f"{server.url}/{QUIZ}")
    expect(card(first, 1).locator(".outcome b")).to_have_count(0)
    first.goto(link)
    expect(first.locator(".st-key-notice-happened")).to_contain_text("Nothing is kept here of the learner")
    store.close()
