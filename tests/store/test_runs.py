from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from app.store import NotYours, RunLost, Store, TeacherAnswers, UnknownRun
from app.store.models import STOPPED_EARLY
from tests.files import weights_path
from tests.store.stored import ANNE, BEN, SPEC, finished, logits, point


def test_a_run_from_queue_to_end(store: Store) -> None:
    run_id = store.runs.submit(SPEC, ANNE)
    queued = store.runs.get(run_id)
    assert queued is not None and (queued.state, queued.learner, queued.updates) == ("queued", ANNE, 10)
    taken = store.runs.take("w")
    assert taken is not None and taken.id == run_id and taken.started is not None
    assert store.runs.take("w") is None
    store.runs.begin(run_id, 12, {"engine": 1})
    assert [store.runs.append(run_id, point(n, n / 10), logits(n)) for n in range(3)] == [1, 2, 3]
    assert store.runs.events(run_id, 1) == [{"seq": 2, **point(1, 0.1)}, {"seq": 3, **point(2, 0.2)}]
    assert store.runs.events(run_id, 3) == []
    assert store.runs.end(run_id, "finished", seconds=0.3)
    run = store.runs.get(run_id)
    assert run is not None and (run.state, run.update, run.updates, run.seconds) == ("finished", 2, 12, 0.3)
    assert run.record == {"engine": 1} and run.finished is not None
    assert not store.runs.end(run_id, "interrupted"), "a run ends once"


def test_logits_come_back_in_their_shape(store: Store) -> None:
    run_id = store.runs.submit(SPEC, ANNE)
    assert store.runs.logits(run_id) is None
    store.runs.take("w")
    for n in range(3):
        store.runs.append(run_id, point(n), logits(n))
    latest = store.runs.logits(run_id)
    assert latest is not None and latest[1] == 3 and latest[0].shape == (2, 2, 5, 10) and (latest[0] == 2).all()
    second = store.runs.logits(run_id, 2)
    assert second is not None and second[1] == 2 and (second[0] == 1).all()
    assert store.runs.logits(run_id, 9) is None


def test_a_run_that_was_ended_takes_no_more_events(store: Store) -> None:
    run_id = store.runs.submit(SPEC, ANNE)
    with pytest.raises(RunLost):
        store.runs.append(run_id, point(0), None)
    store.runs.take("w")
    store.runs.end(run_id, "interrupted")
    with pytest.raises(RunLost):
        store.runs.append(run_id, point(0), None)
    with pytest.raises(RunLost):
        store.runs.pause(run_id, 0, 0.0)


def test_unknown_runs(store: Store) -> None:
    assert store.runs.get("nobody") is None
    assert store.runs.events("nobody", 0) == []
    assert store.runs.place("nobody") is None
    with pytest.raises(UnknownRun, match="There is no run"):
        store.runs.request("nobody", ANNE, "stop")


def test_somebody_elses_run_is_watched_not_stopped(store: Store) -> None:
    run_id = store.runs.submit(SPEC, ANNE)
    for action in ("pause", "resume", "stop", "step"):
        with pytest.raises(NotYours, match="belongs to somebody else"):
            store.runs.request(run_id, BEN, action)
    run = store.runs.get(run_id)
    assert run is not None and run.state == "queued"


def test_an_action_that_does_not_exist(store: Store) -> None:
    with pytest.raises(ValueError, match="action must be"):
        store.runs.request(store.runs.submit(SPEC, ANNE), ANNE, "explode")  # type: ignore[arg-type]


def test_requests_of_a_queued_run_are_obeyed_at_once(store: Store) -> None:
    run_id = store.runs.submit(SPEC, ANNE)
    assert store.runs.request(run_id, ANNE, "pause")
    assert store.runs.take("w") is None
    assert store.runs.request(run_id, ANNE, "step")
    stepped = store.runs.get(run_id)
    assert stepped is not None and (stepped.state, stepped.mode) == ("queued", "step")
    assert store.runs.request(run_id, ANNE, "resume")
    resumed = store.runs.get(run_id)
    assert resumed is not None and (resumed.state, resumed.mode) == ("queued", "train")
    assert store.runs.request(run_id, ANNE, "stop")
    stopped = store.runs.get(run_id)
    assert stopped is not None and stopped.state == "stopped" and "before the first update" in stopped.message
    assert not store.runs.request(run_id, ANNE, "resume"), "what is over stays over"


def test_requests_of_a_running_run_wait_for_the_worker(store: Store) -> None:
    run_id = store.runs.submit(SPEC, ANNE)
    store.runs.take("w")
    assert store.runs.requests() == {}
    store.runs.request(run_id, ANNE, "pause")
    assert store.runs.requests() == {run_id: "pause"}
    assert store.runs.pause(run_id, 3, 0.5) == "paused"
    paused = store.runs.get(run_id)
    assert paused is not None and (paused.state, paused.update, paused.seconds) == ("paused", 3, 0.5)
    assert store.runs.requests() == {}


@pytest.mark.parametrize(
    ("meanwhile", "state", "mode"),
    [("resume", "queued", "train"), ("step", "queued", "step"), ("stop", "stopped", "train")],
)
def test_a_change_of_mind_while_it_pauses(store: Store, meanwhile: Any, state: str, mode: str) -> None:
    run_id = store.runs.submit(SPEC, ANNE)
    store.runs.take("w")
    store.runs.request(run_id, ANNE, "pause")
    store.runs.request(run_id, ANNE, meanwhile)
    assert store.runs.pause(run_id, 3, 0.5, heard="pause") == state
    run = store.runs.get(run_id)
    assert run is not None and (run.state, run.mode, run.request, run.message) == (state, mode, None, "")


@pytest.mark.parametrize(
    ("meanwhile", "state", "mode"),
    [
        (None, "queued", "step"),
        ("resume", "queued", "train"),
        ("step", "queued", "step"),
        ("pause", "paused", "step"),
        ("stop", "stopped", "step"),
    ],
)
def test_a_run_whose_worker_ended_before_it_had_begun_waits_again(
    store: Store, meanwhile: Any, state: str, mode: str
) -> None:
    run_id = store.runs.submit(SPEC, ANNE, start="step")
    store.runs.take("w")
    if meanwhile:
        store.runs.request(run_id, ANNE, meanwhile)
    store.runs.let_go(run_id, "another")
    taken = store.runs.get(run_id)
    assert taken is not None and taken.state == "running", "it is in this worker's hand"
    store.runs.let_go(run_id, "w")
    run = store.runs.get(run_id)
    assert run is not None
    assert (run.state, run.mode, run.request, run.worker) == (state, mode, None, None)
    assert (run.message == STOPPED_EARLY) == (state == "stopped")
    store.runs.submit(SPEC, ANNE)
    first = store.runs.take("w2")
    assert first is not None and (first.id == run_id) == (state == "queued"), "it waits where it waited"


def test_a_step_that_the_worker_has_heard_is_done(store: Store) -> None:
    run_id = store.runs.submit(SPEC, ANNE)
    store.runs.take("w")
    store.runs.request(run_id, ANNE, "step")
    assert store.runs.pause(run_id, 1, 0.5, heard="step") == "paused"


def test_stopped_while_it_pauses_before_the_first_update(store: Store) -> None:
    run_id = store.runs.submit(SPEC, ANNE)
    store.runs.take("w")
    store.runs.request(run_id, ANNE, "pause")
    store.runs.request(run_id, ANNE, "stop")
    assert store.runs.pause(run_id, 0, 0.5, heard="pause") == "stopped"
    run = store.runs.get(run_id)
    assert run is not None and run.message == STOPPED_EARLY


def test_a_worker_that_lost_its_run_changes_nothing(store: Store) -> None:
    run_id = store.runs.submit(SPEC, ANNE)
    store.runs.take("first")
    store.runs.pause(run_id, 1, 0.1)
    store.runs.request(run_id, ANNE, "resume")
    taken = store.runs.take("second")
    assert taken is not None and taken.worker == "second"
    lost: list[Callable[[], object]] = [
        lambda: store.runs.begin(run_id, 99, {}, worker="first"),
        lambda: store.runs.note_progress(run_id, 99, 9.9, worker="first"),
        lambda: store.runs.append(run_id, point(99), logits(0), worker="first"),
        lambda: store.runs.pause(run_id, 99, 9.9, worker="first"),
    ]
    for write in lost:
        with pytest.raises(RunLost):
            write()
    assert not store.runs.end(run_id, "failed", "mine", worker="first")
    assert store.runs.get(run_id) == taken and store.runs.events(run_id, 0) == []
    assert store.runs.append(run_id, point(2), None, worker="second") == 1
    assert store.runs.end(run_id, "finished", worker="second")


def test_two_tabs_of_one_learner(store: Store) -> None:
    """The second tab presses what the first has pressed already."""
    run_id = store.runs.submit(SPEC, ANNE)
    store.runs.take("w")
    assert store.runs.request(run_id, ANNE, "pause") and store.runs.request(run_id, ANNE, "pause")
    store.runs.pause(run_id, 1, 0.1)
    assert not store.runs.request(run_id, ANNE, "pause")
    assert store.runs.request(run_id, ANNE, "resume")
    assert store.runs.request(run_id, ANNE, "resume"), "it waits already"
    assert store.runs.request(run_id, ANNE, "stop") and not store.runs.request(run_id, ANNE, "stop")


def test_after_stop_nothing_else_is_heard(store: Store) -> None:
    run_id = store.runs.submit(SPEC, ANNE)
    store.runs.take("w")
    store.runs.request(run_id, ANNE, "stop")
    assert not store.runs.request(run_id, ANNE, "resume")
    assert store.runs.requests() == {run_id: "stop"}


def test_an_event_whose_answer_was_lost_is_not_added_twice(store: Store) -> None:
    run_id = store.runs.submit(SPEC, ANNE)
    store.runs.take("w")
    for update in (0, 1, 1, 2):
        store.runs.append(run_id, point(update), logits(0))
    assert [event["update"] for event in store.runs.events(run_id, 0)] == [0, 1, 2]
    assert [seq for seq, _ in store.runs.all_logits(run_id)] == [1, 2, 3]


def test_own_runs_newest_first(store: Store) -> None:
    ids = [store.runs.submit(SPEC, ANNE) for _ in range(3)]
    store.runs.submit(SPEC, BEN)
    assert [run.id for run in store.runs.of(ANNE)] == ids[::-1]


def test_learners_are_noted(store: Store) -> None:
    assert store.learners.get(ANNE) is None
    store.learners.seen(ANNE)
    first = store.learners.get(ANNE)
    store.runs.submit(SPEC, ANNE)
    second = store.learners.get(ANNE)
    assert first and second and first["created"] == second["created"] and second["seen"] >= first["seen"]


def test_facts(store: Store) -> None:
    assert store.facts.get("slots") is None
    store.facts.note("slots", 2)
    store.facts.note("slots", 3)
    assert store.facts.get("slots") == 3
    store.facts.note("slots", None)
    assert store.facts.get("slots") is None


def test_what_the_teacher_says_is_replaced_when_it_changes(store: Store) -> None:
    first = TeacherAnswers("mnist", "mnist", "d", "t", 0.9, 1000, np.ones((5, 10), np.float16))
    store.teachers.note(first)
    store.teachers.note(TeacherAnswers("mnist", "mnist", "d", "t", 0.1, 1000, np.zeros((5, 10), np.float16)))
    kept = store.teachers.answers("mnist", "mnist")
    assert kept is not None and kept.accuracy == 0.9 and (kept.logits == 1).all()
    store.teachers.note(TeacherAnswers("mnist", "mnist", "d", "other", 0.8, 1000, np.zeros((5, 10), np.float16)))
    changed = store.teachers.answers("mnist", "mnist")
    assert changed is not None and changed.accuracy == 0.8 and (changed.logits == 0).all()
    assert store.teachers.answers("mnist", "nobody") is None


def test_events_are_kept_as_they_are_passed_on(store: Store) -> None:
    run_id = store.runs.submit(SPEC, ANNE)
    store.runs.take("w")
    store.runs.append(run_id, point(1), None)
    state = store.runs.look(run_id, 0)
    assert state is not None and [json.loads(text) for text in state[1]] == store.runs.events(run_id, 0) != []


def test_ones_own_run_can_be_removed_for_good(store: Store) -> None:
    run_id, kept = finished(store), finished(store)
    weights_path(run_id).parent.mkdir(parents=True)
    weights_path(run_id).write_bytes(b"weights")
    with pytest.raises(NotYours):
        store.runs.remove(run_id, BEN)
    assert store.runs.remove(run_id, ANNE)
    assert store.runs.get(run_id) is None and store.runs.events(run_id, 0) == [] and store.runs.logits(run_id) is None
    assert not weights_path(run_id).exists()
    assert [run.id for run in store.runs.of(ANNE)] == [kept] and store.runs.events(kept, 0)
    with pytest.raises(UnknownRun):
        store.runs.remove(run_id, ANNE)


def test_a_run_that_goes_on_is_not_removed(store: Store) -> None:
    run_id = store.runs.submit(SPEC, ANNE)
    assert not store.runs.remove(run_id, ANNE)
    store.runs.take("w")
    assert not store.runs.remove(run_id, ANNE) and store.runs.get(run_id) is not None
