"""What the runner has done beside the training slots for learners' own images: reading them, and training a teacher.

One process at a time for each kind of errand, so that reading what somebody brought never waits for a teacher. Knows no
torch and no page.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from app.catalog import available, paths
from app.store import ImageSet, Store
from app.store.models import JOB_ENDED

ERRANDS: Mapping[str, Sequence[str]] = {
    "read": (sys.executable, "-m", "app.experiments.read_images", "--while-input"),
    "teach": (sys.executable, "-m", "app.experiments.teach", "--while-input"),
}
LIMIT_SECONDS = {"read": 300.0, "teach": 900.0}  # after which an errand is ended
CANCEL_GRACE = 1.0  # seconds that a process has to clear away what is half-written
OVERDUE = "This took longer than {minutes:g} minutes, so it was ended. Bring fewer or smaller images."

Start = Callable[[Sequence[str]], "subprocess.Popen[str] | None"]


@dataclass
class Errand:
    """One that is being done. requested: when it was asked for; somebody may ask anew meanwhile."""

    images: ImageSet
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


class Errands:
    """Starts, watches and ends the processes. start: starts a command, None where the system refuses one now."""

    def __init__(self, store: Store, start: Start, commands: Mapping[str, Sequence[str]] = ERRANDS) -> None:
        self._store, self._start, self._commands = store, start, commands
        self._going: dict[str, Errand] = {}
        self._look = dict.fromkeys(commands, True)  # whether one may be waiting

    def round(self, look: bool) -> None:
        """See to every kind of errand. look: whether the store may have something new. Raises StoreError."""
        for job, command in self._commands.items():
            self._look[job] |= look
            errand = self._going.get(job)
            if errand and errand.process.poll() is None:
                self._watch(job, errand, look)
                continue
            if errand:
                self._bury(errand)
                del self._going[job]
                self._look[job] = True
            if self._look[job]:
                self._look[job] = self._begin(job, command)

    def _begin(self, job: str, command: Sequence[str]) -> bool:
        """Start the next errand, if one waits. True where one waits that could not be started."""
        asked = self._store.images.next(job)
        if asked is None:
            return False
        process = self._start((*command, asked.id))
        if process is None:
            return True
        self._going[job] = Errand(asked, process, time.monotonic())
        self._store.images.set(asked.id, requested=asked.requested, state="running")
        return False

    def _watch(self, job: str, errand: Errand, look: bool) -> None:
        """End what was cancelled or takes too long; kill what does not end."""
        now = time.monotonic()
        if errand.kill_by is None and now - errand.since > LIMIT_SECONDS[job]:
            errand.late = True
            errand.end()
        elif look and errand.kill_by is None:
            row = self._store.images.get(errand.images.id)
            if row is None or row.state == "cancelled" or row.requested != errand.images.requested:
                errand.end()
        if errand.kill_by is not None and now >= errand.kill_by:
            errand.process.kill()

    def _bury(self, errand: Errand) -> None:
        """Note the end of one that did not say itself how it ended; of removed images nothing stays."""
        errand.end()
        errand.process.wait()
        set_id = errand.images.id
        message = OVERDUE.format(minutes=LIMIT_SECONDS[errand.images.job] / 60) if errand.late else JOB_ENDED
        self._store.images.set(set_id, requested=errand.images.requested, state="failed", message=message)
        if self._store.images.get(set_id) is None and set_id not in available.imported():
            shutil.rmtree(paths.own_folder(set_id), ignore_errors=True)

    def dismiss(self) -> list[subprocess.Popen[str]]:
        """Tell every process to end. Returns them."""
        for errand in self._going.values():
            errand.end()
        return [errand.process for errand in self._going.values()]
