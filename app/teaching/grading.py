"""Whether an answer is right, how far, and what is said of it. Keys are computed here and nowhere else. Knows no page.

An answer is what JSON can hold: an option's id, a list of ids, a number, or a list of numbers. One that cannot be an
answer to the question is refused with a sentence, and counts for nothing.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from app.teaching.bug_questions import hunted
from app.teaching.checks.teacher_says import teacher_answers
from app.teaching.claims import Value
from app.teaching.pick_charts import chart_of
from app.teaching.plain import ClaimError
from app.teaching.questions import BugHunt, Choosing, Curve, Multiple, Numeric, Option, Order, Pick, Slider
from app.teaching.variants import Variant

Given = str | float | list[str] | list[float]
NO_ANSWER = "This is no answer to this question. Choose again, and check."


class NoAnswer(ValueError):
    """What was given cannot be an answer to the question; the message is a sentence for the page."""

    def __init__(self) -> None:
        super().__init__(NO_ANSWER)


@dataclass(frozen=True)
class Grade:
    """What an answer is worth. score: 0 … 1, with partial credit; said: about the answer; of_options: about each
    option, chosen or not, by its id; key: the right answer, of the form of the given one. lit: the row of the figure
    that decides, "" where there is none.
    """

    score: float
    said: str
    of_options: dict[str, str]
    key: Given
    lit: str = ""

    @property
    def right(self) -> bool:
        """Wholly."""
        return self.score == 1


def grade(variant: Variant, given: object) -> Grade:
    """Grade an answer. Raises NoAnswer, and ClaimError where the key cannot be computed."""
    question = variant.question
    match question:
        case Multiple():
            return _multiple(question, variant, _ids(given, [option.id for option in question.options]))
        case Choosing():
            return _single(question, variant, given)
        case Numeric():
            return _numeric(question, variant, _number(given))
        case Order():
            return _order(question, variant, _ids(given, [item.id for item in question.items], whole=True))
        case Slider():
            return _slider(question, variant, _number(given, question.low, question.high))
        case Curve():
            return _curve(question, variant, given)
        case Pick():
            return _pick(question, variant, given)
        case BugHunt():
            return _bug(variant, given)
    raise TypeError(f"no way to grade a {type(question).__name__}")


def correct_options(question: Choosing, variant: Variant) -> list[str]:
    """Ids of the options that are right: as the key says, else as they are marked. Raises ClaimError."""
    if question.key is None:
        return [option.id for option in question.options if option.correct]
    key = variant.value(question.key)
    return [option.id for option in question.options if _same(_stands_for(option, variant), key, question.within)]


def answer_to(variant: Variant) -> Given:
    """The right answer. Raises ClaimError."""
    question = variant.question
    match question:
        case Multiple():
            return correct_options(question, variant)
        case Choosing():
            correct = correct_options(question, variant)
            if len(correct) != 1:
                raise ClaimError(f"{len(correct)} options are what the key says: mend what they stand for")
            return correct[0]
        case Numeric():
            return _as_number(variant.value(question.answer))
        case Order():
            return [item.id for item in question.items]
        case Slider():
            return nearest(question, variant)
        case Curve():
            return _as_numbers(variant.value(question.outcome))
        case Pick():
            return str(_plain(variant.value(question.key)))
        case BugHunt():
            return hunted(variant).key
    raise TypeError(f"no key for a {type(question).__name__}")


def nearest(question: Slider, variant: Variant) -> float:
    """Where the dial comes closest to the target. Raises ClaimError."""
    places = [question.stop(at) for at in range(question.stops)]
    return min(places, key=lambda x: abs(_as_number(variant.value(question.gives, x=x)) - question.target))


def choices(question: Pick, variant: Variant) -> list[str]:
    """What can be pressed: places of a chart, test images by their numbers, or classes. Raises ClaimError."""
    if question.chart is not None:
        return chart_of(variant, question.chart).ids
    return [str(image) for image in question.images] or list(teacher_answers(question.data).classes)


# ── one kind after the other ─────────────────────────────────────────────────────────────────────────────────────


def _single(question: Choosing, variant: Variant, given: object) -> Grade:
    if given not in [option.id for option in question.options]:
        raise NoAnswer
    key = str(answer_to(variant))
    return Grade(float(given == key), "", _of_options(question, variant), key)


def _multiple(question: Multiple, variant: Variant, given: list[str]) -> Grade:
    key = correct_options(question, variant)
    hits, misses = len(set(given) & set(key)), len(set(given) - set(key))
    return Grade(max(0.0, (hits - misses) / len(key)), "", _of_options(question, variant), key)


def _of_options(question: Choosing, variant: Variant) -> dict[str, str]:
    return {option.id: variant.text(option.feedback) for option in question.options}


def _numeric(question: Numeric, variant: Variant, given: float) -> Grade:
    key = _as_number(variant.value(question.answer))
    if abs(given - key) <= question.within:
        return Grade(1.0, variant.text(question.right), {}, key)
    for trap in question.traps:
        if abs(given - _as_number(variant.value(trap.value))) <= question.within:
            return Grade(0.0, variant.text(trap.feedback), {}, key)
    return Grade(0.0, variant.text(question.wrong), {}, key)


def _order(question: Order, variant: Variant, given: list[str]) -> Grade:
    key = [item.id for item in question.items]
    pairs = list(combinations(key, 2))
    kept = sum(given.index(first) < given.index(second) for first, second in pairs)
    score = max(0.0, 2 * kept / len(pairs) - 1)  # what is shuffled at random gets 0 in the mean
    return Grade(score, variant.text(question.right if score == 1 else question.wrong), {}, key)


def _slider(question: Slider, variant: Variant, given: float) -> Grade:
    off = abs(_as_number(variant.value(question.gives, x=given)) - question.target)
    hit = off <= question.within
    return Grade(float(hit), variant.text(question.right if hit else question.wrong), {}, nearest(question, variant))


def _curve(question: Curve, variant: Variant, given: object) -> Grade:
    key = _as_numbers(variant.value(question.outcome))
    if not isinstance(given, Sequence) or isinstance(given, str) or len(given) != len(key):
        raise NoAnswer
    knots = [_number(knot, question.low, question.high) for knot in given]
    near = sum(abs(knot - true) <= question.within for knot, true in zip(knots, key, strict=True))
    said = question.right if near == len(key) else question.wrong
    return Grade(near / len(key), variant.text(said), {}, key)


def _pick(question: Pick, variant: Variant, given: object) -> Grade:
    if given not in choices(question, variant):
        raise NoAnswer
    key = str(answer_to(variant))
    return Grade(float(given == key), variant.text(question.right if given == key else question.wrong), {}, key)


def _bug(variant: Variant, given: object) -> Grade:
    asked = hunted(variant)
    if given not in asked.options:
        raise NoAnswer
    said = {id_: asked.said(id_) for id_ in asked.options}
    return Grade(float(given == asked.key), "", said, asked.key, lit=asked.lit(str(given)))


# ── values ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _stands_for(option: Option, variant: Variant) -> Value:
    meant = option.stands_for
    assert meant is not None  # the model holds it
    if isinstance(meant, float | int | str):
        return variant.text(meant) if isinstance(meant, str) else meant
    return variant.value(meant)


def _same(one: Value, other: Value, within: float) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    if isinstance(one, list) or isinstance(other, list):
        raise ClaimError("the key answers with several values: choose one of them with “pick”")
    return abs(one - other) <= within


def _plain(value: Value) -> str | int:
    """An image's number as it is written, a class by its name."""
    if isinstance(value, list):
        raise ClaimError("the key answers with several values: choose one of them with “pick”")
    return value if isinstance(value, str) else round(value)


def _as_number(value: Value) -> float:
    if isinstance(value, list | str):
        raise ClaimError("a number is needed: choose another check, or “pick” one of its values")
    return value


def _as_numbers(value: Value) -> list[float]:
    if not isinstance(value, list):
        raise ClaimError("a curve is needed: choose a check that answers with several values")
    return value


def _number(given: object, low: float = -math.inf, high: float = math.inf) -> float:
    if isinstance(given, bool) or not isinstance(given, int | float):
        raise NoAnswer
    if not low <= given <= high or not abs(given) <= sys.float_info.max:  # an int may be more than any float
        raise NoAnswer
    return float(given)


def _ids(given: object, known: Sequence[str], *, whole: bool = False) -> list[str]:
    """Different ids, all of them known; whole: every one of these."""
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise NoAnswer
    ids = [one for one in given if isinstance(one, str) and one in known]
    if len(ids) < len(given) or len(set(ids)) < len(ids) or (whole and len(ids) < len(known)):
        raise NoAnswer
    return ids
