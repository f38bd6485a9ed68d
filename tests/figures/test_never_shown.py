from __future__ import annotations

from typing import Any

import pytest

from app.experiments.kinds.cohort import RunSpec
from app.experiments.recordings import recording
from app.figures.never_shown.figure import _chosen
from app.store import Store
from tests.figures.staged import KNOWN, opened, sent, stage
from tests.views.conftest import ME, run_of


def test_it_shows_the_class_of_the_lesson_until_another_is_chosen(store: Store) -> None:
    data = sent(opened("never-shown", {"left_out": 3, "bias": 3}))
    assert data["taught"]["temperature"] > 1 and 0 < data["taught"]["alpha"] <= 1, "they stand in the picture"
    assert (data["leftOut"], data["bias"], data["biased"], data["own"], data["trouble"]) == (3, 3, True, None, "")
    assert (data["traced"], data["softened"], data["correction"]) == (False, False, "")
    chosen = sent(opened("never-shown", settings={"left_out": 7}))
    assert (chosen["leftOut"], chosen["first"]) == (7, 3), "a phrase is about the lesson's own"
    fixed = sent(opened("never-shown", settings={"left_out": 7}, fixed=("left_out",)))
    assert (fixed["fixed"], fixed["first"]) == (True, 7)


def test_a_press_on_a_class_goes_into_the_address(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for told, expected in (
        ({"leftOut": 5, "sent": 1}, 5),
        ({"leftOut": 12}, None),
        ({"leftOut": "5"}, None),
        ("x", None),
    ):
        state: dict[str, Any] = KNOWN | {"said": ""}
        monkeypatch.setattr("app.figures.never_shown.figure.session", lambda told=told: {"here": {"chosen": told}})
        _chosen(stage(state), "here")
        assert state["settings"].get("left_out") == expected
    state = KNOWN | {"fixed": ("left_out",)}
    monkeypatch.setattr("app.figures.never_shown.figure.session", lambda: {"here": {"chosen": {"leftOut": 5}}})
    _chosen(stage(state), "here")
    assert state["settings"] == {}


def test_its_button_trains_without_that_class(store: Store) -> None:
    page = opened("never-shown", {"train": True}, settings={"left_out": 7})
    (button,) = page.button
    assert "without 7" in button.label
    button.click().run()
    spec = RunSpec.read(store.runs.of(ME)[0].spec_json)
    assert (spec.left_out, spec.labels, spec.arms[1].alpha, len(spec.seeds)) == (7, 3000, 1.0, 3)
    assert page.session_state["run_id"] == store.runs.of(ME)[0].id


def test_without_a_cookie_it_says_why_nothing_is_trained(store: Store) -> None:
    page = opened("never-shown", {"train": True}, learner=None)
    page.button[0].click().run()
    assert "cookie" in page.session_state["said"] and store.runs.of(ME) == []


def test_a_run_of_ones_own_is_told_of_and_followed(store: Store) -> None:
    mine = run_of(store, ME, "running", left_out=7)
    page = opened("never-shown", {"train": True}, run_id=mine, started=(mine,))
    assert sent(page)["own"] == {"run": mine, "leftOut": 7, "state": "running"}
    assert len(page.get("bidi_component")) > len(opened("never-shown", {"train": True}).get("bidi_component"))


def test_a_run_in_which_nothing_was_left_out_is_no_run_of_this_figure(store: Store) -> None:
    other = run_of(store, ME, "finished")
    page = opened("never-shown", {"train": True}, run_id=other)
    assert sent(page)["own"] is None and len(page.get("bidi_component")) == 1
    assert sent(opened("never-shown", run_id="nosuchrun234"))["own"] is None


def test_without_the_recording_it_says_so(store: Store, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr(recording, "folder", lambda: tmp_path)
    page = opened("never-shown", {"train": True})
    assert sent(page)["trouble"] == recording.DAMAGED and not page.button
