from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest

from app.store import Answer, Saved, Store, StoreError
from tests.store.stored import ANNE, BEN


def test_steps_are_kept_once_each_the_latest_last(store: Store) -> None:
    for step in ("question", "predict", "question"):
        store.lessons.note_step(ANNE, "twins", step)
    store.lessons.note_step(BEN, "twins", "run")
    assert [(done.lesson, done.step) for done in store.lessons.progress(ANNE)] == [
        ("twins", "predict"),
        ("twins", "question"),
    ]
    assert [done.step for done in store.lessons.progress(BEN)] == ["run"]
    assert store.lessons.progress("nobody") == []
    assert store.learners.get(ANNE) is not None, "a learner who only reads is known, too"


def test_the_first_prediction_stays(store: Store) -> None:
    first = store.lessons.save_prediction(ANNE, "twins", "gain", 1, "2.5")
    assert (first.prediction, first.version, first.value_json) == ("gain", 1, "2.5")
    assert store.lessons.save_prediction(ANNE, "twins", "gain", 1, "4.9") == first
    assert store.lessons.predictions(ANNE, "twins") == {"gain": first}
    assert store.lessons.predictions(BEN, "twins") == store.lessons.predictions(ANNE, "temperature") == {}


def test_a_later_version_of_the_lesson_asks_anew(store: Store) -> None:
    store.lessons.save_prediction(ANNE, "twins", "gain", 1, "2.5")
    second = store.lessons.save_prediction(ANNE, "twins", "gain", 2, "3.5")
    assert store.lessons.predictions(ANNE, "twins") == {"gain": second} and second.version == 2
    assert store.lessons.save_prediction(ANNE, "twins", "gain", 1, "9") == second, "a page that is open since before"


def test_predictions_of_two_tabs_at_once_leave_one(store: Store) -> None:
    kept: list[Saved] = []
    tabs = [
        threading.Thread(
            target=lambda n=n: kept.append(store.lessons.save_prediction(ANNE, "twins", "gain", 1, str(n)))
        )
        for n in range(8)
    ]
    for tab in tabs:
        tab.start()
    for tab in tabs:
        tab.join()
    assert len(kept) == 8 and set(kept) == {store.lessons.predictions(ANNE, "twins")["gain"]}


def test_a_lesson_that_is_forgotten_begins_anew(store: Store) -> None:
    for lesson in ("twins", "temperature"):
        store.lessons.note_step(ANNE, lesson, "predict")
        store.lessons.save_prediction(ANNE, lesson, "gain", 1, "[1, 2, 3]")
    store.lessons.note_step(BEN, "twins", "predict")
    store.lessons.forget(ANNE, "twins")
    assert [done.lesson for done in store.lessons.progress(ANNE)] == ["temperature"]
    assert store.lessons.predictions(ANNE, "twins") == {} and len(store.lessons.predictions(ANNE, "temperature")) == 1
    assert len(store.lessons.progress(BEN)) == 1
    assert store.lessons.save_prediction(ANNE, "twins", "gain", 1, "7").value_json == "7"


def test_what_was_done_follows_to_another_lesson_and_what_was_done_there_stays(store: Store) -> None:
    answer = Answer("p", "twins", "the-mix", 1, 0, "2", 1.0, "sure", 5.0)
    for learner in (ANNE, BEN):
        store.lessons.note_step(learner, "twins", "step")
        store.lessons.save_prediction(learner, "twins", "loss", 1, "2.5")
        store.answers.add(learner, answer)
    store.lessons.note_step(ANNE, "twins", "predict")
    store.lessons.save_prediction(BEN, "training-step", "loss", 1, "7")
    store.lessons.note_step(BEN, "training-step", "step")
    moved = {("twins", id_): "training-step" for id_ in ("step", "loss", "the-mix")}
    for _ in range(2):
        store.lessons.move(moved)
        assert {(one.lesson, one.step) for one in store.lessons.progress(ANNE)} == {
            ("training-step", "step"),
            ("twins", "predict"),
        }
        assert [(one.lesson, one.step) for one in store.lessons.progress(BEN)] == [("training-step", "step")]
        for learner, value in ((ANNE, "2.5"), (BEN, "7")):
            assert store.lessons.predictions(learner, "twins") == {}
            assert store.lessons.predictions(learner, "training-step")["loss"].value_json == value
            assert store.answers.of(learner) == [replace(answer, lesson="training-step")]


@pytest.mark.parametrize("id_", ["", "x" * 65])
def test_what_is_kept_has_a_bounded_size(store: Store, id_: str) -> None:
    with pytest.raises(StoreError, match="1 to 64 letters"):
        store.lessons.note_step(ANNE, "twins", id_)
    with pytest.raises(StoreError, match="1 to 64 letters"):
        store.lessons.note_step(ANNE, id_, "predict")
    with pytest.raises(StoreError, match="1 to 64 letters"):
        store.lessons.save_prediction(ANNE, "twins", id_, 1, "1")
    store.lessons.note_step(ANNE, "x" * 64, "x" * 64)


def test_a_prediction_is_json_of_four_kilobytes_at_most(store: Store) -> None:
    longest = json.dumps("x" * 3998)
    with pytest.raises(StoreError, match="4,000 bytes at most; this one has 4,001"):
        store.lessons.save_prediction(ANNE, "twins", "gain", 1, longest + " ")
    with pytest.raises(StoreError, match="4,000 bytes"):
        store.lessons.save_prediction(ANNE, "twins", "gain", 1, json.dumps("é" * 2500, ensure_ascii=False))
    with pytest.raises(StoreError, match="cannot be read"):
        store.lessons.save_prediction(ANNE, "twins", "gain", 1, "{half")
    assert store.lessons.predictions(ANNE, "twins") == {}
    assert store.lessons.save_prediction(ANNE, "twins", "gain", 1, longest).value_json == longest
