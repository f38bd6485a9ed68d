"""The kind `layers`: students that answer if they are sure, before their teacher and behind a gate, on many grounds.

Students of some ways to teach learn digits, as do tiny gates that tell digits from clothes. Then all are asked on
several grounds: digits as they are, turned, noisy or inverted, and images that are no digits at all. A student that is
not surer than the threshold hands the image on to the teacher. A gate, or a student's own confidence in its place, may
refuse an image before anybody answers.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from app.catalog.available import lab_sets, teachers
from app.catalog.declared import BATCH, DATA, STUDENTS
from app.experiments.costs import TRAINING_PASS, UPDATE_SECONDS, pass_seconds
from app.experiments.kinds import Measure, Pair
from app.experiments.kinds.cohort import check_here
from app.experiments.spec import SpecError, check_seeds, from_text
from app.experiments.verdict import ArmWords
from app.store import Work

VERSION = 1  # raised if the same experiment gives other numbers than before
STUDENT, GATE = "cnn-9k", "cnn-400"
LABELS, UPDATES = 500, 320
TEMPERATURE = 8.0  # at which a teacher, or even softness, is heard, with all the weight
GATE_IMAGES, GATE_UPDATES = 500, 160  # of digits, and as many of clothes
VALIDATION_IMAGES = 1000  # on which thresholds and scaling temperatures are chosen, and as many clothes
SURE = 0.9  # the threshold of the measures; the arrays of a recording have all of `cascade.THRESHOLDS`
REFUSED = 0.01  # share of the validation digits that a gate refuses, at most
NOISE = 1.0  # its standard deviation, in that of the pixels of the training images
CLOTHES = "fashion"  # the images that a gate learns to refuse


@dataclass(frozen=True)
class Ground:
    """What somebody is asked about. digits: whether there is a right answer."""

    id: str
    words: str
    digits: bool = True


GROUNDS = (
    Ground("clean", "digits as they are"),
    Ground("rotated30", "digits turned by 30°"),
    Ground("rotated60", "digits turned by 60°"),
    Ground("noise", "noisy digits"),
    Ground("inverted", "inverted digits"),
    Ground("clothes", "clothes", digits=False),
    Ground("scrambled", "digits with scrambled pixels", digits=False),
)
WAYS = {"labels": "labels only", "distilled": "distilled", "even": "evenly soft labels"}  # a control needs no teacher


def key_of(ground: Ground) -> str:
    """Of the measure that tells how a ground is answered."""
    return "accuracy" if ground.id == "clean" else ground.id


@dataclass(frozen=True)
class Layers:
    """Labels-only and distilled students, each alone and before the teacher. A press trains these.

    whole: also students of evenly soft labels, and the teacher is asked about the official test images on every ground,
    which takes minutes. Raises SpecError.
    """

    seeds: tuple[int, ...]
    whole: bool = False

    kind: ClassVar[str] = "layers"
    data: ClassVar[str] = "mnist"
    extended: ClassVar[bool] = False
    measures: ClassVar[tuple[Measure, ...]] = (
        *(
            Measure(key_of(one), f"accuracy on {one.words}", "%", 1, "higher")
            if one.digits
            else Measure(one.id, f"{one.words}: called a digit with more than {SURE:.0%}", "%", 1, "lower")
            for one in GROUNDS
        ),
        Measure("passed", "share of images that the teacher answers", "%", 1, "lower"),
        Measure("ece", "calibration error (ECE)", "%", 1, "lower"),
    )

    def __post_init__(self) -> None:
        check_seeds(self.seeds)
        if type(self.whole) is not bool:
            raise SpecError("whole", self.whole, "must be true or false")

    @property
    def engine(self) -> int:
        return VERSION

    def to_json(self) -> str:
        fields: dict[str, Any] = {"kind": self.kind, "seeds": list(self.seeds)}
        return json.dumps(fields | ({"whole": True} if self.whole else {}), sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "Layers":
        return from_text(cls, fields, "seeds")

    @property
    def ways(self) -> tuple[str, ...]:
        """Ids of how students are taught, in the order of the arms."""
        return tuple(WAYS)[: 3 if self.whole else 2]

    def check_trainable(self) -> None:
        """Raise NotTrainable if the digits, the clothes or the teacher are not here."""
        check_here(CLOTHES)
        check_here(self.data, self.data)

    def work(self) -> Work:
        """The students' updates, then the gates'; at the end all are asked on every ground."""
        self.check_trainable()
        data = lab_sets()[self.data]
        student, gate = (pass_seconds(STUDENTS[name].layers(data)) for name in (STUDENT, GATE))
        teacher, students = pass_seconds(teachers()[self.data].layers(data)), len(self.seeds) * len(self.ways)
        asked = len(GROUNDS) * (data.test + (data.official if self.whole else 0))
        cost = students * student * (TRAINING_PASS * BATCH * UPDATES + asked + VALIDATION_IMAGES)
        cost += len(self.seeds) * gate * (TRAINING_PASS * BATCH * GATE_UPDATES + 2 * VALIDATION_IMAGES + asked)
        return Work(UPDATES + GATE_UPDATES, cost + asked * teacher + (UPDATES + GATE_UPDATES) * UPDATE_SECONDS)

    def arm_words(self) -> tuple[ArmWords, ...]:
        """Students alone, the same before the teacher, and the teacher."""
        roles = dict(zip(WAYS, ("labels", "distilled", "control"), strict=True))
        return (
            *(ArmWords(roles[way], f"{WAYS[way]} alone") for way in self.ways),
            *(ArmWords(roles[way], f"{WAYS[way]}, then the teacher") for way in self.ways),
            ArmWords("teacher", "teacher"),
        )

    def place(self, way: str, *, before: bool = False) -> int:
        """Of an arm: of a way, alone or before the teacher; or of "teacher". Raises ValueError if there is none."""
        if way == "teacher":
            return 2 * len(self.ways)
        if way not in self.ways:
            raise ValueError(f"there is no way “{way}”: say one of {', '.join((*self.ways, 'teacher'))}")
        return self.ways.index(way) + len(self.ways) * before

    def compared(self) -> tuple[Pair, ...]:
        """Distilled students with and without the teacher behind them."""
        return (Pair(self.place("distilled"), self.place("distilled", before=True), "accuracy"),)

    def in_short(self) -> str:
        return f"Layers: {DATA[self.data].name} {LABELS}, students before a teacher and behind a gate"


KIND = Layers
