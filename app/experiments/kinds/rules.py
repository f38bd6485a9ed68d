"""The kind `rules`: one small network learns two rules that hold for unseen pairs, and a table of random facts.

A question is a pair and what is asked of it: which of two numbers is larger, whether their sum is even, or one of
the facts, a yes or no that somebody tossed a coin for. Rules are tested on pairs that nobody learned from. A fact
cannot be worked out from others, so facts are tested on those that were taught. A seed sets the split of the pairs, the
facts, the first weights and the order.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from app.experiments.kinds import Measure, Pair
from app.experiments.spec import SpecError, check_seeds
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
UPDATE_SECONDS, STUDENT_SECONDS = 1.2e-3, 0.7e-3  # of an update: of any, and more for each seed; on the reference core


@dataclass(frozen=True)
class Rules:
    """width: of the two hidden layers of a student, in WIDTHS. updates: 1 … LONGEST, of the students; their teacher
    has had its own before. Raises SpecError.
    """

    width: int
    updates: int
    seeds: tuple[int, ...]

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

    @property
    def engine(self) -> int:
        return VERSION

    @property
    def parameters(self) -> int:
        """Of a student."""
        return parameters(self.width)

    def to_json(self) -> str:
        fields = {"kind": self.kind, **asdict(self), "seeds": list(self.seeds)}
        return json.dumps(fields, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Rules:
        try:
            return cls(**{**fields, "seeds": tuple(fields["seeds"])})
        except (TypeError, KeyError) as error:
            raise SpecError("spec", json.dumps(fields), f"is no such experiment ({type(error).__name__})") from error

    def check_trainable(self) -> None:
        """It needs nothing of this machine."""

    def work(self) -> Work:
        """The teacher's updates come first."""
        updates = TEACHER_UPDATES + self.updates
        return Work(updates, updates * (UPDATE_SECONDS + len(self.seeds) * STUDENT_SECONDS))

    def arm_words(self) -> tuple[ArmWords, ...]:
        return ArmWords("labels", "labels only"), ArmWords("distilled", "distilled"), ArmWords("teacher", "teacher")

    def compared(self) -> tuple[Pair, ...]:
        """Distilled against labels only, on the facts."""
        return (Pair(0, 1, "fact"),)

    def in_short(self) -> str:
        return f"Rules and facts, width {self.width}, {self.updates:,} updates"


def parameters(width: int) -> int:
    """Of a network with two hidden layers of this width: inputs for both numbers, for both names, and the question."""
    inputs, answers = 4 * NUMBERS + len(QUESTIONS), 2
    return (inputs + 1) * width + (width + 1) * width + (width + 1) * answers


KIND = Rules
