"""One run in a worker, with the tiny engine and in this process; `test_runner.py` has the processes."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.catalog.pack import PackError
from app.experiments.worker.engine import Training
from app.experiments.worker.stretch import (
    CHECKPOINT_GONE,
    NO_ROOM,
    OLDER_ENGINE,
    OTHER_MATERIAL,
    Losses,
    Stretch,
    plain,
)
from app.store import DiskFull, Store, StoreBusy, StoreError, StoreUnavailable, files, reserve
from app.store.errors import is_out_of_memory
from tests.experiments.examples import METRICS, SEEDS, Text
from tests.experiments.one_run import LEARNER, Asking, again, again_by, asked, now, taken
from tests.experiments.tiny_engine import SHOWN, TinyEngine, TinyTraining
from tests.files import checkpoint_path, weights_path


def test_the_tiny_training_has_the_real_interface() -> None:
    from app.distillation.training import Training as Real

    names = [name for name in vars(Training) if not name.startswith("_")]
    assert all(hasattr(Real, name) and hasattr(TinyTraining, name) for name in names)


def test_a_run_to_its_end(store: Store) -> None:
    run = taken(store)
    assert Stretch([run], store, TinyEngine()).train().state == "finished"
    done = now(store, run)
    assert (done.state, done.update, done.updates, done.message) == ("finished", 10, 10, "")
    assert done.record["engine"] and done.record["torch"] and done.record["threads"] and done.seconds > 0
    events = store.runs.events(run.id, 0)
    assert [event["update"] for event in events] == list(range(11))
    assert events[4]["epoch"] == 2.0 and events[0]["losses"] == {"updates": []}
    for event in events:
        assert all(np.shape(event[name]) == (2, 3) for name in METRICS)
    assert [update for event in events for update in event["losses"]["updates"]] == list(range(1, 11))
    assert np.shape(events[3]["losses"]["hard"]) == (2, 3, 1)
    found = store.runs.logits(run.id)
    assert found is not None and found[0].shape == (2, 3, SHOWN, 10)
    assert weights_path(run.id).exists() and not checkpoint_path(run.id).exists()
    teacher = store.teachers.answers("mnist", "mnist")
    assert teacher is not None and teacher.accuracy == 0.99


def test_numbers_that_are_not_finite_become_null(store: Store) -> None:
    run = taken(store)
    Stretch([run], store, TinyEngine()).train()
    state = store.runs.look(run.id, 1)
    assert state is not None
    text = state[1][0]
    assert "NaN" not in text and json.loads(text)["losses"]["soft"][0][0] == [None]


def test_losses_are_rounded_and_transposed() -> None:
    losses = Losses()
    for update in (1, 2):
        losses.add(update, {"hard": np.array([[1 / 3, float("inf")]]) * update})
    assert losses.take() == {"updates": [1, 2], "hard": [[[0.3333, 0.6667], [None, None]]]}
    assert losses.take() == {"updates": []}
    assert plain([1 / 3, [float("nan")]], 2) == [0.33, [None]]


def test_pause_and_resume_are_bit_exact_and_keep_the_events(store: Store) -> None:
    whole = taken(store, epochs=20)
    Stretch([whole], store, TinyEngine()).train()
    run = taken(store, epochs=20)
    assert asked(store, run, 7, "pause") == "paused"
    paused = now(store, run)
    assert (paused.state, paused.update) == ("paused", 7) and checkpoint_path(run.id).exists()
    assert not weights_path(run.id).exists()
    assert store.runs.take("w") is None, "a paused run waits for its learner"
    Stretch([again(store, run, "resume")], store, TinyEngine()).train()
    assert now(store, run).state == "finished" and not checkpoint_path(run.id).exists()
    assert weights_path(run.id).read_bytes() == weights_path(whole.id).read_bytes()
    strip = [{k: e[k] for k in ("update", *METRICS)} for e in store.runs.events(run.id, 0) if e["update"] != 7]
    assert strip == [{k: e[k] for k in ("update", *METRICS)} for e in store.runs.events(whole.id, 0)]
    updates = [update for event in store.runs.events(run.id, 0) for update in event["losses"]["updates"]]
    assert updates == list(range(1, 41))
    assert [event["seq"] for event in store.runs.events(run.id, 0)] == list(range(1, 13))
    assert now(store, run).seconds >= paused.seconds


def test_one_update_at_a_time(store: Store) -> None:
    run = taken(store, "step", epochs=20)
    assert Stretch([run], store, TinyEngine()).train().state == "paused"
    assert [event["update"] for event in store.runs.events(run.id, 0)] == [0, 1]
    Stretch([again(store, run, "step")], store, TinyEngine()).train()
    assert now(store, run).state == "paused"
    assert [event["update"] for event in store.runs.events(run.id, 0)] == [0, 1, 2]


def test_stepping_to_the_end_ends_the_run(store: Store) -> None:
    run = taken(store, "step", epochs=1)
    Stretch([run], store, TinyEngine()).train()
    Stretch([again(store, run, "step")], store, TinyEngine()).train()
    assert now(store, run).state == "finished"


def test_a_step_of_a_running_run_pauses_it_after_one_more(store: Store) -> None:
    run = taken(store, epochs=20)
    assert asked(store, run, 5, "step") == "paused"
    assert now(store, run).update == 6 and store.runs.events(run.id, 0)[-1]["update"] == 6


def test_stop_keeps_the_numbers(store: Store) -> None:
    run = taken(store, epochs=20)
    assert asked(store, run, 7, "stop") == "stopped"
    stopped = now(store, run)
    assert (stopped.state, stopped.update, stopped.message) == ("stopped", 7, "")
    assert store.runs.events(run.id, 0)[-1]["update"] == 7 and weights_path(run.id).exists()


def test_cancelled_before_the_first_update(store: Store) -> None:
    run = taken(store)
    assert asked(store, run, 0, "stop") == "stopped"
    stopped = now(store, run)
    assert stopped.message == "Stopped before the first update, so there are no numbers."
    assert not weights_path(run.id).exists()


def test_pause_and_go_on_at_once(store: Store) -> None:
    run = taken(store, epochs=20)
    engine = Asking(5, "pause")
    engine.one = Stretch([run], store, engine)  # type: ignore[assignment]
    store.runs.request(run.id, LEARNER, "pause")
    store.runs.request(run.id, LEARNER, "resume")
    engine.one.train()  # type: ignore[attr-defined]
    assert now(store, run).state == "queued", "the learner went on before the worker had paused"
    again_taken = store.runs.take("w")
    assert again_taken is not None
    Stretch([again_taken], store, TinyEngine()).train()
    assert now(store, run).state == "finished"


def test_the_longest_time_a_run_may_take(store: Store) -> None:
    run = taken(store, student="cnn-2k", epochs=100)
    Stretch([run], store, TinyEngine(), limit_seconds=0.3).train()
    stopped = now(store, run)
    assert stopped.state == "stopped" and "the longest that a run may take" in stopped.message
    assert "The numbers so far are kept" in stopped.message
    assert stopped.update == store.runs.events(run.id, 0)[-1]["update"] > 0


def test_the_time_is_over_before_the_first_update(store: Store) -> None:
    run = taken(store)
    Stretch([run], store, TinyEngine(), limit_seconds=0.0).train()
    stopped = now(store, run)
    assert (stopped.state, stopped.update) == ("stopped", 0) and not weights_path(run.id).exists()
    assert "before its first update" in stopped.message and "kept" not in stopped.message


def test_between_far_points_it_says_how_far_it_is(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[int] = []
    progress = store.runs.note_progress

    def telling(run_id: str, done: int, seconds: float, **by: Any) -> None:
        told.append(done)
        progress(run_id, done, seconds, **by)

    monkeypatch.setattr(store.runs, "note_progress", telling)
    monkeypatch.setattr("app.experiments.worker.stretch.PROGRESS_SECONDS", 0.05)
    run = taken(store, student="cnn-2k", epochs=20)
    Stretch([run], store, TinyEngine()).train()
    assert told and not set(told) & {event["update"] for event in store.runs.events(run.id, 0)}


def test_earlier_stretches_count(store: Store) -> None:
    run = taken(store, student="cnn-2k", epochs=100)
    assert asked(store, run, 3, "pause") == "paused"
    Stretch([again(store, run, "resume")], store, TinyEngine(), limit_seconds=0.05).train()
    assert now(store, run).state == "stopped" and now(store, run).update == 3


@pytest.mark.parametrize("content", [None, b"", b"damaged"])
def test_a_checkpoint_that_is_gone_or_damaged(store: Store, content: bytes | None) -> None:
    run = taken(store, epochs=20)
    asked(store, run, 7, "pause")
    checkpoint_path(run.id).unlink()
    if content is not None:
        checkpoint_path(run.id).write_bytes(content)
    Stretch([again(store, run, "resume")], store, TinyEngine()).train()
    assert (now(store, run).state, now(store, run).message) == ("failed", CHECKPOINT_GONE)
    assert store.runs.events(run.id, 0), "its numbers are kept"


def test_a_run_that_an_earlier_version_paused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    run = taken(store, epochs=20)
    asked(store, run, 7, "pause")
    before = now(store, run).record
    monkeypatch.setattr("app.experiments.kinds.cohort.VERSION", before["engine"] + 1)
    assert Stretch([again(store, run, "resume")], store, TinyEngine()).train().state == "failed"
    ended = now(store, run)
    assert (ended.state, ended.message) == ("failed", OLDER_ENGINE)
    assert (ended.update, ended.record) == (7, before), "its numbers are those of the version that made them"
    assert not checkpoint_path(run.id).exists()


@pytest.mark.parametrize("name", ["data_digest", "teacher_digest"])
def test_images_or_a_teacher_that_changed_while_it_paused(store: Store, name: str) -> None:
    class Changed(TinyEngine):
        def begin(self, spec: Any) -> Any:
            prepared = super().begin(spec)
            prepared.record[name] = "another"
            return prepared

    run = taken(store, epochs=20)
    asked(store, run, 7, "pause")
    Stretch([again(store, run, "resume")], store, Changed()).train()
    assert (now(store, run).state, now(store, run).message) == ("failed", OTHER_MATERIAL)
    assert now(store, run).record["engine"], "its record stays"


@pytest.mark.parametrize("error", [StoreBusy(), StoreUnavailable("The store does not answer.")])
@pytest.mark.parametrize("write", ["note", "begin", "append", "note_progress", "pause", "end"])
def test_a_store_that_is_busy_or_away_delays_a_training_and_does_not_end_it(
    store: Store, monkeypatch: pytest.MonkeyPatch, write: str, error: StoreError
) -> None:
    part = store.runs if write != "note" else store.teachers
    real = getattr(part, write)
    refused: list[str] = []

    def busy_at_first(*args: Any, **kwargs: Any) -> Any:
        if len(refused) < 2:
            refused.append(write)
            raise error
        return real(*args, **kwargs)

    monkeypatch.setattr(part, write, busy_at_first)
    monkeypatch.setattr("app.store.patience.PATIENCE_PAUSE", 0.0)
    monkeypatch.setattr("app.experiments.worker.stretch.PROGRESS_SECONDS", 0.0)
    run = taken(store, epochs=20)
    assert asked(store, run, 7, "pause") == "paused"
    assert Stretch([again(store, run, "resume")], store, TinyEngine()).train().state == "finished"
    assert (now(store, run).state, refused) == ("finished", [write, write])


def test_a_store_that_stays_busy_is_given_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*args: Any, **kwargs: Any) -> Any:
        raise StoreBusy

    run = taken(store)
    monkeypatch.setattr(store.runs, "append", busy)
    monkeypatch.setattr("app.store.patience.PATIENCE_PAUSE", 0.0)
    monkeypatch.setattr("app.store.patience.PATIENCE_SECONDS", 0.05)
    Stretch([run], store, TinyEngine()).train()
    assert (now(store, run).state, now(store, run).message) == ("failed", str(StoreBusy()))


@pytest.mark.parametrize(("later", "state", "mode"), [("step", "queued", "step"), ("resume", "queued", "train")])
def test_what_is_asked_after_the_pause_was_heard(store: Store, later: Any, state: str, mode: str) -> None:
    class Late(TinyEngine):
        def save(self, tensors: dict[str, Any], path: Path, *, half: bool = False) -> None:
            if path == checkpoint_path(run.id):
                store.runs.request(run.id, LEARNER, later)  # the worker is past the point where it listens
            super().save(tensors, path)

    run = taken(store, epochs=20)
    one = Stretch([run], store, Late())
    store.runs.request(run.id, LEARNER, "pause")
    one.ask("pause")
    assert one.train().state == "paused"
    assert (now(store, run).state, now(store, run).mode) == (state, mode)


def test_a_step_that_was_made_is_not_made_again(store: Store) -> None:
    run = taken(store, epochs=20)
    store.runs.request(run.id, LEARNER, "step")
    one = Stretch([run], store, TinyEngine())
    one.ask("step")
    one.train()
    assert (now(store, run).state, now(store, run).update) == ("paused", 1)


def test_a_worker_whose_run_is_in_another_hand_changes_nothing(store: Store) -> None:
    run = taken(store, epochs=20)
    asked(store, run, 7, "pause")
    late = again(store, run, "resume")
    asked(store, late, 9, "pause")
    newer = again_by("other", store, run)

    class Failing(TinyEngine):
        def begin(self, spec: Any) -> Any:
            raise RuntimeError("secret detail")

    assert Stretch([late], store, TinyEngine()).train().state == "lost"
    Stretch([late], store, Failing()).train()
    assert now(store, run).state == "running" and now(store, run).update == 9
    assert Stretch([newer], store, TinyEngine()).train().state == "finished", "its checkpoint was left alone"


FAILURES = [
    (RuntimeError("secret detail"), "The training failed (RuntimeError)."),
    (PackError("The image pack mnist.npz is damaged."), "The image pack mnist.npz is damaged."),
    (MemoryError(), "There is not enough memory for these students. Choose smaller or fewer ones."),
    (
        RuntimeError(
            "[enforce fail at alloc_cpu.cpp:121] data. DefaultCPUAllocator: can't allocate memory: you tried to "
            "allocate 4000000000000000 bytes. Error code 12 (Cannot allocate memory)"
        ),
        "There is not enough memory for these students. Choose smaller or fewer ones.",
    ),
    (
        PermissionError(errno.EACCES, "Permission denied", "/secret/path"),
        "A file of this run cannot be read or written",
    ),
]


@pytest.mark.parametrize(("error", "sentence"), FAILURES)
def test_a_failure_becomes_a_sentence(
    store: Store, error: Exception, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    class Failing(TinyEngine):
        def begin(self, spec: Any) -> Any:
            raise error

    run = taken(store)
    assert Stretch([run], store, Failing()).train().state == "failed"
    failed = now(store, run)
    assert failed.state == "failed" and failed.message.startswith(sentence)
    assert "secret" not in failed.message and "Traceback" not in failed.message
    assert "Traceback" in capsys.readouterr().err, "the log has it"


def test_a_spec_that_this_version_does_not_know(store: Store) -> None:
    store.runs.submit(Text('{"data": "nothing"}'), LEARNER)
    run = store.runs.take("w")
    assert run is not None
    Stretch([run], store, TinyEngine()).train()
    assert now(store, run).state == "failed" and "is not an experiment" in now(store, run).message


def test_no_disk_space_for_the_checkpoint(store: Store) -> None:
    class Full(Asking):
        def save(self, tensors: dict[str, Any], path: Path, *, half: bool = False) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

    run = taken(store, epochs=20)
    engine = Full(7, "pause")
    engine.one = Stretch([run], store, engine)  # type: ignore[assignment]
    engine.one.train()  # type: ignore[attr-defined]
    stopped = now(store, run)
    assert stopped.state == "stopped" and "disk of the server is full" in stopped.message
    assert stopped.update == 7, "the numbers are kept"


def test_no_disk_space_for_an_event(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    append = store.runs.append

    def full(run_id: str, event: Any, logits: Any, **by: Any) -> int:
        if event["update"] > 3:
            raise DiskFull
        return append(run_id, event, logits, **by)

    monkeypatch.setattr(store.runs, "append", full)
    run = taken(store)
    outcome = Stretch([run], store, TinyEngine()).train()
    assert outcome.state == "stopped" and outcome.message == NO_ROOM
    assert now(store, run).state == "stopped" and now(store, run).update == 3


def test_on_a_full_disk_a_run_still_says_how_it_ended(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store can write nothing more: what a run had is kept, and its end has room that was kept for it."""
    append, end = store.runs.append, store.runs.end

    def full(run_id: str, event: Any, logits: Any, **by: Any) -> int:
        if event["update"] > 3:
            raise DiskFull
        return append(run_id, event, logits, **by)

    def has_room(*args: Any, **kwargs: Any) -> bool:
        if files.find(reserve.NAME):
            raise DiskFull
        return end(*args, **kwargs)

    monkeypatch.setattr(store.runs, "append", full)
    monkeypatch.setattr(store.runs, "end", has_room)
    assert reserve.keep()
    run = taken(store)
    Stretch([run], store, TinyEngine()).train()
    stopped = now(store, run)
    assert (stopped.state, stopped.update, stopped.message) == ("stopped", 3, NO_ROOM)
    assert "disk of the server is full" in NO_ROOM and "start it again" in NO_ROOM


def test_a_run_that_was_ended_by_somebody_else(store: Store) -> None:
    run = taken(store)
    store.runs.end(run.id, "interrupted", "gone")
    assert Stretch([run], store, TinyEngine()).train().state == "lost"
    assert now(store, run).message == "gone"


def test_seeds_and_arms_keep_their_order(store: Store) -> None:
    run = taken(store)
    Stretch([run], store, TinyEngine()).train()
    first = store.runs.events(run.id, 0)[0]["accuracy"]
    assert first == [[round(seed % 7 / 10, 6) for seed in SEEDS]] * 2


def test_torchs_own_error_is_recognised() -> None:
    import torch

    with pytest.raises(RuntimeError) as raised:
        torch.empty(10**15)
    assert is_out_of_memory(raised.value)
    assert not is_out_of_memory(RuntimeError("shapes do not fit"))
