"""One run in a worker: from where it stands until it ends or pauses, its progress to the store."""

from __future__ import annotations

import dataclasses
import math
import os
import platform
import queue
import sys
import time
import traceback
from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from app.catalog import declared
from app.distillation.progress import Diverged, Update, train
from app.experiments import kinds, snapshots
from app.experiments.kinds import Experiment
from app.experiments.worker.engine import Engine, Point, Prepared, Training
from app.store import DiskFull, Run, RunLost, Store, StoreError, files
from app.store.database import is_disk_full, is_out_of_memory, patiently
from app.store.models import STOPPED_EARLY, Float16

PROGRESS_SECONDS = 1.0  # between two notes of how far a run is, where its points are farther apart
_SIGNIFICANT = 4  # digits of a loss
CAP_MESSAGE = "Stopped after {minutes:g} minutes, the longest that a run may take. The numbers so far are kept."
CAP_TOO_EARLY = "Stopped after {minutes:g} minutes, the longest that a run may take, before its first update."
CHECKPOINT_GONE = "The paused training is gone or damaged. Start it again: same settings, same seeds."
OLDER_ENGINE = "This run was paused by an earlier version; start it again."
OTHER_MATERIAL = "The images or the teacher have changed since this run was paused; start it again."


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


def point_event(training: Training, seconds: float, point: Point, losses: dict[str, Any]) -> dict[str, Any]:
    """The event of one evaluation; its "seq" comes from the store."""
    epoch = {} if training.epoch is None else {"epoch": round(training.epoch, 3)}
    head = {"kind": "point", "update": training.update, **epoch, "seconds": round(seconds, 3)}
    event = {**head, **{name: plain(values) for name, values in point.measures.items()}, "losses": losses}
    beside = {
        "diagnostics": {name: plain(values) for name, values in point.diagnostics.items()},
        "arrays": {name: plain(values) for name, values in point.arrays.items() if name != "logits"},
    }
    return event | {name: values for name, values in beside.items() if values}


def check_finite(experiment: Experiment, update: int, values: Any) -> None:
    """Raise Diverged if a student's value is not finite. values: (arms, seeds), as of this update, or None."""
    lost = [] if values is None else np.argwhere(~np.isfinite(np.asarray(values, np.float64))).tolist()
    if lost:
        name, seed = experiment.arm_words()[lost[0][0]].words, experiment.seeds[lost[0][1]]
        raise Diverged(
            f"The training diverged: at update {update} the student “{name}” with seed {seed} has no finite loss any "
            "more. The points before it are kept. Try other seeds or settings."
        )


def kept_logits(point: Point) -> Float16 | None:
    """float16 (arms, seeds, shown, classes), None if the kind has none."""
    return np.asarray(point.arrays["logits"], "<f2") if "logits" in point.arrays else None


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

    def __init__(self, run: Run, store: Store, engine: Engine, limit_seconds: float = declared.RUN_SECONDS) -> None:
        self.run, self.store, self.engine, self.limit = run, store, engine, limit_seconds
        self._asked: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._losses = Losses()
        self._heard: str | None = None  # the latest of `ask`
        self._pause_at: int | None = None
        self._ending = Outcome("finished")  # unless something comes in between
        self._since = self._told = time.monotonic()

    def ask(self, action: str, run_id: str = "") -> None:
        """pause, resume, step or stop. run_id: always this run's."""
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
            outcome = failure(error)
        if outcome.state != "paused":
            self._end(outcome)
        return outcome

    def _train(self) -> Outcome:
        experiment = kinds.read_trainable(self.run.spec_json)
        prepared = self.engine.begin(experiment)
        training, record = prepared.training, {**machine_record(), **prepared.record}
        patiently(self.store.teachers.note, prepared.answers)
        if self.run.seq and (sentence := why_not_on(self.run.record, record)):
            return Outcome("failed", sentence)
        patiently(self.store.runs.begin, self.run.id, training.updates, record, worker=self.run.worker)
        if self.run.seq:
            try:
                training.restore(self.engine.load(files.get(files.checkpoint(self.run.id))))
            except (OSError, ValueError):
                return Outcome("failed", CHECKPOINT_GONE)
        if self.run.mode == "step":
            self._pause_at = training.update + 1
        for progress in train(training, lambda: self._ends(training)):
            if isinstance(progress, Update):
                self._updated(experiment, training, progress)
            else:
                self._point(experiment, prepared, progress)
        if self._ending.state == "paused":
            self._pause(training)
        elif training.update and (weights := training.weights()):
            files.put(files.weights(self.run.id), partial(self.engine.save, weights))
        return self._ending

    def _ends(self, training: Training) -> bool:
        """Listen, between two updates; True if the training is to end here, with `_ending` set to how."""
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

    def _updated(self, experiment: Experiment, training: Training, done: Update) -> None:
        check_finite(experiment, done.update, done.losses.get("total"))
        self._losses.add(done.update, done.losses)
        if time.monotonic() - self._told > PROGRESS_SECONDS and not training.due():  # a point says it, too
            patiently(self.store.runs.note_progress, self.run.id, done.update, self.seconds, worker=self.run.worker)
            self._told = time.monotonic()

    def _point(self, experiment: Experiment, prepared: Prepared, point: Point) -> None:
        training = prepared.training
        check_finite(experiment, training.update, point.measures.get("nll"))  # the last update may have been too many
        event = point_event(training, self.seconds, point, self._losses.take())
        patiently(self.store.runs.append, self.run.id, event, kept_logits(point), worker=self.run.worker)
        if prepared.drawable:  # the students of this moment may be shown a drawing
            snapshots.keep(self.run.id, training.update, partial(self.engine.save, training.weights(), half=True))
        self._told = time.monotonic()

    def _pause(self, training: Training) -> None:
        files.put(files.checkpoint(self.run.id), partial(self.engine.save, training.state()))
        stands = (self.run.id, training.update, self.seconds)
        if patiently(self.store.runs.pause, *stands, heard=self._heard, worker=self.run.worker) == "stopped":
            files.delete(files.checkpoint(self.run.id))

    def _end(self, outcome: Outcome) -> None:
        kept = files.size(files.weights(self.run.id))
        how = (self.run.id, outcome.state, outcome.message)
        try:
            ended = patiently(self.store.runs.end, *how, kept=kept, seconds=self.seconds, worker=self.run.worker)
        except StoreError as error:  # the runner tries again
            print(f"run {self.run.id}: {error}", file=sys.stderr, flush=True)
        else:
            if ended:  # or it is another worker's, and so is the checkpoint
                files.delete(files.checkpoint(self.run.id))


def why_not_on(paused: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Why a training cannot go on as if there had been no break, "" where it can. paused, now: its records."""
    if paused.get("engine") != now["engine"]:
        return OLDER_ENGINE
    same = all(paused.get(name) == now.get(name) for name in ("data_digest", "teacher_digest"))
    return "" if same else OTHER_MATERIAL


def failure(error: Exception) -> Outcome:
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
        "threads": declared.THREADS_PER_RUN,
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "processor": processor(),
        "cores": os.cpu_count(),
    }


@cache
def processor() -> str:
    """What kind of processor this is, with its widest vectors: sums are rounded alike on the same kind only."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0].splitlines()
    except OSError:  # no Linux
        return platform.processor() or platform.machine()
    said = {name.strip(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    vectors = next((name for name in ("avx512f", "avx2") if name in said.get("flags", "").split()), "")
    model = "/".join(said[name] for name in ("cpu family", "model", "stepping") if name in said)
    return " ".join(part for part in (said.get("model name", platform.machine()), model, vectors) if part)
