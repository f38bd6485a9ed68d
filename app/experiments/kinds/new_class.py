"""The kind `new_class`: a student that knows nine digits is shown the tenth. What does it learn, and what is left?

Before, it learns from labelled images of nine digits; each seed draws which one is missing. Then all arms go on from
the same weights. They differ in what they see, images of the new digit alone or the old ones beside them, and in who
says what these are: labels, a teacher that knows all ten, or, of the old digits, the student's own old self (as in
“learning without forgetting”, Li and Hoiem 2016). The old images are those that it had learned from before.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from app.catalog.available import lab_sets
from app.catalog.declared import BATCH, CLASSES, DATA, STUDENTS
from app.experiments.costs import TRAINING_PASS, UPDATE_SECONDS, pass_seconds
from app.experiments.kinds import Measure, Pair
from app.experiments.kinds.cohort import check_here
from app.experiments.spec import SpecError, check_seeds, from_text
from app.experiments.verdict import ArmWords
from app.store import Work

VERSION = 1  # raised if the same experiment gives other numbers than before
STUDENT = "cnn-9k"
PER_CLASS = 100  # images of each digit, the new one among them
OLD_UPDATES = 464  # sixteen epochs
UPDATES = 200
TEMPERATURE = 4.0  # of those that hear a teacher, or themselves
RATES = (0.01, 1.0)  # shares of the usual rate, at least and at most
MOMENTS = (0, 2, 5, 10, 20, 50, 100, 200)  # updates with the new digit after which all are measured


@dataclass(frozen=True)
class Way:
    """How a student goes on. sees: the new digit alone, or all ten. hears: labels, the teacher, or its old self."""

    id: str
    role: str
    words: str
    sees: str
    hears: str


WAYS = (
    Way("new-labels", "labels", "the new digit alone, with labels", "new", "labels"),
    Way("new-teacher", "distilled", "the new digit alone, marked by a teacher", "new", "teacher"),
    Way("all-labels", "labels", "all ten digits, with labels", "all", "labels"),
    Way("all-teacher", "distilled", "all ten digits, marked by a teacher", "all", "teacher"),
    Way("all-self", "control", "the new digit with labels, the old ones marked by itself", "all", "self"),
)
BEFORE = "before"  # the student as it was


@dataclass(frozen=True)
class NewClass:
    """The ways to go on, once per seed. rate: share of the usual learning rate, for the new digit. Raises SpecError."""

    seeds: tuple[int, ...]
    rate: float = 1.0

    kind: ClassVar[str] = "new_class"
    data: ClassVar[str] = "mnist"
    extended: ClassVar[bool] = False
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure("accuracy", "right, all ten digits", "%", 1, "higher"),
        Measure("old", "right, the nine old digits", "%", 1, "higher"),
        Measure("new", "right, the new digit", "%", 1, "higher"),
        Measure("kept", "same answer as before, old digits", "%", 1),
        Measure("moved", "probability that has moved, old digits", "%", 1),
    )

    def __post_init__(self) -> None:
        check_seeds(self.seeds)
        low, high = RATES
        if type(self.rate) not in (int, float) or not low <= self.rate <= high:
            raise SpecError("rate", self.rate, f"must be {low:g} to {high:g}")
        object.__setattr__(self, "rate", float(self.rate))  # 1 and 1.0 are the same experiment

    @property
    def engine(self) -> int:
        return VERSION

    def to_json(self) -> str:
        fields = {"kind": self.kind, "seeds": list(self.seeds), "rate": self.rate}
        return json.dumps(fields, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "NewClass":
        return from_text(cls, fields, "seeds")

    def check_trainable(self) -> None:
        """Raise NotTrainable if the digits are not here."""
        check_here(self.data)

    def work(self) -> Work:
        """The updates with nine digits, and then those with the tenth."""
        check_here(self.data)
        data = lab_sets()[self.data]
        network = pass_seconds(STUDENTS[STUDENT].layers(data))
        tested = len(MOMENTS) * data.test + data.official
        passes = TRAINING_PASS * BATCH * OLD_UPDATES + CLASSES * PER_CLASS + len(MOMENTS) * data.test + data.official
        passes += len(WAYS) * (TRAINING_PASS * BATCH * UPDATES + tested)
        cost = len(self.seeds) * passes * network + (OLD_UPDATES + 2 * UPDATES) * UPDATE_SECONDS
        return Work(OLD_UPDATES + UPDATES, cost)

    def arm_words(self) -> tuple[ArmWords, ...]:
        """The ways, then the students as they were before."""
        return *(ArmWords(way.role, way.words) for way in WAYS), ArmWords("labels", "before the new digit")

    def place(self, way: str) -> int:
        """Of an arm by its id. Raises ValueError if there is none."""
        known = [*(one.id for one in WAYS), BEFORE]
        if way not in known:
            raise ValueError(f"there is no way “{way}”: say one of {', '.join(known)}")
        return known.index(way)

    def compared(self) -> tuple[Pair, ...]:
        """All digits marked by a teacher, against labels of the new one alone."""
        return (Pair(self.place("new-labels"), self.place("all-teacher"), "accuracy"),)

    def in_short(self) -> str:
        rate = f", rate × {self.rate:g}" if self.rate != 1 else ""
        return f"A new class: {DATA[self.data].name}, nine digits and then the tenth{rate}"


KIND = NewClass
