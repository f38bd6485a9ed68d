"""Recorded sweeps: what a page shows before anybody has run one here."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar

from app.experiments.recordings.recording import Recording, recordings
from app.experiments.sweep import CellResult, Sweep


class RecordedSweep(Recording):
    """A sweep with what every cell reached; a cell can be trained again in seconds, so its answers are not kept."""

    KIND: ClassVar[str] = "sweep"
    WORDS: ClassVar[str] = "recorded sweep"

    def _check(self) -> None:
        _ = self.cells

    @cached_property
    def plan(self) -> Sweep:
        """What was varied."""
        return Sweep.read(self.record["plan"])

    @cached_property
    def cells(self) -> Mapping[tuple[Any, ...], CellResult]:
        """By `Cell.at`."""
        runs = {run.spec: run for run in self.runs}
        return {
            cell.at: CellResult(
                *(None, "finished", cell.spec.updates, cell.spec.updates),
                self.reached(runs[cell.spec]),
                runs[cell.spec].validation,
            )
            for cell in self.plan.cells()
        }


def recorded_sweep_for(kind: str, data: str) -> RecordedSweep | None:
    """The recorded sweep of a kind on images of `data`, None if there is none."""
    known = recordings(RecordedSweep).values()
    return next((sweep for sweep in known if sweep.plan.kind == kind and sweep.plan.settings["data"] == data), None)
