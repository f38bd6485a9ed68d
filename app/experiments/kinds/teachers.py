"""The kind `teachers`: which kind of teacher teaches? Students differ in whom they hear, and some hear labels only.

All hear their teacher at the lab's first weight, about the same images, at one temperature or at several. One teacher
says something wrong about a share of the images, and is as sure of it as of the rest. One has never learned anything.

The teachers are the shipped ones, the same for every seed; or they are grown: each seed has one of each kind of its
own, that learns here from other images than the students do, before them. The early and the middle ones are the full
one as it was after the shares of its updates that the shipped ones had seen, too.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from app.catalog.available import lab_sets
from app.catalog.declared import BATCH, CONTROLS, DATA, STUDENTS
from app.experiments.costs import RUN_PER_UPDATES, TRAINING_PASS, pass_seconds
from app.experiments.kinds import Measure, Pair
from app.experiments.kinds.cohort import check_here
from app.experiments.spec import SpecError, check_seeds, from_text
from app.experiments.verdict import ArmWords
from app.store import Work

VERSION = 1  # raised if the same experiment gives other numbers than before
STUDENT = "cnn-9k"
LABELS, UPDATES = 500, 416  # as many updates as need be: see `pretrained.plans.LABELS`
TEMPERATURE, ALPHA = float(CONTROLS["temperature"].default), float(CONTROLS["alpha"].default)
WRONG = 0.4  # of the images that the confidently wrong teacher takes for something else
UNTRAINED = "cnn-large"  # the network of the teacher that has never learned, if the others are shipped
GROWN, GROWN_IMAGES, GROWN_UPDATES = "cnn-35k", 3000, 752  # eight epochs
STAGES = {"untrained": 0.0, "early": 0.035, "middle": 0.12, "full": 1.0}  # shares of these updates
SMOOTHING = 0.1  # of the labels of the smoothed one
MOST_TEMPERATURES = 4


@dataclass(frozen=True)
class TeacherKind:
    """shipped: the teacher's id, or of whom it is made; "" if nobody trained it. wrong: share of wrong answers."""

    id: str
    words: str
    shipped: str = ""
    wrong: float = 0.0


TEACHERS = (
    TeacherKind("untrained", "never trained", ""),
    TeacherKind("wrong", "confidently wrong", "mnist", WRONG),
    TeacherKind("early", "stopped early", "mnist-early"),
    TeacherKind("middle", "stopped after an eighth", "mnist-middle"),
    TeacherKind("full", "fully trained", "mnist"),
    TeacherKind("smoothed", "trained on smoothed labels", "mnist-smoothed"),
)


@dataclass(frozen=True)
class Teachers:
    """Students with labels only, and those of each kind of teacher at each temperature, once per seed.

    grown: by teachers of each seed's own. Raises SpecError.
    """

    seeds: tuple[int, ...]
    temperatures: tuple[float, ...] = (TEMPERATURE,)
    grown: bool = False

    kind: ClassVar[str] = "teachers"
    data: ClassVar[str] = "mnist"
    extended: ClassVar[bool] = False
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure("accuracy", "accuracy", "%", 1, "higher"),
        Measure("teacher_right", "accuracy of its teacher", "%", 1),
    )

    def __post_init__(self) -> None:
        check_seeds(self.seeds)
        some, numbers, control = self.temperatures, (int, float), CONTROLS["temperature"]
        fit = isinstance(some, tuple) and 1 <= len(some) <= MOST_TEMPERATURES and len(set(some)) == len(some)
        if not fit or not all(type(one) in numbers and control.low <= one <= control.high for one in some):
            sentence = f"must be 1 to {MOST_TEMPERATURES} different numbers, {control.low:g} to {control.high:g}"
            raise SpecError("temperatures", some, sentence)
        if type(self.grown) is not bool:
            raise SpecError("grown", self.grown, "must be true or false")

    @property
    def engine(self) -> int:
        return VERSION

    def to_json(self) -> str:
        fields: dict[str, Any] = {"kind": self.kind, "seeds": list(self.seeds)}
        if self.temperatures != (TEMPERATURE,):  # older texts know of one alone
            fields["temperatures"] = list(self.temperatures)
        fields |= {"grown": True} if self.grown else {}
        return json.dumps(fields, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "Teachers":
        return from_text(cls, fields, "seeds", "temperatures")

    def check_trainable(self) -> None:
        """Raise NotTrainable if the digits or one of the teachers are not here."""
        shipped = () if self.grown else (teacher.shipped for teacher in TEACHERS if teacher.shipped)
        check_here(self.data, *shipped)

    def work(self) -> Work:
        """The updates of grown teachers, and then the students'."""
        check_here(self.data)
        teacher, student = (pass_seconds(STUDENTS[name].layers(lab_sets()[self.data])) for name in (GROWN, STUDENT))
        passes = (1 + len(self.temperatures) * len(TEACHERS)) * UPDATES * student
        passes += 2 * GROWN_UPDATES * teacher if self.grown else 0
        updates = UPDATES + (GROWN_UPDATES if self.grown else 0)
        return Work(updates, RUN_PER_UPDATES * TRAINING_PASS * BATCH * len(self.seeds) * passes)

    def arm_words(self) -> tuple[ArmWords, ...]:
        """Labels only, then the kinds of teachers for each temperature in turn."""
        beside = len(self.temperatures) > 1
        taught = (
            ArmWords("distilled", f"taught by a teacher {one.words}", {"T": at} if beside else {})
            for at in self.temperatures
            for one in TEACHERS
        )
        return ArmWords("labels", "labels only"), *taught

    def place(self, teacher: str, temperature: float = TEMPERATURE) -> int:
        """Of the arm that a teacher taught at this temperature, or of "labels". Raises ValueError if there is none."""
        names = [one.id for one in TEACHERS]
        if teacher == "labels":
            return 0
        if teacher not in names:
            raise ValueError(f"there is no teacher “{teacher}”: say one of labels, {', '.join(names)}")
        if temperature not in self.temperatures:
            known = ", ".join(f"{one:g}" for one in self.temperatures)
            raise ValueError(f"there is no temperature {temperature:g}: say one of {known}")
        return 1 + self.temperatures.index(temperature) * len(names) + names.index(teacher)

    def compared(self) -> tuple[Pair, ...]:
        """Each teacher's students against labels only; the fully trained one's come first. At the last temperature."""
        order = ("full", *(one.id for one in TEACHERS if one.id != "full"))
        return tuple(Pair(0, self.place(teacher, self.temperatures[-1]), "accuracy") for teacher in order)

    def in_short(self) -> str:
        grown = ", grown for each seed" if self.grown else ""
        return f"{len(TEACHERS)} kinds of teachers{grown}: {DATA[self.data].name} {LABELS}"


KIND = Teachers
