"""All that belongs to a learner, deleted: nothing of theirs is left, and nobody else's is touched."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from app.catalog import paths
from app.store import RunLost, Store
from app.store.models import Forgotten
from app.store.tables import departed, events, logits, metadata, runs, teacher_answers
from tests.experiments.examples import parcels
from tests.files import checkpoint_path, snapshots_path, weights_path
from tests.store.stored import ANNE, BEN, ONE, SPEC, everything, finished, plant, point
from tests.store.stored import logits as some_logits
from tests.waiting import wait_for


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
