"""Leases: a run belongs to the machine that renews its lease, and to nobody when that ends."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import update

from app.store import Store
from app.store.leases import LEASE_SECONDS, TRIES, machine_id, slots
from app.store.tables import machines
from tests.store.stored import ANNE, BEN, SPEC, logits, point

SLOTS = 2


def now(store: Store, run_id: str) -> tuple[str, str]:
    run = store.runs.get(run_id)
    assert run is not None
    return run.state, run.message


def later(store: Store, seconds: float, *names: str) -> None:
    """As if so much time had passed since these machines renewed their leases, or got them."""
    with store.database.write() as db:
        passed = {"since": machines.c.since - seconds, "until": machines.c.until - seconds}
        db.execute(update(machines).where(machines.c.id.in_(names)).values(**passed))


def begun(store: Store, learner: str, worker: str, machine: str) -> str:
    """A run that a worker of a machine trains."""
    run_id = store.runs.submit(SPEC, learner)
    taken = store.runs.take(worker, machine)
    assert taken is not None and taken.id == run_id
    store.runs.begin(run_id, 10, {}, worker=worker)
    return run_id


def test_runs_of_other_machines_go_on_when_a_runner_starts_or_stops(store: Store) -> None:
    store.machines.renew("one", SLOTS)
    run_id = begun(store, ANNE, "one-1", "one")
    assert store.machines.renew("two", SLOTS) == 0
    store.machines.release("two")
    assert now(store, run_id)[0] == "running"
    store.machines.release("one")
    state, message = now(store, run_id)
    assert state == "interrupted" and "Start it again" in message


def test_a_new_runner_ends_what_the_old_one_of_its_machine_left(store: Store) -> None:
    store.machines.renew("one", SLOTS)
    left, queued = begun(store, ANNE, "one-1", "one"), store.runs.submit(SPEC, BEN)
    assert store.machines.renew("one", SLOTS) == 1
    assert now(store, left)[0] == "interrupted" and now(store, queued)[0] == "queued"


def test_what_a_machine_has_in_hand_it_keeps_and_what_it_does_not_know_of_is_free(store: Store) -> None:
    store.machines.renew("one", SLOTS)
    known = begun(store, ANNE, "one-1", "one")
    store.runs.submit(SPEC, BEN)
    unknown = store.runs.take("one-2", "one")  # as where the answer to `take` was lost
    assert unknown is not None and store.machines.renew("one", SLOTS, ["one-1"]) == 1
    assert now(store, known)[0] == "running" and now(store, unknown.id)[0] == "queued"


def test_a_lease_that_ran_out_frees_the_runs_of_its_machine(store: Store) -> None:
    store.machines.renew("one", SLOTS)
    trained = begun(store, ANNE, "one-1", "one")
    store.runs.append(trained, point(3), logits(0), worker="one-1")
    store.runs.submit(SPEC, BEN)
    waits = store.runs.take("one-2", "one")
    store.machines.renew("two", SLOTS)
    later(store, LEASE_SECONDS - 1, "one", "two")
    assert store.machines.renew("two", SLOTS) == 0, "it may still come back"
    later(store, 2, "one", "two")
    assert store.machines.renew("two", SLOTS) == 2
    assert waits is not None and now(store, waits.id)[0] == "queued", "it had not begun"
    assert now(store, trained)[0] == "interrupted" and store.runs.events(trained, 0), "its numbers are kept"
    again = store.runs.take("two-1", "two")
    assert again is not None and again.id == waits.id


def test_after_a_time_without_the_database_nobody_is_judged_at_once(store: Store) -> None:
    for name in ("one", "two"):
        store.machines.renew(name, SLOTS)
    run_id = begun(store, ANNE, "one-1", "one")
    later(store, 10 * LEASE_SECONDS, "one", "two")
    assert store.machines.renew("two", SLOTS) == 0
    store.machines.renew("one", SLOTS, ["one-1"])
    later(store, LEASE_SECONDS - 1, "two")
    later(store, 1, "one")
    store.machines.renew("two", SLOTS)
    assert now(store, run_id)[0] == "running"


def test_jobs_of_other_machines_go_on_and_those_of_a_lost_one_end(store: Store) -> None:
    for name, data in (("one", "cifar10"), ("two", "mnist-full")):
        store.machines.renew(name, SLOTS)
        store.jobs.request(data, "teach")
        assert store.jobs.take("teach", name)
    store.machines.renew("two", SLOTS, ["mnist-full"])
    assert [job.state for data in ("cifar10", "mnist-full") if (job := store.jobs.get(data))] == ["running"] * 2
    later(store, LEASE_SECONDS - 1, "two")
    later(store, LEASE_SECONDS + 1, "one")
    store.machines.renew("two", SLOTS, ["mnist-full"])
    later(store, 2, "two")
    store.machines.renew("two", SLOTS, ["mnist-full"])
    lost, goes_on = store.jobs.get("cifar10"), store.jobs.get("mnist-full")
    assert lost and lost.state == "failed" and "Try again" in lost.message
    assert goes_on and goes_on.state == "running"


@pytest.mark.parametrize("restarted", [True, False])
def test_a_download_that_is_still_arriving_waits_again(store: Store, restarted: bool) -> None:
    """It goes on where it broke off. One whose work was begun is not: else what ends a server ends it at each start."""
    store.machines.renew("one", SLOTS)
    for data, done in (("cifar10", 84), ("mnist-full", 0), ("fashion-full", 170)):
        store.jobs.request(data, "fetch")
        store.jobs.take("fetch", "one")
        store.jobs.set(data, done=done, total=170 if done else 0, message="1.0 MB/s, about 2 minutes left")
    if restarted:
        store.machines.release("one")
    else:
        store.machines.renew("one", SLOTS)
    ends = {data: job for data in ("cifar10", "mnist-full", "fashion-full") if (job := store.jobs.get(data))}
    assert {data: job.state for data, job in ends.items()} == {
        "cifar10": "queued",
        "mnist-full": "queued",
        "fashion-full": "failed",
    }
    assert (ends["cifar10"].done, ends["cifar10"].message) == (84, "")
    assert "Start it again" in ends["fashion-full"].message
    assert {job.data for job in (store.jobs.take("fetch", "one"), store.jobs.take("fetch", "one")) if job} == {
        "cifar10",
        "mnist-full",
    }


def test_a_download_that_was_cancelled_stays_so(store: Store) -> None:
    store.machines.renew("one", SLOTS)
    store.jobs.request("cifar10", "fetch")
    store.jobs.take("fetch", "one")
    store.jobs.set("cifar10", state="cancelled")
    store.machines.release("one")
    assert (job := store.jobs.get("cifar10")) and job.state == "cancelled"


def test_a_run_of_no_machine_is_not_for_ever(store: Store) -> None:
    run_id = store.runs.submit(SPEC, ANNE)
    store.runs.take("worker-7-1")  # as an earlier version left it
    store.machines.renew("one", SLOTS)
    later(store, LEASE_SECONDS - 1, "one")
    store.machines.renew("one", SLOTS)
    later(store, LEASE_SECONDS - 1, "one")
    store.machines.renew("one", SLOTS)
    assert now(store, run_id)[0] == "queued"


def test_a_run_that_ends_every_machine_is_given_up(store: Store) -> None:
    run_id = store.runs.submit(SPEC, ANNE)
    for _ in range(TRIES):
        assert store.runs.take("one-1", "one")
        store.machines.renew("one", SLOTS)
    assert now(store, run_id)[0] == "interrupted"


def test_a_run_that_begins_has_all_its_tries_again(store: Store) -> None:
    run_id = store.runs.submit(SPEC, ANNE, start="step")
    for _ in range(2 * TRIES):
        assert store.runs.take("one-1", "one")
        store.runs.begin(run_id, 10, {}, worker="one-1")
        store.runs.pause(run_id, 1, 0.1, worker="one-1")
        store.runs.request(run_id, ANNE, "step")
    assert now(store, run_id)[0] == "queued"


def test_slots_of_all_machines_count(store: Store) -> None:
    def count() -> int:
        with store.database.read() as db:
            return slots(db)

    assert count() == 0
    for name in ("one", "two"):
        store.machines.renew(name, SLOTS)
    assert count() == 2 * SLOTS
    later(store, LEASE_SECONDS + 1, "one")
    assert count() == SLOTS
    store.machines.release("two")
    assert count() == 0


def test_two_processes_that_start_at_once_agree_on_the_id(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def another_is_faster(size: int) -> str:
        (home / "machine").write_text("of the other")
        return "ab" * size

    monkeypatch.setattr("secrets.token_hex", another_is_faster)
    machine_id()
    assert (home / "machine").read_text() == "of the other"


def test_the_id_of_a_machine(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "annes-laptop"
    monkeypatch.setattr("platform.node", lambda: name)
    first = machine_id()
    assert machine_id() == first and name not in first
    shutil.copytree(home, tmp_path / "copy")
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path / "copy"))
    name = "bens-laptop"
    assert machine_id() != first, "a copy of a machine is another one"
    name = "annes-laptop"
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path / "another"))
    assert machine_id() != first, "two containers may have one name"
