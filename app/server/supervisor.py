"""The runner beside the web server: started with it, restarted when it dies, ended with it.

The runner's standard input is a pipe from here, so the runner and its workers end however the web server ends.
"""

import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from app.experiments.lock import is_free, lock_path
from app.experiments.runner import TAKEN, close_input, start_process, wait_or_kill
from app.server import inference_client
from app.store import StoreError, shared

RUNNER = (sys.executable, "-m", "app.experiments.runner")
GLANCE_SECONDS = 0.5  # between two looks at the runner
LONGEST_WAIT = 30.0  # before the next start of a runner that keeps dying
SOUND_SECONDS = 10.0  # a runner that lived so long did not fail at its start
END_SECONDS = 5.0  # that the runner has to end
DEATHS = 3  # in quick succession: then the page says so
KEEPS_DYING = "The process that looks after the trainings keeps ending. Runs wait; the server's log says why."


class Supervisor:
    """Keeps one runner going. If another web server's runner holds this home, it waits for that one to end."""

    def __init__(self, command: Sequence[str] = RUNNER) -> None:
        self._command = tuple(command)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="runner-watch")
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Begin to watch; the runner is up a moment later."""
        self._thread.start()

    def stop(self) -> None:
        """End the runner and, with it, its workers."""
        self._ended.set()
        self._thread.join(END_SECONDS)
        with self._lock:
            process, self._process = self._process, None
        if process is None:
            return
        close_input(process)
        wait_or_kill(process, END_SECONDS)

    @property
    def pid(self) -> int | None:
        """The runner's process id; None if none of ours runs."""
        with self._lock:
            return self._process.pid if self._process and self._process.poll() is None else None

    def _watch(self) -> None:
        started, start_after, deaths = 0.0, 0.0, 0
        while not self._ended.is_set():
            now = time.monotonic()
            with self._lock:
                process = self._process
                if process is not None and process.poll() is not None:
                    self._process = None
                    close_input(process)
                    deaths = 0 if now - started > SOUND_SECONDS else deaths + 1
                    start_after = now + min(0.5 * 2**deaths, LONGEST_WAIT) if deaths else now
                elif process is None and now >= start_after and _home_is_free():
                    self._process, started = self._start(), now
            if process is not None and process.returncode not in (None, TAKEN) and deaths >= DEATHS:
                _publish(KEEPS_DYING)
            self._ended.wait(GLANCE_SECONDS)

    def _start(self) -> subprocess.Popen[str] | None:
        try:
            return start_process(self._command)
        except OSError as error:
            print(f"The runner cannot start: {error}.", file=sys.stderr, flush=True)
            return None


def _home_is_free() -> bool:
    try:
        return is_free(lock_path())
    except OSError as error:
        print(f"The runner cannot start: {error}. Check DISTILLERY_HOME.", file=sys.stderr, flush=True)
        return False


def _publish(sentence: str) -> None:
    """Note a sentence for waiting runs to show; the next worker that gets ready takes it back."""
    print(sentence, file=sys.stderr, flush=True)
    try:
        shared().facts.note("runner", sentence)
    except StoreError as error:  # perhaps why it dies: then the page says so by itself
        print(f"The runner cannot be helped: {error}", file=sys.stderr, flush=True)


@asynccontextmanager
async def lifespan(_app: Any) -> AsyncIterator[None]:
    """Keep the runner and the inference process as long as the web server lives."""
    supervisor, inference = Supervisor(RUNNER), inference_client.shared()
    supervisor.start()
    inference.start()
    try:
        yield
    finally:
        supervisor.stop()
        inference.stop()
        try:
            shared().database.fold()  # whoever copies the one file has all of it
        except StoreError as error:
            print(f"The store’s last writes stay in the file beside it: {error}", file=sys.stderr, flush=True)
