"""Recorded runs of the lab's comparison: numbers to look at if the images are not on this machine."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from app.catalog.declared import BATCH
from app.experiments.recordings.recording import DAMAGED, PREFIX, Array, ArrayFile, Recording, recordings

Float16 = npt.NDArray[np.float16]
Logits = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class RecordedAnswers:
    """Logits of teacher and students for the first test images, at some moments of the run."""

    moments: tuple[int, ...]  # updates, ascending; the last one is the run's end
    teacher: Float16  # (shown, classes)
    students: Float16  # (moments, arms, seeds, shown, classes)


@dataclass(frozen=True, eq=False)
class Step:
    """One real update of the students of the first seed.

    images: test images; batch: how many training images it learned from; before, after: role → logits (images,
    classes).
    """

    images: tuple[int, ...]
    batch: int
    before: dict[str, Logits]
    after: dict[str, Logits]


@dataclass(frozen=True)
class Weights:
    """The weights of all students after `update` updates, in an npz file with this sha256."""

    path: Path
    sha256: str | None
    update: int

    def tensors(self) -> dict[str, Array]:
        """By name: "arm{a}.seed{s}.<layer>". Raises ValueError, a sentence, if they are missing or damaged."""
        arrays, start = ArrayFile(self.path, self.sha256), f"weights.{self.update}."
        layers = {name.removeprefix(start): arrays[name] for name in arrays if name.startswith(start)}
        return {
            f"arm{arm}.seed{seed}.{layer}": stacked[arm, seed, ...]
            for layer, stacked in layers.items()
            for arm, seed in np.ndindex(stacked.shape[:2])
        }


class RecordedRun(Recording):
    """A run with its students' answers and weights; images that can be drawn come with earlier weights, too."""

    KIND: ClassVar[str] = "run"
    WORDS: ClassVar[str] = "recorded run"

    def _check(self) -> None:
        if len(self.runs) != 1 or not self.classes or not all(event["seq"] for event in self.events):
            raise ValueError("its classes or events are not as they should be")

    @property
    def updates(self) -> int:
        """In all."""
        return self.runs[0].moments[-1]

    @property
    def labels(self) -> tuple[int, ...]:
        """Of the test images that have answers. Raises ValueError, a sentence, if they are missing or damaged."""
        return tuple(self.array("labels").tolist())

    def answers(self) -> RecordedAnswers:
        """What teacher and students said. Raises ValueError, a sentence, if that is missing or damaged."""
        moments, teacher, students = (self.array(name) for name in ("moments", "teacher", "students"))
        if students.shape[0] != len(moments) or students.shape[-2:] != teacher.shape:
            raise ValueError(DAMAGED)
        return RecordedAnswers(tuple(moments.tolist()), teacher, students)

    def weights(self, update: int | None = None) -> Weights:
        """The students' weights at the end, or the latest that were kept by `update`. Raises ValueError."""
        known = {int(name.split(".")[1]) for name in self.arrays if name.startswith("weights.")}
        if not known or not isinstance(self.arrays, ArrayFile):
            raise ValueError(DAMAGED)
        by_then = {moment for moment in known if update is None or moment <= update}
        return Weights(self.arrays.path, self.arrays.sha256, max(by_then or known))

    def step(self, update: int) -> Step | None:
        """The update that followed `update` others; None if it was not recorded, or is damaged."""
        try:
            of, images, before, after = (self.array(f"step.{name}") for name in ("update", "images", "before", "after"))
        except ValueError:
            return None
        if of != update:
            return None
        roles = [str(arm.role) for arm in self.spec.arms]
        by_role = [dict(zip(roles, logits, strict=True)) for logits in (before, after)]
        return Step(tuple(images.tolist()), min(BATCH, self.spec.labels), *by_role)


def is_recorded(run_id: str) -> bool:
    """True for the id of a recording, whether or not it is here."""
    return run_id.startswith(PREFIX)


def recorded_runs() -> dict[str, RecordedRun]:
    """Every recorded run by id."""
    return recordings(RecordedRun)


def recorded_for(data: str) -> list[RecordedRun]:
    """The recorded runs on images of `data`."""
    return [run for run in recorded_runs().values() if run.spec.data == data]


def of_finished_teacher(data: str) -> RecordedRun | None:
    """The recorded run on images of `data` whose teacher is the finished one of these; None if there is none."""
    return next((run for run in recorded_for(data) if run.spec.teacher == data), None)
