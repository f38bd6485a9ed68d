"""One errand as a process: its progress in the store, its end when its input ends, a sentence for every failure.

What the errand is, `read_images` and `teach` know.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import Any

from app.experiments.parent_watch import INPUT_ENDED, end_with_input
from app.store import ImageSet, Store, StoreError
from app.store.database import is_disk_full, is_out_of_memory
from app.store.jobs import WORKING

NICENESS = 10
CLEAR_SECONDS = 0.8  # after its input ended, to remove what is half-written
SAY_SECONDS = 0.5  # between two notes in the store


class Cancelled(Exception):
    """The learner no longer wants it."""


class Refused(Exception):
    """The errand cannot be done. The message is a sentence for the page."""


class Report:
    """Where progress goes: to the store, where a learner asked for the errand there, and to the terminal."""

    def __init__(self, set_id: str, job: str) -> None:
        self._store, self._said = Store(), 0.0
        found = self._store.images.get(set_id)
        asked = found is not None and found.job == job and found.state in WORKING
        self.images: ImageSet | None = found if asked else None  # else it is run by hand
        self.name = found.name if found else set_id
        self.record: dict[str, Any] = found.record if found else {}

    def told(self, done: float, message: str, *, now: bool = False) -> None:
        """Note the share that is done. Raises Cancelled if the learner has changed their mind.

        now: whether or not something was noted a moment ago.
        """
        if not now and time.monotonic() - self._said < SAY_SECONDS:
            return
        self._said = time.monotonic()
        if self.images is None:
            print(f"{100 * done:.0f}%: {message}", flush=True)
            return
        try:
            wanted = self._store.jobs.set(self.images.id, requested=self.images.requested, done=done, message=message)
        except StoreError as error:  # a busy store must not end it
            print(error, file=sys.stderr)
            return
        if not wanted:
            raise Cancelled

    def ended(self, state: str, message: str, record: dict[str, Any] | None = None) -> None:
        """Note how it ended: "finished" or "failed", and a sentence."""
        print(message, file=sys.stderr if state == "failed" else sys.stdout, flush=True)
        if self.images:
            how: dict[str, Any] = {"state": state, "message": message, "record": record}
            how |= {"done": 1.0} if state == "finished" else {}
            self._store.jobs.set(self.images.id, requested=self.images.requested, **how)


def do(report: Report, work: Callable[[], tuple[str, dict[str, Any] | None]], *, while_input: bool) -> int:
    """Do `work`, which returns what is done, in words, and the set's new record. Returns the exit status.

    0, or 1 after a failure that was noted as a sentence, or INPUT_ENDED.
    """
    input_ended = threading.Event()
    try:
        if while_input:
            threading.Thread(target=end_with_input, args=(input_ended, CLEAR_SECONDS), daemon=True).start()
        message, record = work()
        report.ended("finished", message, record)
        return 0
    except (Cancelled, KeyboardInterrupt):
        print("Stopped.", file=sys.stderr)
        return INPUT_ENDED if input_ended.is_set() else 1
    except Refused as refusal:
        report.ended("failed", str(refusal))
    except Exception as error:  # the boundary: whatever happens, the page gets a sentence
        traceback.print_exc()
        report.ended("failed", _sentence(error))
    return 1


def _sentence(error: Exception) -> str:
    if is_disk_full(error):
        return "The disk of the server is full. Try again when there is room."
    if is_out_of_memory(error):
        return "There is not enough memory on the server for this. Try again later, or bring fewer images."
    return f"This did not work ({type(error).__name__}). Try again."


def be_nice() -> None:
    """Yield to the page. On Windows the runner sets the priority when it starts the process."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
