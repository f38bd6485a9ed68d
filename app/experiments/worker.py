"""A warm worker: torch imported, the default material loaded, one run at a time. Knows no queue and no page.

``python -m app.experiments.worker`` is started by the runner. It reads JSON lines on standard input ({"job": id,
"stretch": name}, {"signal": "pause", "stretch": name}), writes JSON lines on standard output ({"ready": …},
{"done": id, …}) and the progress itself to the store. It ends when its input ends: no worker outlives its runner.

A stretch is what one worker trains of a run until it ends or pauses; its name is the run's `worker` in the store.
"""

from __future__ import annotations

import dataclasses
import gc
import json
import math
import os
import platform
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO, Any, ParamSpec, Protocol, TypeVar

import numpy as np

from app import catalog
from app.catalog import CONTROLS, METRICS, lab_sets
from app.distillation.progress import Stepwise, Update, train
from app.experiments.spec import RunSpec, SpecError, default_settings, fresh_seeds
from app.store import (
    DiskFull,
    Run,
    RunLost,
    Store,
    StoreBusy,
    StoreError,
    TeacherAnswers,
    checkpoint_path,
    weights_path,
)
from app.store.database import is_disk_full, is_out_of_memory
from app.store.records import STOPPED_EARLY

NICENESS = 10
MATERIALS_KEPT = 2  # a full data set takes 200 MB
PROGRESS_SECONDS = 1.0  # between two notes of how far a run is, where its points are farther apart
_SIGNIFICANT = 4  # digits of a loss
BUSY_SECONDS = 180.0  # that a training waits for a store in which others write all the time
BUSY_PAUSE = 0.5  # between two tries
CAP_MESSAGE = "Stopped after {minutes:g} minutes, the longest that a run may take. The numbers so far are kept."
CAP_TOO_EARLY = "Stopped after {minutes:g} minutes, the longest that a run may take, before its first update."
CHECKPOINT_GONE = "The paused training is gone or damaged. Start it again: same settings, same seeds."
OLDER_ENGINE = "This run was paused by an earlier version; start it again."
OTHER_MATERIAL = "The images or the teacher have changed since this run was paused; start it again."

P = ParamSpec("P")
T = TypeVar("T")


class Point(Protocol):
    """Metrics at one moment: each of METRICS is (arms, seeds), logits (arms, seeds, shown, classes) float16."""

    @property
    def logits(self) -> Any: ...  # noqa: D102


class Training(Stepwise[Point], Protocol):
    """What the worker needs of `distillation.training.Training`."""

    def state(self) -> dict[str, Any]:
        """All that `restore` needs to go on as if there had been no break."""

    def restore(self, state: dict[str, Any]) -> None:
        """Go back to a `state`."""

    def weights(self) -> dict[str, Any]:
        """Of every student, as tensors by name."""


@dataclasses.dataclass(frozen=True)
class Prepared:
    """A training that can begin. record: versions and digests. answers: the teacher's, for the page."""

    training: Training
    record: dict[str, Any]
    answers: TeacherAnswers


class Engine(Protocol):
    """How to make a training. The product's is `TorchEngine`; the tests bring a small one."""

    def warm(self) -> TeacherAnswers:
        """Load everything that the default experiment needs."""

    def begin(self, spec: RunSpec) -> Prepared:
        """Prepare a training; its error is a sentence where something is missing."""

    def save(self, tensors: dict[str, Any], path: Path) -> None:
        """Write tensors in one move. Raises OSError."""

    def load(self, path: Path) -> dict[str, Any]:
        """Read them back. Raises OSError, ValueError where the file is gone or damaged."""


# ── torch ────────────────────────────────────────────────────────────────────────────────────────────────────────


class TorchEngine:
    """The product's engine: `app.distillation`."""

    def __init__(self) -> None:
        import torch

        torch.set_num_threads(catalog.THREADS_PER_RUN)
        self._version = str(torch.__version__)
        self._materials: dict[tuple[Any, ...], Any] = {}  # the latest last

    def warm(self) -> TeacherAnswers:
        """Import the core, load the default material and make one update: the first of a process is slow."""
        prepared = self.begin(RunSpec.two_arms(default_settings(), fresh_seeds(CONTROLS["seeds"].default)))
        prepared.training.step()
        prepared.training.evaluate()
        return prepared.answers

    def begin(self, spec: RunSpec) -> Prepared:
        """A training of `spec`. Raises SpecError, and the errors of `load_material` and `Training`."""
        if spec.teacher not in catalog.teachers():
            raise SpecError("teacher", spec.teacher, f"must be a shipped one ({', '.join(catalog.teachers())})")
        from app.distillation.training import Training as CoreTraining

        material = self._material(spec.data, spec.teacher)
        accuracy = float((material.test_logits.argmax(dim=1) == material.test_labels).double().mean())
        logits = material.test_logits[: catalog.SHOWN].numpy().astype("<f2")
        digests = (material.data_digest, material.teacher_digest)
        answers = TeacherAnswers(spec.data, spec.teacher, *digests, accuracy, len(material.test_labels), logits)
        record = {
            "torch": self._version,
            "data_digest": material.data_digest,
            "teacher_digest": material.teacher_digest,
            "teacher_accuracy": accuracy,
            "test_images": len(material.test_labels),
        }
        return Prepared(CoreTraining(spec, material), record, answers)

    def _material(self, data: str, teacher: str) -> Any:
        """From memory where neither images nor teacher have changed on the disk since."""
        from app.distillation.datasets import load_material

        files = (lab_sets()[data].path, catalog.teachers()[teacher].path)
        key = (data, teacher, *(file.stat().st_mtime_ns for file in files if file.exists()))
        material = self._materials.pop(key, None) or load_material(data, teacher)
        while len(self._materials) >= MATERIALS_KEPT:
            del self._materials[next(iter(self._materials))]
        self._materials[key] = material
        return material

    def save(self, tensors: dict[str, Any], path: Path) -> None:
        """Write tensors as safetensors, in one move. Raises OSError."""
        from app.distillation.checkpoints import write_tensors

        write_tensors(path, tensors, {})

    def load(self, path: Path) -> dict[str, Any]:
        """Read safetensors. Raises OSError, ValueError where the file is gone or damaged."""
        from safetensors import SafetensorError
        from safetensors.torch import load

        try:
            return dict(load(path.read_bytes()))
        except SafetensorError as error:
            raise ValueError(f"{path.name} is damaged: {error}") from error


# ── events ───────────────────────────────────────────────────────────────────────────────────────────────────────


class Losses:
    """Loss parts of the updates since the last point."""

    def __init__(self) -> None:
        self._updates: list[int] = []
        self._parts: dict[str, list[Any]] = {}

    def add(self, update: int, losses: Mapping[str, Any]) -> None:
        """losses: each (arms, seeds)."""
        self._updates.append(update)
        for name, values in losses.items():
            self._parts.setdefault(name, []).append(values)

    def take(self) -> dict[str, Any]:
        """{"updates": [...], part: [arm][seed][update]}, and begin anew."""
        taken: dict[str, Any] = {"updates": self._updates}
        for name, values in self._parts.items():
            stacked = np.stack([np.asarray(value, np.float64) for value in values], axis=-1)  # (arms, seeds, updates)
            taken[name] = plain(stacked, _SIGNIFICANT)
        self._updates, self._parts = [], {}
        return taken


def plain(values: Any, digits: int = 6) -> Any:
    """Nested lists of numbers to `digits` significant digits; what is not finite becomes None, as JSON has no NaN."""
    if isinstance(values, list):
        return [plain(value, digits) for value in values]
    if not isinstance(values, float):
        return plain(np.asarray(values, np.float64).tolist(), digits)
    return float(f"{values:.{digits}g}") if math.isfinite(values) else None


def point_event(spec: RunSpec, update: int, seconds: float, point: Any, losses: dict[str, Any]) -> dict[str, Any]:
    """The event of one evaluation; its "seq" comes from the store."""
    per_epoch = spec.updates / spec.epochs
    head = {"kind": "point", "update": update, "epoch": round(update / per_epoch, 3), "seconds": round(seconds, 3)}
    return {**head, **{name: plain(getattr(point, name)) for name in METRICS}, "losses": losses}


def logits_bytes(point: Any) -> bytes:
    """float16, little-endian, (arms, seeds, shown, classes)."""
    return bytes(np.asarray(point.logits).astype("<f2").tobytes())


# ── one run ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclasses.dataclass(frozen=True)
class Outcome:
    """How a stretch of training ended; the runner hears it too, for the case that the store could not note it."""

    state: str
    message: str = ""


class OneRun:
    """Train one run from where it stands until it ends or pauses.

    `ask` may be called from another thread; the training listens between two updates.
    """

    def __init__(self, run: Run, store: Store, engine: Engine, limit_seconds: float = catalog.RUN_SECONDS) -> None:
        self.run, self.store, self.engine, self.limit = run, store, engine, limit_seconds
        self._asked: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._losses = Losses()
        self._heard: str | None = None  # the latest of `ask`
        self._pause_at: int | None = None
        self._ending = Outcome("finished")  # unless something comes in between
        self._since = self._told = time.monotonic()

    def ask(self, action: str) -> None:
        """pause, resume, step or stop."""
        self._asked.put(action)

    @property
    def seconds(self) -> float:
        """Of training, earlier stretches included."""
        return self.run.seconds + time.monotonic() - self._since

    def train(self) -> Outcome:
        """Every failure becomes a state and a sentence."""
        try:
            outcome = self._train()
        except RunLost:
            return Outcome("lost")
        except Exception as error:  # the boundary: whatever happens inside a run, the worker stays
            outcome = _failure(error)
        if outcome.state != "paused":
            self._end(outcome)
        return outcome

    def _train(self) -> Outcome:
        spec = RunSpec.from_json(self.run.spec_json)
        prepared = self.engine.begin(spec)
        training, record = prepared.training, {**machine_record(), **prepared.record}
        patiently(self.store.note_teacher, prepared.answers)
        if self.run.seq and (sentence := why_not_on(self.run.record, record)):
            return Outcome("failed", sentence)
        patiently(self.store.begin, self.run.id, training.updates, record, worker=self.run.worker)
        if self.run.seq:
            try:
                training.restore(self.engine.load(checkpoint_path(self.run.id)))
            except (OSError, ValueError):
                return Outcome("failed", CHECKPOINT_GONE)
        if self.run.mode == "step":
            self._pause_at = training.update + 1
        for progress in train(training, lambda: self._ends(training)):
            if isinstance(progress, Update):
                self._updated(progress)
            else:
                self._point(spec, training, progress)
        if self._ending.state == "paused":
            self._pause(training)
        elif training.update:
            self.engine.save(training.weights(), weights_path(self.run.id))
        return self._ending

    def _ends(self, training: Training) -> bool:
        """Listen, between two updates; True where the training is to end here, with `_ending` set to how."""
        while not self._asked.empty():
            self._heard = self._asked.get()
            if self._heard == "stop":
                self._ending = Outcome("stopped", "" if training.update else STOPPED_EARLY)
                return True
            self._pause_at = {"pause": training.update, "step": training.update + 1}.get(self._heard)
        if self.seconds > self.limit:
            message = CAP_MESSAGE if training.update else CAP_TOO_EARLY
            self._ending = Outcome("stopped", message.format(minutes=self.limit / 60))
            return True
        if self._pause_at is not None and training.update >= self._pause_at:
            self._ending = Outcome("paused")
            return True
        return False

    def _updated(self, done: Update) -> None:
        self._losses.add(done.update, done.losses)
        if time.monotonic() - self._told > PROGRESS_SECONDS:
            patiently(self.store.progress, self.run.id, done.update, self.seconds, worker=self.run.worker)
            self._told = time.monotonic()

    def _point(self, spec: RunSpec, training: Training, point: Point) -> None:
        event = point_event(spec, training.update, self.seconds, point, self._losses.take())
        patiently(self.store.append, self.run.id, event, logits_bytes(point), worker=self.run.worker)
        self._told = time.monotonic()

    def _pause(self, training: Training) -> None:
        self.engine.save(training.state(), checkpoint_path(self.run.id))
        stands = (self.run.id, training.update, self.seconds)
        if patiently(self.store.pause, *stands, heard=self._heard, worker=self.run.worker) == "stopped":
            checkpoint_path(self.run.id).unlink(missing_ok=True)

    def _end(self, outcome: Outcome) -> None:
        weights = weights_path(self.run.id)
        kept = weights.stat().st_size if weights.exists() else 0
        how = (self.run.id, outcome.state, outcome.message)
        try:
            ended = patiently(self.store.end, *how, kept=kept, seconds=self.seconds, worker=self.run.worker)
        except StoreError as error:  # the runner tries again
            print(f"run {self.run.id}: {error}", file=sys.stderr, flush=True)
        else:
            if ended:  # or it is another worker's, and so is the checkpoint
                checkpoint_path(self.run.id).unlink(missing_ok=True)


def patiently(write: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What `write` returns, tried again while the store is busy; after BUSY_SECONDS that is the error."""
    patience = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            return write(*args, **kwargs)
        except StoreBusy:
            if time.monotonic() > patience:
                raise
        time.sleep(BUSY_PAUSE)


def why_not_on(paused: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Why a training cannot go on as if there had been no break, "" where it can. paused, now: its records."""
    if paused.get("engine") != now["engine"]:
        return OLDER_ENGINE
    same = all(paused.get(name) == now.get(name) for name in ("data_digest", "teacher_digest"))
    return "" if same else OTHER_MATERIAL


def _failure(error: Exception) -> Outcome:
    """What a run says that failed. The server's log gets the traceback."""
    if is_disk_full(error):
        return Outcome("stopped", str(DiskFull()))
    traceback.print_exception(error)
    if is_out_of_memory(error):
        return Outcome("failed", "There is not enough memory for these students. Choose smaller or fewer ones.")
    if isinstance(error, OSError) and not type(error).__module__.startswith("app."):
        return Outcome("failed", f"A file of this run cannot be read or written ({error.strerror or error}).")
    ours = type(error).__module__.startswith("app.")  # our own errors are sentences
    return Outcome("failed", str(error) if ours else f"The training failed ({type(error).__name__}).")


def machine_record() -> dict[str, Any]:
    """What else the numbers depend on; nothing that names the machine or its owner."""
    return {
        "engine": catalog.ENGINE,
        "threads": catalog.THREADS_PER_RUN,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "cores": os.cpu_count(),
    }


# ── the process ──────────────────────────────────────────────────────────────────────────────────────────────────


class Worker:
    """Reads orders on one thread, trains on the other."""

    def __init__(self, orders: IO[str], answers: IO[str], limit_seconds: float = catalog.RUN_SECONDS) -> None:
        self._orders, self._answers, self._limit = orders, answers, limit_seconds
        self._jobs: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()  # (run, stretch)
        self._now: OneRun | None = None
        self._early: list[tuple[str, str]] = []  # (stretch, signal) for a job that has not begun
        self._lock = threading.Lock()

    def serve(self, make_engine: Callable[[], Engine]) -> None:
        """Get warm, say so, and take jobs until the process ends."""
        threading.Thread(target=self._listen, daemon=True, name="orders").start()
        engine, store = make_engine(), Store()
        try:
            store.note_teacher(engine.warm())
        except Exception as error:  # the runs that need what is missing will say so; others may do
            print(f"A worker is not warm: {_failure(error).message}", file=sys.stderr, flush=True)
        gc.collect()
        gc.freeze()  # what is loaded now stays: collections need not look at it
        self._say(ready=os.getpid())
        while True:
            run_id, stretch = self._jobs.get()
            outcome = self._train(run_id, stretch, store, engine)
            self._say(done=run_id, **dataclasses.asdict(outcome))

    def _train(self, run_id: str, stretch: str, store: Store, engine: Engine) -> Outcome:
        try:
            run = patiently(store.run, run_id)
        except StoreError as error:
            return Outcome("failed", str(error))
        if run is None or run.state != "running" or run.worker != stretch:
            return Outcome("lost")
        one = OneRun(run, store, engine, self._limit)
        with self._lock:
            self._now = one
            for meant, action in self._early:
                if meant == stretch:
                    one.ask(action)
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
                    self._early.append((order["stretch"], order["signal"]))
                elif self._now.run.worker == order["stretch"]:
                    self._now.ask(order["signal"])
        os._exit(0)  # the runner is gone; SQLite and files that are written in one move bear it

    def _say(self, **answer: Any) -> None:
        self._answers.write(json.dumps(answer) + "\n")
        self._answers.flush()


def be_nice() -> None:
    """Yield to the web server. On Windows the runner sets the priority when it starts the process."""
    if hasattr(os, "nice"):
        os.nice(NICENESS)


def main(make_engine: Callable[[], Engine] = TorchEngine, limit_seconds: float = catalog.RUN_SECONDS) -> None:
    """Serve on standard input and output until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the runner decides
    be_nice()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints must not mix with the answers
    Worker(sys.stdin, answers, limit_seconds).serve(make_engine)


if __name__ == "__main__":
    main()
