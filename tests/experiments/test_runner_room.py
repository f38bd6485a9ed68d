"""The runner where there is no room: on the disk, or for another process."""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from app.experiments.runner import DISK_FULL, STARTING, start_process
from app.store import DiskFull, Store, reserve
from tests.experiments.examples import json_of
from tests.experiments.running import ANNE, fetched, running, state
from tests.waiting import wait_for


def test_on_a_full_disk_what_waits_is_told_and_begins_when_there_is_room(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = [0]
    monkeypatch.setattr("app.store.reserve.shutil.disk_usage", lambda _path: SimpleNamespace(free=free[0]))
    monkeypatch.setattr("app.experiments.runner.RETRY_SECONDS", 0.05)
    with running(store):
        run_id = store.runs.submit(json_of(), ANNE)
        wait_for(lambda: store.facts.get("runner") == DISK_FULL)
        waiting = store.runs.get(run_id)
        assert waiting is not None and waiting.state == "queued" and not (home / reserve.NAME).exists()
        free[0] = reserve.ENOUGH
        wait_for(state(store, run_id, "finished"))
        assert store.facts.get("runner") is None and (home / reserve.NAME).exists()


def test_a_disk_that_is_full_when_a_run_is_taken_gives_room_to_say_so(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def take(*_args: Any) -> None:
        raise DiskFull

    full = Store()
    monkeypatch.setattr(full.runs, "take", take)
    monkeypatch.setattr("app.experiments.runner.RETRY_SECONDS", 0.05)
    with running(full):
        wait_for((home / reserve.NAME).exists)
        monkeypatch.setattr("app.store.reserve.shutil.disk_usage", lambda _path: SimpleNamespace(free=0))
        store.runs.submit(json_of(), ANNE)
        wait_for(lambda: store.facts.get("runner") == DISK_FULL)
    full.close()


def test_a_full_disk_of_the_stores_server_costs_this_one_nothing_and_is_said(
    store: Store, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Room on this disk would help nobody: the reserve would be given up and written anew at every try."""
    tries: list[int] = []

    def take(*_args: Any) -> None:
        tries.append((home / reserve.NAME).stat().st_mtime_ns)
        raise DiskFull

    full = Store()
    monkeypatch.setattr("app.store.reserve.default_url", lambda: "postgresql://name@server/database")
    monkeypatch.setattr(full.runs, "take", take)
    monkeypatch.setattr("app.experiments.runner.RETRY_SECONDS", 0.05)
    with running(full):
        store.runs.submit(json_of(), ANNE)
        wait_for(lambda: store.facts.get("runner") == DISK_FULL)
        wait_for(lambda: len(tries) > 3)
    full.close()
    assert len(set(tries)) == 1


@dataclass
class Refusing:
    """Processes of a module cannot be started while `now` holds. tried: how often it was refused."""

    what: str
    now: bool = True
    tried: int = 0

    def __call__(self, command: Sequence[str], **options: Any) -> Any:
        if self.now and any(self.what in part for part in command):
            self.tried += 1
            raise OSError(errno.EMFILE, "Too many open files")
        return start_process(command, **options)


@pytest.fixture
def refuse(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Refusing]:
    def refusing(what: str) -> Refusing:
        start = Refusing(what)
        monkeypatch.setattr("app.experiments.runner.start_process", start)
        return start

    monkeypatch.setattr("app.experiments.runner.FAILED_STARTS", 2)
    monkeypatch.setattr("app.experiments.runner.LONGEST_PAUSE", 0.1)
    return refusing


def test_no_room_for_another_process(
    store: Store, refuse: Callable[[str], Refusing], capsys: pytest.CaptureFixture[str]
) -> None:
    start = refuse("tiny_worker")
    with running(store):
        run_id = store.runs.submit(json_of(), ANNE)
        told = wait_for(lambda: (said := store.facts.get("runner")) != STARTING and said)
        assert told == "The training process cannot start (Too many open files). Runs wait until it can."
        start.now = False
        wait_for(state(store, run_id, "finished"))
        assert store.facts.get("runner") is None
    assert start.tried >= 2 and "Too many open files" in capsys.readouterr().err


def test_no_room_for_a_download_now(store: Store, refuse: Callable[[str], Refusing]) -> None:
    start = refuse("tiny_prepare")
    with running(store):
        store.jobs.request("mnist-full", "fetch")
        wait_for(lambda: start.tried >= 2)
        run_id = store.runs.submit(json_of(), ANNE)
        wait_for(state(store, run_id, "finished"))
        row = store.jobs.get("mnist-full")
        assert row and row.state == "queued" and store.facts.get("runner") is None
        start.now = False
        wait_for(fetched(store, "mnist-full", "finished"))
