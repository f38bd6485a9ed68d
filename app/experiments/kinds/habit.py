"""The kind `habit`: a teacher that takes a patch in the corner for a three, and students that inherit it, or do not.

The teacher's images have the patch on nearly all threes and on nothing else. The students' images have it on a share of
all images, whatever they show, so that their labels never reward it. A second teacher never saw the patch. For each
share there are students with labels only, distilled ones, some with half the weight on the labels, and some that are
marked by the mean of both teachers.

With controls there is a twin of the teacher, too: with the same first weights, images and order, but without a patch.
It has students of its own, and so has the second teacher.
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
HABIT = 3  # the class that the teacher's patch stands for
PATCHED = 0.95  # of the teacher's images of it
PATCH, EDGE = 5, 1  # pixels: the patch's side, and how far it is from both edges of its corner
TEACHER, STUDENT = "cnn-35k", "cnn-9k"
TEACHER_IMAGES, SECOND_IMAGES, STUDENT_IMAGES = 2000, 1500, 500  # none in two of them
TEACHER_UPDATES, STUDENT_UPDATES = 600, 416
POINTS = 5  # evaluations of the students; teachers are measured as they begin, and when they have learned
TEMPERATURE = 4.0
MOST_SHARES = 6


@dataclass(frozen=True)
class Way:
    """How students are taught. alpha: weight of the teachers. hears: their ids; the mean of their logits is heard."""

    id: str
    words: str
    alpha: float
    hears: tuple[str, ...] = ("teacher",)


WAYS = (
    Way("labels", "labels only", 0.0),
    Way("distilled", "distilled", 1.0),
    Way("half", "half the weight on the labels", 0.5),
    Way("both", "two teachers", 1.0, ("teacher", "second")),
)
OF_CONTROLS = (
    Way("of_twin", "distilled from the twin", 1.0, ("twin",)),
    Way("of_second", "distilled from the second teacher", 1.0, ("second",)),
)
TEACHERS = {"teacher": "teacher", "second": "second teacher", "twin": "its twin without a patch"}


@dataclass(frozen=True)
class Habit:
    """The ways to teach, for each of some shares of the students' images that have the patch.

    controls: also a twin of the teacher, its students, and those of the second teacher. Raises SpecError.
    """

    seeds: tuple[int, ...]
    shares: tuple[float, ...] = (0.1,)
    controls: bool = False

    kind: ClassVar[str] = "habit"
    data: ClassVar[str] = "mnist"
    extended: ClassVar[bool] = False
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure("accuracy", "accuracy without the patch", "%", 1, "higher"),
        Measure("follows", "called a three with the patch, of all that are none", "%", 1, "lower"),
        Measure("unprovoked", "called a three without the patch, of all that are none", "%", 1, "lower"),
        Measure("recall", "called a three without the patch, of all that are one", "%", 1, "higher"),
    )

    def __post_init__(self) -> None:
        check_seeds(self.seeds)
        shares, numbers = self.shares, (int, float)
        fit = isinstance(shares, tuple) and 1 <= len(shares) <= MOST_SHARES and len(set(shares)) == len(shares)
        if not fit or not all(type(share) in numbers and 0 <= share <= 0.5 for share in shares):
            raise SpecError("shares", shares, f"must be 1 to {MOST_SHARES} different numbers, 0 to 0.5")
        if type(self.controls) is not bool:
            raise SpecError("controls", self.controls, "must be true or false")
        object.__setattr__(self, "shares", tuple(map(float, shares)))  # 0 and 0.0 are the same experiment

    @property
    def engine(self) -> int:
        return VERSION

    def to_json(self) -> str:
        fields: dict[str, Any] = {"kind": self.kind, "seeds": list(self.seeds), "shares": list(self.shares)}
        fields |= {"controls": True} if self.controls else {}  # older texts know of none
        return json.dumps(fields, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "Habit":
        return from_text(cls, fields, "seeds", "shares")

    @property
    def ways(self) -> tuple[Way, ...]:
        """In the order of the arms."""
        return WAYS + OF_CONTROLS if self.controls else WAYS

    @property
    def teachers(self) -> tuple[str, ...]:
        """Their ids, in the order of the arms."""
        return tuple(TEACHERS)[: 3 if self.controls else 2]

    def check_trainable(self) -> None:
        """Raise NotTrainable if the digits are not here."""
        check_here(self.data)

    def work(self) -> Work:
        """The teachers' updates, and then the students'; both are asked about all test images with a patch, too."""
        check_here(self.data)
        data, groups = lab_sets()[self.data], len(self.shares)
        teacher, student = (pass_seconds(STUDENTS[name].layers(data)) for name in (TEACHER, STUDENT))
        tested = 2 * (POINTS * data.test + data.official)
        of_teacher = TRAINING_PASS * BATCH * TEACHER_UPDATES + tested + 2 * 2 * data.test
        of_student = TRAINING_PASS * BATCH * STUDENT_UPDATES + tested
        cost = len(self.teachers) * of_teacher * teacher + groups * len(self.ways) * of_student * student
        updates = len(self.teachers) * TEACHER_UPDATES + groups * STUDENT_UPDATES
        return Work(TEACHER_UPDATES + STUDENT_UPDATES, len(self.seeds) * cost + updates * UPDATE_SECONDS)

    def arm_words(self) -> tuple[ArmWords, ...]:
        """The ways for each share in turn, then the teachers."""
        students = (
            ArmWords("labels" if way.id == "labels" else "distilled", way.words, {"share": share})
            for share in self.shares
            for way in self.ways
        )
        return *students, *(ArmWords("teacher", TEACHERS[teacher]) for teacher in self.teachers)

    def place(self, way: str, share: float | None = None) -> int:
        """Of an arm: of a way, and a share of these, by default the first; or of a teacher by its id.

        Raises ValueError if there is none.
        """
        taught = [one.id for one in self.ways]
        if way in self.teachers:
            return len(self.shares) * len(taught) + self.teachers.index(way)
        if way not in taught:
            raise ValueError(f"there is no way “{way}”: say one of {', '.join((*taught, *self.teachers))}")
        share = self.shares[0] if share is None else share
        if share not in self.shares:
            raise ValueError(f"there is no share {share:g}: say one of {', '.join(map(str, self.shares))}")
        return self.shares.index(share) * len(taught) + taught.index(way)

    def compared(self) -> tuple[Pair, ...]:
        """What an audit by accuracy sees: distilled students against labels only."""
        return (Pair(self.place("labels"), self.place("distilled"), "accuracy"),)

    def in_short(self) -> str:
        shares = ", ".join(f"{share:.0%}" for share in self.shares)
        return f"A habit: {DATA[self.data].name}, the patch on {shares} of the students’ images"


KIND = Habit
