"""All that belongs to a learner: added to another's, deleted; nothing lost, nothing twice, nobody else's touched."""

from __future__ import annotations

import itertools
import json
import random
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Float, Integer, Table, insert, select

from app.catalog import paths
from app.store import Answer, RunLost, Store, StoreError
from app.store.learners import OWNED, UNKNOWN, Added
from app.store.models import Forgotten
from app.store.tables import departed, events, learners, logits, metadata, runs, teacher_answers
from tests.experiments.examples import parcels
from tests.files import checkpoint_path, snapshots_path, weights_path
from tests.store.stored import ANNE, BEN, SPEC, finished, point
from tests.store.stored import logits as some_logits
from tests.waiting import wait_for

CLEO = "c" * 24
ONE = Answer("press-1", "temperature", "top-share", 1, 0, "50.6", 1.0, "sure", 100.0)


def rows_of(store: Store, learner: str) -> dict[str, list[dict[str, Any]]]:
    """Every row that belongs to a learner, without the learner, by table."""
    found = {}
    with store.database.read() as db:
        for table in OWNED:
            rows = db.execute(select(table).where(table.c.learner == learner)).all()
            found[table.name] = [{**row._mapping, "learner": ""} for row in rows]
    return found


def planted(table: Table, learner: str, number: int) -> dict[str, Any]:
    """A row of any table that belongs to a learner: keys by `number`, the rest by chance."""
    values: dict[str, Any] = {}
    for column in table.columns:
        if column.name == "learner":
            values[column.name] = learner
        elif isinstance(column.type, Integer):
            values[column.name] = random.randrange(9)
        elif isinstance(column.type, Float):
            values[column.name] = float(random.randrange(1000))
        else:
            alone = column.primary_key and "learner" not in table.primary_key.columns
            values[column.name] = f"{learner[:1] if alone else 'x'}{number}" if column.primary_key else "{}"
    return values


def plant(store: Store, learner: str, numbers: range) -> None:
    """Rows in every table that has a column `learner`, whatever it is; some of `numbers` may be another's, too."""
    store.learners.seen(learner)
    with store.database.write() as db:
        for table in OWNED:
            for number in numbers:
                db.execute(insert(table).values(**planted(table, learner, number)))


def everything(store: Store) -> dict[str, list[Any]]:
    """All rows of all tables."""
    with store.database.read() as db:
        return {table.name: sorted(map(repr, db.execute(select(table)).all())) for table in metadata.sorted_tables}


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


# ── deleted ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_table_with_a_learner_is_emptied_of_them_and_of_nobody_else(store: Store) -> None:
    for learner in (ANNE, BEN):
        plant(store, learner, range(3))
    empty = everything(store)
    store.learners.forget(BEN)
    left = everything(store)
    store.learners.forget(ANNE)
    gone = everything(store)
    for table in metadata.sorted_tables:
        if table is departed:
            continue
        assert not any(BEN in row for row in left[table.name]), f"{table.name} still knows them"
        assert [row for row in empty[table.name] if ANNE in row] == [row for row in left[table.name] if ANNE in row]
        own = [row for row in gone[table.name] if not row.startswith("('change ")]  # a mark, which is nobody's
        assert own == [], table.name


def test_a_run_goes_with_all_that_was_written_of_it(store: Store) -> None:
    own, other = finished(store, ANNE), finished(store, BEN)
    for run_id in (own, other):
        for path in (weights_path(run_id), checkpoint_path(run_id), snapshots_path(run_id) / "000.safetensors"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"weights")
    store.learners.forget(ANNE)
    with store.database.read() as db:
        for table, column in ((runs, "id"), (events, "run"), (logits, "run")):
            assert set(db.execute(select(table.c[column])).scalars()) == {other}
    assert [path.name for path in paths.home().rglob("*") if own in path.name] == []
    assert weights_path(other).exists() and snapshots_path(other).exists()


def test_images_go_with_their_files_and_what_was_noted_of_them(store: Store) -> None:
    sets = {ANNE: "own-" + "a" * 16, BEN: "own-" + "b" * 16}
    for learner, set_id in sets.items():
        store.images.add(set_id, learner, "flowers")
        paths.own_folder(set_id).mkdir(parents=True)
        (paths.own_folder(set_id) / "upload.zip").write_bytes(b"zip")
        with store.database.write() as db:
            texts = {"data": set_id, "teacher": "own", "data_digest": "d", "teacher_digest": "t", "shape": "[]"}
            db.execute(insert(teacher_answers).values(**texts, accuracy=1.0, test_images=1, body=b""))
    store.learners.forget(ANNE)
    assert not paths.own_folder(sets[ANNE]).exists() and paths.own_folder(sets[BEN]).exists()
    with store.database.read() as db:
        assert list(db.execute(select(teacher_answers.c.data)).scalars()) == [sets[BEN]]


def test_a_running_run_is_stopped_first(store: Store) -> None:
    run_id = store.runs.submit(SPEC, ANNE)
    waiting = store.runs.submit(SPEC, ANNE)
    assert store.runs.take("w")
    seen: list[str | None] = []

    def work() -> None:
        wait_for(store.runs.requests)
        seen.append(store.runs.requests().get(run_id))
        seen.append("still there" if store.runs.get(run_id) else None)
        store.runs.end(run_id, "stopped", worker="w")

    worker = threading.Thread(target=work)
    worker.start()
    store.learners.forget(ANNE, patience=30)
    worker.join()
    assert seen == ["stop", "still there"]
    assert store.runs.get(run_id) is None and store.runs.get(waiting) is None


def test_a_run_that_does_not_obey_is_gone_all_the_same_and_its_worker_hears_it(store: Store) -> None:
    run_id = store.runs.submit(SPEC, ANNE)
    assert store.runs.take("w")
    store.learners.forget(ANNE, patience=0.1)
    with pytest.raises(RunLost):
        store.runs.append(run_id, point(0), some_logits(0), worker="w")
    weights_path(run_id).parent.mkdir(parents=True, exist_ok=True)
    weights_path(run_id).write_bytes(b"written a moment later")
    store.quota.prune()
    assert not weights_path(run_id).exists()


WRITES: dict[str, Callable[[Store], object]] = {
    "answer": lambda store: store.answers.add(ANNE, ONE),
    "step": lambda store: store.lessons.note_step(ANNE, "twins", "question"),
    "prediction": lambda store: store.lessons.save_prediction(ANNE, "twins", "gain", 1, "3"),
    "run": lambda store: store.runs.submit(SPEC, ANNE),
    "sweep": lambda store: store.sweeps.submit("{}", parcels([[SPEC]]), ANNE),
    "images": lambda store: store.images.add("own-" + "a" * 16, ANNE, "flowers"),
    "visit": lambda store: store.learners.seen(ANNE),
}


@pytest.mark.parametrize("name", WRITES)
def test_what_comes_after_the_deletion_is_refused(store: Store, name: str) -> None:
    store.answers.add(ANNE, ONE)
    store.learners.forget(ANNE)
    with pytest.raises(Forgotten, match="Reload the page"):
        WRITES[name](store)
    assert not store.learners.kept(ANNE) and store.learners.get(ANNE) is None


def test_nothing_that_was_said_can_be_read_in_the_file_any_more(store: Store, home: Path) -> None:
    secret = "a-word-that-stands-nowhere-else"
    run_id = finished(store, ANNE)
    store.runs.rename(run_id, ANNE, secret)
    store.answers.add(ANNE, replace(ONE, given_json=json.dumps(secret * 40)))
    for press in range(40):
        store.answers.add(BEN, replace(ONE, press=f"p{press}"))
    store.database.give_back()
    assert secret.encode() in (home / "distillery.db").read_bytes()
    store.learners.forget(ANNE)
    files = list(home.glob("distillery.db*"))
    assert len(files) >= 1
    for file in files:
        assert secret.encode() not in file.read_bytes() and ANNE.encode() not in file.read_bytes(), file.name
    store.close()
    with sqlite3.connect(home / "distillery.db") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


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
