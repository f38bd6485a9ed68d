"""The kind `cascade`: a student answers where it is sure enough, and hands the other images to its teacher.

Nothing is trained. The students are those of a run that has ended; what they and the teacher say of images is compared
at every threshold on the student's confidence, the largest of its probabilities at T = 1. An image whose confidence is
not above the threshold goes to the teacher: at 0 none does, at 1 all do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from app.catalog import available, declared
from app.catalog.available import lab_sets
from app.experiments import costs
from app.experiments.kinds import Measure, Pair
from app.experiments.kinds.cohort import RunSpec, arm_words
from app.experiments.spec import SpecError, check_weights_here, is_run_id
from app.experiments.verdict import ArmWords
from app.store import Work

VERSION = 1  # raised if the same cascade gives other numbers than before
THRESHOLDS = (*(step / 50 for step in range(50)), 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999, 0.99999, 1.0)
GIVEN_UP = 0.01  # of the teacher's accuracy on validation images, at most, by the threshold that is chosen
VALIDATION_IMAGES = 1000  # at most, on which the threshold is chosen; `Training.validation_rows` draws them


@dataclass(frozen=True)
class Cascade:
    """The students of one arm of a run, before its teacher.

    run: id of the run that has trained them. base: its experiment. arm: place of the arm in it. Raises SpecError.
    """

    run: str
    base: RunSpec
    arm: int

    kind: ClassVar[str] = "cascade"
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure("accuracy", "accuracy", "%", 1, "higher"),
        Measure("escalated", "share of images that the teacher answers", "%", 1, "lower"),
        Measure("multiply_adds", "multiply–adds for an image, on average", "multiply–adds", 0, "lower"),
    )

    def __post_init__(self) -> None:
        if not isinstance(self.run, str) or not is_run_id(self.run):
            raise SpecError("run", self.run, "must be a run's id")
        if type(self.arm) is not int or not 0 <= self.arm < len(self.base.arms):
            raise SpecError("arm", self.arm, f"must be the place of an arm, 0 to {len(self.base.arms) - 1}")

    @property
    def data(self) -> str:
        return self.base.data

    @property
    def seeds(self) -> tuple[int, ...]:
        return self.base.seeds

    @property
    def extended(self) -> bool:
        return self.base.extended

    @property
    def engine(self) -> int:
        return VERSION

    def to_json(self) -> str:
        fields = {"kind": self.kind, "run": self.run, "base": self.base.as_dict(), "arm": self.arm}
        return json.dumps(fields, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Cascade:
        try:
            return cls(**{**fields, "base": RunSpec.from_fields(fields["base"])})
        except (TypeError, KeyError) as error:
            raise SpecError("spec", json.dumps(fields), f"is not a cascade ({type(error).__name__})") from error

    def check_trainable(self) -> None:
        """Raise NotTrainable unless the images, the teacher and the students' weights are here."""
        self.base.check_trainable()
        check_weights_here(self.run)

    def work(self) -> Work:
        """An update asks the student of one seed."""
        if self.base.data not in lab_sets():
            self.base.check_trainable()
        data = lab_sets()[self.base.data]
        seconds = costs.pass_seconds(declared.STUDENTS[self.base.student].layers(data))
        return Work(len(self.seeds), len(self.seeds) * seconds * (data.test + VALIDATION_IMAGES))

    def arm_words(self) -> tuple[ArmWords, ...]:
        alone = arm_words(self.base.arms[self.arm])
        return (
            ArmWords(alone.role, f"{alone.words} alone"),
            ArmWords("cascade", "cascade"),
            ArmWords("teacher", "teacher"),
        )

    def compared(self) -> tuple[Pair, ...]:
        """The cascade against its student, at the threshold chosen on validation images."""
        return (Pair(0, 1, "accuracy"),)

    def in_short(self) -> str:
        return f"Cascade: {self.base.in_short()}, then {available.choice_name('teacher', self.base.teacher)}"


KIND = Cascade
