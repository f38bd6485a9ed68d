"""A store that does not answer is a sentence on every page, before and after the page was opened."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from streamlit.testing.v1 import AppTest

from app.store import Store, StoreError
from app.store.errors import StoreUnavailable
from app.store.jobs import Jobs
from app.store.patience import waiting
from app.store.runs import Runs
from tests.views.conftest import ME, Opened, lab_page, press, run_of, words
from tests.waiting import PATIENCE


def lab() -> AppTest:
    page = lab_page().run()
    assert not page.exception
    return page


def about() -> AppTest:
    def draw() -> None:
        from app.views import about

        about.page()

    page = AppTest.from_function(draw, default_timeout=PATIENCE).run()
    assert not page.exception
    return page


Opening = Callable[[], AppTest]
PAGES = pytest.mark.parametrize("opening", [lab, about])


@pytest.fixture
def damaged(own_home: Path, learner: str) -> None:
    own_home.mkdir()
    (own_home / "distillery.db").write_bytes(b"this is no database" * 1000)


@pytest.fixture
def newer(own_home: Path, learner: str) -> None:
    written = Store()
    with written.database.write() as db:
        db.execute(text("UPDATE schema_version SET version = 99"))
    written.close()


@pytest.fixture
def full(own_home: Path, learner: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_connection: object) -> int:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr("app.store.database.migrate", refuse)


@pytest.fixture
def unreadable(own_home: Path, learner: str) -> None:
    own_home.write_text("a file where a folder should be", encoding="utf-8")


@PAGES
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("damaged", "The store is damaged: distillery.db cannot be read. Move it out of DISTILLERY_HOME"),
        ("newer", "The store was written by a newer Distillery (schema 99"),
        ("full", "The disk of the server is full."),
        ("unreadable", "The store cannot be opened"),
    ],
)
def test_a_store_that_cannot_be_opened(request: pytest.FixtureRequest, opening: Opening, fault: str, said: str) -> None:
    request.getfixturevalue(fault)
    page = opening()
    assert said in words(page)
    assert page.button(key="try-again").label == "Try again"


def test_the_page_comes_back_with_the_store(damaged: None, own_home: Path) -> None:
    page = lab()
    (own_home / "distillery.db").unlink()
    page.button(key="try-again").click().run()
    assert not page.exception and "damaged" not in words(page) and not page.button(key="train").disabled


@pytest.mark.parametrize("key", ["train", "reset", "open", "fetch-cifar10", "cancel-cifar10"])
def test_a_press_that_the_store_does_not_answer(
    opened: Opened, store: Store, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    earlier = run_of(store, ME)
    if key == "cancel-cifar10":
        store.jobs.request("cifar10", "fetch")
    page = opened(data="cifar10") if "cifar10" in key else press(opened(), "train")
    answering = True

    def silent(*args: Any, **more: Any) -> Any:
        nonlocal answering
        if answering:
            answering = False
            raise StoreError("The store is busy. Try again in a moment.")
        return real(*args, **more)

    asked = {"open": (Runs, "get"), "fetch-cifar10": (Jobs, "request"), "cancel-cifar10": (Jobs, "set")}
    part, method = asked.get(key, (Runs, "of"))
    real = getattr(part, method)
    monkeypatch.setattr(part, method, silent)
    press(page, f"open-{earlier}" if key == "open" else key)
    assert "The store is busy. Try again in a moment." in words(page)
    page.run()
    assert not page.button(key="reset").disabled


def test_a_press_waits_for_a_database_that_is_away(
    opened: Opened, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So does a page that is there already, and can be read meanwhile; one that is not says so at once."""
    monkeypatch.setattr("app.store.patience.PATIENCE_PAUSE", 0.0)
    page, tries, connect = opened(), list[object](), Engine.connect

    def away(engine: Engine) -> Any:
        tries.append(engine)
        if len(tries) < 4:
            raise StoreUnavailable("The store does not answer. Try again in a moment.")
        return connect(engine)

    monkeypatch.setattr(Engine, "connect", away)
    press(page, "train")
    assert "does not answer" not in words(page) and len(store.runs.of(ME)) == 1
    tries.clear()
    page.run()
    assert len(tries) >= 4 and "does not answer" not in words(page)
    tries.clear()
    page = lab()
    assert words(page).count("does not answer") == 1 and page.button(key="try-again").label
    tries.extend(range(9))
    page.button(key="try-again").click().run()
    assert "does not answer" not in words(page)


@pytest.mark.parametrize("key", ["reset", "train"])
def test_a_press_that_waits_in_vain_says_once_that_nothing_was_done(
    opened: Opened, store: Store, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    """And the page after it does not wait as long again."""
    waits = list[object]()

    def in_vain() -> Any:
        waits.append(key)
        return waiting(0.0)

    def away(_engine: Engine) -> Any:
        raise StoreUnavailable("The store does not answer. Try again in a moment.")

    page, connect = press(opened(), "train"), Engine.connect
    monkeypatch.setattr("app.views.errors.waiting", in_vain)
    monkeypatch.setattr(Engine, "connect", away)
    waits.clear()
    press(page, key)
    said = words(page)
    assert len(waits) == 1 and said.count("does not answer") + said.count("did not answer") == 1
    monkeypatch.setattr(Engine, "connect", connect)
    page.button(key="try-again").click().run()
    assert words(page).count("Nothing of what you pressed was done.") == 1, "it is there when the page is back"
    page.run()
    assert key == "train" or "Nothing of what" not in words(page)
    assert len(store.runs.of(ME)) == 1


def test_a_damaged_key_is_told_on_every_page(own_home: Path) -> None:
    own_home.mkdir()
    (own_home / "key").write_text("half a ke")
    assert "cannot read its key" in words(lab())
    assert (own_home / "key").read_text() == "half a ke"
