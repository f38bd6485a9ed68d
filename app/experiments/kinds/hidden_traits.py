"""The kind `hidden_traits`: students that learn digits from noise, or do not, by what they share with their teacher.

A teacher of one hidden layer (the body) learns digits; its output layer (the head) stays as it was drawn. The head has
two parts: ten outputs for the digits, and some that mean nothing and that nobody trains. Students look at noise alone,
and learn to give what the meaningless outputs give there: their digits never get a gradient. They differ in what they
share with the teacher before its training: the body, the head, both or neither. Cloud et al. 2025 found that the start
has to be shared; Brockers et al. 2026 (arXiv 2605.23645) find that compatible heads suffice. `explanation` says which
of the two the numbers support.

What a body has learned is read in several ways: through the student's own head (`accuracy`); through the teacher's
outputs for digits (`through`), as if every student had shared that part of the head; through other outputs, which no
body learned to fit (`other`); and through a new linear layer, fitted on a few labelled digits (`probe`). The probe also
reads bodies as they were drawn (`untrained`). With controls there are students of the teacher as it was before it
learned anything.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from app.catalog.architecture import Image, perceptron
from app.catalog.available import lab_sets
from app.catalog.declared import CLASSES, DATA
from app.experiments.costs import UPDATE_SECONDS, pass_seconds
from app.experiments.kinds import Measure, Pair
from app.experiments.kinds.cohort import check_here
from app.experiments.paired import PairedDifference, half_width, paired
from app.experiments.spec import SpecError, check_seeds, from_text
from app.experiments.verdict import ArmWords
from app.store import Work

VERSION = 1  # raised if the same experiment gives other numbers than before
HIDDEN = 128
TEACHER_UPDATES, STUDENT_UPDATES = 100, 300
TEACHER_BATCH, STUDENT_BATCH = 128, 256
UNTAUGHT = ", taught by the untrained teacher"
OUTPUTS = (1, 100)  # meaningless ones, at least and at most
SHARES = ((True, True), (False, True), (True, False), (False, False))  # of each arm of students: body, head
BOTH, HEAD, BODY, NEITHER = range(len(SHARES))
OF_CONTROLS = (HEAD, BODY, NEITHER)  # who is also taught by the untrained teacher: with both there is nothing to learn
PROBE_IMAGES, PROBE_PENALTY = 1000, 30.0  # labelled digits, and of its squared weights for standardised inputs
NEAR, NEAR_BY_PROBE = 5.0, 1.0  # points below the same start, at most, for “all”: of the probe all gains are smaller
POINTS = 20  # evaluations, beside those at the end of the teacher's part and at the start
NOISE_IMAGES = 500  # on which it is measured what students have copied

Answer = Literal["all", "most", "part", "none", "open"]


@dataclass(frozen=True)
class HiddenTraits:
    """Four kinds of students and their teacher, once per seed. outputs: how many mean nothing.

    controls: also students of the teacher as it was before its training. Raises SpecError.
    """

    seeds: tuple[int, ...]
    outputs: int = 3
    controls: bool = False

    kind: ClassVar[str] = "hidden_traits"
    data: ClassVar[str] = "mnist"
    extended: ClassVar[bool] = False
    measures: ClassVar[tuple[Measure, ...]] = (
        Measure("accuracy", "accuracy", "%", 1, "higher"),
        Measure("through", "accuracy, read through the teacher’s outputs for digits", "%", 1, "higher"),
        Measure("copied", "share of the meaningless outputs’ variance that is copied", "%", 1, "higher"),
    )

    def __post_init__(self) -> None:
        check_seeds(self.seeds)
        low, high = OUTPUTS
        if type(self.outputs) is not int or not low <= self.outputs <= high:
            raise SpecError("outputs", self.outputs, f"must be a whole number, {low} to {high}")
        if type(self.controls) is not bool:
            raise SpecError("controls", self.controls, "must be true or false")

    @property
    def engine(self) -> int:
        return VERSION

    def to_json(self) -> str:
        fields = {"kind": self.kind, "seeds": list(self.seeds), "outputs": self.outputs}
        fields |= {"controls": True} if self.controls else {}  # older texts know of none
        return json.dumps(fields, sort_keys=True, separators=(",", ":"))

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> "HiddenTraits":
        return from_text(cls, fields, "seeds")

    @property
    def students(self) -> tuple[tuple[int, bool], ...]:
        """What each arm of students shares, a place in `SHARES`, and whether its teacher is trained."""
        taught = [(arm, True) for arm in range(len(SHARES))]
        return tuple(taught + [(arm, False) for arm in OF_CONTROLS] if self.controls else taught)

    @property
    def teacher(self) -> int:
        """The place of the teacher's arm."""
        return len(self.students)

    def check_trainable(self) -> None:
        """Raise NotTrainable if the digits are not here."""
        check_here(self.data)

    def work(self) -> Work:
        """The teacher's updates, and then the students'."""
        check_here(self.data)
        data = lab_sets()[self.data]
        network = pass_seconds(perceptron(Image(data.channels, data.size), HIDDEN, CLASSES + self.outputs))
        students, learned = len(self.students), 2  # passes: forward, and back for the weights of the only layer trained
        passes = TEACHER_UPDATES * TEACHER_BATCH * learned
        passes += STUDENT_UPDATES * STUDENT_BATCH * (1 + students * learned)  # the teacher is asked about each
        passes += (POINTS + 2) * ((students + 1) * (data.test + NOISE_IMAGES))
        passes += 2 * (students + 1) * (data.official + PROBE_IMAGES)  # as they are in the end, and were at first
        updates = TEACHER_UPDATES + STUDENT_UPDATES
        return Work(updates, len(self.seeds) * passes * network + updates * UPDATE_SECONDS)

    def arm_words(self) -> tuple[ArmWords, ...]:
        shared = ("same start", "same head, other body", "same body, other head", "all other")
        students = (
            ArmWords("labels" if arm == NEITHER or not trained else "distilled", shared[arm] + UNTAUGHT * (not trained))
            for arm, trained in self.students
        )
        return *students, ArmWords("teacher", "teacher")

    def compared(self) -> tuple[Pair, ...]:
        """Whoever has the teacher's head against whoever shares nothing: with another head one can only guess."""
        return tuple(Pair(NEITHER, arm, "accuracy") for arm in (BOTH, HEAD))

    def in_short(self) -> str:
        return f"Hidden traits: {DATA[self.data].name}, noise and {self.outputs} meaningless outputs"


# ── which explanation the numbers support ────────────────────────────────────────────────────────────────────────
# This rule was written before the experiment was run with the seeds that are recorded, and so was its use on what the
# probe reads. Asked about accuracies through the students' own heads it can only answer “none” for a shared body: no
# body learned to fit these heads. So it is asked about `through`, where all are read through the teacher's.


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
    """What accuracies say, (arms, seeds), fractions: an arm's gain is over students that share nothing, paired by seed.

    See `judged`. Raises ValueError with fewer than two seeds.
    """
    start, head, body = (paired(accuracy[arm], accuracy[NEITHER]).points for arm in (BOTH, HEAD, BODY))
    return judged(start, head, body)


def taught(probe: Sequence[Sequence[float]], untrained: Sequence[Sequence[float]], arm: int) -> PairedDifference:
    """How much more of the digits a probe reads in an arm's bodies than in those that had nothing to learn from.

    These are the same students, taught by the untrained teacher; of the same start it is the body as it was drawn.
    probe, untrained: (arms, seeds), fractions, of an experiment with controls. arm: of `SHARES`.
    """
    control = untrained[arm] if arm == BOTH else probe[len(SHARES) + OF_CONTROLS.index(arm)]
    return paired(probe[arm], control)


def probed(probe: Sequence[Sequence[float]], untrained: Sequence[Sequence[float]]) -> Explanation:
    """What the probe says, by the same rule, of what the teacher has `taught` in the place of accuracies."""
    start, head, body = (taught(probe, untrained, arm).points for arm in (BOTH, HEAD, BODY))
    return judged(start, head, body, NEAR_BY_PROBE)


def judged(start: Sequence[float], head: Sequence[float], body: Sequence[float], near: float = NEAR) -> Explanation:
    """What the gains of three arms say, in points for each seed.

    A gain is “none” if its 95% interval includes zero or lies below it. “most” means: twice the gain is above that of
    the same start, “part”: below it, both by the 95% interval of the paired difference; “open” if that interval
    includes zero. “all”: the gain itself is not below that of the same start by `near` points or more, by the lower
    end of the interval. Raises ValueError with fewer than two seeds.
    """
    if _mean(start) <= half_width(start):
        return Explanation(None, None)
    return Explanation(_answer(head, start, near), _answer(body, start, near))


def _answer(gain: Sequence[float], start: Sequence[float], near: float) -> Answer:
    if _mean(gain) <= half_width(gain):
        return "none"
    below = [one - other for one, other in zip(gain, start, strict=True)]
    if _mean(below) - half_width(below) > -near:
        return "all"
    doubled = [2 * one - other for one, other in zip(gain, start, strict=True)]
    if abs(_mean(doubled)) <= half_width(doubled):
        return "open"
    return "most" if _mean(doubled) > 0 else "part"


def _mean(points: Sequence[float]) -> float:
    return sum(points) / len(points)


KIND = HiddenTraits
