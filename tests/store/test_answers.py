from __future__ import annotations

import json
import threading
from dataclasses import replace

import pytest

from app.store import Answer, Store, StoreError
from tests.store.stored import ANNE, BEN

ONE = Answer("press-1", "temperature", "top-share", 1, 0, "50.6", 1.0, "sure", 0)


def test_answers_are_added_and_never_changed(store: Store) -> None:
    first = store.answers.add(ANNE, ONE)
    second = store.answers.add(ANNE, replace(ONE, press="press-2", given_json="12", score=0.0, sure="guess"))
    assert first.at > 0 and replace(first, at=0) == ONE
    assert store.answers.of(ANNE) == store.answers.of(ANNE, "temperature") == [first, second]
    assert store.answers.of(BEN) == store.answers.of(ANNE, "twins") == []


def test_the_same_press_twice_is_one_answer(store: Store) -> None:
    first = store.answers.add(ANNE, ONE)
    assert store.answers.add(ANNE, replace(ONE, given_json="99", score=0.0)) == first
    assert store.answers.of(ANNE) == [first]
    assert store.answers.add(BEN, ONE).given_json == "50.6", "a press is one learner's"


def test_thirty_learners_at_the_same_instant_lose_no_answer(store: Store) -> None:
    gate = threading.Barrier(30)

    def answer(number: int) -> None:
        gate.wait()
        for press in range(3):
            store.answers.add(f"{number:024x}", replace(ONE, press=f"p{press}", given_json=json.dumps(number)))

    learners = [threading.Thread(target=answer, args=(number,)) for number in range(30)]
    for learner in learners:
        learner.start()
    for learner in learners:
        learner.join()
    for number in range(30):
        kept = store.answers.of(f"{number:024x}")
        assert [one.press for one in kept] == ["p0", "p1", "p2"] and {one.given_json for one in kept} == {str(number)}


def test_answers_stay_in_the_order_in_which_they_came_where_the_clock_is_put_back(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, now in enumerate((1000.0, 400.0, 400.0, 2000.0)):
        monkeypatch.setattr("app.store.answers.time.time", lambda now=now: now)
        store.answers.add(ANNE, replace(ONE, press=f"press-{9 - number}"))
    kept = store.answers.of(ANNE)
    assert [one.press for one in kept] == ["press-9", "press-8", "press-7", "press-6"]
    assert kept[0].at == 1000 and kept[2].at < 1001 and kept[3].at == 2000


@pytest.mark.parametrize(
    "wrong",
    [
        {"press": ""},
        {"question": "x" * 65},
        {"given_json": "{half"},
        {"given_json": json.dumps("x" * 4000)},
        {"sure": "very"},
        {"score": 1.5},
        {"score": float("nan")},
    ],
)
def test_what_cannot_be_kept_is_a_sentence(store: Store, wrong: dict[str, object]) -> None:
    with pytest.raises(StoreError):
        store.answers.add(ANNE, replace(ONE, **wrong))  # type: ignore[arg-type]
    assert store.answers.of(ANNE) == []
