"""A question of a lesson: what every kind has, and what each kind says of its own in a file of `question_kinds`.

A question's numbers are never typed. `vary` names what may be drawn anew ("T: [2, 4, 8]"), `values` what a check of the
lessons computes from that. Both stand in texts as {T} and in the arguments of checks as $T.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from app.teaching.claims import Claim
from app.teaching.grading import Grade, Key
from app.teaching.plain import Plain

if TYPE_CHECKING:
    from app.teaching.variants import Variant

ID = r"^[a-z][a-z0-9-]{0,40}$"

Id = Annotated[str, Field(pattern=ID)]
Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,20}$")]  # of a number in a text
Words = Annotated[str, Field(min_length=1)]
Drawn = float | int | str


@dataclass(frozen=True)
class Gift:
    """The part between GIFT's braces: escaped lines, and words for the end.

    opening: right behind the brace; below: HTML below the stem.
    """

    lines: tuple[str, ...]
    feedback: str
    opening: str = ""
    below: str = ""


@dataclass(frozen=True)
class Flashcard:
    """A flashcard's two sides as HTML, without the stem before the one and the explanation after the other."""

    front: str
    back: str


class Question(Plain, ABC):
    """The base of all kinds. A kind is named as its file in `question_kinds`, and as the browser's script of its field.

    v: its version, raised with every change of what is asked (`questions.lock.json` holds the linter to it). tests: the
    section that it is about; objective: the one that it serves. hints: in steps. explain: why, said after the answer.
    vary: what may be drawn anew, each with its values; values: what is computed from that. confidence: whether to ask
    how sure somebody is.
    """

    has_figure: ClassVar[bool] = False  # whether it cannot be answered without looking
    is_recorded: ClassVar[bool] = False  # whether its key comes from a recording without a check that says so
    another: ClassVar[str] = ""  # another variant's name, "" if that depends on what varies

    kind: str
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

    def texts(self) -> dict[str, str]:
        """Every text that is read, by its place in the question."""
        hints = {f"hint {number}": hint for number, hint in enumerate(self.hints, 1)}
        return {"stem": self.stem, "explain": self.explain, **hints}

    @abstractmethod
    def key(self, asked: Variant) -> Key:
        """The right answer, in the form of a given one. Raises ClaimError."""

    @abstractmethod
    def grade(self, asked: Variant, given: object) -> Grade:
        """The worth of an answer. Raises NoAnswer, and ClaimError if the key cannot be computed."""

    @abstractmethod
    def field(self, asked: Variant, learner: str) -> dict[str, Any]:
        """JSON for the browser's field, without what would be right. Raises ClaimError."""

    @abstractmethod
    def to_gift(self, asked: Variant) -> Gift | None:
        """The question for Moodle, None if GIFT cannot ask it. Raises ClaimError."""

    @abstractmethod
    def to_anki(self, asked: Variant) -> Flashcard | None:
        """The question as a flashcard, None if no card can ask it. Raises ClaimError."""

    def faults(self, asked: Variant) -> Iterator[str]:
        """The linter's complaints about this variant, beyond those about every kind. Raises ClaimError."""
        yield from ()

    def checks(self) -> set[str]:
        """The names of the checks that say what is right."""
        return {value.check for _, value in self if isinstance(value, Claim)}


class VerdictQuestion(Question):
    """The base of kinds with one sentence for a right answer and one for a wrong one."""

    right: Words
    wrong: Words

    def texts(self) -> dict[str, str]:
        """Every text that is read, by its place in the question."""
        return super().texts() | {"right": self.right, "wrong": self.wrong}

    def judged(self, asked: Variant, score: float, key: Key) -> Grade:
        """The grade of an answer with this score."""
        return Grade(score, asked.text(self.right if score == 1 else self.wrong), {}, key)


class FigureQuestion(VerdictQuestion):
    """The base of kinds that need the picture of their lesson, so that nothing else can ask them."""

    has_figure: ClassVar[bool] = True

    def to_gift(self, asked: Variant) -> Gift | None:
        """None: Moodle has no such picture."""
        return None

    def to_anki(self, asked: Variant) -> Flashcard | None:
        """None: a card has no such picture."""
        return None
