"""What every process of a server under test begins with: as important as the tests beside it, content with a core, and
at leisure with a run so long that a test will stop it: it would only take the core from the other tests.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

STOPPED_BEFORE = 1500  # updates: no test waits for the end of a run of more
REST = 4.0  # after each of its updates, times what it took


def at_leisure(train: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    """`train` that rests in a long run."""

    def resting(training: Any, ends: Callable[[], bool]) -> Iterator[Any]:
        since = time.monotonic()
        for seen in train(training, ends):
            if training.updates > STOPPED_BEFORE:
                time.sleep(REST * (time.monotonic() - since))
            yield seen
            since = time.monotonic()

    return resting


def begin(_niceness: int) -> None:
    """In place of `os.nice`, which a process calls once it has imported all: its priority stays."""
    if stretch := sys.modules.get("app.experiments.worker.stretch"):
        stretch.__dict__["train"] = at_leisure(stretch.__dict__["train"])


os.__dict__["nice"] = begin
os.__dict__["sched_getaffinity"] = lambda _pid: {0}  # so that one run is trained at a time, by one worker
