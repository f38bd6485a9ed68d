"""All that belongs to a learner, added to another's: nothing lost, nothing twice; `test_forgotten.py` deletes it."""

from __future__ import annotations

import itertools
import random
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app.store import Store, StoreError
from app.store.learners import OWNED, UNKNOWN, Added
from app.store.models import Forgotten
from app.store.tables import learners
from tests.store.stored import ANNE, BEN, ONE, SPEC, plant, point
from tests.store.stored import logits as some_logits
from tests.waiting import wait_for

CLEO = "c" * 24


def rows_of(store: Store, learner: str) -> dict[str, list[dict[str, Any]]]:
    """Every row that belongs to a learner, without the learner, by table."""
    found = {}
    with store.database.read() as db:
        for table in OWNED:
            rows = db.execute(select(table).where(table.c.learner == learner)).all()
            found[table.name] = [{**row._mapping, "learner": ""} for row in rows]
    return found


# ── added to another's ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("seed", range(5))
def test_whatever_belongs_to_a_learner_goes_along(store: Store, seed: int) -> None:
    random.seed(seed)
    plant(store, ANNE, range(4))
    plant(store, BEN, range(2, 6))
    plant(store, CLEO, range(3))
    anne, ben, cleo = (rows_of(store, learner) for learner in (ANNE, BEN, CLEO))
    assert store.learners.merge(ANNE, BEN) == BEN
    whole = rows_of(store, BEN)
    assert not any(rows_of(store, ANNE).values()) and rows_of(store, CLEO) == cleo
    for table in OWNED:
        keys = [column.name for column in table.primary_key.columns]
        before = {tuple(row[key] for key in keys) for row in (*anne[table.name], *ben[table.name])}
        after = [tuple(row[key] for key in keys) for row in whole[table.name]]
        assert before <= set(after) and len(after) == len(set(after)), f"{table.name}: none lost, none twice"
    said = [{key: value for key, value in row.items() if key != "press"} for row in whole["answers"]]
    for row in (*anne["answers"], *ben["answers"]):
        assert {key: value for key, value in row.items() if key != "press"} in said, "an answer is never overwritten"


def test_the_same_answer_is_there_once_and_another_of_the_same_name_twice(store: Store) -> None:
    for learner in (ANNE, BEN):
        store.answers.add(learner, ONE)
    store.answers.add(ANNE, replace(ONE, press="press-2", given_json="1"))
    store.answers.add(BEN, replace(ONE, press="press-2", given_json="2"))
    store.learners.merge(ANNE, BEN)
    assert sorted(one.given_json for one in store.answers.of(BEN)) == ["1", "2", "50.6"]
    store.learners.seen(CLEO)
    store.answers.add(CLEO, replace(ONE, press="press-2", given_json="1"))
    store.learners.merge(CLEO, BEN)
    assert sorted(one.given_json for one in store.answers.of(BEN)) == ["1", "2", "50.6"]


def test_what_was_predicted_stays_and_a_step_keeps_its_later_time(store: Store) -> None:
    store.lessons.save_prediction(BEN, "twins", "gain", 2, "2")
    store.lessons.save_prediction(BEN, "temperature", "entropy-8", 1, "40")
    store.lessons.note_step(ANNE, "twins", "question")
    store.lessons.note_step(BEN, "twins", "question")
    store.lessons.save_prediction(ANNE, "twins", "gain", 1, "9")
    store.lessons.save_prediction(ANNE, "temperature", "entropy-8", 2, "50")
    late = store.lessons.progress(BEN)[0].at
    store.learners.merge(ANNE, BEN)
    assert store.lessons.predictions(BEN, "twins")["gain"].value_json == "2", "what the learner has is not overwritten"
    assert store.lessons.predictions(BEN, "temperature")["entropy-8"].value_json == "50", "a later version asked anew"
    assert [step.at for step in store.lessons.progress(BEN)] == [late]


def test_a_run_that_trains_goes_on_as_the_other_learners(store: Store) -> None:
    run_id = store.runs.submit(SPEC, ANNE)
    taken = store.runs.take("w")
    assert taken is not None and taken.id == run_id
    store.learners.seen(BEN)
    store.learners.merge(ANNE, BEN)
    store.runs.append(run_id, point(0), some_logits(0), worker="w")
    assert store.runs.end(run_id, "finished", worker="w")
    assert [run.id for run in store.runs.of(BEN)] == [run_id] and store.runs.remove(run_id, BEN)


@pytest.mark.parametrize("stay", [True, False])
def test_after_a_new_phrase_nothing_of_before_leads_to_the_learner(store: Store, stay: bool) -> None:
    """Also not a phrase of somebody who was added to them, before or after."""
    dora, new, newer = ("d" * 24, "e" * 24, "f" * 24)
    plant(store, ANNE, range(3))
    before = rows_of(store, ANNE)
    for learner in (BEN, CLEO):
        store.learners.seen(learner)
    store.learners.merge(CLEO, ANNE)
    assert store.learners.led_to(CLEO) == store.learners.led_to(ANNE) == ANNE
    store.learners.renew(CLEO, new, others_stay=stay)
    assert rows_of(store, new) == before and store.learners.led_to(new) == new
    assert store.learners.led_to(ANNE) is None and store.learners.led_to(CLEO) is None
    assert {store.learners.who_became(one) for one in (ANNE, CLEO)} == {new if stay else None}
    if not stay:
        with pytest.raises(Forgotten):
            store.learners.seen(ANNE)
    store.learners.merge(new, BEN)
    store.learners.seen(dora)
    store.learners.merge(dora, BEN)
    assert store.learners.led_to(ANNE) is None, "what was void stays so"
    assert {store.learners.led_to(one) for one in (new, dora, BEN)} == {BEN}
    store.learners.renew(BEN, newer, others_stay=stay)
    assert {store.learners.led_to(one) for one in (ANNE, CLEO, new, dora, BEN)} == {None}
    assert rows_of(store, newer) == before
    store.learners.forget(newer)
    assert store.learners.led_to(newer) is None and store.learners.who_became(ANNE) is None


class Visits:
    """Three browsers whose learners become each other, get new phrases and are deleted, and what has to come of it.

    now: who a learner is, None if deleted or signed out. opens: whether the phrase leads anywhere. added: whether what
    was theirs is another's.
    """

    def __init__(self, store: Store) -> None:
        self.store, self.presses = store, 0
        self.browsers = [self.learner() for _ in range(3)]
        for learner in self.browsers:
            store.learners.seen(learner)
        self.phrases = list(self.browsers)  # that anybody has ever read
        self.now: dict[str, str | None] = {learner: learner for learner in self.browsers}
        self.opens, self.added = dict.fromkeys(self.browsers, True), dict.fromkeys(self.browsers, False)
        self.said: dict[str, set[str]] = {learner: set() for learner in self.browsers}

    def learner(self) -> str:
        return f"{next(_LEARNERS):024x}"

    def become(self, old: str, new: str | None) -> None:
        for learner in [one for one, now in self.now.items() if now == old]:
            self.now[learner] = new

    def answer(self, at: int, _other: int) -> None:
        self.presses += 1
        now = self.now[self.browsers[at]]
        if now is None:
            with pytest.raises(Forgotten):
                self.store.answers.add(self.browsers[at], ONE)
            return
        self.store.answers.add(self.browsers[at], replace(ONE, press=f"p{self.presses}"))
        self.said[now].add(f"p{self.presses}")

    def move(self, at: int, phrase: int) -> None:
        """A phrase that was read at any time is typed in a browser."""
        learner, meant = self.browsers[at], self.phrases[phrase % len(self.phrases)]
        if not self.opens[meant]:
            with pytest.raises(StoreError, match=UNKNOWN):
                self.store.learners.merge(learner, meant)
            return
        whole, part = self.now[meant], self.now[learner]
        assert whole and self.store.learners.merge(learner, meant) == whole
        self.browsers[at] = whole
        if part not in (None, whole):
            self.said[whole] |= self.said.pop(part)
            self.added |= {one: True for one, now in self.now.items() if now == part}
            self.become(part, whole)

    def change(self, at: int, other: int) -> None:
        """A new phrase, with the other browsers or without."""
        learner, new, stay = self.browsers[at], self.learner(), bool(other % 2)
        if (now := self.now[learner]) is None:
            with pytest.raises(Forgotten):
                self.store.learners.renew(learner, new, others_stay=stay)
            return
        self.store.learners.renew(learner, new, others_stay=stay)
        self.opens |= {one: False for one, whole in self.now.items() if whole == now}
        self.become(now, new if stay else None)
        self.now[new], self.opens[new], self.added[new], self.said[new] = new, True, False, self.said.pop(now)
        self.browsers[at] = new
        self.phrases.append(new)

    def delete(self, at: int, _other: int) -> None:
        learner = self.browsers[at]
        now = self.now[learner]
        if now and self.added[learner]:  # its page shows less than would go, and is loaded anew
            with pytest.raises(Added):
                self.store.learners.forget(learner, patience=0)
            learner = now
        if now is None:
            with pytest.raises(Forgotten):
                self.store.learners.forget(learner, patience=0)
        else:
            self.store.learners.forget(learner, patience=0)
            self.opens |= {one: False for one, whole in self.now.items() if whole == now}
            del self.said[now]
            self.become(now, None)
        self.browsers[at] = new = self.learner()
        self.store.learners.seen(new)
        self.now[new], self.opens[new], self.added[new], self.said[new] = new, True, False, set()
        self.phrases.append(new)

    def check(self) -> None:
        for learner, now in self.now.items():
            assert self.store.learners.who_became(learner) == now
            assert self.store.learners.led_to(learner) == (now if self.opens[learner] else None)
            assert {one.press for one in self.store.answers.of(learner)} == self.said.get(learner, set())


_LEARNERS = itertools.count(1)
ACTS = st.sampled_from([Visits.answer, Visits.move, Visits.move, Visits.change, Visits.delete])


@given(acts=st.lists(st.tuples(ACTS, st.integers(0, 2), st.integers(0, 9)), min_size=4, max_size=12))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_in_whatever_order_one_moves_changes_the_phrase_and_deletes(store: Store, acts: Any) -> None:
    """Deleted is all that a learner has become; an old phrase opens nothing; nobody else loses anything."""
    visits = Visits(store)
    for at in range(3):
        visits.answer(at, 0)
    for act, at, other in acts:
        act(visits, at, other)
        visits.check()


def test_a_page_from_before_a_move_deletes_nothing_though_the_phrase_was_changed_first(store: Store) -> None:
    """Else it would take more than it shows."""
    new, newer = "e" * 24, "f" * 24
    for learner in (ANNE, BEN):
        store.answers.add(learner, replace(ONE, press=learner))
    store.learners.renew(ANNE, new, others_stay=True)
    store.learners.merge(new, BEN)
    store.learners.renew(BEN, newer, others_stay=True)
    for older in (ANNE, new):
        with pytest.raises(Added):
            store.learners.forget(older)
    assert store.learners.kept(newer)["answers"] == 2
    store.learners.forget(BEN)
    assert not store.learners.kept(newer) and {store.learners.who_became(one) for one in (ANNE, new, newer)} == {None}


def test_what_comes_late_is_the_others(store: Store) -> None:
    store.learners.seen(BEN)
    store.answers.add(ANNE, ONE)
    store.learners.merge(ANNE, BEN)
    assert store.answers.add(ANNE, replace(ONE, press="late")).press == "late"
    store.lessons.note_step(ANNE, "twins", "question")
    store.lessons.save_prediction(ANNE, "twins", "gain", 1, "3")
    run_id = store.runs.submit(SPEC, ANNE)
    store.images.add("own-" + "a" * 16, ANNE, "flowers")
    assert {one.press for one in store.answers.of(BEN)} == {"press-1", "late"}
    assert store.runs.of(BEN)[0].id == run_id and store.images.of(BEN) and store.lessons.progress(BEN)
    assert store.learners.get(ANNE) is None and not store.learners.kept(ANNE)
    assert store.learners.who_became(ANNE) == BEN and store.learners.seen(ANNE) == BEN


def test_over_several_steps_it_is_still_the_same(store: Store) -> None:
    for learner in (ANNE, BEN, CLEO):
        store.answers.add(learner, replace(ONE, press=learner))
    store.learners.merge(ANNE, BEN)
    assert store.learners.merge(BEN, ANNE) == BEN, "who is one already stays so"
    assert store.learners.merge(ANNE, ANNE) == BEN
    store.learners.merge(BEN, CLEO)
    assert {store.learners.who_became(one) for one in (ANNE, BEN, CLEO)} == {CLEO}
    assert store.learners.kept(CLEO)["answers"] == 3
    store.learners.forget(CLEO)
    assert {store.learners.who_became(one) for one in (ANNE, BEN, CLEO)} == {None}


@pytest.mark.parametrize("known", [False, True], ids=["never seen", "deleted"])
def test_nobody_becomes_somebody_who_is_not_there(store: Store, known: bool) -> None:
    store.answers.add(ANNE, ONE)
    if known:
        store.answers.add(BEN, ONE)
        store.learners.forget(BEN)
    with pytest.raises(StoreError, match=UNKNOWN):
        store.learners.merge(ANNE, BEN)
    assert len(store.answers.of(ANNE)) == 1


def test_a_phrase_changed_while_runs_are_stopped_keeps_nothing_back(store: Store) -> None:
    store.answers.add(ANNE, ONE)
    run_id = store.runs.submit(SPEC, ANNE)
    assert store.runs.take("w")
    new = "c" * 24

    def change() -> None:
        wait_for(store.runs.requests)
        store.learners.renew(ANNE, new, others_stay=True)
        store.runs.end(run_id, "stopped", worker="w")

    other = threading.Thread(target=change)
    other.start()
    store.learners.forget(ANNE, patience=30)
    other.join()
    assert not store.learners.kept(ANNE) and not store.learners.kept(new) and store.learners.who_became(new) is None


# ── at the same instant ──────────────────────────────────────────────────────────────────────────────────────────


def at_once(*acts: Callable[[], object]) -> None:
    """Do all of this at the same instant, and wait for the end."""
    gate = threading.Barrier(len(acts))

    def act(one: Callable[[], object]) -> None:
        gate.wait()
        one()

    threads = [threading.Thread(target=act, args=(one,)) for one in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_answers_that_meet_a_merge_are_all_there(store: Store) -> None:
    store.learners.seen(BEN)
    names = [f"{number}-{press}" for number in range(8) for press in range(6)]

    def answers(number: int) -> None:
        for press in range(6):
            store.answers.add(ANNE if number % 2 else BEN, replace(ONE, press=f"{number}-{press}"))

    at_once(*(lambda number=number: answers(number) for number in range(8)), lambda: store.learners.merge(ANNE, BEN))
    assert sorted(one.press for one in store.answers.of(BEN)) == sorted(names)
    assert store.answers.of(ANNE) == [] and store.learners.get(ANNE) is None


def test_answers_that_meet_a_deletion_are_gone_or_refused_and_others_stay(store: Store) -> None:
    refused: list[str] = []

    def answers(number: int) -> None:
        for press in range(6):
            try:
                store.answers.add(ANNE if number % 2 else BEN, replace(ONE, press=f"{number}-{press}"))
            except Forgotten:
                refused.append(f"{number}-{press}")

    at_once(*(lambda number=number: answers(number) for number in range(8)), lambda: store.learners.forget(ANNE))
    with pytest.raises(Forgotten):
        store.answers.add(ANNE, ONE)
    assert store.answers.of(ANNE) == [] and len(store.answers.of(BEN)) == 24
    assert all(int(one.split("-")[0]) % 2 for one in refused)


def test_two_who_become_each_other_at_once_are_one(store: Store) -> None:
    for learner in (ANNE, BEN):
        store.answers.add(learner, replace(ONE, press=learner))
    at_once(lambda: store.learners.merge(ANNE, BEN), lambda: store.learners.merge(BEN, ANNE))
    (one,) = {store.learners.who_became(ANNE), store.learners.who_became(BEN)}
    assert one in (ANNE, BEN) and store.learners.kept(one)["answers"] == 2
    with store.database.read() as db:
        assert list(db.execute(select(learners.c.id)).scalars()) == [one]
