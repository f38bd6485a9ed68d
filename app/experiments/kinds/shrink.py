"""The kind `shrink`: a shipped teacher made smaller in every way, and students of it, on one test.

The teacher is rounded to few bits, its small weights are left out (and thirty updates repair it), its layers are split
in narrow ones, or it computes in int8. Students of several sizes learn from it, and are rounded, too. Of each network
there are the bytes that it is stored in, what it gets right, and how long an answer takes where it really computes as
it is stored: elsewhere the rounded weights are multiplied as floats, so no time is measured.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from app.catalog.available import lab_sets, teachers_if_readable
from app.catalog.declared import BATCH, DATA, STUDENTS, TERNARY
from app.experiments.costs import TRAINING_PASS, pass_seconds
from app.experiments.kinds import Measure, Pair
from app.experiments.kinds.cohort import check_here
from app.experiments.spec import SpecError, check_seeds, from_text
from app.experiments.verdict import ArmWords
from app.store import Work

VERSION = 1  # raised if the same experiment gives other numbers than before
SIZES = ("cnn-2k", "cnn-9k", "cnn-35k")  # of the students
UPDATES, TEMPERATURE, ALPHA = 1000, 4.0, 0.9  # of each; they learn from all images of the pool
REPAIRS, REPAIR_IMAGES, REPAIR_RATE = 30, 500, 1e-3  # updates of a pruned teacher, on labelled images of each seed
BATCHES = (1, 256)  # images at once, when an answer is timed
TIMES = ("single", "batch")  # measures of the clock, which never come out twice the same
MOST_TESTS = 2500  # images, of a teacher that is brief


@dataclass(frozen=True)
class Family:
    """Networks of one kind that get smaller and smaller. levels: of which there is one each; unit: of these."""

    id: str
    words: str
    unit: str
    levels: tuple[float, ...]
    brief: tuple[float, ...] = ()  # what is left out with larger teachers


TEACHER = (
    Family("float", "the teacher as it is", "bits a number", (32, 16), brief=(16,)),
    Family(
        "channel", "rounded, a scale for each channel", "bits a weight", (8, 4, 3, 2, TERNARY, 1), brief=(TERNARY, 1)
    ),
    Family("tensor", "rounded, one scale for a layer", "bits a weight", (8, 4, 3, 2), brief=(2,)),
    Family("pruned", "small weights left out", "% left out", (50, 80, 90, 95), brief=(95,)),
    Family("repaired", f"left out, then {REPAIRS} updates", "% left out", (90,), brief=(90,)),
    Family("rank", "layers split in two", "% of the ranks", (50,), brief=(50,)),
    Family("kernel", "computes in int8", "bits a weight", (8,)),
)
STUDENT = Family("student", "distilled", "bits a number", (32, 8, 4, 2))  # of each size; 8: computes in int8
REAL = {"float": (32,), "kernel": (8,), "student": (32, 8)}  # families with levels that are timed


@dataclass(frozen=True)
class Way:
    """One network. family: its id. level: as in the family. size: a student's id, "" for the teacher itself."""

    family: str
    level: float
    size: str = ""

    @property
    def real(self) -> bool:
        """Whether it computes as it is stored, so that its time means something."""
        return self.level in REAL.get(self.family, ())

    @property
    def drawn(self) -> bool:
        """Whether a seed has a say in it."""
        return self.family in ("student", "repaired")


@dataclass(frozen=True)
class Shrink:
    """The shipped teacher of `data`, made smaller in every way. Raises SpecError."""

    data: str
    seeds: tuple[int, ...]

    kind: ClassVar[str] = "shrink"
    extended: ClassVar[bool] = False
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure("accuracy", "accuracy", "%", 1, "higher"),
        Measure("agreement", "same answer as the teacher", "%", 1, "higher"),
        Measure("bytes", "bytes as stored", "", 0, "lower"),
        Measure("single", "milliseconds for one image", "", 3, "lower"),
        Measure("batch", f"milliseconds for {BATCHES[1]} images at once", "", 1, "lower"),
    )

    def __post_init__(self) -> None:
        check_seeds(self.seeds)
        if self.data not in TEACHERS:
            raise SpecError("data", self.data, f"must be one of {', '.join(TEACHERS)}")

    @property
    def engine(self) -> int:
        return VERSION

    @property
    def brief(self) -> bool:
        """Whether its teacher is so large that some levels are left out, and that it is tested on MOST_TESTS images."""
        return self.data != TEACHERS[0]

    @property
    def families(self) -> tuple[Family, ...]:
        """Of the teacher's networks, with the levels that there are."""
        return tuple(
            Family(one.id, one.words, one.unit, tuple(level for level in one.levels if level not in one.brief))
            if self.brief
            else one
            for one in TEACHER
            if not (self.brief and one.brief == one.levels)
        )

    @property
    def ways(self) -> tuple[Way, ...]:
        """In the order of the arms: the teacher's first, the teacher as it is at their head."""
        of_teacher = (Way(family.id, level) for family in self.families for level in family.levels)
        return *of_teacher, *(Way(STUDENT.id, level, size) for size in SIZES for level in STUDENT.levels)

    def place(self, family: str, level: float, size: str = "") -> int:
        """Of an arm. Raises ValueError if there is none."""
        if (way := Way(family, level, size)) not in self.ways:
            known = ", ".join(f"{one.family} {one.level:g} {one.size}".strip() for one in self.ways)
            raise ValueError(f"there is no {family} {level:g} {size}: say one of {known}")
        return self.ways.index(way)

    def to_json(self) -> str:
        fields: dict[str, Any] = {"kind": self.kind, "data": self.data, "seeds": list(self.seeds)}
        return json.dumps(fields, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "Shrink":
        return from_text(cls, fields, "seeds")

    def check_trainable(self) -> None:
        """Raise NotTrainable if the images or the teacher are not here."""
        check_here(self.data, self.data)

    def work(self) -> Work:
        """A step for each network that no seed has a say in, one for each repair, the students' updates, the times."""
        if self.data not in lab_sets() or self.data not in teachers_if_readable():
            self.check_trainable()
        data = lab_sets()[self.data]
        teacher = pass_seconds(teachers_if_readable()[self.data].layers(data))
        sizes = [pass_seconds(STUDENTS[size].layers(data)) for size in SIZES]
        of_teacher = [way for way in self.ways if not way.size]
        repairs = sum(way.drawn for way in of_teacher) * len(self.seeds)
        asked = len(of_teacher) + repairs
        tested = min(data.official or data.test, MOST_TESTS if self.brief else 10**9)
        cost = teacher * (asked * tested + TRAINING_PASS * BATCH * REPAIRS * repairs)
        cost += len(self.seeds) * sum(sizes) * (TRAINING_PASS * BATCH * UPDATES + len(STUDENT.levels) * tested)
        steps = sum(not way.drawn for way in of_teacher) + repairs + len(SIZES) * UPDATES + 1
        return Work(steps, cost)

    def arm_words(self) -> tuple[ArmWords, ...]:
        families = {family.id: family for family in (*self.families, STUDENT)}
        data = DATA[self.data]
        return tuple(
            ArmWords(
                "distilled" if way.size else "teacher" if way.family == "float" else "control",
                families[way.family].words + (f", {STUDENTS[way.size].parameters(data):,} numbers" if way.size else ""),
                {families[way.family].unit: way.level},
            )
            for way in self.ways
        )

    def compared(self) -> tuple[Pair, ...]:
        """Nothing: most of them have no seeds to pair."""
        return ()

    def in_short(self) -> str:
        return f"A teacher made smaller in every way: {DATA[self.data].name}"


TEACHERS = ("mnist", "fashion", "cifar10")  # which know the images of that id; the first is the smallest
KIND = Shrink
