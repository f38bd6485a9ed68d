"""The page of progress: empty, filled, without a cookie."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app.store import Answer, Store
from app.views import progress
from tests.views.conftest import ME, lab_page, run_of, words


def page() -> AppTest:
    """The page, run once."""
    at = lab_page()
    at._page_hash = calc_hash("progress")
    at.run()
    assert not at.exception
    return at


def test_who_did_nothing_yet_reads_what_will_be_kept(store: Store, learner: str) -> None:
    assert "Nothing yet" in words(page())


def test_what_is_kept_is_counted(store: Store, learner: str) -> None:
    for press in ("p1", "p2"):
        store.answer(ME, Answer(press, "temperature", "top-share", 1, 0, "50.6", 1.0, "sure", 0))
    store.save_prediction(ME, "temperature", "entropy-8", 1, "40")
    run_of(store, ME)
    assert "2 answers, 1 prediction and 1 run" in words(page())


def test_without_a_cookie_it_says_so(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    assert progress.NO_COOKIE in words(page())
