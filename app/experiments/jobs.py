"""What the runner has done beside the training slots: data sets are fetched, own images read, teachers trained.

One process at a time for each kind of job, so that reading what somebody brought never waits for a teacher.
"""

from __future__ import annotations

import math
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from app.catalog import available, paths
from app.store import Job, Store, files
from app.store.models import JOB_ENDED
from app.store.reserve import last_words

COMMANDS: dict[str, Sequence[str]] = {
    "fetch": (sys.executable, "-m", "app.experiments.prepare", "--while-input"),
    "read": (sys.executable, "-m", "app.experiments.read_images", "--while-input"),
    "teach": (sys.executable, "-m", "app.experiments.teach", "--while-input"),
}
LIMIT_SECONDS = {"fetch": math.inf, "read": 300.0, "teach": 900.0}  # after which a job is ended
CANCEL_GRACE = 1.0  # seconds that a process has to clear away what is half-written
OVERDUE = "This took longer than {minutes:g} minutes, so it was ended. Bring fewer or smaller images."


def by_hand(module: str, *words: str, windows: bool = os.name == "nt") -> str:
    """What to type on this machine, in any folder, so that one of this project's programs works on this installation.

    It is a line for a POSIX shell or, on Windows, for PowerShell. module: the program; words: what follows it.
    """
    settings = {"PYTHONPATH": str(paths.PROJECT)}
    if os.environ.get("DISTILLERY_HOME"):
        settings["DISTILLERY_HOME"] = str(paths.home().absolute())
    command = [sys.executable, "-P", "-m", module, *words]
    if not windows:
        return " ".join([*(f"{name}={shlex.quote(value)}" for name, value in settings.items()), shlex.join(command)])
    quoted = ["'" + word.replace("'", "''") + "'" for word in (*settings.values(), *command)]
    given = [f"$env:{name} = {value};" for name, value in zip(settings, quoted, strict=False)]
    return " ".join([*given, "&", *quoted[len(settings) :]])


Start = Callable[[Sequence[str]], "subprocess.Popen[str] | None"]


@dataclass
class RunningJob:
    """A job that is being done. Somebody may ask for another with the same data meanwhile."""

    job: Job
    process: subprocess.Popen[str]
    since: float
    kill_by: float | None = None  # when it will be killed
    late: bool = False

    def end(self) -> None:
        """Close its input, at which it ends, and give it a moment."""
        if self.process.stdin:
            with suppress(OSError):
                self.process.stdin.close()
        self.kill_by = self.kill_by or time.monotonic() + CANCEL_GRACE


class JobRunner:
    """Starts, watches and ends the processes. start: starts a command, None if the system refuses one now."""

    def __init__(
        self, store: Store, start: Start, machine: str, commands: Mapping[str, Sequence[str]] = COMMANDS
    ) -> None:
        self._store, self._start, self._machine, self._commands = store, start, machine, commands
        self._going: dict[str, RunningJob] = {}  # by kind
        self._look = dict.fromkeys(commands, True)  # whether one may be waiting

    @property
    def data(self) -> list[str]:
        """The data sets with which something is being done."""
        return [going.job.data for going in self._going.values()]

    def round(self, look: bool, may_start: bool = True) -> None:
        """See to every kind of job. look: whether the store may have something new. Raises StoreError.

        may_start: whether it is worth a try to start a process now.
        """
        for kind, command in self._commands.items():
            self._look[kind] |= look
            going = self._going.get(kind)
            if going and going.process.poll() is None:
                self._watch(going, look)
                continue
            if going:
                self._bury(going)
                del self._going[kind]
                self._look[kind] = True
            if self._look[kind] and may_start:
                self._look[kind] = self._begin(kind, command)
                may_start = not self._look[kind]

    def _begin(self, kind: str, command: Sequence[str]) -> bool:
        """Start the next job, if one waits. True if one waits that could not be started."""
        job = self._store.jobs.take(kind, self._machine)
        if job is None:
            return False
        process = self._start((*command, job.data))
        if process is None:
            self._store.jobs.set(job.data, requested=job.requested, state="queued")
            return True
        self._going[kind] = RunningJob(job, process, time.monotonic())
        return False

    def _watch(self, going: RunningJob, look: bool) -> None:
        """End what was cancelled or takes too long; kill what does not end."""
        now, job = time.monotonic(), going.job
        if going.kill_by is None and now - going.since > LIMIT_SECONDS[job.kind]:
            going.late = True
            going.end()
        elif look and going.kill_by is None:
            latest = self._store.jobs.get(job.data)
            if latest is None or latest.state == "cancelled" or latest.requested != job.requested:
                going.end()
        if going.kill_by is not None and now >= going.kill_by:
            going.process.kill()

    def _bury(self, going: RunningJob) -> None:
        """Note the end of a job that did not say itself how it ended; of removed images nothing stays."""
        going.end()
        going.process.wait()
        job = going.job
        message = OVERDUE.format(minutes=LIMIT_SECONDS[job.kind] / 60) if going.late else JOB_ENDED[job.kind]
        end = partial(self._store.jobs.set, job.data, requested=job.requested, state="failed", message=message)
        last_words(end)
        gone = job.kind != "fetch" and self._store.images.get(job.data) is None
        if gone and job.data not in available.imported():
            files.delete(files.images(job.data))

    def dismiss(self) -> list[subprocess.Popen[str]]:
        """Tell every process to end. Returns them."""
        for going in self._going.values():
            going.end()
        return [going.process for going in self._going.values()]
