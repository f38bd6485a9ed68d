"""A runner with real worker processes in a thread of a test, and what one waits for: the tiny engine, no torch."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from app.experiments.jobs import COMMANDS
from app.experiments.runner import Runner
from app.store import Job, Run, Store
from tests.waiting import PATIENCE

ANNE, BEN = "a" * 24, "b" * 24
SLOW = {"student": "cnn-2k", "epochs": 100, "labels": 4000}


@contextmanager
def running(store: Store, *, slots: int = 1, limit: float = 60.0, **options: Any) -> Iterator[Runner]:
    """A runner in a thread of ours."""
    worker = options.pop("worker", (sys.executable, "-m", "tests.experiments.tiny_worker", str(limit)))
    jobs = COMMANDS | {"fetch": (sys.executable, "-m", "tests.experiments.tiny_prepare")}
    runner = Runner(store, slots=slots, worker=worker, jobs=jobs, limit_seconds=limit, **options)
    thread = threading.Thread(target=runner.run)
    thread.start()
    try:
        yield runner
    finally:
        runner.stop()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def state(store: Store, run_id: str, *states: str) -> Callable[[], Run | None]:
    """Whether a run is in one of these states."""

    def look() -> Run | None:
        run = store.runs.get(run_id)
        return run if run is not None and run.state in states else None

    return look


def paused_at(store: Store, run_id: str, update: int) -> Callable[[], bool]:
    """Whether a run is paused after `update`."""

    def look() -> bool:
        run = store.runs.get(run_id)
        return run is not None and run.state == "paused" and run.update == update

    return look


def fetched(store: Store, data: str, *states: str) -> Callable[[], Job | None]:
    """Whether a download is in one of these states."""

    def look() -> Job | None:
        row = store.jobs.get(data)
        return row if row is not None and row.state in states else None

    return look


def begun(store: Store, run_id: str) -> Callable[[], bool]:
    return lambda: bool(store.runs.events(run_id, 0))


def pids(runner: Runner) -> list[int]:
    return [crew.process.pid for crew in runner.crew if crew.ready]
