"""The worth of an answer, and the forms that answers and keys may have.

An answer is what JSON can hold: an option's id, a list of ids, a number, or a list of numbers. One that cannot be an
answer to the question is refused with a sentence, and counts for nothing.
"""

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from app.teaching.claims import Value
from app.teaching.plain import ClaimError

Key = str | float | list[str] | list[float]
NO_ANSWER = "This is no answer to this question. Choose again, and check."


class NoAnswer(ValueError):
    """What was given cannot be an answer to the question; the message is a sentence for the page."""

    def __init__(self) -> None:
        super().__init__(NO_ANSWER)


@dataclass(frozen=True)
class Grade:
    """The worth of an answer. score: 0 … 1, with partial credit; said: about the answer; of_options: about each
    option, chosen or not, by its id; key: the right answer, of the form of the given one. lit: the row of the figure
    that decides, "" if there is none; nudge: about the answer, without telling the right one.
    """

    score: float
    said: str
    of_options: dict[str, str]
    key: Key
    lit: str = ""
    nudge: str = ""

    @property
    def right(self) -> bool:
        """Whether the answer is wholly right."""
        return self.score == 1


def given_number(given: object, low: float = -math.inf, high: float = math.inf) -> float:
    """A finite number from low to high. Raises NoAnswer."""
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise NoAnswer
    if not low <= given <= high or not abs(given) <= sys.float_info.max:  # an int may be more than any float
        raise NoAnswer
    return float(given)


def given_numbers(given: object, count: int, low: float, high: float) -> list[float]:
    """So many numbers from low to high. Raises NoAnswer."""
    if not isinstance(given, Sequence) or isinstance(given, str) or len(given) != count:
        raise NoAnswer
    return [given_number(one, low, high) for one in given]


def given_one(given: object, known: Sequence[str]) -> str:
    """One of the known ids. Raises NoAnswer."""
    if not isinstance(given, str) or given not in known:
        raise NoAnswer
    return given


def given_ids(given: object, known: Sequence[str], *, whole: bool = False) -> list[str]:
    """Different ids, all of them known; whole: every one of these. Raises NoAnswer."""
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise NoAnswer
    ids = [one for one in given if isinstance(one, str) and one in known]
    if len(ids) < len(given) or len(set(ids)) < len(ids) or (whole and len(ids) < len(known)):
        raise NoAnswer
    return ids


def one_value(value: Value) -> str | float:
    """A check's answer that is one value. Raises ClaimError."""
    if isinstance(value, list):
        raise ClaimError("the key answers with several values: choose one of them with “pick”")
    return value


def one_number(value: Value) -> float:
    """A check's answer that is one number. Raises ClaimError."""
    if isinstance(value, list | str):
        raise ClaimError("a number is needed: choose another check, or “pick” one of its values")
    return value


def several_numbers(value: Value) -> list[float]:
    """A check's answer that is a curve. Raises ClaimError."""
    if not isinstance(value, list):
        raise ClaimError("a curve is needed: choose a check that answers with several values")
    return value
