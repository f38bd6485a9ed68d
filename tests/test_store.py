from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import event, inspect

from app import catalog
from app.store import (
    DiskFull,
    NotYours,
    QueueFull,
    RunLost,
    Store,
    StoreError,
    TeacherAnswers,
    UnknownRun,
    checkpoint_path,
    migrations,
    shared,
    tables,
    weights_path,
)
from app.store import queue as waiting_line
from app.store.queue import Waiting, fair_order, waiting_time
from app.store.records import STOPPED_EARLY
from app.store.store import QUEUED_IN_ALL
from tests.experiments.examples import json_of

FIXTURES = Path(__file__).parent / "fixtures"
SPEC = json_of()
ANNE, BEN = "a" * 24, "b" * 24


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path))
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("DISTILLERY_HOME_BYTES", raising=False)
    return tmp_path


@pytest.fixture
def store(home: Path) -> Iterator[Store]:
    opened = Store()
    yield opened
    opened.close()


def point(update: int, seconds: float = 0.0) -> dict[str, Any]:
    return {"kind": "point", "update": update, "seconds": seconds, "accuracy": [[0.5, 0.6], [0.7, 0.8]]}


def logits(value: float, shown: int = 5) -> bytes:
    return np.full((2, 2, shown, catalog.CLASSES), value, "<f2").tobytes()


def finished(store: Store, learner: str = ANNE, shown: int = 5) -> str:
    run_id = store.submit(SPEC, learner)
    taken = store.take("w")
    assert taken is not None and taken.id == run_id
    store.append(run_id, point(0), logits(0, shown))
    assert store.end(run_id, "finished")
    return run_id


# ── runs ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_from_queue_to_end(store: Store) -> None:
    run_id = store.submit(SPEC, ANNE)
    queued = store.run(run_id)
    assert queued is not None and (queued.state, queued.learner, queued.updates) == ("queued", ANNE, 10)
    taken = store.take("w")
    assert taken is not None and taken.id == run_id and taken.started is not None
    assert store.take("w") is None
    store.begin(run_id, 12, {"engine": 1})
    assert [store.append(run_id, point(n, n / 10), logits(n)) for n in range(3)] == [1, 2, 3]
    assert store.events(run_id, 1) == [{"seq": 2, **point(1, 0.1)}, {"seq": 3, **point(2, 0.2)}]
    assert store.events(run_id, 3) == []
    assert store.end(run_id, "finished", seconds=0.3)
    run = store.run(run_id)
    assert run is not None and (run.state, run.update, run.updates, run.seconds) == ("finished", 2, 12, 0.3)
    assert run.record == {"engine": 1} and run.finished is not None
    assert not store.end(run_id, "interrupted"), "a run ends once"


def test_logits_come_back_in_their_shape(store: Store) -> None:
    run_id = store.submit(SPEC, ANNE)
    assert store.logits(run_id) is None
    store.take("w")
    for n in range(3):
        store.append(run_id, point(n), logits(n))
    latest = store.logits(run_id)
    assert latest is not None and latest[1] == 3 and latest[0].shape == (2, 2, 5, 10) and (latest[0] == 2).all()
    second = store.logits(run_id, 2)
    assert second is not None and second[1] == 2 and (second[0] == 1).all()
    assert store.logits(run_id, 9) is None


def test_a_run_that_was_ended_takes_no_more_events(store: Store) -> None:
    run_id = store.submit(SPEC, ANNE)
    with pytest.raises(RunLost):
        store.append(run_id, point(0), None)
    store.take("w")
    store.end(run_id, "interrupted")
    with pytest.raises(RunLost):
        store.append(run_id, point(0), None)
    with pytest.raises(RunLost):
        store.pause(run_id, 0, 0.0)


def test_unknown_runs(store: Store) -> None:
    assert store.run("nobody") is None
    assert store.events("nobody", 0) == []
    assert store.place("nobody") is None
    with pytest.raises(UnknownRun, match="There is no run"):
        store.request("nobody", ANNE, "stop")


def test_somebody_elses_run_is_watched_not_stopped(store: Store) -> None:
    run_id = store.submit(SPEC, ANNE)
    for action in ("pause", "resume", "stop", "step"):
        with pytest.raises(NotYours, match="belongs to somebody else"):
            store.request(run_id, BEN, action)
    run = store.run(run_id)
    assert run is not None and run.state == "queued"


def test_an_action_that_does_not_exist(store: Store) -> None:
    with pytest.raises(ValueError, match="action must be"):
        store.request(store.submit(SPEC, ANNE), ANNE, "explode")  # type: ignore[arg-type]


def test_requests_of_a_queued_run_are_obeyed_at_once(store: Store) -> None:
    run_id = store.submit(SPEC, ANNE)
    assert store.request(run_id, ANNE, "pause")
    assert store.take("w") is None
    assert store.request(run_id, ANNE, "step")
    stepped = store.run(run_id)
    assert stepped is not None and (stepped.state, stepped.mode) == ("queued", "step")
    assert store.request(run_id, ANNE, "resume")
    resumed = store.run(run_id)
    assert resumed is not None and (resumed.state, resumed.mode) == ("queued", "train")
    assert store.request(run_id, ANNE, "stop")
    stopped = store.run(run_id)
    assert stopped is not None and stopped.state == "stopped" and "before the first update" in stopped.message
    assert not store.request(run_id, ANNE, "resume"), "what is over stays over"


def test_requests_of_a_running_run_wait_for_the_worker(store: Store) -> None:
    run_id = store.submit(SPEC, ANNE)
    store.take("w")
    assert store.requests() == {}
    store.request(run_id, ANNE, "pause")
    assert store.requests() == {run_id: "pause"}
    assert store.pause(run_id, 3, 0.5) == "paused"
    paused = store.run(run_id)
    assert paused is not None and (paused.state, paused.update, paused.seconds) == ("paused", 3, 0.5)
    assert store.requests() == {}


@pytest.mark.parametrize(
    ("meanwhile", "state", "mode"),
    [("resume", "queued", "train"), ("step", "queued", "step"), ("stop", "stopped", "train")],
)
def test_a_change_of_mind_while_it_pauses(store: Store, meanwhile: Any, state: str, mode: str) -> None:
    run_id = store.submit(SPEC, ANNE)
    store.take("w")
    store.request(run_id, ANNE, "pause")
    store.request(run_id, ANNE, meanwhile)
    assert store.pause(run_id, 3, 0.5, heard="pause") == state
    run = store.run(run_id)
    assert run is not None and (run.state, run.mode, run.request, run.message) == (state, mode, None, "")


def test_a_step_that_the_worker_has_heard_is_done(store: Store) -> None:
    run_id = store.submit(SPEC, ANNE)
    store.take("w")
    store.request(run_id, ANNE, "step")
    assert store.pause(run_id, 1, 0.5, heard="step") == "paused"


def test_stopped_while_it_pauses_before_the_first_update(store: Store) -> None:
    run_id = store.submit(SPEC, ANNE)
    store.take("w")
    store.request(run_id, ANNE, "pause")
    store.request(run_id, ANNE, "stop")
    assert store.pause(run_id, 0, 0.5, heard="pause") == "stopped"
    run = store.run(run_id)
    assert run is not None and run.message == STOPPED_EARLY


def test_a_worker_that_lost_its_run_changes_nothing(store: Store) -> None:
    run_id = store.submit(SPEC, ANNE)
    store.take("first")
    store.pause(run_id, 1, 0.1)
    store.request(run_id, ANNE, "resume")
    taken = store.take("second")
    assert taken is not None and taken.worker == "second"
    lost: list[Callable[[], object]] = [
        lambda: store.begin(run_id, 99, {}, worker="first"),
        lambda: store.progress(run_id, 99, 9.9, worker="first"),
        lambda: store.append(run_id, point(99), logits(0), worker="first"),
        lambda: store.pause(run_id, 99, 9.9, worker="first"),
    ]
    for write in lost:
        with pytest.raises(RunLost):
            write()
    assert not store.end(run_id, "failed", "mine", worker="first")
    assert store.run(run_id) == taken and store.events(run_id, 0) == []
    assert store.append(run_id, point(2), None, worker="second") == 1
    assert store.end(run_id, "finished", worker="second")


def test_two_tabs_of_one_learner(store: Store) -> None:
    """The second tab presses what the first has pressed already."""
    run_id = store.submit(SPEC, ANNE)
    store.take("w")
    assert store.request(run_id, ANNE, "pause") and store.request(run_id, ANNE, "pause")
    store.pause(run_id, 1, 0.1)
    assert not store.request(run_id, ANNE, "pause")
    assert store.request(run_id, ANNE, "resume")
    assert store.request(run_id, ANNE, "resume"), "it waits already"
    assert store.request(run_id, ANNE, "stop") and not store.request(run_id, ANNE, "stop")


def test_after_stop_nothing_else_is_heard(store: Store) -> None:
    run_id = store.submit(SPEC, ANNE)
    store.take("w")
    store.request(run_id, ANNE, "stop")
    assert not store.request(run_id, ANNE, "resume")
    assert store.requests() == {run_id: "stop"}


def test_a_new_runner_ends_what_the_old_one_left(store: Store) -> None:
    running, queued = store.submit(SPEC, ANNE), store.submit(SPEC, ANNE)
    store.take("w")
    assert store.interrupt_running() == 1
    ended, waits = store.run(running), store.run(queued)
    assert ended is not None and ended.state == "interrupted" and "Start it again" in ended.message
    assert waits is not None and waits.state == "queued"


def test_own_runs_newest_first(store: Store) -> None:
    ids = [store.submit(SPEC, ANNE) for _ in range(3)]
    store.submit(SPEC, BEN)
    assert [run.id for run in store.runs_of(ANNE)] == ids[::-1]


def test_learners_are_noted(store: Store) -> None:
    assert store.learner(ANNE) is None
    store.seen(ANNE)
    first = store.learner(ANNE)
    store.submit(SPEC, ANNE)
    second = store.learner(ANNE)
    assert first and second and first["created"] == second["created"] and second["seen"] >= first["seen"]


def test_facts(store: Store) -> None:
    assert store.fact("slots") is None
    store.note("slots", 2)
    store.note("slots", 3)
    assert store.fact("slots") == 3
    store.note("slots", None)
    assert store.fact("slots") is None


def test_what_the_teacher_says_is_replaced_when_it_changes(store: Store) -> None:
    first = TeacherAnswers("mnist", "mnist", "d", "t", 0.9, 1000, np.ones((5, 10), np.float16))
    store.note_teacher(first)
    store.note_teacher(TeacherAnswers("mnist", "mnist", "d", "t", 0.1, 1000, np.zeros((5, 10), np.float16)))
    kept = store.teacher_answers("mnist", "mnist")
    assert kept is not None and kept.accuracy == 0.9 and (kept.logits == 1).all()
    store.note_teacher(TeacherAnswers("mnist", "mnist", "d", "other", 0.8, 1000, np.zeros((5, 10), np.float16)))
    changed = store.teacher_answers("mnist", "mnist")
    assert changed is not None and changed.accuracy == 0.8 and (changed.logits == 0).all()
    assert store.teacher_answers("mnist", "nobody") is None


def test_downloads(store: Store) -> None:
    assert store.download("cifar10") is None
    assert not store.set_download("cifar10", state="running"), "nobody asked for it"
    assert store.request_download("cifar10").state == "queued"
    waiting = store.next_download()
    assert waiting is not None and waiting.data == "cifar10"
    store.set_download("cifar10", state="running", bytes_done=5, bytes_total=10, message="loading")
    again = store.request_download("cifar10")
    assert (again.state, again.bytes_done, again.bytes_total, again.message) == ("running", 5, 10, "loading")
    assert store.set_download("cifar10", state="cancelled")
    assert not store.set_download("cifar10", state="running"), "cancelled is cancelled"
    assert store.request_download("cifar10").state == "queued"


@pytest.mark.parametrize("end", ["finished", "failed", "cancelled"])
def test_a_download_that_is_over_is_not_cancelled(store: Store, end: Any) -> None:
    store.request_download("cifar10")
    assert store.set_download("cifar10", state=end, message="the end")
    assert not store.set_download("cifar10", state="cancelled")
    assert (row := store.download("cifar10")) and (row.state, row.message) == (end, "the end")


def test_a_download_that_is_asked_for_anew_is_another(store: Store) -> None:
    first = store.request_download("cifar10")
    store.set_download("cifar10", state="cancelled")
    second = store.request_download("cifar10")
    assert second.requested > first.requested
    assert not store.set_download("cifar10", requested=first.requested, state="failed", message="ended")
    assert store.download("cifar10") == second == store.next_download()
    assert store.set_download("cifar10", requested=second.requested, state="running")


# ── the queue ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_too_many_waiting_runs_of_one_learner(store: Store) -> None:
    for _ in range(catalog.QUEUED_PER_LEARNER):
        store.submit(SPEC, ANNE)
    with pytest.raises(QueueFull, match="already have 5 runs waiting"):
        store.submit(SPEC, ANNE)
    store.submit(SPEC, BEN)
    assert len(store.runs_of(ANNE)) == 5


def test_too_many_waiting_runs_of_everybody(store: Store) -> None:
    for n in range(QUEUED_IN_ALL):
        store.submit(SPEC, f"{n:024x}")
    with pytest.raises(QueueFull, match="Try again in a few minutes"):
        store.submit(SPEC, ANNE)


def test_a_run_instead_of_others_ends_them_in_the_same_moment(store: Store) -> None:
    waiting = [store.submit(SPEC, ANNE) for _ in range(catalog.QUEUED_PER_LEARNER)]
    of_ben = store.submit(SPEC, BEN)
    new = store.submit(SPEC, ANNE, instead_of=[*waiting[:2], of_ben, "no-such-run"])
    states = [run.state for run_id in (*waiting[:3], of_ben, new) if (run := store.run(run_id))]
    assert states == ["stopped", "stopped", "queued", "queued", "queued"]


def test_where_there_is_no_room_nothing_is_ended_either(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = [store.submit(SPEC, ANNE) for _ in range(2)]
    monkeypatch.setattr(catalog, "QUEUED_PER_LEARNER", 1)
    with pytest.raises(QueueFull):
        store.submit(SPEC, ANNE, instead_of=taken[:1])
    assert [run.state for run_id in taken if (run := store.run(run_id))] == ["queued", "queued"]


def test_one_learner_cannot_starve_another(store: Store) -> None:
    annes = [store.submit(SPEC, ANNE) for _ in range(5)]
    bens = store.submit(SPEC, BEN)
    order = [run.id for _ in range(6) if (run := store.take("w"))]
    assert order == [annes[0], bens, *annes[1:]]


def test_the_place_and_the_order_of_taking_agree(store: Store) -> None:
    ids = [store.submit(SPEC, learner) for learner in (ANNE, ANNE, BEN, ANNE, BEN)]
    places = {run_id: store.place(run_id) for run_id in ids}
    taken = [run.id for _ in ids if (run := store.take("w"))]
    assert sorted(ids, key=lambda run_id: places[run_id] or (0, 0.0)) == taken


def test_waiting_times_follow_measured_speed(store: Store) -> None:
    def place(run_id: str) -> tuple[int, int]:
        found = store.place(run_id)
        assert found is not None
        return found[0], round(found[1])

    store.note("slots", 1)
    first, second = store.submit(SPEC, ANNE), store.submit(SPEC, ANNE)
    store.take("w")
    guess = store.place(second)
    assert guess is not None and guess[0] == 1 and guess[1] > 0
    store.append(first, point(5, 50.0), None)  # half of ten updates took 50 s
    assert place(second) == (1, 50)
    third = store.submit(SPEC, BEN)
    assert place(third) == (1, 50), "Ben has none running"
    assert place(second) == (2, 150)
    store.note("slots", 2)
    assert place(third) == (1, 0)
    assert store.place(first) is None


@given(
    lines=st.lists(st.integers(0, 5), min_size=1, max_size=40),
    slots=st.integers(1, 4),
    ends=st.randoms(use_true_random=False),
)
def test_fair_over_learners_whatever_happens(lines: list[int], slots: int, ends: Any) -> None:
    """Nobody who waits is overtaken by a learner who has more runs running."""
    queued = [Waiting(f"r{n}", f"l{learner}", float(n), 1.0) for n, learner in enumerate(lines)]
    running: list[Waiting] = []
    served: dict[str, float] = {}
    clock = 0.0
    while queued:
        if len(running) == slots:
            running.remove(ends.choice(running))
        counts = {w.learner: sum(r.learner == w.learner for r in running) for w in queued}
        chosen = next(iter(fair_order(queued, counts, served)))
        fewest = [w for w in queued if counts[w.learner] == min(counts.values())]
        assert served.get(chosen.learner, 0.0) == min(served.get(w.learner, 0.0) for w in fewest)
        assert chosen == min((w for w in queued if w.learner == chosen.learner), key=lambda w: w.queued)
        clock += 1
        served[chosen.learner] = clock
        queued.remove(chosen)
        running.append(chosen)


@given(st.lists(st.floats(0, 100), max_size=8), st.lists(st.floats(0, 100), max_size=3), st.integers(1, 4))
def test_waiting_times_are_possible(before: list[float], remaining: list[float], slots: int) -> None:
    wait = waiting_time(before, remaining[:slots], slots)
    assert 0 <= wait <= sum(before) + max([0.0, *remaining]) + 1e-6
    assert waiting_time([*before, 1.0], remaining[:slots], slots) >= wait


def test_a_bigger_experiment_is_expected_to_take_longer() -> None:
    seconds = [waiting_line.size(json_of(student=student))[1] for student in catalog.STUDENTS]
    assert seconds[1:] == sorted(seconds[1:])
    assert waiting_line.size(json_of(epochs=10))[1] == pytest.approx(2 * waiting_line.size(SPEC)[1])
    assert waiting_line.size("no spec") == (0, 1.0)


# ── room ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_oldest_ended_runs_go_first_and_the_disk_gets_smaller(store: Store, home: Path) -> None:
    waits = paused(store, ANNE, 1000, 0)
    store.request(waits, ANNE, "resume")
    store.take("w")
    store.append(waits, point(2), logits(0, 1000))
    store.pause(waits, 2, 0.0)
    ids = [finished(store, shown=1000) for _ in range(20)]
    weights_path(ids[0]).parent.mkdir()
    for run_id in ids:
        weights_path(run_id).write_bytes(b"x" * 1000)
    store.database.give_back()
    full, on_disk = store.used_bytes(), (home / "distillery.db").stat().st_size
    assert store.prune(cap=full) == 0
    removed = store.prune(cap=full // 2)
    assert 8 <= removed <= 12
    assert store.used_bytes() <= full // 2
    assert (home / "distillery.db").stat().st_size < 0.6 * on_disk
    assert [run_id for run_id in ids if store.run(run_id)] == ids[removed:]
    assert [run_id for run_id in ids if weights_path(run_id).exists()] == ids[removed:]
    store.prune(cap=0)
    assert store.run(waits) is not None and checkpoint_path(waits).exists()
    assert store.logits(waits) is not None


def test_files_that_no_run_needs_are_removed(store: Store) -> None:
    run_id = finished(store)
    for path in (checkpoint_path(run_id), weights_path(run_id), checkpoint_path("gone"), weights_path("gone")):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x")
    store.prune()
    assert weights_path(run_id).exists()
    assert not any(path.exists() for path in (checkpoint_path(run_id), checkpoint_path("gone"), weights_path("gone")))


def paused(store: Store, learner: str, size: int, age: float) -> str:
    """A run that was paused `age` seconds ago, with a checkpoint of `size` bytes."""
    run_id = store.submit(SPEC, learner)
    taken = store.take("w")
    assert taken is not None and taken.id == run_id
    store.append(run_id, point(1), None)
    store.pause(run_id, 1, 0.1)
    path = checkpoint_path(run_id)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(b"x" * size)
    os.utime(path, (time.time() - age, time.time() - age))
    return run_id


def states(store: Store, ids: list[str]) -> list[str]:
    return [run.state for run_id in ids if (run := store.run(run_id))]


def test_paused_runs_of_one_learner_leave_room_for_the_others(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTILLERY_HOME_BYTES", "8000000")
    done = [finished(store, BEN) for _ in range(3)]
    annes = [paused(store, ANNE, 400_000, age) for age in (50, 40, 30, 20, 10)]
    bens = paused(store, BEN, 2_000_000, 60)
    store.prune()
    assert states(store, annes) == ["stopped", "stopped", "stopped", "paused", "paused"], "an eighth is a million"
    assert states(store, [bens]) == ["paused"], "one is always allowed"
    assert states(store, done) == ["finished"] * 3
    ended = store.run(annes[0])
    assert ended is not None and "to make room" in ended.message and ended.finished is not None
    assert [checkpoint_path(run_id).exists() for run_id in annes] == [False, False, False, True, True]


def test_paused_runs_of_all_leave_room_for_finished_ones(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DISTILLERY_HOME_BYTES", "8000000")
    ids = [paused(store, f"{n:024x}", 900_000, 100 - n) for n in range(6)]
    store.prune()
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
    store.prune()
    kept = {file.name for file in home.rglob("*part*") if file.is_file()}
    assert kept == {".0.id.safetensors.7.part", ".part-train.g0", ".0.cifar10.npz.7.part"}, "somebody writes these"


def test_downloads_caches_and_halves_count(store: Store, home: Path) -> None:
    before = store.used_bytes()
    for name in ("downloads/MNIST/raw/images.gz", "downloads/.part-x", "cache/logits.safetensors", "weights/.w.1.part"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(b"x" * 1000)
    assert store.used_bytes() == before + 4000


def test_pruning_holds_the_store_for_one_run_at_a_time(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    ids = [finished(store, shown=100) for _ in range(5)]
    other, seen = Store(), []
    real = store.database.write

    @contextmanager
    def watched() -> Iterator[Any]:
        with real() as db:
            yield db
        seen.append(len(states(other, ids)))
        other.seen(BEN)  # another process writes in between

    monkeypatch.setattr(store.database, "write", watched)
    assert store.prune(cap=0) == 5
    assert seen == [4, 3, 2, 1, 0]
    other.close()


def test_space_goes_back_in_portions(store: Store, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.store.database._PORTION_PAGES", 10)
    pauses: list[float] = []
    monkeypatch.setattr("app.store.database.time.sleep", pauses.append)
    run_id = finished(store, shown=5000)
    on_disk = store.database.used_bytes()
    store.prune(cap=0)
    assert store.run(run_id) is None and len(pauses) > 5
    assert on_disk and (home / "distillery.db").stat().st_size < on_disk - 300_000


def test_the_cap_comes_from_the_environment(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    finished(store)
    monkeypatch.setenv("DISTILLERY_HOME_BYTES", "1")
    assert store.prune() == 1
    with pytest.raises(StoreError, match="used up by paused and running"):
        store.submit(SPEC, ANNE)


def fill(store: Store) -> None:
    """From now on SQLite may use two more pages: then it says that the disk is full, as it does on a full disk."""
    store.database.engine.dispose()

    @event.listens_for(store.database.engine, "connect")
    def _limit(connection: Any, _record: object) -> None:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]
        connection.execute(f"PRAGMA max_page_count = {pages + 2}")


def test_a_full_disk_is_a_sentence(store: Store) -> None:
    run_id = store.submit(SPEC, ANNE)
    store.take("w")
    fill(store)
    with pytest.raises(DiskFull, match="disk of the server is full"):
        store.append(run_id, point(0), logits(0, 1000))
    assert store.events(run_id, 0) == [], "all of an event or nothing"
    assert store.end(run_id, "stopped", "full"), "there is room for a short sentence"
    with pytest.raises(DiskFull):
        store.submit(SPEC + " " * 50_000, BEN)


# ── processes ────────────────────────────────────────────────────────────────────────────────────────────────────

WRITER = """
import sys
from app.store import Store
store, run_id = Store(), sys.argv[1]
for n in range(40):
    store.append(run_id, {"kind": "point", "update": n, "writer": sys.argv[2], "accuracy": [[0.5]]}, bytes(2000))
    store.seen(f"{n:024x}")
"""


def test_several_processes_write_at_once(store: Store) -> None:
    run_id, other = store.submit(SPEC, ANNE), store.submit(SPEC, BEN)
    assert store.take("w") and store.take("w")
    environment = {**os.environ, "PYTHONPATH": str(catalog.PROJECT)}
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, run_id if n < 3 else other, str(n)], env=environment)
        for n in range(4)
    ]
    while any(writer.poll() is None for writer in writers):
        store.seen(ANNE)
        seqs = [event["seq"] for event in store.events(run_id, 0)]
        assert seqs == list(range(1, len(seqs) + 1)), "no gap is ever seen"
    assert [writer.returncode for writer in writers] == [0] * 4
    assert len(store.events(run_id, 0)) == 120 and len(store.events(other, 0)) == 40
    per_writer = [[e["update"] for e in store.events(run_id, 0) if e["writer"] == str(n)] for n in range(3)]
    assert per_writer == [list(range(40))] * 3


OPENER = "from app.store import Store; Store().seen('0' * 24)"


def test_several_processes_open_a_new_store_at_once(home: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(catalog.PROJECT)}
    openers = [subprocess.Popen([sys.executable, "-c", OPENER], env=environment) for _ in range(4)]
    assert [opener.wait(60) for opener in openers] == [0] * 4


def test_a_watch_sees_what_others_write(store: Store) -> None:
    watch = store.watch()
    assert watch.changed() and not watch.changed()
    store.run("nobody")
    assert not watch.changed(), "reading changes nothing"
    store.submit(SPEC, ANNE)
    assert watch.changed() and not watch.changed()
    watch.close()


def test_one_store_per_process(home: Path) -> None:
    assert shared() is shared()


# ── schema ───────────────────────────────────────────────────────────────────────────────────────────────────────


def schema(store: Store) -> dict[str, Any]:
    found = inspect(store.database.engine)
    return {
        table: (
            [(c["name"], str(c["type"]).replace("DOUBLE", "REAL"), c["nullable"]) for c in found.get_columns(table)],
            found.get_pk_constraint(table)["constrained_columns"],
            sorted((i["name"] or "", tuple(i["column_names"])) for i in found.get_indexes(table)),
        )
        for table in found.get_table_names()
    }


def test_migrations_make_the_tables_that_the_program_uses(store: Store, tmp_path: Path) -> None:
    declared = Store(f"sqlite:///{tmp_path / 'declared.db'}")
    tables.metadata.drop_all(declared.database.engine)
    tables.metadata.create_all(declared.database.engine)
    assert schema(store) == schema(declared)
    declared.close()


@pytest.mark.parametrize("version", range(1, migrations.VERSION))
def test_a_store_of_every_earlier_version_opens_with_what_it_held(home: Path, store: Store, version: int) -> None:
    old = home / "old.db"
    connection = sqlite3.connect(old)
    connection.executescript((FIXTURES / f"store_v{version}.sql").read_text(encoding="utf-8"))
    connection.close()
    migrated = Store(f"sqlite:///{old}")
    assert schema(migrated) == schema(store)
    runs = migrated.runs_of("0123456789abcdef01234567")
    assert [run.state for run in runs] == ["queued", "finished"]
    assert [event["seq"] for event in migrated.events(runs[1].id, 0)] == [1, 2]
    found = migrated.logits(runs[1].id)
    assert found is not None and found[0].shape == (2, 2, 2, 10)
    taken = migrated.take("w")
    assert taken is not None and taken.id == runs[0].id
    assert migrated.request_download("cifar10").state == "queued"
    migrated.close()
    Store(f"sqlite:///{old}").close()  # a second time, nothing is left to do


def test_every_earlier_version_has_its_fixture() -> None:
    kept = {path.name for path in FIXTURES.glob("store_v*.sql")}
    assert kept == {f"store_v{version}.sql" for version in range(1, migrations.VERSION)}


def test_a_store_of_a_newer_version_is_left_alone(store: Store, home: Path) -> None:
    with sqlite3.connect(home / "distillery.db") as connection:
        connection.execute("UPDATE schema_version SET version = 99")
    with pytest.raises(StoreError, match="newer Distillery"):
        Store()


def test_a_damaged_store_says_what_to_do(home: Path) -> None:
    (home / "distillery.db").write_bytes(b"this is no database" * 1000)
    with pytest.raises(StoreError, match="Move it out of DISTILLERY_HOME"):
        Store()


def test_a_home_that_cannot_be_made(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "file").write_text("")
    monkeypatch.setenv("DISTILLERY_HOME", str(home / "file" / "below"))
    with pytest.raises(StoreError, match="Check DISTILLERY_HOME"):
        Store()


def test_events_are_kept_as_they_are_passed_on(store: Store) -> None:
    run_id = store.submit(SPEC, ANNE)
    store.take("w")
    store.append(run_id, point(1), None)
    assert [json.loads(text) for text in store.events_json(run_id, 0)] == store.events(run_id, 0)
