"""What a learner predicted, beside what came out: the gaps, and on which side of hope they lie."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.catalog.rounding import rounded
from app.store.lessons import Saved
from app.teaching.claims import value
from app.teaching.lessons import Lesson, Prediction
from app.teaching.plain import ClaimError

NEAR = 0.05  # of the range of a prediction: nearer than that is near


@dataclass(frozen=True)
class Guess:
    """A prediction of a learner's, laid beside its outcome.

    said, outcome, gap: in words; "" if the gap is none in numbers. off: how far it was off as a share of its range,
    above 0 if it was too high; None of a choice. too_hopeful: above 0 if more was hoped of the small network than came
    out, below 0 if less, 0 if it was near; None if hope has no side.
    """

    lesson: Lesson
    ask: str
    said: str
    outcome: str
    gap: str
    off: float | None
    too_hopeful: float | None


def guesses(known: Iterable[Lesson], saved: Iterable[tuple[str, Saved]]) -> list[Guess]:
    """What was predicted in the present versions of these lessons, in their order."""
    by_place = {(lesson, one.prediction): one for lesson, one in saved}
    told = []
    for lesson in known:
        for id_, prediction in lesson.predictions.items():
            one = by_place.get((lesson.id, id_))
            given = prediction.accepted(json.loads(one.value_json)) if one and one.version == lesson.version else None
            guess = None if given is None else _guess(lesson, prediction, given)
            told += [guess] if guess else []
    return told


def _guess(lesson: Lesson, asked: Prediction, given: float | str | list[float]) -> Guess | None:
    """None if what came out cannot be told."""
    try:
        outcome = value(asked.outcome)
    except ClaimError:
        return None
    if isinstance(given, str) or isinstance(outcome, str):
        return Guess(lesson, asked.ask, f"“{given}”", f"“{outcome}”", "" if given == outcome else "another", None, None)
    pairs = list(zip(_listed(given), _listed(outcome), strict=True))
    gap = sum(said - out for said, out in pairs) / len(pairs)
    off = gap / (asked.high - asked.low)
    side = {"high": 1.0, "low": -1.0}.get(asked.hopeful)
    hope = None if side is None else 0.0 if abs(off) <= NEAR else side * off
    words = _curve_gap(pairs, asked) if asked.kind == "curve" else _gap(gap, asked)
    return Guess(lesson, asked.ask, _numbers(given, asked), _numbers(outcome, asked), words, off, hope)


def _listed(numbers: float | list[float]) -> list[float]:
    return numbers if isinstance(numbers, list) else [numbers]


def in_words(value: float | str | list[float], asked: Prediction) -> str:
    """What was predicted, or what came out, as it is written: “a choice”, 4.2%, 3, 4 points."""
    return f"“{value}”" if isinstance(value, str) else _numbers(value, asked)


def _numbers(numbers: float | list[float], asked: Prediction) -> str:
    text = ", ".join(_number(one, asked) for one in _listed(numbers))
    return f"{text}{_unit(asked, text)}"


def _number(number: float, asked: Prediction) -> str:
    digits = 0 if float(asked.step).is_integer() and asked.unit != "%" else 1
    text = rounded(abs(number), digits, grouped=True)
    text = text.rstrip("0").rstrip(".") if digits else text
    return f"−{text}" if number < 0 and text != "0" else text


def _unit(asked: Prediction, number: str) -> str:
    return "%" if asked.unit == "%" else f" {_counted(asked.unit, number)}".rstrip()


def _counted(unit: str, number: str) -> str:
    """As in “1 digit” and “10 digits”."""
    return unit.removesuffix("s") if number in ("1", "−1") else unit


def _gap(gap: float, asked: Prediction) -> str:
    """As in “+9.4 points”."""
    text = _number(gap, asked)
    if text == "0":
        return "none"
    unit = f" {_counted('points', text)}" if asked.unit == "%" else _unit(asked, text)
    return f"{'' if gap < 0 else '+'}{text}{unit}"


def _curve_gap(pairs: Sequence[tuple[float, float]], asked: Prediction) -> str:
    """How far the knots are off, as the lesson says it, and on which side most of them are."""
    apart = _gap(sum(abs(said - out) for said, out in pairs) / len(pairs), asked).removeprefix("+")
    high, low = (2 * sum(sign * (said - out) > 0 for said, out in pairs) > len(pairs) for sign in (1, -1))
    side = ", mostly too high" if high else ", mostly too low" if low else ""
    return apart if apart == "none" else f"{apart} on average{side}"


def hope_words(told: Iterable[Guess]) -> str:
    """Where the learner hoped too much, and where too little, in a sentence or two; "" if nothing tells."""
    judged = [(one, one.too_hopeful) for one in told if one.too_hopeful is not None]
    if not judged:
        return ""
    much = [pair for pair in judged if pair[1] > 0]
    little = [pair for pair in judged if pair[1] < 0]
    counts = {"too hopeful": len(much), "too modest": len(little), "near": len(judged) - len(much) - len(little)}
    shown = [words if len(judged) == 1 else f"{count} {words}" for words, count in counts.items() if count]
    guessed = "one guess" if len(judged) == 1 else f"{len(judged)} guesses"
    said = [f"You made {guessed} about what a small network can do: {', '.join(shown)}."]
    for worst, words in ((much, "too much"), (little, "too little")):
        if worst:
            one = max(worst, key=lambda pair: abs(pair[1]))[0]
            said.append(
                f"You hoped for {words} most of all in “{one.lesson.title}”: you said {one.said}, "
                f"and it came to {one.outcome}."
            )
    return " ".join(said)
