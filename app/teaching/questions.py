"""Questions: plain files in lessons/NN_slug/questions.yaml, read strictly. Knows no page, no learner and no torch.

A question's numbers are never typed. `vary` names what may be drawn anew ("T: [2, 4, 8]"), `values` what is computed
from that by a check of the lessons; both stand in texts as {T} and in the arguments of checks as $T. Which option is
right is computed wherever a check can say it: `key` is that check, and an option's `stands_for` what it stands for.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, model_validator

from app.teaching.claims import Claim
from app.teaching.plain import KNOTS, LessonError, Plain, read_yaml, validated

FILE = "questions.yaml"
ID = r"^[a-z][a-z0-9-]{0,40}$"
MOST_STOPS = 200  # of a dial that shows numbers while it is turned
MOST_OPTIONS = 4  # of one kind of question; the linter asks for three at most that are plausible

Id = Annotated[str, Field(pattern=ID)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,20}$")]  # of a number in a text
Words = Annotated[str, Field(min_length=1)]
Drawn = float | int | str


# ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────────


class Option(Plain):
    """One answer to choose. feedback: what is said of it, whether it was chosen or not. correct: where no check says
    so; stands_for: what it stands for, where a `key` does.
    """

    id: Id
    text: Words
    feedback: Words
    correct: bool = False
    stands_for: Claim | float | str | None = None


class Item(Plain):
    """One thing to put in order."""

    id: Id
    text: Words


class Trap(Plain):
    """A number that a misconception leads to, and what is said to whoever gives it."""

    value: Claim
    feedback: Words


# ── kinds of questions ───────────────────────────────────────────────────────────────────────────────────────────


class Asked(Plain):
    """What every kind has.

    v: its version, raised with every change of what is asked (`questions.lock.json` holds the linter to it). tests: the
    section that it is about; objective: the one that it serves. hints: in steps. explain: why, said after the answer.
    vary: what may be drawn anew, each with its values; values: what is computed from that. confidence: whether to ask
    how sure somebody is.
    """

    id: Id
    v: int = Field(ge=1)
    tests: Id
    objective: Id
    stem: Words
    hints: tuple[Words, ...] = Field(min_length=1, max_length=3)
    explain: Words
    vary: dict[Name, tuple[Drawn, ...]] = Field(default_factory=dict)
    values: dict[Name, Claim] = Field(default_factory=dict)
    confidence: bool = True


class Choosing(Asked):
    """Questions with options. key: the check that says which option is right, within `within` where it is a number."""

    options: tuple[Option, ...] = Field(min_length=2, max_length=MOST_OPTIONS)
    key: Claim | None = None
    within: float = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _keyed(self) -> Choosing:
        if len({option.id for option in self.options}) < len(self.options):
            raise ValueError("its options need ids that differ")
        for option in self.options:
            if (option.stands_for is None) != (self.key is None):
                raise ValueError(
                    f"option {option.id}: “stands_for” belongs to a question with a “key”, and to no other"
                )
            if self.key is not None and option.correct:
                raise ValueError(f"option {option.id}: the key says what is correct: take “correct” out")
        return self


class Single(Choosing):
    """One option is right."""

    kind: Literal["single"]

    @model_validator(mode="after")
    def _one(self) -> Single:
        if self.key is None and sum(option.correct for option in self.options) != 1:
            raise ValueError("exactly one option must be correct")
        return self


class Multiple(Choosing):
    """Any number of options are right, at least one."""

    kind: Literal["multiple"]

    @model_validator(mode="after")
    def _some(self) -> Multiple:
        if self.key is not None:
            raise ValueError("several may be right: mark them as correct instead of giving a key")
        if not any(option.correct for option in self.options):
            raise ValueError("at least one option must be correct")
        return self


class Numeric(Asked):
    """A number. within: how far off is still right, in `unit`."""

    kind: Literal["numeric"]
    answer: Claim
    within: float = Field(gt=0)
    unit: str = ""
    traps: tuple[Trap, ...] = Field(min_length=1)
    right: Words
    wrong: Words


class Order(Asked):
    """Steps to put in order; they are written in the right one."""

    kind: Literal["order"]
    items: tuple[Item, ...] = Field(min_length=3, max_length=6)
    right: Words
    wrong: Words


class Slider(Asked):
    """A dial to turn until something has a value.

    Dial from `low` to `high` by `step`, named `dial`. gives: the check that is asked with $x, where the dial stands;
    target: what it must be, within `within`. reads: what can be read while it is turned, by its words: checks with $x.
    """

    kind: Literal["slider"]
    dial: Words
    low: float
    high: float
    step: float = Field(gt=0)
    start: float
    gives: Claim
    target: float
    within: float = Field(gt=0)
    unit: str = ""
    reads: dict[Words, Claim] = Field(default_factory=dict)
    right: Words
    wrong: Words

    @model_validator(mode="after")
    def _range(self) -> Slider:
        if not self.low <= self.start <= self.high or self.low >= self.high:
            raise ValueError("low ≤ start ≤ high and low < high must hold")
        if self.reads and self.stops > MOST_STOPS:
            raise ValueError(f"a dial with “reads” has {MOST_STOPS} stops at most: choose a larger step")
        return self

    @property
    def stops(self) -> int:
        """How many places the dial has."""
        return 1 + round((self.high - self.low) / self.step)

    def stop(self, at: int) -> float:
        """Where the dial stands at one of them, from 0."""
        return round(self.low + at * self.step, 9)


class Curve(Asked):
    """A curve to draw, by a number at each of five positions. within: how far off a knot is still right."""

    kind: Literal["curve"]
    at: tuple[float, ...] = Field(min_length=KNOTS, max_length=KNOTS)
    axis: Words
    low: float
    high: float
    step: float = Field(gt=0)
    unit: str = ""
    outcome: Claim
    within: float = Field(gt=0)
    right: Words
    wrong: Words


class Gains(Plain):
    """A chart to press in: gains with their intervals, one below the other, at each number of labels of a recorded
    curve. rest: of those that also learn from images which the teacher alone marks.
    """

    kind: Literal["gains"]
    curve: Words
    rest: bool = False


class Tried(Plain):
    """A chart to press in: what distilled students of a recorded sweep reach at one temperature with each alpha, on the
    validation images and on the test images.
    """

    kind: Literal["tried"]
    sweep: Words
    temperature: float | str


class Map(Plain):
    """A chart to press in: the gain at each temperature and alpha of a recorded sweep."""

    kind: Literal["map"]
    sweep: Words


class Pick(Asked):
    """Something to press: one of the bars of a teacher's answer, one of several test images, or a place in a chart.

    bars: of this image at `temperature`; images: to choose from; chart: of what was recorded. key: the check that names
    the class, the image, or the place: a number of labels, an alpha, or "temperature, alpha".
    """

    kind: Literal["pick"]
    data: Literal["mnist", "fashion", "cifar10"] = "mnist"
    image: int | str | None = None
    temperature: float | str = 1.0
    images: tuple[int, ...] = ()
    chart: Annotated[Gains | Tried | Map, Field(discriminator="kind")] | None = None
    key: Claim
    right: Words
    wrong: Words

    @model_validator(mode="after")
    def _one_kind(self) -> Pick:
        if (self.image is not None) + bool(self.images) + (self.chart is not None) != 1:
            raise ValueError("give one of “image”, whose bars are shown, “images” to choose from, or a “chart”")
        return self


class BugHunt(Asked):
    """Which bug is this? A recorded run of the bug lab without its name, beside its healthy twin.

    cohort: of the recorded ones; bug: which of its bugs, "none" for the healthy run. among: its options, of which every
    two are told apart by a row that is shown; what is said of each is computed. shows: the rows, all where unsaid.
    """

    kind: Literal["bug"]
    cohort: str
    bug: str
    among: tuple[str, ...] = Field(min_length=2, max_length=MOST_OPTIONS)
    shows: tuple[str, ...] = ()


Question = Annotated[
    Single | Multiple | Numeric | Order | Slider | Curve | Pick | BugHunt,
    Field(discriminator="kind"),
]
KINDS: dict[str, type[Asked]] = {
    "single": Single,
    "multiple": Multiple,
    "numeric": Numeric,
    "order": Order,
    "slider": Slider,
    "curve": Curve,
    "pick": Pick,
    "bug": BugHunt,
}
WITH_FIGURE = ("slider", "curve", "pick", "bug")  # kinds that cannot be answered without looking


class Bank(Plain):
    """A file of questions, as an editor may check it."""

    questions: tuple[Question, ...] = Field(min_length=1)


def json_schema() -> dict[str, Any]:
    """The JSON Schema of a file of questions."""
    schema = TypeAdapter(Bank).json_schema()
    schema["$defs"]["Claim"]["additionalProperties"] = True  # the arguments of its check, which it gathers itself
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Questions:
    """The questions of the lesson in a folder, by id, in their order."""

    folder: Path
    by_id: Mapping[str, Asked]


def read_questions(folder: Path) -> Questions:
    """The questions of a lesson; none where it has no file. Raises LessonError."""
    path, place = folder / FILE, f"{folder.name}/{FILE}"
    if not path.exists():
        return Questions(folder, {})
    try:
        fields = read_yaml(path.read_text(encoding="utf-8"), place)
    except (OSError, UnicodeDecodeError) as error:
        raise LessonError(f"{place}: it cannot be read ({error}): save it as UTF-8 text") from error
    listed = fields.get("questions")
    if set(fields) != {"questions"} or not isinstance(listed, list) or not listed:
        raise LessonError(f"{place}: write one field, “questions”, with a list of them")
    found: dict[str, Asked] = {}
    for number, one in enumerate(listed, 1):
        question = _question(one, f"{place}, question {number}")
        if question.id in found:
            raise LessonError(f"{place}, question {number}: the id “{question.id}” is taken: choose another")
        found[question.id] = question
    return Questions(folder, found)


def _question(fields: Any, place: str) -> Asked:
    if not isinstance(fields, dict):
        raise LessonError(f"{place}: write its fields as “name: value” pairs")
    kind = fields.get("kind")
    if kind not in KINDS:
        raise LessonError(f"{place}: its kind “{kind}” is none of {', '.join(KINDS)}: choose one of them")
    return validated(KINDS[kind], fields, f"{place} ({fields.get('id', 'without an id')})")


def questions_of(folder: Path) -> Mapping[str, Asked]:
    """The questions of a lesson by id; none where its file is damaged, which the log says."""
    path = folder / FILE
    try:
        when = path.stat().st_mtime_ns
    except OSError:
        return {}
    return _kept(folder, when)


@lru_cache(maxsize=32)
def _kept(folder: Path, _when: int) -> Mapping[str, Asked]:
    try:
        return read_questions(folder).by_id
    except LessonError as error:
        logging.getLogger(__name__).warning("questions are left out: %s", error)
        return {}
