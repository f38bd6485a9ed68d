"""The kind `rules`: one small network learns two rules that hold for unseen pairs, and a table of random facts.

A question is a pair and what is asked of it: which of two numbers is larger, whether their sum is even, or one of
the facts, a yes or no that somebody tossed a coin for. Rules are tested on pairs that nobody learned from. A fact
cannot be worked out from others, so facts are tested on those that were taught. A seed sets the split of the pairs, the
facts, the first weights and the order.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from typing import Any, ClassVar, Literal

from app.catalog.architecture import Flatten, Image, Layers, Linear, Relu, parameters
from app.experiments.costs import TRAINING_PASS, pass_seconds
from app.experiments.kinds import Measure, Pair
from app.experiments.spec import SpecError, check_seeds, from_text
from app.experiments.verdict import ArmWords
from app.store import Work

VERSION = 1  # raised if the same experiment gives other numbers than before
NUMBERS = 30  # a pair is two of so many
TAUGHT_SHARE = 0.7  # of the pairs, for each rule; it is tested on the others
FACTS = 600
QUESTIONS = ("larger", "even", "fact")
WIDTHS = (1, 2, 3, 4, 6, 8, 16)
TEACHER_WIDTH, TEACHER_UPDATES = 64, 600
LONGEST = 4000  # updates
TEMPERATURE = 2.0  # of the distilled students, who hear nothing but their teacher
LEAK = 0.1  # of networks whose units cannot die
BATCH = 512
EVALUATIONS = 20
UPDATE_SECONDS = 1.5e-3  # of an update of the smallest networks, on the reference core


@dataclass(frozen=True)
class RulesArm:
    """What students are told, and at which T. even: the labels, as soft as the teacher is on average."""

    role: Literal["labels", "distilled", "control"]
    words: str
    told: Literal["labels", "even", "teacher"]
    temperature: float


ARMS: dict[str, RulesArm] = {
    "labels": RulesArm("labels", "labels only", "labels", 1.0),
    "distilled": RulesArm("distilled", "distilled", "teacher", TEMPERATURE),
    "certain": RulesArm("control", "labels at T = 2", "labels", TEMPERATURE),
    "even": RulesArm("control", "even softness at T = 2", "even", TEMPERATURE),
    "kd-1": RulesArm("distilled", "distilled at T = 1", "teacher", 1.0),
    "kd-4": RulesArm("distilled", "distilled at T = 4", "teacher", 4.0),
}


@dataclass(frozen=True)
class Rules:
    """width: of the two hidden layers of a student, in WIDTHS. updates: 1 … LONGEST, of the students; their teacher
    has had its own before. arms: of ARMS, labels only first. slope: 0 … 1, of the students' ReLUs below zero. Raises
    SpecError.
    """

    width: int
    updates: int
    seeds: tuple[int, ...]
    arms: tuple[str, ...] = ("labels", "distilled")
    slope: float = 0.0

    kind: ClassVar[str] = "rules"
    data: ClassVar[str] = "rules"  # no images
    extended: ClassVar[bool] = False
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure("larger", "“which is larger”, on unseen pairs", "%", 1, "higher"),
        Measure("even", "“is the sum even”, on unseen pairs", "%", 1, "higher"),
        Measure("fact", "facts that it was taught", "%", 1, "higher"),
        Measure("sure_of_lost", "how sure it is of the facts it gets wrong", "%", 1),
        Measure("sure_of_untold", "how sure it is of facts that nobody told it", "%", 1),
    )

    def __post_init__(self) -> None:
        if type(self.width) is not int or self.width not in WIDTHS:
            raise SpecError("width", self.width, f"must be one of {', '.join(map(str, WIDTHS))}")
        if type(self.updates) is not int or not 1 <= self.updates <= LONGEST:
            raise SpecError("updates", self.updates, f"must be 1 to {LONGEST:,}")
        check_seeds(self.seeds)
        known = isinstance(self.arms, tuple) and all(isinstance(arm, str) and arm in ARMS for arm in self.arms)
        if not known or len(self.arms) < 2 or self.arms[0] != "labels" or len(set(self.arms)) < len(self.arms):
            raise SpecError("arms", self.arms, f"must be labels and others of {', '.join(ARMS)}")
        if type(self.slope) is not float or not 0 <= self.slope <= 1:
            raise SpecError("slope", self.slope, "must be 0.0 to 1.0")

    @property
    def engine(self) -> int:
        return VERSION

    @property
    def parameters(self) -> int:
        """Of a student."""
        return parameters(layers(self.width))

    def to_json(self) -> str:
        """What came later is left out at its default, so that an old experiment keeps its text."""
        defaults = {one.name: one.default for one in fields(self) if one.default is not MISSING}
        said = {key: value for key, value in asdict(self).items() if key not in defaults or value != defaults[key]}
        return json.dumps({"kind": self.kind, **said}, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Rules:
        return from_text(cls, fields, "seeds", "arms")

    def check_trainable(self) -> None:
        """It needs nothing of this machine."""

    def work(self) -> Work:
        """The teacher's updates come first."""
        updates, learned = TEACHER_UPDATES + self.updates, TRAINING_PASS * BATCH
        tested = (2 + EVALUATIONS) * (2 * round((1 - TAUGHT_SHARE) * NUMBERS**2) + NUMBERS**2 + FACTS)
        teacher, student = (pass_seconds(layers(width)) for width in (TEACHER_WIDTH, self.width))
        cost = (TEACHER_UPDATES * learned + tested) * teacher
        cost += len(self.arms) * (self.updates * learned + tested) * student
        return Work(updates, len(self.seeds) * cost + updates * UPDATE_SECONDS)

    def arm_words(self) -> tuple[ArmWords, ...]:
        students = (ArmWords(ARMS[arm].role, ARMS[arm].words) for arm in self.arms)
        return *students, ArmWords("teacher", "teacher")

    def compared(self) -> tuple[Pair, ...]:
        """The first of the others against labels only, on the facts."""
        return (Pair(0, 1, "fact", FACTS, "facts"),)

    def in_short(self) -> str:
        other = "" if self.arms[1:] == ("distilled",) else "".join(f", {ARMS[arm].words}" for arm in self.arms[1:])
        leaky = ", leaky ReLU" if self.slope else ""
        return f"Rules and facts, width {self.width}, {self.updates:,} updates{leaky}{other}"


def layers(width: int) -> Layers:
    """A network with two hidden layers of this width: inputs for both numbers, for both names, and the question."""
    hidden = Linear("layers.0", width), Relu(), Linear("layers.1", width), Relu()
    return Image(4 * NUMBERS + len(QUESTIONS), 1), Flatten(), *hidden, Linear("head", 2)


KIND = Rules
