"""The kind `hidden_traits`: students that learn digits from noise, or do not, by what they share with their teacher.

A teacher of one hidden layer learns digits; its output layer stays as it was drawn. Beside the ten digits it has some
outputs that mean nothing and that nobody trains. Students look at noise alone, and learn to give what it gives there:
their own digits never get a gradient. They differ in what they share with the teacher before its training: the hidden
layer (the body), the output layer (the head), both or neither. Cloud et al. 2025 found that the start has to be shared;
Brockers et al. 2026 (arXiv 2605.23645) find that compatible heads suffice. `explanation` says which of the two the
numbers support. Digits are read through the head: students with another one than the teacher's can only guess, so they
are a zero to compare with, and say nothing of what their body has learned.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from app.catalog.declared import DATA
from app.experiments.kinds import Measure, Pair
from app.experiments.kinds.cohort import check_here
from app.experiments.paired import half_width, paired
from app.experiments.spec import SpecError, check_seeds
from app.experiments.verdict import ArmWords
from app.store import Work

VERSION = 1  # raised if the same experiment gives other numbers than before
HIDDEN = 128
TEACHER_UPDATES, STUDENT_UPDATES = 100, 300
TEACHER_BATCH, STUDENT_BATCH = 128, 256
OUTPUTS = (1, 100)  # meaningless ones, at least and at most
SHARES = ((True, True), (False, True), (True, False), (False, False))  # of each arm of students: body, head
BOTH, HEAD, BODY, NEITHER = range(len(SHARES))
SECONDS_PER_STUDENT = 1.2e-3  # of an update on the reference core

Answer = Literal["all", "most", "part", "none", "open"]


@dataclass(frozen=True)
class HiddenTraits:
    """Four kinds of students and their teacher, once per seed. outputs: how many mean nothing. Raises SpecError."""

    seeds: tuple[int, ...]
    outputs: int = 3

    kind: ClassVar[str] = "hidden_traits"
    data: ClassVar[str] = "mnist"
    extended: ClassVar[bool] = False
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure("accuracy", "accuracy", "%", 1, "higher"),
        Measure("copied", "share of the meaningless outputs’ variance that is copied", "%", 1, "higher"),
    )

    def __post_init__(self) -> None:
        check_seeds(self.seeds)
        low, high = OUTPUTS
        if type(self.outputs) is not int or not low <= self.outputs <= high:
            raise SpecError("outputs", self.outputs, f"must be a whole number, {low} to {high}")

    @property
    def engine(self) -> int:
        return VERSION

    def to_json(self) -> str:
        fields = {"kind": self.kind, "seeds": list(self.seeds), "outputs": self.outputs}
        return json.dumps(fields, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "HiddenTraits":
        try:
            return cls(**{**fields, "seeds": tuple(fields["seeds"])})
        except (TypeError, KeyError) as error:
            sentence = f"is not an experiment on hidden traits ({type(error).__name__})"
            raise SpecError("spec", json.dumps(fields), sentence) from error

    def check_trainable(self) -> None:
        """Raise NotTrainable if the digits are not here."""
        check_here(self.data)

    def work(self) -> Work:
        """The teacher's updates, and then the students'."""
        students = len(SHARES) * len(self.seeds)
        cost = STUDENT_UPDATES * students * SECONDS_PER_STUDENT
        return Work(TEACHER_UPDATES + STUDENT_UPDATES, cost)

    def arm_words(self) -> tuple[ArmWords, ...]:
        return (
            ArmWords("distilled", "same start"),
            ArmWords("distilled", "same head, other body"),
            ArmWords("distilled", "same body, other head"),
            ArmWords("labels", "all other"),
            ArmWords("teacher", "teacher"),
        )

    def compared(self) -> tuple[Pair, ...]:
        """Whoever shares something against whoever shares nothing."""
        return tuple(Pair(NEITHER, arm, "accuracy") for arm in (BOTH, HEAD, BODY))

    def in_short(self) -> str:
        return f"Hidden traits: {DATA[self.data].name}, noise and {self.outputs} meaningless outputs"


# ── which explanation the numbers support ────────────────────────────────────────────────────────────────────────
# This rule was written before the experiment was run with the seeds that are recorded. What it asks about a shared body
# alone can only come out as “none” here: no body learned to fit the head through which these students' digits are read.


@dataclass(frozen=True)
class Explanation:
    """head, body: how much of what the same start brings, a shared head alone and a shared body alone bring.

    None for both if the same start brings nothing that can be measured: then there is nothing to explain.
    """

    head: Answer | None
    body: Answer | None

    @property
    def supports(self) -> Literal["start", "head", "body", "either", "unclear", "nothing"]:
        """start: only both together do it. head, body: that one alone does most of it. either: each alone does."""
        if self.head is None or self.body is None:
            return "nothing"
        if "open" in (self.head, self.body):
            return "unclear"
        most = ("all", "most")
        if self.head in most or self.body in most:
            return "either" if self.head in most and self.body in most else "head" if self.head in most else "body"
        return "start"


def explanation(accuracy: Sequence[Sequence[float]]) -> Explanation:
    """What accuracies say, (arms, seeds), fractions.

    An arm's gain is over students that share nothing, paired by seed. It is “none” if its 95% interval includes zero
    or lies below it. “most” means: twice the gain is above that of the same start, “part”: below it, both by the 95%
    interval of the paired difference; “open” if that interval includes zero. “all”: the gain itself is not below that
    of the same start by 5 points or more, by the lower end of the interval. Raises ValueError with fewer than two
    seeds.
    """
    gains = [paired(accuracy[arm], accuracy[NEITHER]).points for arm in (BOTH, HEAD, BODY)]
    start, head, body = gains
    if _mean(start) <= half_width(start):
        return Explanation(None, None)
    return Explanation(_answer(head, start), _answer(body, start))


NEAR = 5.0  # points below the same start, at most, for “all”


def _answer(gain: Sequence[float], start: Sequence[float]) -> Answer:
    if _mean(gain) <= half_width(gain):
        return "none"
    below = [one - other for one, other in zip(gain, start, strict=True)]
    if _mean(below) - half_width(below) > -NEAR:
        return "all"
    doubled = [2 * one - other for one, other in zip(gain, start, strict=True)]
    if abs(_mean(doubled)) <= half_width(doubled):
        return "open"
    return "most" if _mean(doubled) > 0 else "part"


def _mean(points: Sequence[float]) -> float:
    return sum(points) / len(points)


KIND = HiddenTraits
