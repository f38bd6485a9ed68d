"""The runner beside the web server: killed, doubled, ended. Real processes, the tiny engine."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from app.catalog import paths
from app.experiments import runner
from app.experiments.lock import is_free, lock_path
from app.server import supervisor as live_module
from app.server.supervisor import Supervisor, lifespan
from app.store import Store
from tests.experiments.examples import json_of
from tests.experiments.running import state
from tests.waiting import wait_for

COMMAND = (sys.executable, "-m", "tests.experiments.tiny_runner", "60")
ANNE = "a" * 24
SLOW = {"student": "cnn-2k", "epochs": 100, "labels": 4000}


def gone(pid: int) -> bool:
    """True where no process has this id, or only its remains."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text(encoding="utf-8").rsplit(")", 1)[1].split()[0] == "Z"


def worker_pids(pid: int) -> list[int]:
    """Children of a process."""
    found = subprocess.run(["ps", "-A", "-o", "pid=,ppid="], capture_output=True, text=True, check=True)
    pairs = [line.split() for line in found.stdout.splitlines()]
    return [int(child) for child, parent in pairs if int(parent) == pid]


@pytest.mark.skipif(sys.platform == "win32", reason="looks at processes with ps")
def test_a_killed_runner_is_started_again(store: Store) -> None:
    live = Supervisor(COMMAND)
    live.start()
    try:
        run_id, waits = store.runs.submit(json_of(**SLOW), ANNE), ""
        wait_for(lambda: store.runs.events(run_id, 0))
        first = live.pid
        assert first is not None
        workers = worker_pids(first)
        assert workers
        waits = store.runs.submit(json_of(**SLOW), ANNE)
        wait_for(lambda: store.runs.events(waits, 0))
        queued = [store.runs.submit(json_of(), ANNE) for _ in range(3)]
        os.kill(first, signal.SIGKILL)
        second = wait_for(lambda: (pid := live.pid) and pid != first and pid)
        for lost in (run_id, waits):
            assert "Start it again" in wait_for(state(store, lost, "interrupted")).message
        wait_for(lambda: all(gone(pid) for pid in workers))
        for run in queued:
            wait_for(state(store, run, "finished"))
    finally:
        live.stop()
    assert gone(second)
    assert is_free(lock_path())


def test_servers_one_after_the_other_and_two_that_share_a_home(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Finished runs stay, queued ones wait for the next server, and of two only one has a runner."""
    monkeypatch.setattr(live_module, "RUNNER", COMMAND)

    async def serve() -> str:
        async with lifespan(None):
            run_id = store.runs.submit(json_of(), ANNE)
            await asyncio.to_thread(wait_for, state(store, run_id, "finished"))
            return run_id

    done = asyncio.run(serve())
    assert is_free(lock_path())
    assert (paths.home() / "distillery.db-wal").stat().st_size == 0, "all is in the one file"
    queued = store.runs.submit(json_of(), ANNE)

    one, other = Supervisor(COMMAND), Supervisor(COMMAND)
    one.start()
    wait_for(lambda: not is_free(lock_path()))
    other.start()
    try:
        wait_for(state(store, queued, "finished"))
        assert one.pid is not None and other.pid is None
        assert store.runs.get(done) and store.runs.events(done, 0)
        one.stop()
        next_run = store.runs.submit(json_of(), ANNE)
        wait_for(state(store, next_run, "finished"))
        assert other.pid is not None
    finally:
        other.stop()


SERVER = """
import sys
from app.server.supervisor import Supervisor
live = Supervisor((sys.executable, "-m", "tests.experiments.tiny_runner", "60"))
live.start()
while live.pid is None:
    pass
print(live.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="looks at processes as POSIX does")
def test_a_killed_server_takes_its_runner_with_it(home: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(paths.PROJECT)}
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER], env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with server:
        assert server.stdout is not None
        pid = int(server.stdout.readline())
        wait_for(lambda: not is_free(lock_path()))
        server.kill()
    wait_for(lambda: gone(pid))
    wait_for(lambda: is_free(lock_path()))


def test_a_runner_that_keeps_dying_is_not_started_in_a_loop(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[float] = []
    start = runner.start_process

    def counted(*args: object, **kwargs: object) -> object:
        started.append(time.monotonic())
        return start(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(live_module, "start_process", counted)
    monkeypatch.setattr(live_module, "GLANCE_SECONDS", 0.01)
    live = Supervisor((sys.executable, "-c", "pass"))
    live.start()
    wait_for(lambda: len(started) == 3)
    live.stop()
    gaps = [later - earlier for earlier, later in pairwise(started)]
    assert gaps[0] >= 1.0 and gaps[1] >= 2.0


def test_a_runner_that_keeps_dying_is_told(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_module, "GLANCE_SECONDS", 0.01)
    monkeypatch.setattr(live_module, "LONGEST_WAIT", 0.05)
    live = Supervisor((sys.executable, "-c", "import sys; sys.exit(1)"))
    live.start()
    try:
        assert wait_for(lambda: store.facts.get("runner")) == live_module.KEEPS_DYING
    finally:
        live.stop()
