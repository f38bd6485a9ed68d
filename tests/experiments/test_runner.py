"""The runner with real worker processes (the tiny engine: no torch), killed, paused and overtaken."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.experiments.lock import FileLock, is_free, lock_path
from app.experiments.runner import STARTING, TAKEN, Runner, cores, start_process
from app.store import DiskFull, Store
from tests.experiments.examples import json_of, parcels, spec
from tests.experiments.running import ANNE, BEN, SLOW, begun, fetched, paused_at, pids, running, state
from tests.files import checkpoint_path
from tests.waiting import PATIENCE, wait_for


@pytest.fixture
def runner(store: Store) -> Iterator[Runner]:
    with running(store, slots=2) as started:
        yield started


def test_a_life_of_runs(runner: Runner, store: Store) -> None:
    """Train, pause, go on, step, stop, fail: with two workers that stay the same throughout."""
    wait_for(lambda: len(pids(runner)) == 2)
    workers = pids(runner)

    quick = store.runs.submit(json_of(), ANNE)
    assert wait_for(state(store, quick, "finished")).update == 10

    slow = store.runs.submit(json_of(**SLOW), ANNE)
    wait_for(begun(store, slow))
    store.runs.request(slow, ANNE, "pause")
    paused = wait_for(state(store, slow, "paused"))
    assert checkpoint_path(slow).exists() and 0 <= paused.update < paused.updates
    after_pause = store.runs.submit(json_of(), BEN)
    wait_for(state(store, after_pause, "finished"))

    store.runs.request(slow, ANNE, "step")
    wait_for(paused_at(store, slow, paused.update + 1))

    store.runs.request(slow, ANNE, "resume")
    wait_for(state(store, slow, "running"))
    store.runs.request(slow, ANNE, "stop")
    assert wait_for(state(store, slow, "stopped")).update > paused.update
    assert not checkpoint_path(slow).exists()

    failing = store.runs.submit(json_of(student="cnn-35k"), ANNE)
    assert wait_for(state(store, failing, "failed")).message == "The training failed (RuntimeError)."
    assert pids(runner) == workers, "nobody had to be replaced"


def test_while_the_workers_start_the_page_is_told(store: Store) -> None:
    store.facts.note("runner", "something old")
    with running(store, worker=(sys.executable, "-c", "import sys; sys.stdin.read()")):
        wait_for(lambda: store.facts.get("runner") == STARTING)


def test_a_worker_that_never_gets_ready_is_replaced(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.experiments.runner.START_SECONDS", 0.3)
    with running(store, worker=(sys.executable, "-c", "import sys; sys.stdin.read()")) as runner:
        first = wait_for(lambda: runner.crew and runner.crew[0].process.pid)
        wait_for(lambda: bool(runner.crew) and runner.crew[0].process.pid != first)


def test_workers_that_rest_too_long_go(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.experiments.runner.REST_SECONDS", 0.2)
    monkeypatch.setattr("app.experiments.runner.IDLE_WORKERS", 1)
    with running(store, slots=2) as runner:
        slow = store.runs.submit(json_of(**SLOW), ANNE)
        wait_for(begun(store, slow))
        wait_for(lambda: len(pids(runner)) == 2)
        store.runs.request(slow, ANNE, "stop")
        wait_for(lambda: len(runner.crew) == 1)
        wait_for(state(store, slow, "stopped"))


def test_train_pressed_five_times_and_a_sweep_in_cohorts_beside_each_other(runner: Runner, store: Store) -> None:
    ids = [store.runs.submit(json_of(seeds=(n,)), ANNE) for n in range(5)]
    assert all(wait_for(state(store, run_id, "finished")) for run_id in ids)
    assert len(set(ids)) == 5

    cohorts = [[json_of(temperature=t, alpha=a) for a in (0.5, 0.9)] for t in (2.0, 4.0, 8.0)]
    sweep = store.sweeps.submit("{}", parcels(cohorts), ANNE)
    wait_for(lambda: cell_states(store, sweep) == ["finished"] * 6)
    hands = [run.worker for run, _ in store.sweeps.runs(sweep)]
    assert hands == [None] * 6


def test_no_more_trainings_than_slots_and_a_place_for_the_rest(store: Store) -> None:
    with running(store) as runner:
        wait_for(lambda: pids(runner))
        first, second = store.runs.submit(json_of(**SLOW), ANNE), store.runs.submit(json_of(**SLOW), ANNE)
        third = store.runs.submit(json_of(), BEN)
        wait_for(begun(store, first))
        third_place, second_place = store.runs.place(third), store.runs.place(second)
        assert third_place and second_place and (third_place[0], second_place[0]) == (1, 2)
        assert third_place[1] and second_place[1] and 0 < third_place[1] <= second_place[1]
        assert len(runner.crew) == 1
        store.runs.request(first, ANNE, "pause")
        wait_for(state(store, third, "finished"))
        wait_for(begun(store, second))
        store.runs.request(second, ANNE, "stop")
        wait_for(state(store, second, "stopped"))


def test_a_killed_worker_and_one_that_ends_by_itself_are_a_sentence_and_replaced(store: Store) -> None:
    with running(store) as runner:
        run_id = store.runs.submit(json_of(**SLOW), ANNE)
        wait_for(begun(store, run_id))
        dead = pids(runner)
        runner.crew[0].process.kill()
        ended = wait_for(state(store, run_id, "interrupted"))
        assert ended.message == "The process that trained this run ended. Start it again: same settings, same seeds."
        assert store.runs.events(run_id, 0), "its numbers are kept"
        again = store.runs.submit(spec(), ANNE)
        wait_for(state(store, again, "finished"))
        assert pids(runner) and pids(runner) != dead
        by_itself = store.runs.submit(json_of(student="cnn-large"), ANNE)  # whose worker ends
        assert "Start it again" in wait_for(state(store, by_itself, "interrupted")).message


@pytest.mark.skipif(not hasattr(signal, "SIGSTOP"), reason="no way here to make a process hear nothing")
def test_a_run_handed_to_a_worker_that_just_died_goes_to_the_next(store: Store) -> None:
    with running(store) as runner:
        wait_for(lambda: len(pids(runner)) == 1)
        run_id = store.runs.submit(json_of(), ANNE, start="step")
        wait_for(paused_at(store, run_id, 1))
        wait_for(lambda: not runner.crew[0].runs)  # else it would be stopped before it can say that it is free
        process = runner.crew[0].process
        os.kill(process.pid, signal.SIGSTOP)
        store.runs.request(run_id, ANNE, "step")
        wait_for(state(store, run_id, "running"))
        process.kill()
        wait_for(paused_at(store, run_id, 2))


def test_a_run_whose_workers_all_die_before_it_does_not_wait_for_ever(store: Store) -> None:
    deaf = (sys.executable, "-c", "print('{\"ready\": 1}', flush=True); input()")
    with running(store, worker=deaf):
        run_id = store.runs.submit(json_of(), ANNE)
        assert "Start it again" in wait_for(state(store, run_id, "interrupted")).message


def test_a_worker_that_hears_nothing_is_killed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.experiments.runner.STOP_GRACE", 0.3)
    with running(store):
        run_id = store.runs.submit(json_of(student="cnn-140k"), ANNE)
        wait_for(state(store, run_id, "running"))
        store.runs.request(run_id, ANNE, "stop")
        assert "before the first update" in wait_for(state(store, run_id, "stopped")).message


def test_a_worker_that_forgets_the_time_is_killed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.experiments.runner.CAP_GRACE", 0.3)
    with running(store, limit=0.3):
        run_id = store.runs.submit(json_of(student="cnn-140k"), ANNE)
        assert "longest that a run may take" in wait_for(state(store, run_id, "stopped")).message


def test_a_worker_that_cannot_start_is_told(store: Store) -> None:
    command = (sys.executable, "-c", "import sys; print('no torch here', file=sys.stderr); sys.exit(1)")
    with running(store, worker=command):
        sentence = wait_for(lambda: (told := store.facts.get("runner")) != STARTING and told)
        assert sentence == "The training process cannot start (no torch here). Runs wait until it can."


def test_an_end_that_the_store_cannot_note_is_noted_later(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    full, refused = Store(), []
    real = full.runs.end

    def full_once(*args: Any, **kwargs: Any) -> bool:
        refused.append(args)
        if len(refused) == 1:
            raise DiskFull
        return real(*args, **kwargs)

    monkeypatch.setattr(full.runs, "end", full_once)
    with running(full) as runner:
        run_id = store.runs.submit(json_of(**SLOW), ANNE)
        wait_for(begun(store, run_id))
        runner.crew[0].process.kill()
        wait_for(state(store, run_id, "interrupted"))
        assert len(refused) >= 2
    full.close()


def test_downloads_one_at_a_time_beside_the_runs(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.experiments.jobs.CANCEL_GRACE", 60.0)  # also on a busy machine it has its moment
    with running(store):
        store.jobs.request("cifar10", "fetch")
        store.jobs.request("mnist-full", "fetch")
        wait_for(lambda: (row := store.jobs.get("cifar10")) is not None and row.done == 1)
        waiting = store.jobs.get("mnist-full")
        assert waiting and waiting.state == "queued"
        quick = store.runs.submit(json_of(), ANNE)
        wait_for(state(store, quick, "finished"))
        store.jobs.set("cifar10", state="cancelled")
        wait_for(fetched(store, "mnist-full", "finished"))
        cancelled = store.jobs.get("cifar10")
        assert cancelled and cancelled.state == "cancelled"
        assert store.facts.get("cleared"), "it had its moment"
        store.jobs.request("fashion-full", "fetch")
        assert "Start it again" in wait_for(fetched(store, "fashion-full", "failed")).message


def test_a_cancelled_download_that_hears_nothing_is_killed(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.experiments.jobs.CANCEL_GRACE", 0.1)
    store.facts.note("deaf", True)
    with running(store) as runner:
        store.jobs.request("cifar10", "fetch")
        wait_for(lambda: (row := store.jobs.get("cifar10")) is not None and row.done == 1)
        store.jobs.set("cifar10", state="cancelled")
        wait_for(lambda: not runner._jobs.data)


def test_a_download_that_is_asked_for_again_starts_again(store: Store) -> None:
    """Even where the runner has never seen that it was cancelled."""
    with running(store) as runner:
        store.jobs.request("cifar10", "fetch")
        wait_for(lambda: (row := store.jobs.get("cifar10")) is not None and row.done == 1)
        first = runner._jobs._going["fetch"].process
        store.jobs.set("cifar10", state="cancelled")
        store.jobs.request("cifar10", "fetch")
        wait_for(lambda: first.poll() is not None)
        row = wait_for(fetched(store, "cifar10", "running", "failed"))
        assert row.state == "running"
        store.jobs.set("cifar10", state="cancelled")


def test_a_dead_worker_does_not_end_a_run_that_another_has(store: Store) -> None:
    runner = Runner(store, slots=1)
    run_id = store.runs.submit(json_of(), ANNE)
    assert store.runs.take("another")
    runner._unended[run_id, "the dead one"] = ("interrupted", "gone")
    runner._note_ends()
    assert not runner._unended
    run = store.runs.get(run_id)
    assert run is not None and run.state == "running"


def test_old_runs_make_room(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.experiments.runner.PRUNE_SECONDS", 0.1)
    with running(store):
        run_id = store.runs.submit(json_of(), ANNE)
        wait_for(state(store, run_id, "finished"))
        monkeypatch.setenv("DISTILLERY_HOME_BYTES", "1")
        wait_for(lambda: store.runs.get(run_id) is None)


def test_an_error_in_a_round_ends_no_training(
    store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    swept: list[object] = []

    def sweep(images: object) -> None:
        swept.append(images)
        raise PermissionError("The folder of images cannot be listed.")

    monkeypatch.setattr("app.experiments.runner.PRUNE_SECONDS", 0.1)
    monkeypatch.setattr(type(store.images), "sweep", sweep)
    with running(store):
        run_id = store.runs.submit(json_of(), ANNE)
        wait_for(state(store, run_id, "finished"))
        wait_for(lambda: len(swept) >= 2)
    assert "The folder of images cannot be listed." in capsys.readouterr().err


def test_when_the_runner_ends_its_workers_end(store: Store) -> None:
    with running(store, slots=2) as runner:
        wait_for(lambda: len(pids(runner)) == 2)
        run_id = store.runs.submit(json_of(**SLOW), ANNE)
        wait_for(begun(store, run_id))
        processes = [crew.process for crew in runner.crew]
    assert all(process.poll() is not None for process in processes)
    ended = store.runs.get(run_id)
    assert ended and ended.state == "interrupted"


def test_a_runner_of_another_machine_leaves_runs_alone(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    with running(store) as runner:
        run_id = store.runs.submit(json_of(**SLOW), ANNE)
        wait_for(begun(store, run_id))
        monkeypatch.setattr("app.experiments.runner.machine_id", lambda: "another")
        with running(store) as other:
            wait_for(lambda: pids(other))
            run = store.runs.get(run_id)
            assert run is not None and run.worker is not None and run.worker.startswith(runner.machine)
        run = store.runs.get(run_id)
        assert run is not None and run.state == "running"


def test_a_run_whose_handing_out_was_not_heard_of_waits_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.experiments.runner.RENEW_SECONDS", 0.05)
    with running(store, worker=(sys.executable, "-c", "import sys; sys.stdin.read()")) as runner:
        run_id = store.runs.submit(json_of(), ANNE)
        assert store.runs.take("nobody", runner.machine)
        wait_for(state(store, run_id, "queued"))


def test_one_runner_per_home(store: Store) -> None:
    lock = FileLock(lock_path())
    assert lock.take() and not is_free(lock_path())
    command = (sys.executable, "-m", "tests.experiments.tiny_runner", "60")
    with start_process(command) as second:
        assert second.wait(PATIENCE) == TAKEN
    lock.give_back()
    assert is_free(lock_path())


def test_the_lock_ends_with_its_process(home: Path) -> None:
    holder = "import sys; from app.experiments.lock import *; FileLock(lock_path()).take(); print(1); sys.stdin.read()"
    with start_process((sys.executable, "-c", holder), stdout=subprocess.PIPE) as process:
        assert process.stdout and process.stdout.readline().strip() == "1"
        assert not is_free(lock_path())
        process.kill()
    assert wait_for(lambda: is_free(lock_path()))


def test_as_many_slots_as_cores() -> None:
    assert 1 <= cores() <= (os.cpu_count() or 1)


def test_a_process_of_ours_has_our_home_and_few_threads(home: Path) -> None:
    report = "import os, app; print(os.environ['OMP_NUM_THREADS'], os.environ['DISTILLERY_HOME'])"
    with start_process((sys.executable, "-c", report), stdout=subprocess.PIPE, low=True) as process:
        out, _ = process.communicate(timeout=PATIENCE)
    assert out.split() == ["1", str(home.resolve())]


def cell_states(store: Store, sweep: str) -> list[str]:
    return [run.state for run, _ in store.sweeps.runs(sweep)]


def test_a_dead_worker_ends_every_run_of_its_cohort_and_the_sweep_goes_on(store: Store) -> None:
    with running(store, slots=1) as runner:
        slow = [json_of(**SLOW, temperature=t) for t in (2.0, 4.0)]
        sweep = store.sweeps.submit("{}", parcels([slow, [json_of()]]), ANNE)
        cell = store.sweeps.runs(sweep)[1][0]
        wait_for(begun(store, cell.id))
        runner.crew[0].process.kill()
        wait_for(lambda: cell_states(store, sweep) == ["interrupted", "interrupted", "finished"])
        ended = store.runs.get(cell.id)
        assert ended is not None and "Start it again" in ended.message and store.runs.events(cell.id, 0)


def test_a_cell_can_be_stopped_and_then_all_of_the_sweep(store: Store) -> None:
    with running(store, slots=1) as runner:
        slow = [json_of(**SLOW, temperature=t) for t in (2.0, 4.0)]
        sweep = store.sweeps.submit("{}", parcels([slow, slow[:1]]), ANNE)
        first, second, _ = (run for run, _ in store.sweeps.runs(sweep))
        wait_for(begun(store, first.id))
        worker = pids(runner)
        assert store.runs.request(second.id, ANNE, "stop")
        wait_for(state(store, second.id, "stopped"))
        assert cell_states(store, sweep) == ["running", "stopped", "queued"]
        store.sweeps.stop(sweep, ANNE)
        wait_for(lambda: cell_states(store, sweep) == ["stopped"] * 3)
        assert pids(runner) == worker, "the worker obeyed and lives on"
