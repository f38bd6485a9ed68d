from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from app.store import DiskFull, Store, StoreError
from tests.experiments.examples import Text
from tests.files import checkpoint_path, weights_path
from tests.store.stored import ANNE, BEN, SPEC, finished, logits, point


def test_the_oldest_ended_runs_go_first_and_the_disk_gets_smaller(store: Store, home: Path) -> None:
    waits = paused(store, ANNE, 1000, 0)
    store.runs.request(waits, ANNE, "resume")
    store.runs.take("w")
    store.runs.append(waits, point(2), logits(0, 1000))
    store.runs.pause(waits, 2, 0.0)
    ids = [finished(store, shown=1000) for _ in range(20)]
    weights_path(ids[0]).parent.mkdir()
    for run_id in ids:
        weights_path(run_id).write_bytes(b"x" * 1000)
    store.database.give_back()
    full, on_disk = store.quota.used_bytes(), (home / "distillery.db").stat().st_size
    assert store.quota.prune(cap=full) == 0
    removed = store.quota.prune(cap=full // 2)
    assert 8 <= removed <= 12
    assert store.quota.used_bytes() <= full // 2
    assert (home / "distillery.db").stat().st_size < 0.6 * on_disk
    assert [run_id for run_id in ids if store.runs.get(run_id)] == ids[removed:]
    assert [run_id for run_id in ids if weights_path(run_id).exists()] == ids[removed:]
    store.quota.prune(cap=0)
    assert store.runs.get(waits) is not None and checkpoint_path(waits).exists()
    assert store.runs.logits(waits) is not None


def test_files_that_no_run_needs_are_removed(store: Store) -> None:
    run_id = finished(store)
    for path in (checkpoint_path(run_id), weights_path(run_id), checkpoint_path("gone"), weights_path("gone")):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    store.quota.prune()
    assert weights_path(run_id).exists()
    assert not any(path.exists() for path in (checkpoint_path(run_id), checkpoint_path("gone"), weights_path("gone")))


def paused(store: Store, learner: str, size: int, age: float) -> str:
    """A run that was paused `age` seconds ago, with a checkpoint of `size` bytes."""
    run_id = store.runs.submit(SPEC, learner)
    taken = store.runs.take("w")
    assert taken is not None and taken.id == run_id
    store.runs.append(run_id, point(1), None)
    store.runs.pause(run_id, 1, 0.1)
    path = checkpoint_path(run_id)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x" * size)
    os.utime(path, (time.time() - age, time.time() - age))
    return run_id


def states(store: Store, ids: list[str]) -> list[str]:
    return [run.state for run_id in ids if (run := store.runs.get(run_id))]


def test_paused_runs_of_one_learner_leave_room_for_the_others(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTILLERY_HOME_BYTES", "8000000")
    done = [finished(store, BEN) for _ in range(3)]
    annes = [paused(store, ANNE, 400_000, age) for age in (50, 40, 30, 20, 10)]
    bens = paused(store, BEN, 2_000_000, 60)
    store.quota.prune()
    assert states(store, annes) == ["stopped", "stopped", "stopped", "paused", "paused"], "an eighth is a million"
    assert states(store, [bens]) == ["paused"], "one is always allowed"
    assert states(store, done) == ["finished"] * 3
    ended = store.runs.get(annes[0])
    assert ended is not None and "to make room" in ended.message and ended.finished is not None
    assert [checkpoint_path(run_id).exists() for run_id in annes] == [False, False, False, True, True]


def test_paused_runs_of_all_leave_room_for_finished_ones(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTILLERY_HOME_BYTES", "8000000")
    ids = [paused(store, f"{n:024x}", 900_000, 100 - n) for n in range(6)]
    store.quota.prune()
    assert states(store, ids) == ["stopped", "stopped", "paused", "paused", "paused", "paused"], "half is four million"


def test_halves_that_were_left_over_are_removed(store: Store, home: Path) -> None:
    left = ("checkpoints/.id.safetensors.7.part", "downloads/MNIST/raw/.part-train.gz", "data/.cifar10.npz.7.part")
    for name, age in ((name, age) for name in left for age in (0, 3600)):
        path = (home / name).with_name(
            f"{Path(name).name[:-1]}{age}" if "part-" in name else f".{age}{Path(name).name}"
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 1000)
        os.utime(path, (time.time() - age, time.time() - age))
    store.quota.prune()
    kept = {file.name for file in home.rglob("*part*") if file.is_file()}
    assert kept == {".0.id.safetensors.7.part", ".part-train.g0", ".0.cifar10.npz.7.part"}, "somebody writes these"


def test_what_arrived_of_a_download_stays_for_two_weeks(store: Store, home: Path) -> None:
    for name, days in (("downloads/.half-new.gz", 13), ("downloads/MNIST/raw/.half-old.gz", 15)):
        for path in (home / name, home / f"{name}.tag"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"x")
            os.utime(path, (time.time() - days * 86_400, time.time() - days * 86_400))
    store.quota.prune()
    left = {file.name for file in (home / "downloads").rglob("*") if file.is_file()}
    assert left == {".half-new.gz", ".half-new.gz.tag"}


def test_downloads_caches_and_halves_count(store: Store, home: Path) -> None:
    before = store.quota.used_bytes()
    for name in ("downloads/MNIST/raw/images.gz", "downloads/.part-x", "cache/logits.safetensors", "weights/.w.1.part"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(b"x" * 1000)
    assert store.quota.used_bytes() == before + 4000


def test_train_walks_no_folder(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    finished(store)
    weights_path("x").parent.mkdir()
    store.quota.prune()  # as the runner does when it begins
    other = Store()  # in another process
    with monkeypatch.context() as walked:
        for name in ("os.walk", "os.scandir"):
            walked.setattr(name, lambda *_args: pytest.fail("the home is walked"))
        assert other.runs.submit(SPEC, ANNE)
    other.close()


def test_the_noted_sum_is_right_again_after_a_crash(store: Store, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store.quota.prune()
    weights_path("x").parent.mkdir()
    weights_path("x").write_bytes(b"x" * 5000)  # by a process that did not live to tell
    finished(store)
    assert store.quota.used_bytes() == store.quota.used_bytes(measure=False) > 5000
    store.quota.prune()  # no run needs the file
    assert store.quota.used_bytes(measure=False) < 5000 + (store.database.used_bytes() or 0)
    monkeypatch.setattr("app.store.quota.SUM_SECONDS", -1.0)  # nobody has pruned for long
    (home / "cache").mkdir()
    (home / "cache" / "logits").write_bytes(b"x" * 7000)
    before = store.database.used_bytes() or 0
    assert store.quota.used_bytes(measure=False) == before + 7000


def test_pruning_holds_the_store_for_one_run_at_a_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [finished(store, shown=100) for _ in range(5)]
    other, seen = Store(), []
    real = store.database.write

    @contextmanager
    def watched() -> Iterator[Any]:
        with real() as db:
            yield db
        seen.append(len(states(other, ids)))
        other.learners.seen(BEN)  # another process writes in between

    monkeypatch.setattr(store.database, "write", watched)
    assert store.quota.prune(cap=0) == 5
    assert seen == [5, 4, 3, 2, 1, 0, 0, 0], "the sum before and after, and a look for sweeps that are empty now"
    other.close()


def test_space_goes_back_in_portions(store: Store, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.database._PORTION_PAGES", 10)
    pauses: list[float] = []
    monkeypatch.setattr("app.store.database.time.sleep", pauses.append)
    run_id = finished(store, shown=5000)
    on_disk = store.database.used_bytes()
    store.quota.prune(cap=0)
    assert store.runs.get(run_id) is None and len(pauses) > 5
    assert on_disk and (home / "distillery.db").stat().st_size < on_disk - 300_000


def test_the_cap_comes_from_the_environment(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    finished(store)
    monkeypatch.setenv("DISTILLERY_HOME_BYTES", "1")
    assert store.quota.prune() == 1
    with pytest.raises(StoreError, match="used up by paused and running"):
        store.runs.submit(SPEC, ANNE)


def fill(store: Store) -> None:
    """From now on SQLite may use two more pages: then it says that the disk is full, as it does on a full disk."""
    store.database.engine.dispose()

    @event.listens_for(store.database.engine, "connect")
    def _limit(connection: Any, _record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")


def test_a_full_disk_is_a_sentence(store: Store) -> None:
    run_id = store.runs.submit(SPEC, ANNE)
    store.runs.take("w")
    fill(store)
    with pytest.raises(DiskFull, match="disk of the server is full"):
        store.runs.append(run_id, point(0), logits(0, 1000))
    assert store.runs.events(run_id, 0) == [], "all of an event or nothing"
    assert store.runs.end(run_id, "stopped", "full"), "there is room for a short sentence"
    with pytest.raises(DiskFull):
        store.runs.submit(Text(SPEC + " " * 50_000), BEN)
