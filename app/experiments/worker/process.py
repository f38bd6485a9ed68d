"""A warm worker: torch imported, the default material loaded, one run at a time.

``python -m app.experiments.worker`` is started by the runner. It reads JSON lines on standard input ({"job": id,
"stretch": name}, {"signal": "pause", "run": id, "stretch": name}), writes JSON lines on standard output ({"ready": …},
{"begun": id}, {"done": id, …}) and the progress itself to the store. It ends when its input ends: no worker outlives
its runner.

A stretch is what one worker trains of a run until it ends or pauses; its name is the run's `worker` in the store. The
job of a cohort is named by one of its runs.
"""

import dataclasses
import gc
import json
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from typing import IO, Any

from app.catalog import declared
from app.experiments.costs import RUN_PER_UPDATES
from app.experiments.job_process import be_nice
from app.experiments.worker.engine import Engine, TorchEngine
from app.experiments.worker.stretch import Ending, Stretch, failure
from app.store import Store, StoreError
from app.store.patience import patiently


class Worker:
    """Reads orders on one thread, trains on the other."""

    def __init__(self, orders: IO[str], answers: IO[str], limit_seconds: float = declared.RUN_SECONDS) -> None:
        self._orders, self._answers, self._limit = orders, answers, limit_seconds
        self._jobs: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()  # (run, stretch)
        self._now: Stretch | None = None
        self._early: list[tuple[str, str, str]] = []  # (stretch, signal, run) for a job that has not begun
        self._lock = threading.Lock()

    def serve(self, make_engine: Callable[[], Engine]) -> None:
        """Get warm, say so, and take jobs until the process ends."""
        threading.Thread(target=self._listen, daemon=True, name="orders").start()
        engine, store = make_engine(), patiently(Store)
        try:
            patiently(store.teachers.note, engine.warm())
            if patiently(store.runs.pace) is None:
                patiently(store.runs.note_pace, RUN_PER_UPDATES * engine.pace())
        except Exception as error:  # the runs that need what is missing will say so; others may do
            print(f"A worker is not warm: {failure(error).message}", file=sys.stderr, flush=True)
        gc.collect()
        gc.freeze()  # what is loaded now stays: collections need not look at it
        self._say(ready=os.getpid())
        while True:
            run_id, stretch = self._jobs.get()
            self._say(begun=run_id)
            ending = self._train(run_id, stretch, store, engine)
            self._say(done=run_id, **dataclasses.asdict(ending))

    def _train(self, run_id: str, stretch: str, store: Store, engine: Engine) -> Ending:
        try:
            run = patiently(store.runs.get, run_id)
            if run is None or run.state != "running" or run.worker != stretch:
                return Ending("lost")
            one = Stretch(patiently(store.runs.together, run), store, engine, self._limit)
        except StoreError as error:
            return Ending("failed", str(error))
        with self._lock:
            self._now = one
            for meant, action, of in self._early:
                if meant == stretch:
                    one.ask(action, of)
            self._early = []
        try:
            return one.train()
        finally:
            with self._lock:
                self._now = None

    def _listen(self) -> None:
        for line in self._orders:
            order = json.loads(line)
            if "job" in order:
                self._jobs.put((order["job"], order["stretch"]))
                continue
            with self._lock:
                if self._now is None:
                    self._early.append((order["stretch"], order["signal"], order["run"]))
                elif self._now.run.worker == order["stretch"]:
                    self._now.ask(order["signal"], order["run"])
        os._exit(0)  # the runner is gone; SQLite and files that are written in one move bear it

    def _say(self, **answer: Any) -> None:
        self._answers.write(json.dumps(answer) + "\n")
        self._answers.flush()


def main(make_engine: Callable[[], Engine] = TorchEngine, limit_seconds: float = declared.RUN_SECONDS) -> None:
    """Serve on standard input and output until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the runner decides
    be_nice()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints must not mix with the answers
    Worker(sys.stdin, answers, limit_seconds).serve(make_engine)
