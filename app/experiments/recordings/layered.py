"""Recordings of layers, and of how far students of one recipe are apart: their counts, as shares."""

from typing import ClassVar, NamedTuple

import numpy as np
import numpy.typing as npt

from app.experiments.kinds.cascade import THRESHOLDS
from app.experiments.kinds.churn import Churn
from app.experiments.kinds.layers import GROUNDS, VALIDATION_IMAGES, Layers
from app.experiments.recordings.inherited import RecordedEnds
from app.experiments.recordings.recording import FinishedRun

Shares = npt.NDArray[np.float64]

LAYERS, CHURN = "recorded-layers", "recorded-churn"
CLEAN = "clean"
PASSED, KEPT_WRONG, MENDED = range(3)  # as `worker.kinds.layers` counts them


class Curve(NamedTuple):
    """What becomes of images at every threshold, as shares of all that were asked about, (seeds, thresholds).

    passed: handed on to the teacher. kept_wrong: answered by the student, and wrong. mended: handed on, and then right.
    kept: answered by the student.
    """

    passed: Shares
    kept_wrong: Shares
    mended: Shares
    kept: Shares

    @property
    def right(self) -> Shares:
        """Answered right by either of them."""
        return self.kept - self.kept_wrong + self.mended

    @property
    def at_random(self) -> Shares:
        """Right if as many images were handed on, but drawn at random: what is expected of it."""
        alone, teacher = self.right[:, :1], self.right[:, -1:]
        return alone + self.passed * (teacher - alone)


def priced(curve: Curve, student: float, wrong: float) -> Shares:
    """What a question costs at every threshold, (seeds, thresholds), if an answer of the teacher costs 1.

    student: price of its answer. wrong: of a wrong answer.
    """
    return student + curve.passed + wrong * (1 - curve.right)


def place_of(threshold: float) -> int:
    """Of a recorded threshold. Raises ValueError if it is none."""
    if threshold not in THRESHOLDS:
        raise ValueError(f"nothing was recorded at the threshold {threshold:g}")
    return THRESHOLDS.index(threshold)


def ground_of(ground: str) -> int:
    """The place of a ground. Raises ValueError if there is none."""
    known = [one.id for one in GROUNDS]
    if ground not in known:
        raise ValueError(f"there is no ground “{ground}”: say one of {', '.join(known)}")
    return known.index(ground)


class RecordedLayers(RecordedEnds):
    """Students before a teacher and behind a gate, on all grounds, at all thresholds."""

    KIND: ClassVar[str] = "layers"
    WORDS: ClassVar[str] = "recording of layers"
    RUNS: ClassVar[int] = 1

    @property
    def experiment(self) -> Layers:
        """Of its one run."""
        experiment = self.runs[0].experiment
        assert isinstance(experiment, Layers)
        return experiment

    @property
    def tests(self) -> int:
        """Test images of each ground."""
        return int(self.runs[0].end["final"]["images"])

    @property
    def milliseconds(self) -> dict[str, float]:
        """What an answer of each layer takes: gate, student, teacher."""
        return {name: float(value) for name, value in self.record["milliseconds"].items()}

    def curve(self, way: str, ground: str = CLEAN, *, scaled: bool = False, behind: bool = False) -> Curve:
        """On the official test images. scaled: by the scaling temperature; behind: behind each seed's gate."""
        place, at = self.experiment.place(way), ground_of(ground)
        if not behind:
            return _curve(self.array("counts")[int(scaled), place, :, at], self.tests, np.array(self.tests))
        let = self.array("through")[0, :, at, None].astype(float)
        return _curve(self.array("behind")[place, :, at], self.tests, let)

    def on_validation(self, way: str, *, scaled: bool = False) -> Curve:
        """The same on each seed's validation digits."""
        counts = self.array("validation")[int(scaled), self.experiment.place(way)]
        return _curve(counts, VALIDATION_IMAGES, np.array(VALIDATION_IMAGES))

    def teacher(self, ground: str) -> float:
        """What share of a ground the teacher gets right."""
        return float(self.array("teacher_right")[ground_of(ground)]) / self.tests

    def ece(self, way: str, ground: str = CLEAN, *, scaled: bool = False) -> Shares:
        """Calibration error of every seed."""
        return np.asarray(self.array("ece")[int(scaled), self.experiment.place(way), :, ground_of(ground)], float)

    def through(self, layer: str, ground: str) -> Shares:
        """What share of a ground a gate, or the confidence of students of some way, lets through: (seeds,).

        layer: gate, or the way. ground: one of them, or "validation" for clothes of which no gate learned.
        """
        place = 0 if layer == "gate" else 1 + self.experiment.place(layer)
        if ground == "validation":
            return self.array("through")[place, :, -1] / VALIDATION_IMAGES
        return np.asarray(self.array("through")[place, :, ground_of(ground)] / self.tests, float)


def _curve(counts: npt.NDArray[np.int16], images: int, let: npt.NDArray[np.float64]) -> Curve:
    """counts: (seeds, thresholds, 3), of so many images. let: how many of them were let through."""
    passed, kept_wrong, mended = np.moveaxis(counts.astype(float), -1, 0)
    return Curve(passed / images, kept_wrong / images, mended / images, (let - passed) / images)


class RecordedChurn(RecordedEnds):
    """Students of several recipes, with images of their own and with the same."""

    KIND: ClassVar[str] = "churn"
    WORDS: ClassVar[str] = "recording of churn"
    MEASURED: ClassVar[tuple[str, ...]] = ("accuracy", "apart", "system_accuracy", "system_apart")
    RUNS: ClassVar[int] = 2

    def run(self, *, same: bool) -> tuple[FinishedRun, Churn]:
        """The run whose seeds have the same images, or images of their own. Raises ValueError if there is none."""
        for run in self.runs:
            if isinstance(run.experiment, Churn) and run.experiment.same == same:
                return run, run.experiment
        raise ValueError(f"{self.id} has no such run")

    def between(self, recipe: str, *, same: bool = False, system: bool = False) -> list[float]:
        """On what share of the test images the students of two seeds differ: of each two that no other pair shares."""
        run, experiment = self.run(same=same)
        pairs = self._of("apart", same=same, system=system)[experiment.place(recipe)] / run.end["final"]["images"]
        return [float(pairs[seed, seed + 1]) for seed in range(0, len(pairs) - 1, 2)]

    def divided(self, recipe: str, *, same: bool = False, system: bool = False) -> list[float]:
        """On what share not all students of a group say the same, for each group."""
        run, experiment = self.run(same=same)
        counts = self._of("divided", same=same, system=system)[experiment.place(recipe)]
        return [float(count) / run.end["final"]["images"] for count in counts]

    def _of(self, name: str, *, same: bool, system: bool) -> npt.NDArray[np.int16]:
        _, experiment = self.run(same=same)
        places = [run.experiment for run in self.runs]
        return np.asarray(self.array(f"system_{name}" if system else name)[places.index(experiment)])
