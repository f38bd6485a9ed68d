"""What a worker trains until it ends or pauses: one run, or the runs of a cohort as one network.

Each run of a cohort gets what it would get alone, to rounding. Cells of a sweep share students and images with their
neighbours and differ in their arms. They cannot be paused; one that is stopped keeps its numbers, and the others go on.
"""

import math
import os
import platform
import queue
import sys
import time
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from app.catalog import declared
from app.distillation.progress import Update, train
from app.experiments import kinds, snapshots
from app.experiments.kinds import Experiment
from app.experiments.spec import NotTrainable
from app.experiments.sweep import merged, places
from app.experiments.worker.engine import Engine, Point, Prepared, Training
from app.experiments.worker.joined import Ended, Joined
from app.store import Run, RunLost, Store, StoreError, files
from app.store.errors import is_disk_full, is_out_of_memory
from app.store.models import STOPPED_EARLY, Float16
from app.store.patience import patiently
from app.store.reserve import last_words

PROGRESS_SECONDS = 1.0  # between two notes of how far a run is, if its points are farther apart
MOMENTS = 2  # of a cell whose answers are kept, beside the first: a sweep has many runs
_SIGNIFICANT = 4  # digits of a loss
CAP_MESSAGE = "Stopped after {minutes:g} minutes, the longest that a run may take. The numbers so far are kept."
CAP_TOO_EARLY = "Stopped after {minutes:g} minutes, the longest that a run may take, before its first update."
DIVERGED = (
    "The training diverged: at update {update} the student “{name}” with seed {seed} has no finite loss any more. "
    "The points before it are kept. Try other seeds or settings."
)
NO_ROOM = (
    "The disk of the server is full, so this run was stopped. Its numbers so far are kept. When there is room again, "
    "start it again: same settings, same seeds."
)
CHECKPOINT_GONE = "The paused training is gone or damaged. Start it again: same settings, same seeds."
OLDER_ENGINE = "This run was paused by an earlier version; start it again."
NOT_BESIDE = (
    "The run whose students are kept was made by an earlier version, or with other images or another teacher: train it "
    "again first."
)
OTHER_MATERIAL = "The images or the teacher have changed since this run was paused; start it again."


Trained = Training[Point | None]  # it may have nothing to measure now


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


def point_event(training: Trained, seconds: float, point: Point, losses: dict[str, Any]) -> dict[str, Any]:
    """The event of one evaluation; its "seq" comes from the store."""
    epoch = {} if training.epoch is None else {"epoch": round(training.epoch, 3)}
    head = {"kind": "point", "update": training.update, **epoch, "seconds": round(seconds, 3)}
    event = {**head, **{name: plain(values) for name, values in point.measures.items()}, "losses": losses}
    beside: dict[str, Any] = {
        "final": {name: value if isinstance(value, int) else plain(value) for name, value in point.final.items()},
        "diagnostics": {name: plain(values) for name, values in point.diagnostics.items()},
        "arrays": {name: plain(values) for name, values in point.arrays.items() if name != "logits"},
    }
    return event | {name: values for name, values in beside.items() if values}


def of_arms(value: Any, arms: Sequence[int] | None) -> Any:
    """An event, or a part of one, of some arms alone; None: of all."""
    if arms is None:
        return value
    if isinstance(value, dict):
        return {name: part if name == "updates" else of_arms(part, arms) for name, part in value.items()}
    return [value[arm] for arm in arms] if isinstance(value, list) else value


def weights_of_arms(weights: dict[str, Any], arms: Sequence[int] | None) -> dict[str, Any]:
    """The students of some arms, with the names that they would have alone; None: of all."""
    if arms is None:
        return weights
    own: dict[str, Any] = {}
    for place, arm in enumerate(arms):
        start = f"arm{arm}."
        own |= {f"arm{place}.{name[len(start) :]}": value for name, value in weights.items() if name.startswith(start)}
    return own


def kept_logits(point: Point, arms: Sequence[int] | None) -> Float16 | None:
    """float16 (arms, seeds, shown, classes) of some arms, None: of all. None if the kind has none."""
    if "logits" not in point.arrays:
        return None
    logits = np.asarray(point.arrays["logits"], "<f2")
    return logits if arms is None else logits[list(arms)]


# ── a stretch ───────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Ending:
    """How a stretch of training ended; the runner hears it too, for the case that the store could not note it."""

    state: str
    message: str = ""


@dataclass(eq=False)
class StretchRun:
    """One run of a stretch. arms: places of its arms among those that are trained; None: they are all."""

    run: Run
    arms: list[int] | None = None

    @cached_property
    def experiment(self) -> Experiment:
        """What it is. Raises SpecError, NotTrainable."""
        return kinds.read_trainable(self.run.spec_json)


class Stretch:
    """Trains runs from where they stand until they end or pause: one, or those of a cohort.

    `ask` may be called from another thread; the training listens between two updates.
    """

    def __init__(
        self, runs: Sequence[Run], store: Store, engine: Engine, limit_seconds: float = declared.RUN_SECONDS
    ) -> None:
        self.run, self.store, self.engine, self.limit = runs[0], store, engine, limit_seconds
        self._cells = [StretchRun(run) for run in runs]  # that still go on
        self._asked: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self._losses = Losses()
        self._heard: str | None = None  # the latest of `ask`
        self._pause_at: int | None = None
        self._ending = Ending("finished")  # of the cells that go on, unless something comes in between; or of the last
        self._kept = -1  # the latest moment whose answers are kept
        self._since = self._told = time.monotonic()

    def ask(self, action: str, run_id: str = "") -> None:
        """pause, resume, step or stop; of a cohort, only "stop", of one run."""
        self._asked.put((action, run_id or self.run.id))

    @property
    def seconds(self) -> float:
        """Of training, earlier stretches included."""
        return self.run.seconds + time.monotonic() - self._since

    def train(self) -> Ending:
        """Every failure becomes a state and a sentence, of every run that still goes on."""
        try:
            self._train()
        except Exception as error:  # the boundary: whatever happens inside a run, the worker stays
            self._ending = failure(error)
        if self._ending.state != "paused":
            for cell in tuple(self._cells):
                self._end(cell, self._ending)
        return self._ending

    def _train(self) -> None:
        whole = merged([cell.experiment for cell in self._cells])
        for cell in self._cells:
            cell.arms = places(cell.experiment, whole)
        prepared = self.engine.begin(whole)
        record = {"engine": whole.engine, **machine_record(), **prepared.record}
        training = self._joined(prepared, record)
        if prepared.answers:
            patiently(self.store.teachers.note, prepared.answers)
        if self.run.seq and (sentence := why_not_on(self.run.record, record)):
            self._ending = Ending("failed", sentence)
            return
        for cell in tuple(self._cells):
            self._write(cell, self.store.runs.begin, training.updates, record | {"engine": cell.experiment.engine})
        if self.run.seq:
            try:
                training.restore(self.engine.load(files.get(files.checkpoint(self.run.id))))
            except (OSError, ValueError):
                self._ending = Ending("failed", CHECKPOINT_GONE)
                return
        if self.run.mode == "step":
            self._pause_at = training.update + 1
        for progress in train(training, lambda: self._ends(training)):
            if isinstance(progress, Update):
                self._updated(training, progress)
            elif progress is not None:
                self._point(training, progress, prepared.drawable)
        if self._ending.state == "paused":
            self._pause(training)
        else:
            self._save(training, self._cells)

    def _joined(self, prepared: Prepared, record: Mapping[str, Any]) -> Trained:
        """The training, beside the run that it adds to if there is one. Raises NotTrainable."""
        if prepared.beside is None:
            return prepared.training
        ended = Ended(prepared.beside.run, self.store, self.engine)
        if why_not_on(ended.record, record):
            raise NotTrainable("run", ended.run, NOT_BESIDE)
        return Joined(prepared.training, ended, prepared.beside)

    def _ends(self, training: Trained) -> bool:
        """Listen, between two updates; True if the training is to end here, with `_ending` set to how."""
        if not self._cells:
            return True
        while not self._asked.empty():
            self._heard, run_id = self._asked.get()
            if self._heard != "stop":
                self._pause_at = {"pause": training.update, "step": training.update + 1}.get(self._heard)
                continue
            stopped = Ending("stopped", "" if training.update else STOPPED_EARLY)
            cells = [cell for cell in self._cells if cell.run.id == run_id]
            if cells == self._cells:  # no other goes on
                self._ending = stopped
                return True
            for cell in cells:
                self._stop(cell, training, stopped)
        if self.seconds > self.limit:
            message = CAP_MESSAGE if training.update else CAP_TOO_EARLY
            self._ending = Ending("stopped", message.format(minutes=self.limit / 60))
            return True
        if self._pause_at is not None and training.update >= self._pause_at:
            self._ending = Ending("paused")
            return True
        return False

    def _updated(self, training: Trained, done: Update) -> None:
        self._end_diverged(done.update, done.losses.get("total"))
        self._losses.add(done.update, done.losses)
        if time.monotonic() - self._told > PROGRESS_SECONDS and not training.due():  # a point says it, too
            for cell in tuple(self._cells):
                self._write(cell, self.store.runs.note_progress, done.update, self.seconds)
            self._told = time.monotonic()

    def _end_diverged(self, update: int, values: Any) -> None:
        """End the runs that have a value that is not finite; the others go on. values: (arms, seeds), or None."""
        lost = [] if values is None else np.argwhere(~np.isfinite(np.asarray(values, np.float64))).tolist()
        for cell in tuple(self._cells):
            if own := [place for place in lost if cell.arms is None or place[0] in cell.arms]:
                arm, seed = own[0]
                name = cell.experiment.arm_words()[arm if cell.arms is None else cell.arms.index(arm)].words
                message = DIVERGED.format(update=update, name=name, seed=cell.experiment.seeds[seed])
                self._end(cell, Ending("failed", message))

    def _point(self, training: Trained, point: Point, drawable: bool) -> None:
        self._end_diverged(training.update, point.measures.get("nll"))  # the last update may have been too many
        event = point_event(training, self.seconds, point, self._losses.take())
        last, keeps = training.update == training.updates, True
        if self.run.cohort is not None:
            if last and (validation := plain(training.validate())) is not None:
                event["validation"] = validation
            moment = training.update * MOMENTS // training.updates
            keeps, self._kept = moment > self._kept, max(moment, self._kept)
        for cell in tuple(self._cells):
            logits = kept_logits(point, cell.arms) if keeps or last else None
            self._write(cell, self.store.runs.append, of_arms(event, cell.arms), logits)
        if keeps and drawable:  # the students of this moment may be shown a drawing
            weights = training.weights()
            for cell in self._cells:
                write = partial(self.engine.save, weights_of_arms(weights, cell.arms), half=True)
                snapshots.keep(cell.run.id, training.update, write)
        self._told = time.monotonic()

    def _save(self, training: Trained, cells: Sequence[StretchRun]) -> None:
        """Keep the students of these runs. Raises OSError, for example if the disk is full."""
        weights = training.weights() if training.update else {}
        for cell in cells:
            if own := weights_of_arms(weights, cell.arms):
                files.put(files.weights(cell.run.id), partial(self.engine.save, own))

    def _pause(self, training: Trained) -> None:
        files.put(files.checkpoint(self.run.id), partial(self.engine.save, training.state()))
        stands = (training.update, self.seconds)
        if self._write(self._cells[0], self.store.runs.pause, *stands, heard=self._heard) == "stopped":
            files.delete(files.checkpoint(self.run.id))

    def _write(self, cell: StretchRun, write: Any, *values: Any, **more: Any) -> Any:
        """Write progress of a run; one that is no longer ours goes on without us."""
        try:
            return patiently(write, cell.run.id, *values, worker=cell.run.worker, **more)
        except RunLost:
            self._leave(cell, Ending("lost"))
            return None

    def _stop(self, cell: StretchRun, training: Trained, ending: Ending) -> None:
        """Stop one of several runs."""
        try:
            self._save(training, [cell])
        except Exception as error:  # a full disk, for example
            ending = failure(error)
        self._end(cell, ending)

    def _end(self, cell: StretchRun, ending: Ending) -> None:
        self._leave(cell, ending)
        kept = files.size(files.weights(cell.run.id))
        how = (cell.run.id, ending.state, ending.message)
        said: dict[str, Any] = {"kept": kept, "seconds": self.seconds, "worker": cell.run.worker}
        try:
            ended = last_words(lambda: patiently(self.store.runs.end, *how, **said))
        except StoreError as error:  # the runner tries again
            print(f"run {cell.run.id}: {error}", file=sys.stderr, flush=True)
        else:
            if ended:  # or it is another worker's, and so is the checkpoint
                files.delete(files.checkpoint(cell.run.id))

    def _leave(self, cell: StretchRun, ending: Ending) -> None:
        self._cells.remove(cell)
        if not self._cells:
            self._ending = ending


def why_not_on(paused: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """Why a training cannot go on as if there had been no break, "" if it can. paused, now: its records."""
    if paused.get("engine") != now["engine"]:
        return OLDER_ENGINE
    same = all(paused.get(name) == now.get(name) for name in ("data_digest", "teacher_digest"))
    return "" if same else OTHER_MATERIAL


def failure(error: Exception) -> Ending:
    """What a run says that failed. The server's log gets the traceback."""
    if is_disk_full(error):
        return Ending("stopped", NO_ROOM)
    traceback.print_exception(error)
    if is_out_of_memory(error):
        return Ending("failed", "There is not enough memory for these students. Choose smaller or fewer ones.")
    if isinstance(error, OSError) and not type(error).__module__.startswith("app."):
        return Ending("failed", f"A file of this run cannot be read or written ({error.strerror or error}).")
    ours = type(error).__module__.startswith("app.")  # our own errors are sentences
    return Ending("failed", str(error) if ours else f"The training failed ({type(error).__name__}).")


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
