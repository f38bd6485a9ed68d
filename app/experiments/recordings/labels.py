"""Recorded label curves: the same twins with few labelled images and with many."""

from typing import ClassVar

from app.experiments.recordings.recording import FinishedRun, Recording


class LabelCurve(Recording):
    """At every number of labelled images there are two runs: with these images alone, and with the rest of the images
    marked by the teacher. A third, with labels only, ends after half as many epochs.
    """

    KIND: ClassVar[str] = "labels"
    WORDS: ClassVar[str] = "recorded curve"

    def _check(self) -> None:
        if not self.twins or not all(run.accuracy for run in self.twins):
            raise ValueError("it has no runs of twins")

    @property
    def twins(self) -> tuple[FinishedRun, ...]:
        """The runs with both arms, by rising number of labels."""
        return tuple(run for run in self.runs if len(run.spec.arms) == 2)

    @property
    def labels(self) -> tuple[int, ...]:
        """The numbers of labelled images, ascending."""
        return tuple(sorted({run.spec.labels for run in self.twins}))

    def run(self, labels: int, *, rest: bool = False) -> FinishedRun | None:
        """The twins with so many labelled images, and the rest marked by the teacher or not; None if there are none."""
        known = (run for run in self.twins if run.spec.labels == labels and bool(run.spec.unlabelled) == rest)
        return next(known, None)

    def half(self, labels: int) -> FinishedRun | None:
        """Labels only after half as many epochs; None if that was not recorded."""
        return next((run for run in self.runs if run.spec.labels == labels and len(run.spec.arms) == 1), None)
