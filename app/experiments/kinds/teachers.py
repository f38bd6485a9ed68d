"""The kind `teachers`: which kind of teacher teaches? Students differ in whom they hear, and some hear labels only.

All hear their teacher at the lab's first temperature and weight, about the same images. One teacher says something
wrong about a share of the images, and is as sure of it as of the rest. One has never learned anything.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from app.catalog.available import lab_sets, teachers_if_readable
from app.catalog.declared import BATCH, CONTROLS, DATA, STUDENTS
from app.experiments.costs import pass_seconds
from app.experiments.kinds import Measure, Pair
from app.experiments.kinds.cohort import check_here
from app.experiments.spec import NotTrainable, SpecError, check_seeds
from app.experiments.verdict import ArmWords
from app.store import Work

VERSION = 1  # raised if the same experiment gives other numbers than before
STUDENT = "cnn-9k"
LABELS, UPDATES = 500, 416  # as many updates as need be: see `pretrained.plans.LABELS`
TEMPERATURE, ALPHA = float(CONTROLS["temperature"].default), float(CONTROLS["alpha"].default)
WRONG = 0.4  # of the images that the confidently wrong teacher takes for something else
UNTRAINED = "cnn-large"  # the network of the teacher that has never learned


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
    TeacherKind("middle", "stopped halfway", "mnist-middle"),
    TeacherKind("full", "fully trained", "mnist"),
    TeacherKind("smoothed", "trained on smoothed labels", "mnist-smoothed"),
)


@dataclass(frozen=True)
class Teachers:
    """Students with labels only, and those of each kind of teacher, once per seed. Raises SpecError."""

    seeds: tuple[int, ...]

    kind: ClassVar[str] = "teachers"
    data: ClassVar[str] = "mnist"
    extended: ClassVar[bool] = False
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure("accuracy", "accuracy", "%", 1, "higher"),
        Measure("teacher_right", "accuracy of its teacher", "%", 1),
    )

    def __post_init__(self) -> None:
        check_seeds(self.seeds)

    @property
    def engine(self) -> int:
        return VERSION

    def to_json(self) -> str:
        return json.dumps({"kind": self.kind, "seeds": list(self.seeds)}, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "Teachers":
        try:
            return cls(**{**fields, "seeds": tuple(fields["seeds"])})
        except (TypeError, KeyError) as error:
            sentence = f"is not an experiment on teachers ({type(error).__name__})"
            raise SpecError("spec", json.dumps(fields), sentence) from error

    def check_trainable(self) -> None:
        """Raise NotTrainable if the digits or one of the teachers are not here."""
        check_here(self.data)
        for teacher in TEACHERS:
            if teacher.shipped and teacher.shipped not in teachers_if_readable():
                sentence = f"The teacher {teacher.shipped} is missing. Get a fresh copy of the app."
                raise NotTrainable("teacher", teacher.shipped, sentence)

    def work(self) -> Work:
        check_here(self.data)
        student = pass_seconds(STUDENTS[STUDENT].layers(lab_sets()[self.data]))
        return Work(UPDATES, 1.6 * 3 * BATCH * UPDATES * len(self.seeds) * (1 + len(TEACHERS)) * student)

    def arm_words(self) -> tuple[ArmWords, ...]:
        taught = (ArmWords("distilled", f"taught by a teacher {teacher.words}") for teacher in TEACHERS)
        return ArmWords("labels", "labels only"), *taught

    def place(self, teacher: str) -> int:
        """Of the arm that a teacher taught, or of "labels". Raises ValueError if there is none."""
        names = ("labels", *(one.id for one in TEACHERS))
        if teacher not in names:
            raise ValueError(f"there is no teacher “{teacher}”: say one of {', '.join(names)}")
        return names.index(teacher)

    def compared(self) -> tuple[Pair, ...]:
        """Each teacher's students against labels only; the fully trained one's come first."""
        order = ("full", *(one.id for one in TEACHERS if one.id != "full"))
        return tuple(Pair(0, self.place(teacher), "accuracy") for teacher in order)

    def in_short(self) -> str:
        return f"{len(TEACHERS)} kinds of teachers: {DATA[self.data].name} {LABELS}"


KIND = Teachers
