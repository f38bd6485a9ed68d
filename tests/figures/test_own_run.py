"""A learner's own run in a figure whose script has the button: what it trains is where the dials stood at the press."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import update

from app.experiments.kinds import read
from app.figures.own_run import ANOTHER, NOWHERE, about, seeds_in_time
from app.figures.run_source import GONE
from app.server.api.runs import OTHER_VERSION
from app.store import Store
from app.store.tables import runs
from app.teaching.figures import TRAINING
from app.teaching.lessons import lessons
from tests.experiments.examples import spec
from tests.figures.staged import opened, pressed, sent
from tests.views.conftest import ME
from tests.views.test_class_link import opened as lesson_page

FIGURES: list[tuple[str, dict[str, Any], str, dict[str, Any]]] = [
    ("habit", {"train": True}, "2", {"shares": [0.02]}),
    ("hidden-traits", {"train": True, "outputs": "100"}, "3", {"outputs": 3}),
    ("new-class", {"train": True}, "gentle", {"rate": 0.1}),
    ("how-small", {"of": "rules", "train": True}, "2/2000/relu/distilled", {"width": 2, "updates": 2000}),
    ("how-small", {"of": "tail", "train": True}, "256/plain/relu/distilled", {"labels": 1000}),
    ("label-dial", {"rest": True}, "1000/rest", {"labels": 1000, "unlabelled": 2500}),
]


@pytest.mark.parametrize(("figure", "options", "place", "fields"), FIGURES)
def test_a_press_trains_what_the_dials_stood_at_whatever_the_lesson_began_with(
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    figure: str,
    options: dict[str, Any],
    place: str,
    fields: dict[str, Any],
) -> None:
    state = pressed(monkeypatch, figure, options, {"place": place, "at": 1})
    run = store.runs.get(state["run_id"])
    assert run and run.learner == ME and not state["said"]
    trained = json.loads(run.spec_json)
    assert {key: trained[key] for key in fields} == fields and len(trained["seeds"]) == seeds_in_time(
        read(run.spec_json)
    )
    shown = sent(opened(figure, options, run_id=run.id))["own"]
    assert (
        place in shown["offers"]
        and shown["about"] == about(read(run.spec_json), len(trained["seeds"]))
        and not shown["why"]
    )


@pytest.mark.parametrize("what", [None, "train", {}, {"place": 2}, {"place": ["2"]}, {"place": "3"}, {"place": "2/"}])
def test_nothing_else_is_trained(store: Store, monkeypatch: pytest.MonkeyPatch, what: object) -> None:
    state = pressed(monkeypatch, "habit", {"train": True}, what)
    assert state["run_id"] is None and state["said"] == NOWHERE and not store.runs.of(ME)


def test_what_a_link_fixes_holds_in_the_figure_and_in_the_run(
    store: Store, learner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known: dict[str, Any] = {"settings": {"share": "50"}, "fixed": ("share",)}
    assert pressed(monkeypatch, "habit", {"train": True}, {"place": "10"}, **known)["said"] == NOWHERE
    run = store.runs.get(pressed(monkeypatch, "habit", {"train": True}, {"place": "50"}, **known)["run_id"])
    assert run and json.loads(run.spec_json)["shares"] == [0.5]
    held = known | {"fixed": (TRAINING.key,)}
    assert pressed(monkeypatch, "habit", {"train": True}, {"place": "10"}, **held)["said"] == NOWHERE
    lesson = lessons()["inherited"]
    for name in lesson.predictions:
        store.lessons.save_prediction(learner, lesson.id, name, lesson.version, "50")
    page = lesson_page(lesson=lesson.id, step="remedy", share="50", fix="share")
    (shown,) = (json.loads(one.proto.json) for one in page.get("bidi_component") if '"habit"' in one.proto.json)
    assert shown["share"] == 50 and shown["own"]["offers"] == ["50"]


def test_a_run_is_followed_where_it_was_started_and_no_other_is(store: Store) -> None:
    run_id = store.runs.submit(read('{"kind":"habit","seeds":[5,6],"shares":[0.25]}'), ME)
    shown = sent(opened("habit", {"train": True}, run_id=run_id))["own"]
    assert shown["run"] == run_id and shown["about"] == "4 teachers, then 8 students, with 2 new seeds."
    assert not sent(opened("habit", {"train": True}, run_id=run_id, fixed=(TRAINING.key,)))["own"]["offers"]
    assert sent(opened("habit", {}, run_id=run_id))["own"]["run"] is None
    other = store.runs.submit(spec(), ME)
    later = store.runs.submit(spec(), ME)
    with store.database.write() as db:
        db.execute(update(runs).where(runs.c.id == later).values(spec='{"kind":"dreams"}'))
    for wanted, why in (
        (other, ANOTHER),
        (later, OTHER_VERSION),
        ("recorded-mnist-kd", ANOTHER),
        ("abcd2345efgh", GONE),
    ):
        shown = sent(opened("habit", {"train": True}, run_id=wanted))["own"]
        assert (shown["run"], shown["why"]) == (None, why)
