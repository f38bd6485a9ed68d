"""Looking back: predictions and their gaps, the best run, what is left, and where to go, with and without any of it."""

from __future__ import annotations

import json
import re

import pytest
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from app.experiments.kinds.cohort import RunSpec
from app.experiments.spec import default_settings
from app.server import identity
from app.store import Store
from app.teaching.lessons import lessons
from app.views import looking_back
from app.views.progress import NO_COOKIE
from tests.store.stored import ended_run
from tests.views.conftest import MAIN, ME, words
from tests.waiting import PATIENCE


def opened() -> tuple[AppTest, str]:
    """The page, and all its prose."""
    page = AppTest.from_file(MAIN, default_timeout=PATIENCE)
    page._page_hash = calc_hash("back")
    page.run()
    assert not page.exception
    prose = [one.proto for one in page.get("bidi_component") if one.proto.component_name == "distillery_prose"]
    return page, "".join(json.loads(one.json)["html"] for one in prose)


@pytest.mark.usefixtures("learner")
def test_before_anything_was_done_it_says_what_to_do(store: Store) -> None:
    page, prose = opened()
    assert page.title[0].value == looking_back.TITLE and looking_back.NOTHING in words(page)
    assert looking_back.NO_RUN in words(page) and "torchdistill" in prose
    links = re.findall(r'href="([^"]+)"', prose)
    assert len(links) >= 9 and all(link.startswith("https://") for link in links)


@pytest.mark.usefixtures("learner")
def test_the_gaps_the_best_run_and_a_page_to_keep(store: Store) -> None:
    version = lessons()["why"].version
    store.lessons.save_prediction(ME, "why", "kept", version, "50")
    spec = RunSpec.two_arms(default_settings(), (1, 2, 3))
    ended_run(store, ME, spec, [[0.80, 0.81, 0.82], [0.85, 0.86, 0.88]], name="the small one")
    best = ended_run(store, ME, spec, [[0.80, 0.81, 0.82], [0.90, 0.91, 0.93]], name="the best of *all*")
    ended_run(store, ME, spec, [[0.80, 0.81, 0.82], [0.99, 0.70, 0.99]], name="lucky")
    page, prose = opened()
    assert "<td>50%</td><td>97%</td><td>−47 points</td>" in prose
    assert "too little most of all in" in words(page) and "largest gain of 3 runs" in words(page)
    assert "the best of \\*all\\*" in words(page)
    assert f"run={best}" in [link.proto.query_string for link in page.get("page_link")][-1]
    pad = next(one for one in page.get("bidi_component") if one.proto.component_name == "distillery_answers")
    assert json.loads(pad.proto.json)["run"] == best, "the student that one has trained reads what one draws"
    assert any(one.proto.component_name == "distillery_print" for one in page.get("bidi_component"))


@pytest.mark.usefixtures("learner")
def test_runs_without_a_gain_are_called_that(store: Store) -> None:
    spec = RunSpec.two_arms(default_settings(), (1, 2, 3))
    ended_run(store, ME, spec, [[0.80, 0.81, 0.82], [0.79, 0.80, 0.82]])
    assert looking_back.NO_GAIN in words(opened()[0])


@pytest.mark.usefixtures("learner")
def test_who_has_done_all_lessons_is_through_without_the_deep_dives(store: Store) -> None:
    course = [lesson for lesson in lessons().values() if not lesson.is_deep]
    for lesson in course:
        for section in lesson.sections:
            store.lessons.note_step(ME, lesson.id, section.id)
    page, _ = opened()
    assert page.title[0].value == looking_back.THROUGH
    assert any("Bring your own images" in link.proto.label for link in page.get("page_link"))
    assert f"{len(course)} of {len(course)} lessons finished" in words(page)


def test_without_a_cookie_it_says_so_and_still_leads_on(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(identity, "learner_from", lambda _cookies: None)
    page, prose = opened()
    assert NO_COOKIE in words(page) and "LightlyTrain" in prose
