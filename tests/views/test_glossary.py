"""The page of terms: by the alphabet, each with an anchor and the steps that use it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app.store import Store
from app.teaching.glossary import Term, glossary, uses
from app.teaching.lessons import lessons
from app.views.glossary import entries
from tests.views.conftest import lab_page, sent, words


@pytest.fixture
def page(store: Store, learner: str) -> AppTest:
    """The page, run once."""
    page = lab_page()
    page._page_hash = calc_hash("glossary")
    page.run()
    assert not page.exception
    return page


def test_every_term_is_there_by_the_alphabet(page: AppTest) -> None:
    html = sent(page, "prose")["html"]
    shown = re.findall(r"<dt>(.*?)</dt>", html)
    assert shown == sorted(shown, key=str.casefold) and len(shown) == len(glossary())
    assert all(f'id="{id_}"' in html for id_ in glossary())


def test_a_term_leads_to_the_first_step_of_each_lesson_that_uses_it() -> None:
    found = uses(lessons().values())["temperature"]
    assert ("temperature", "blur") in [(lesson.id, section.id) for lesson, section in found]
    assert len({lesson.id for lesson, _ in found}) == len(found)
    html = entries(list(glossary().values()), list(lessons().values()))
    assert 'href="lesson?lesson=temperature&amp;step=blur"' in html


def test_markup_in_a_term_is_text() -> None:
    html = entries([Term(id="x", words="<b>bold</b>", says="a & b")], [])
    assert "<b>" not in html and "a &amp; b" in html and "where" not in html


def test_a_glossary_that_is_gone_is_a_sentence(page: AppTest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("app.teaching.glossary.file", lambda: tmp_path / "glossary.yaml")
    page.run()
    assert not page.exception and "The glossary cannot be read" in words(page)
