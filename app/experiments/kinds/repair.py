"""The kind `repair`: a small student whose weights are rounded to few bits, and then learns again.

First the student learns as floats, from all images of the pool and a large teacher. Then its weights are rounded to a
grid, and what that broke is repaired: every update computes with the rounded weights, and its gradient goes straight
through to the floats behind them. The repairs differ in what they hear about the same images: labels, labels that are
soft but know no more, what the student said itself when it was still of floats, or what the large teacher says.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from app.catalog.available import lab_sets
from app.catalog.declared import BATCH, DATA, STUDENTS
from app.experiments.costs import TRAINING_PASS, UPDATE_SECONDS, pass_seconds
from app.experiments.kinds import Measure, Pair
from app.experiments.kinds.cohort import check_here
from app.experiments.spec import SpecError, check_seeds, from_text
from app.experiments.verdict import ArmWords
from app.store import Work

VERSION = 1  # raised if the same experiment gives other numbers than before
STUDENT = "cnn-2k"
UPDATES, TEMPERATURE, ALPHA = 1000, 4.0, 0.9  # of the student as floats, which learns from the teacher
REPAIRS, RATE = 100, 0.3  # updates of a repair, and its first rate as a share of that before
BITS = (1, 8)  # at least and at most
POINTS = 10  # evaluations of each part
LABELS, EVEN, OWN, TEACHER = range(4)  # places of the repaired arms
REPAIRED = (
    ArmWords("labels", "labels"),
    ArmWords("control", "soft labels, no teacher"),
    ArmWords("distilled", "itself as floats"),
    ArmWords("distilled", "the large teacher"),
)
ROUNDED, FLOATS = len(REPAIRED), len(REPAIRED) + 1  # places of what is not repaired


@dataclass(frozen=True)
class Repair:
    """A student that is rounded to so many bits and repaired on so many images of each seed. Raises SpecError."""

    seeds: tuple[int, ...]
    images: int = 100
    bits: int = 2

    kind: ClassVar[str] = "repair"
    data: ClassVar[str] = "mnist"
    extended: ClassVar[bool] = False
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure("accuracy", "accuracy", "%", 1, "higher"),
        Measure("agreement", "same answer as the student as floats", "%", 1, "higher"),
    )

    def __post_init__(self) -> None:
        check_seeds(self.seeds)
        most = DATA[self.data].pool
        if type(self.images) is not int or not BATCH <= self.images <= most:
            raise SpecError("images", self.images, f"must be a whole number, {BATCH} to {most}")
        if type(self.bits) is not int or not BITS[0] <= self.bits <= BITS[1]:
            raise SpecError("bits", self.bits, f"must be a whole number, {BITS[0]} to {BITS[1]}")

    @property
    def engine(self) -> int:
        return VERSION

    def to_json(self) -> str:
        fields = {"kind": self.kind, "seeds": list(self.seeds), "images": self.images, "bits": self.bits}
        return json.dumps(fields, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "Repair":
        return from_text(cls, fields, "seeds")

    def check_trainable(self) -> None:
        """Raise NotTrainable if the digits or their teacher are not here."""
        check_here(self.data, self.data)

    def work(self) -> Work:
        """The updates of the student as floats, and then those of all repairs side by side."""
        check_here(self.data)
        data, arms = lab_sets()[self.data], len(REPAIRED)
        student = pass_seconds(STUDENTS[STUDENT].layers(data))
        passes = TRAINING_PASS * BATCH * (UPDATES + arms * REPAIRS)
        passes += data.pool + POINTS * (2 + arms + 1) * data.test + (arms + 2) * data.official
        updates = UPDATES + REPAIRS
        return Work(updates, len(self.seeds) * passes * student + updates * UPDATE_SECONDS)

    def arm_words(self) -> tuple[ArmWords, ...]:
        return *REPAIRED, ArmWords("control", "rounded, not repaired"), ArmWords("control", "as floats")

    def compared(self) -> tuple[Pair, ...]:
        """What the student taught itself against labels on the same images."""
        return (Pair(LABELS, OWN, "accuracy"),)

    def in_short(self) -> str:
        bits = f"{self.bits} bit{'s' * (self.bits != 1)}"
        return f"A student rounded to {bits} and repaired: {DATA[self.data].name}, {self.images:,} images"


KIND = Repair
