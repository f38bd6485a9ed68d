"""Recorded sweeps, shipped in pretrained/recorded/sweeps: what a page shows before anybody has run one here.

``python -m pretrained.record_sweeps`` makes them; each names its plan, date, versions and machine. Kept of every cell
is what its students reached, not their answers: the cell can be trained again in seconds. Knows no store.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.catalog import paths
from app.experiments.recordings.shelf import shelf
from app.experiments.spec import SpecError, is_run_id
from app.experiments.sweep import Found, Sweep

PREFIX = "recorded-sweep-"
FORMAT = 1


@dataclass(frozen=True, eq=False)
class RecordedSweep:
    """One recorded sweep. accuracy, validation: (cells, arms, seeds), in the order of `Sweep.cells`."""

    id: str
    plan: Sweep
    accuracy: tuple[Any, ...]
    validation: tuple[Any, ...]  # None where no images were left to validate on
    seconds: float
    teacher_accuracy: float
    test_images: int
    record: dict[str, Any]  # date, versions, machine, digests

    def found(self) -> dict[tuple[Any, ...], Found]:
        """By `Cell.at`."""
        known = zip(self.plan.cells(), self.accuracy, self.validation, strict=True)
        return {
            cell.at: Found(None, "finished", cell.spec.updates, cell.spec.updates, accuracy, validation)
            for cell, accuracy, validation in known
        }


def folder() -> Path:
    """Where the recorded sweeps are."""
    return paths.PRETRAINED / "recorded" / "sweeps"


def recorded_sweeps() -> dict[str, RecordedSweep]:
    """Every recorded sweep by id. A file that is damaged is left out, and the log says so."""
    return shelf(folder(), read)


def recorded_sweep_for(kind: str, data: str) -> RecordedSweep | None:
    """The recorded sweep of a kind on images of `data`, None where there is none."""
    known = recorded_sweeps().values()
    return next((sweep for sweep in known if sweep.plan.kind == kind and sweep.plan.settings["data"] == data), None)


def read(text: str) -> RecordedSweep:
    """A recorded sweep from its JSON. Raises ValueError where it is damaged."""
    try:
        stored = json.loads(text)
        if stored["format"] != FORMAT:
            raise ValueError(f"format must be {FORMAT}, got {stored['format']}")
        fields: dict[str, Any] = {name: stored[name] for name in _PLAIN}
        fields |= {name: tuple(stored[name]) for name in _CELLS}
        sweep = RecordedSweep(**fields, plan=Sweep.read(json.dumps(stored["plan"])))
        sweep.found()
    except (KeyError, TypeError, SpecError) as error:
        raise ValueError(f"it is not a recorded sweep ({error})") from error
    if not sweep.id.startswith(PREFIX) or not is_run_id(sweep.id):
        raise ValueError("its id is not as it should be")
    return sweep


def written(sweep: RecordedSweep) -> str:
    """The inverse of `read`."""
    stored = {name: getattr(sweep, name) for name in _PLAIN} | {name: list(getattr(sweep, name)) for name in _CELLS}
    stored |= {"format": FORMAT, "plan": json.loads(sweep.plan.to_json())}
    return json.dumps(stored, separators=(",", ":"), allow_nan=False) + "\n"


_PLAIN = ("id", "seconds", "teacher_accuracy", "test_images", "record")
_CELLS = ("accuracy", "validation")
