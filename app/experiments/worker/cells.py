"""The runs of a cohort, trained as one network: each gets what it would get alone, to rounding.

Cells of a sweep share students and images with their neighbours and differ in their arms. They cannot be paused; one
that is stopped keeps its numbers, and the others go on.
"""

from __future__ import annotations

import queue
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from app.catalog import declared
from app.distillation.progress import Diverged, Update, train
from app.experiments import snapshots
from app.experiments.kinds.cohort import RunSpec
from app.experiments.sweep import merged
from app.experiments.worker.engine import Engine, PlainPoint, Point, Training
from app.experiments.worker.one_run import (
    CAP_MESSAGE,
    CAP_TOO_EARLY,
    PROGRESS_SECONDS,
    Losses,
    Outcome,
    check_finite,
    failure,
    kept_logits,
    machine_record,
    plain,
    point_event,
)
from app.store import Run, RunLost, Store, StoreError, files
from app.store.database import patiently
from app.store.models import STOPPED_EARLY

MOMENTS = 2  # of a run whose answers are kept, beside the first: a sweep has many runs


@dataclass(frozen=True)
class Cell:
    """One run of the cohort. arms: where its arms are among those of the cohort."""

    run: Run
    spec: RunSpec
    arms: tuple[int, ...]


class Cells:
    """Train the runs of one cohort to their end.

    `ask` may be called from another thread; the training listens between two updates.
    """

    def __init__(
        self, runs: Sequence[Run], store: Store, engine: Engine, limit_seconds: float = declared.RUN_SECONDS
    ) -> None:
        self.run, self.runs = runs[0], tuple(runs)
        self.store, self.engine, self.limit = store, engine, limit_seconds
        self._asked: queue.SimpleQueue[tuple[str, str]] = queue.SimpleQueue()
        self._cells: list[Cell] = []  # that still go on
        self._losses = Losses()
        self._drawable = False  # see `Prepared`
        self._over = ""  # why all of them end before their last update
        self._kept = -1  # the latest moment whose answers are kept
        self._since = self._told = time.monotonic()

    def ask(self, action: str, run_id: str = "") -> None:
        """Only "stop", of one run."""
        self._asked.put((action, run_id))

    @property
    def seconds(self) -> float:
        """Of training."""
        return time.monotonic() - self._since

    def train(self) -> Outcome:
        """Every failure becomes a state and a sentence, of every run that still goes on."""
        try:
            training = self._train()
        except Exception as error:  # the boundary: whatever happens inside a run, the worker stays
            outcome = failure(error)
        else:
            outcome = Outcome("stopped", self._over) if self._over else Outcome("finished")
            if training.update:
                outcome = self._save(training, *self._cells) or outcome
        for cell in tuple(self._cells):
            self._end(cell, outcome)
        return outcome

    def _train(self) -> Training:
        specs = [RunSpec.from_json(run.spec_json) for run in self.runs]
        whole = merged(specs)
        self._cells = [
            Cell(run, spec, tuple(whole.arms.index(arm) for arm in spec.arms))
            for run, spec in zip(self.runs, specs, strict=True)
        ]
        prepared = self.engine.begin(whole)
        training, record = prepared.training, {**machine_record(), **prepared.record}
        self._drawable = prepared.drawable
        patiently(self.store.teachers.note, prepared.answers)
        for cell in tuple(self._cells):
            self._write(cell, self.store.runs.begin, training.updates, record | {"engine": cell.spec.engine})
        for progress in train(training, lambda: self._ends(training)):
            if isinstance(progress, Update):
                self._end_diverged(progress.update, progress.losses["total"])
                self._losses.add(progress.update, progress.losses)
                self._tell(training)
            else:
                self._point(training, progress)
        return training

    def _ends(self, training: Training) -> bool:
        while not self._asked.empty():
            action, run_id = self._asked.get()
            for cell in [cell for cell in self._cells if action == "stop" and cell.run.id == run_id]:
                failed = self._save(training, cell) if training.update else None
                self._end(cell, failed or Outcome("stopped", "" if training.update else STOPPED_EARLY))
        if self.seconds > self.limit:
            message = CAP_MESSAGE if training.update else CAP_TOO_EARLY
            self._over = message.format(minutes=self.limit / 60)
        return bool(self._over) or not self._cells

    def _tell(self, training: Training) -> None:
        if time.monotonic() - self._told > PROGRESS_SECONDS:
            for cell in tuple(self._cells):
                self._write(cell, self.store.runs.note_progress, training.update, self.seconds)
            self._told = time.monotonic()

    def _end_diverged(self, update: int, values: Any) -> None:
        """End the runs that have a value that is not finite; the others go on. values: (arms, seeds)."""
        for cell in tuple(self._cells):
            try:
                check_finite(cell.spec, update, values[list(cell.arms)])
            except Diverged as error:
                self._end(cell, Outcome("failed", str(error)))

    def _point(self, training: Training, point: Point) -> None:
        self._end_diverged(training.update, point.measures["nll"])
        losses, last = self._losses.take(), training.update == training.updates
        validation = plain(training.validate()) if last else None
        moment = training.update * MOMENTS // training.updates
        keeps, self._kept = moment > self._kept, max(moment, self._kept)
        for cell in tuple(self._cells):
            own = of_arms(point, cell.arms)
            event = point_event(training, self.seconds, own, losses_of_arms(losses, cell.arms))
            if validation is not None:
                event["validation"] = [validation[arm] for arm in cell.arms]
            self._write(cell, self.store.runs.append, event, kept_logits(own) if keeps or last else None)
        if keeps and self._drawable:
            self._keep_snapshots(training)
        self._told = time.monotonic()

    def _keep_snapshots(self, training: Training) -> None:
        """The students of this moment may be shown a drawing."""
        weights = training.weights()
        for cell in self._cells:
            own = weights_of_arms(weights, cell.arms)
            snapshots.keep(cell.run.id, training.update, partial(self.engine.save, own, half=True))

    def _write(self, cell: Cell, write: Any, *values: Any, **more: Any) -> None:
        """Write progress of a run; one that is no longer ours goes on without us."""
        try:
            patiently(write, cell.run.id, *values, worker=cell.run.worker, **more)
        except RunLost:
            self._cells.remove(cell)

    def _save(self, training: Training, *cells: Cell) -> Outcome | None:
        """Keep these runs' students; the failure, where that fails."""
        weights = training.weights()
        try:
            for cell in cells:
                write = partial(self.engine.save, weights_of_arms(weights, cell.arms))
                files.put(files.weights(cell.run.id), write)
        except Exception as error:  # a full disk, for example
            return failure(error)
        return None

    def _end(self, cell: Cell, outcome: Outcome) -> None:
        self._cells.remove(cell)
        kept = files.size(files.weights(cell.run.id))
        how = (cell.run.id, outcome.state, outcome.message)
        try:
            patiently(self.store.runs.end, *how, kept=kept, seconds=self.seconds, worker=cell.run.worker)
        except StoreError as error:  # the runner tries again
            print(f"run {cell.run.id}: {error}", file=sys.stderr, flush=True)


def of_arms(point: Point, arms: Sequence[int]) -> PlainPoint:
    """What was measured of some arms."""
    chosen = list(arms)
    parts = (point.measures, point.arrays, point.diagnostics)
    return PlainPoint(*({name: values[chosen] for name, values in part.items()} for part in parts))


def losses_of_arms(losses: dict[str, Any], arms: Sequence[int]) -> dict[str, Any]:
    """What `Losses.take` gave, of some arms only."""
    parts = {name: [values[arm] for arm in arms] for name, values in losses.items() if name != "updates"}
    return {"updates": losses["updates"], **parts}


def weights_of_arms(weights: dict[str, Any], arms: Sequence[int]) -> dict[str, Any]:
    """The students of some arms, with the names that they would have alone."""
    found: dict[str, Any] = {}
    for place, arm in enumerate(arms):
        start = f"arm{arm}."
        found |= {
            f"arm{place}.{name[len(start) :]}": value for name, value in weights.items() if name.startswith(start)
        }
    return found
