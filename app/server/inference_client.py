"""The client of this web server's inference process, which it starts, asks and replaces.

Any number of threads may ask at once; an answer finds its question by number. If the process dies, its open questions
fail with a sentence, and another process starts. One that says nothing for HANG_SECONDS while somebody waits is killed.
"""

import itertools
import json
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import suppress
from functools import cache
from typing import Any

from app.experiments.runner import close_input, start_process, wait_or_kill

INFERENCE = (sys.executable, "-m", "app.experiments.inference")
ANSWER_SECONDS = 4.0  # that a page waits
HANG_SECONDS = 8.0  # of silence, while somebody waits
START_SECONDS = 300.0  # that the process has to get ready, on a machine that is busy with something else
GLANCE_SECONDS = 0.25
LONGEST_PAUSE = 30.0  # before the next start of a process that keeps dying
SOUND_SECONDS = 10.0  # a process that lived so long did not fail at its start
OPEN_AT_MOST = 64  # questions; a class of thirty that draws has fewer
END_SECONDS = 5.0

STARTING = "The process that runs the networks is starting. It answers in a moment."
AWAY = "The process that runs the networks has ended; another one is starting. It answers in a moment."
CANNOT = "The process that runs the networks cannot start on this server; its log says why."
BUSY = "Too many drawings are being read at the moment. Try again in a few seconds."
SLOW = "The process that runs the networks is slow to answer. Try again in a few seconds."
FAILED_STARTS = 3  # after so many, the page says so


class InferenceUnavailable(Exception):
    """The networks cannot be asked now; the message is a sentence for the page."""


class InferenceRefused(Exception):
    """The networks cannot answer this question; the message is a sentence for the page."""


class InferenceClient:
    """One inference process, kept going from `start` to `stop`."""

    def __init__(self, command: Sequence[str] = INFERENCE, *, hang_seconds: float = HANG_SECONDS) -> None:
        self._command, self._hang = tuple(command), hang_seconds
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()  # guards all that follows
        self._process: subprocess.Popen[str] | None = None
        self._outgoing: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._open: dict[int, Future[dict[str, Any]]] = {}
        self._ready = False
        self._away = STARTING
        self._heard = self._started = 0.0
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to keep a process going; it is ready a moment later."""
        self._ended.clear()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="inference-watch")
        self._thread.start()

    def stop(self) -> None:
        """End the process, and fail the questions that are still open."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join(END_SECONDS)
        process = self._release(AWAY)
        if process is not None:
            wait_or_kill(process, END_SECONDS)

    @property
    def pid(self) -> int | None:
        """The id of a process that is ready, else None."""
        with self._lock:
            return self._process.pid if self._process and self._ready else None

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────

    def send(self, **question: Any) -> Future[dict[str, Any]]:
        """Put a question; its future gives the answer, or raises as `ask`. Raises InferenceUnavailable."""
        with self._lock:
            if not self._ready:
                raise InferenceUnavailable(self._away)
            if len(self._open) >= OPEN_AT_MOST:
                raise InferenceUnavailable(BUSY)
            number, answer = next(self._numbers), Future[dict[str, Any]]()
            if not self._open:
                self._heard = time.monotonic()
            self._open[number] = answer
            self._outgoing.put(json.dumps({"id": number, **question}) + "\n")
        return answer

    def ask(self, seconds: float = ANSWER_SECONDS, **question: Any) -> dict[str, Any]:
        """Put a question and wait for its answer. Raises InferenceRefused, InferenceUnavailable."""
        try:
            return self.send(**question).result(seconds)
        except TimeoutError as error:
            raise InferenceUnavailable(SLOW) from error

    # ── keeping it going ─────────────────────────────────────────────────────────────────────────────────────────

    def _watch(self) -> None:
        start_after, failed = 0.0, 0
        while not self._ended.is_set():
            now = time.monotonic()
            with self._lock:
                process, ready, heard = self._process, self._ready, self._heard
                waits = self._started + START_SECONDS if not ready else heard + self._hang if self._open else now + 1
            if process is None:
                if now >= start_after:
                    self._begin()
                    if self._process is None:
                        failed += 1
                        start_after = now + min(2.0**failed, LONGEST_PAUSE)
            elif process.poll() is not None:
                failed = 0 if now - self._started > SOUND_SECONDS else failed + 1
                start_after = now + min(0.5 * 2**failed, LONGEST_PAUSE) if failed > 1 else now
                self._release(CANNOT if failed >= FAILED_STARTS else AWAY)
            elif now > waits:
                process.kill()  # it hangs; the next glance finds it dead
            self._ended.wait(GLANCE_SECONDS)

    def _begin(self) -> None:
        try:
            process = start_process(self._command, stdout=subprocess.PIPE)
        except OSError as error:
            print(f"The inference process cannot start: {error}.", file=sys.stderr, flush=True)
            with self._lock:
                self._away = CANNOT
            return
        with self._lock:
            self._process, self._ready, self._started = process, False, time.monotonic()
            self._outgoing = queue.SimpleQueue()
            outgoing = self._outgoing
        threading.Thread(target=_write, args=(process, outgoing), daemon=True, name="inference-in").start()
        threading.Thread(target=self._listen, args=(process,), daemon=True, name="inference-out").start()

    def _release(self, sentence: str) -> subprocess.Popen[str] | None:
        with self._lock:
            process, self._process = self._process, None
            self._ready, self._away = False, sentence
            unanswered, self._open = list(self._open.values()), {}
            self._outgoing.put(None)
        for answer in unanswered:
            answer.set_exception(InferenceUnavailable(sentence))
        if process is not None:
            close_input(process)
        return process

    def _listen(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with process.stdout as lines:
            for line in lines:
                try:
                    self._note(process, json.loads(line))
                except (ValueError, KeyError):
                    print(line, end="", file=sys.stderr, flush=True)

    def _note(self, process: subprocess.Popen[str], message: dict[str, Any]) -> None:
        with self._lock:
            if process is not self._process:
                return
            self._heard = time.monotonic()
            if "ready" in message:
                self._ready = True
                return
            answer = self._open.pop(message.pop("id", None), None)
        if answer is not None and "error" in message:
            answer.set_exception(InferenceRefused(message["error"]))
        elif answer is not None:
            answer.set_result(message)


def _write(process: subprocess.Popen[str], outgoing: queue.SimpleQueue[str | None]) -> None:
    """Write questions from a thread of its own: a process that hangs leaves its pipe full."""
    assert process.stdin is not None
    with suppress(OSError, ValueError):  # a dead process is noticed elsewhere
        while (line := outgoing.get()) is not None:
            process.stdin.write(line)
            process.stdin.flush()


@cache
def shared() -> InferenceClient:
    """The client of this web server; its lifespan starts it."""
    return InferenceClient()
