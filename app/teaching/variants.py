"""A question with its numbers: drawn, computed, and written into its texts; its options in a learner's order.

The first variant has the first of all values that may be drawn, as the file has them; those after it come in an order
that the question's id fixes.
"""

import hashlib
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from app.teaching import claims
from app.teaching.claims import Claim, Value
from app.teaching.grading import Grade, Key
from app.teaching.plain import ClaimError
from app.teaching.question import Drawn, Question

PLACE = re.compile(r"\{([A-Za-z][A-Za-z0-9-]*)\}")
MOST_VARIANTS = 1000

T = TypeVar("T")


@dataclass(frozen=True)
class Variant:
    """One way to ask a question. number: 0 is the file's own. drawn: by name. What a text says is computed with it.

    turn: how often the learner was asked before; options come in another order each time.
    """

    question: Question
    number: int
    drawn: Mapping[str, Drawn]
    turn: int = 0

    def key(self) -> Key:
        """The right answer. Raises ClaimError."""
        return self._key

    @cached_property
    def _key(self) -> Key:
        return self.question.key(self)  # of a dial, it asks a check at each of up to a thousand stops

    def grade(self, given: object) -> Grade:
        """The worth of an answer. Raises NoAnswer, and ClaimError if the key cannot be computed."""
        return self.question.grade(self, given)

    def text(self, words: str) -> str:
        """Words with the numbers in their places. Raises ClaimError if a name stands for nothing."""
        return PLACE.sub(lambda place: self._said(place[1]), words)

    def value(self, claim: Claim, **more: Drawn) -> Value:
        """The answer of a check with the drawn numbers in its arguments, and `more` beside them. Raises ClaimError."""
        return claims.value(filled(claim, {**self.drawn, **more}))

    def in_words(self, claim: Claim, **more: Drawn) -> str:
        """The same answer as a text has it. Raises ClaimError."""
        return claims.in_words(filled(claim, {**self.drawn, **more}))

    def of(self, value: Any) -> Any:
        """The value of a field: "$T" is what was drawn for T. Raises ClaimError for another name."""
        return _filled(value, self.drawn)

    def _said(self, name: str) -> str:
        if name in self.question.values:
            return self.in_words(self.question.values[name])
        plain = {**_of_itself(self.question), **self.drawn}
        if name not in plain:
            known = ", ".join(sorted(names(self.question))) or "none"
            raise ClaimError(f"there is no value “{name}”: use one of {known}")
        return _in_words(plain[name])


def variants(question: Question) -> int:
    """The number of ways to ask a question."""
    return min(math.prod(len(values) for values in question.vary.values()), MOST_VARIANTS)


def variant(question: Question, number: int = 0, turn: int = 0) -> Variant:
    """One way to ask a question; a number beyond the last begins again."""
    count = variants(question)
    place = number % count
    if place:  # the first is the file's own, the others are shuffled
        place = 1 + _shuffled(range(count - 1), question.id)[place - 1]
    drawn: dict[str, Drawn] = {}
    for name, values in question.vary.items():
        place, at = divmod(place, len(values))
        drawn[name] = values[at]
    return Variant(question, number % count, drawn, turn)


def fresh(question: Question, asked: Sequence[int]) -> int:
    """The variant to ask next: the first that was never asked, else the one that was asked longest ago.

    asked: numbers of the variants that were asked so far, the latest last.
    """
    count = variants(question)
    last = {number % count: at for at, number in enumerate(asked)}
    return next((number for number in range(count) if number not in last), min(last, key=last.__getitem__, default=0))


def names(question: Question) -> set[str]:
    """The names that may stand in a question's texts as {name}."""
    return {*question.vary, *question.values, *_of_itself(question)}


def _of_itself(question: Question) -> dict[str, Drawn]:
    """The numbers that a question states by its own fields."""
    return {name: getattr(question, name) for name in ("target", "within") if hasattr(question, name)}


def filled(claim: Claim, drawn: Mapping[str, Drawn]) -> Claim:
    """A claim whose arguments have the drawn numbers in place of $name. Raises ClaimError for another name."""
    return claim.model_copy(update={"args": _filled(claim.args, drawn)})


def _filled(value: Any, drawn: Mapping[str, Drawn]) -> Any:
    if isinstance(value, Mapping):
        return {key: _filled(one, drawn) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_filled(one, drawn) for one in value]
    if isinstance(value, str) and value.startswith("$"):
        if value[1:] not in drawn:
            raise ClaimError(f"nothing is drawn that is called “{value}”: use one of {', '.join(drawn) or 'none'}")
        return drawn[value[1:]]
    return value


def _in_words(value: Drawn) -> str:
    return value if isinstance(value, str) else f"{value:,g}".replace("-", "−")


def in_order_of(learner: str, question: Question, ids: Sequence[str], turn: int = 0) -> list[str]:
    """Ids of options in the order in which a learner sees them: another for another learner and at every turn."""
    mixed = _shuffled(ids, f"{learner}/{question.id}")
    first = turn % max(1, len(mixed))
    return mixed[first:] + mixed[:first]


def _shuffled(things: Iterable[T], by: str) -> list[T]:
    return sorted(things, key=lambda one: hashlib.sha256(f"{by}/{one}".encode()).digest())
