"""Recorded curves of twins: the same with few labelled images and with many, or trained for longer and longer."""

from abc import abstractmethod
from typing import ClassVar

from app.experiments.kinds.cohort import RunSpec
from app.experiments.recordings.recording import FinishedRun, Recording


class TwinCurve(Recording):
    """At every stop of a dial there are two runs of twins: with their labelled images alone, and with the rest of the
    images marked by the teacher, if there is one.
    """

    def _check(self) -> None:
        if not self.twins or not all(run.accuracy for run in self.twins):
            raise ValueError("it has no runs of twins")

    @abstractmethod
    def stop_of(self, spec: RunSpec) -> int:
        """At which stop of the dial an experiment stands."""

    @property
    def twins(self) -> tuple[FinishedRun, ...]:
        """The runs with both arms."""
        return tuple(run for run in self.runs if len(run.spec.arms) == 2)

    @property
    def stops(self) -> tuple[int, ...]:
        """The stops, ascending."""
        return tuple(sorted({self.stop_of(run.spec) for run in self.twins}))

    def run(self, stop: int, *, rest: bool = False) -> FinishedRun | None:
        """The twins at a stop, with the rest marked by the teacher or not; None if there are none."""
        known = (run for run in self.twins if self.stop_of(run.spec) == stop and bool(run.spec.unlabelled) == rest)
        return next(known, None)


class LabelCurve(TwinCurve):
    """Over the number of labelled images. A third run at each, with labels only, ends after half as many epochs."""

    KIND: ClassVar[str] = "labels"
    WORDS: ClassVar[str] = "recorded curve"

    def stop_of(self, spec: RunSpec) -> int:
        """The number of labelled images."""
        return spec.labels

    def half(self, labels: int) -> FinishedRun | None:
        """Labels only after half as many epochs; None if that was not recorded."""
        return next((run for run in self.runs if run.spec.labels == labels and len(run.spec.arms) == 1), None)


class LengthCurve(TwinCurve):
    """Over the updates of a training, each with a course of the learning rate of its own."""

    KIND: ClassVar[str] = "lengths"
    WORDS: ClassVar[str] = "recorded curve of lengths"

    def stop_of(self, spec: RunSpec) -> int:
        """The number of updates."""
        return spec.updates
