"""A job as a process: its progress in the store, its end when its input ends, a sentence for every failure."""

import _thread
import argparse
import os
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from app.catalog import console
from app.store import Store, StoreError
from app.store.errors import is_disk_full, is_out_of_memory
from app.store.jobs import WORKING
from app.store.patience import patiently
from app.store.reserve import last_words

NICENESS = 10
INPUT_ENDED = 3  # exit status
CLEAR_SECONDS = 0.8  # after its input ended, to remove what is half-written
SAY_SECONDS = 0.5  # between two notes in the store


class Cancelled(Exception):
    """The learner no longer wants it."""


class Refused(Exception):
    """The job cannot be done. The message is a sentence for the page."""


class Report:
    """Where progress goes: to the store, if somebody asked for the job there, else to the terminal."""

    def __init__(self, data: str, kind: str) -> None:
        self._store, self._said, self._total = patiently(Store), 0.0, 1.0
        job, images = patiently(self._store.jobs.get, data), patiently(self._store.images.get, data)
        asked = job is not None and job.kind == kind and job.state in WORKING
        self._job = job if asked else None
        self.name = images.name if images else data
        self.record: dict[str, Any] = images.record if images else {}

    def told(self, done: float, message: str, *, total: float = 1.0, now: bool = False) -> None:
        """Note how much is done. Raises Cancelled if nobody wants it any more.

        now: whether or not something was noted a moment ago.
        """
        if not now and time.monotonic() - self._said < SAY_SECONDS:
            return
        self._said, self._total = time.monotonic(), total
        if self._job is None:
            print(f"{message}: {done / total:.0%}", flush=True)
            return
        try:
            wanted = self._note(done=done, total=total, message=message)
        except StoreError as error:  # a busy store must not end it
            print(error, file=sys.stderr)
            return
        if not wanted:
            raise Cancelled

    def ended(self, state: str, message: str, record: dict[str, Any] | None = None) -> None:
        """Note how it ended: "finished" or "failed", and a sentence."""
        print(message, file=sys.stderr if state == "failed" else sys.stdout, flush=True)
        done = self._total if state == "finished" else None
        try:
            last_words(lambda: patiently(self._note, state=state, done=done, message=message, record=record))
        except StoreError as error:
            print(error, file=sys.stderr)

    def _note(self, **values: Any) -> bool:
        return self._job is None or self._store.jobs.set(self._job.data, requested=self._job.requested, **values)


def unforeseen(error: Exception, data: str) -> str:
    """A sentence for an error of a job that nobody foresaw. data: of any job."""
    if is_disk_full(error):
        return "The disk of the server is full. Try again when there is room."
    if is_out_of_memory(error):
        return "There is not enough memory on the server for this. Try again later, or bring fewer images."
    return f"This did not work ({type(error).__name__}). Try again."


def do(
    kind: str,
    work: Callable[[str, Report], tuple[str, dict[str, Any] | None]],
    arguments: Sequence[str] | None,
    *,
    about: str,
    choices: Sequence[str] | None = None,
    options: argparse.ArgumentParser | None = None,
    sentence: Callable[[Exception, str], str] = unforeseen,
) -> int:
    """Do the job that a command line asks for. Returns the exit status.

    0, or 1 after a failure that was noted as a sentence, or INPUT_ENDED. work: does it with these data; it returns what
    is done, in words, and the images' new record. about, choices: of the command and its data, None: any. options:
    what else the command takes. sentence: for an error that nobody foresaw, with these data.
    """
    program = f"python -m app.experiments.{Path(sys.argv[0]).stem}"
    parser = argparse.ArgumentParser(prog=program, description=about, parents=[options] if options else [])
    parser.add_argument("data", choices=choices, help="id of the images")
    parser.add_argument(
        "--while-input", action="store_true", help="end when standard input ends: so it never outlives the runner"
    )
    asked = parser.parse_args(arguments)
    console.take_any_letter()
    report, input_ended = Report(asked.data, kind), threading.Event()
    try:
        if asked.while_input:
            # A server that a shell started in the background ignores Ctrl-C, and hands that on.
            signal.signal(signal.SIGINT, signal.default_int_handler)
            threading.Thread(target=end_with_input, args=(input_ended,), daemon=True).start()
        message, record = work(asked.data, report)
        report.ended("finished", message, record)
        return 0
    except (Cancelled, KeyboardInterrupt):
        print("Stopped.", file=sys.stderr)
        return INPUT_ENDED if input_ended.is_set() else 1
    except Refused as refusal:
        report.ended("failed", str(refusal))
    except Exception as error:  # the boundary: whatever happens, the page gets a sentence
        traceback.print_exc()
        report.ended("failed", sentence(error, asked.data))
    return 1


def end_with_input(ended: threading.Event) -> None:
    """Wait until standard input ends; for a thread of its own.

    Then `ended` is set and the main thread interrupted. It has CLEAR_SECONDS until the process is gone.
    """
    while os.read(sys.stdin.fileno(), 1024):  # past the buffer, whose lock would be in the way of the exit
        pass
    ended.set()
    _thread.interrupt_main()  # as by Ctrl-C: what is half-written is removed on the way out
    time.sleep(CLEAR_SECONDS)
    os._exit(INPUT_ENDED)  # it was in the middle of something that cannot be interrupted


def be_nice() -> None:
    """Yield to the page. On Windows the runner sets the priority when it starts the process."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)
