"""Recordings of what students inherit: runs of one kind, with what was measured when they ended."""

from typing import ClassVar

import numpy as np

from app.experiments.recordings.recording import FinishedRun, Recording


class RecordedEnds(Recording):
    """Runs of the kind KIND, whose students took the official test. MEASURED: what was measured there. BESIDE: what
    else there is of each student at the end. RUNS: how many, 0 for any number.
    """

    MEASURED: ClassVar[tuple[str, ...]] = ("accuracy",)
    BESIDE: ClassVar[tuple[str, ...]] = ()
    RUNS: ClassVar[int] = 0

    def _check(self) -> None:
        if self.RUNS and len(self.runs) != self.RUNS:
            raise ValueError(f"it must have {self.RUNS} runs")
        for run in self.runs:
            if run.experiment.kind != self.KIND or int(run.end["final"]["images"]) < 1:
                raise ValueError("it is of another kind, or nobody was tested")
            for key in self.MEASURED + self.BESIDE:
                self._check_measured(run, key)

    def _check_measured(self, run: FinishedRun, key: str) -> None:
        values = np.array(run.end[key] if key in self.BESIDE else run.end["final"][key], float)
        known = values[1:] if key == "teacher_right" else values  # students with labels only have no teacher
        shape = len(run.experiment.arm_words()), len(run.experiment.seeds)
        if values.shape != shape or not np.isfinite(known).all():
            raise ValueError(f"“{key}” is not of its arms and seeds")


class RecordedHabit(RecordedEnds):
    """A patch, and who takes it for a three; with what networks say about a digit under it, as arrays."""

    KIND: ClassVar[str] = "habit"
    WORDS: ClassVar[str] = "recorded habit"
    MEASURED: ClassVar[tuple[str, ...]] = ("accuracy", "follows", "unprovoked", "recall")
    RUNS: ClassVar[int] = 1


class RecordedTraits(RecordedEnds):
    """Students that learned from noise."""

    KIND: ClassVar[str] = "hidden_traits"
    WORDS: ClassVar[str] = "recorded hidden traits"
    MEASURED: ClassVar[tuple[str, ...]] = ("accuracy", "through", "other", "probe", "untrained")
    BESIDE: ClassVar[tuple[str, ...]] = ("copied",)


class RecordedTeachers(RecordedEnds):
    """Students of several teachers, and how often these are right."""

    KIND: ClassVar[str] = "teachers"
    WORDS: ClassVar[str] = "recorded kinds of teachers"
    BESIDE: ClassVar[tuple[str, ...]] = ("teacher_right",)
    RUNS: ClassVar[int] = 1

    def _check(self) -> None:
        super()._check()
        _ = self.test_images
