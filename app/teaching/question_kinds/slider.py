"""Turn a dial until something has a value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from typing import Any, Literal, cast

from pydantic import Field, model_validator

from app.teaching.claims import Claim, in_words
from app.teaching.grading import Grade, given_number, one_number
from app.teaching.question import Drawn, FigureQuestion, Words
from app.teaching.variants import Variant, filled

MOST_STOPS = 200  # of a dial that shows numbers while it is turned


class Slider(FigureQuestion):
    """A dial to turn until something has a value. It has no knob until it is touched, so that nothing is given away.

    Dial from `low` to `high` by `step`, named `dial`. gives: the check that is asked with $x, where the dial stands;
    target: what it must be, within `within`. reads: what can be read while it is turned, by its words: checks with $x.
    """

    kind: Literal["slider"]
    dial: Words
    low: float
    high: float
    step: float = Field(gt=0)
    gives: Claim
    target: float
    within: float = Field(gt=0)
    unit: str = ""
    reads: dict[Words, Claim] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _range(self) -> Slider:
        if self.low >= self.high:
            raise ValueError("low < high must hold")
        if self.reads and len(self._stops()) > MOST_STOPS:
            raise ValueError(f"a dial with “reads” has {MOST_STOPS} stops at most: choose a larger step")
        return self

    def _stops(self) -> tuple[float, ...]:
        """The places of the dial."""
        count = 1 + round((self.high - self.low) / self.step)
        return tuple(round(self.low + at * self.step, 9) for at in range(count))

    def texts(self) -> dict[str, str]:
        reads = {f"reads {number}": words for number, words in enumerate(self.reads, 1)}
        return super().texts() | {"dial": self.dial} | reads

    def _off(self, asked: Variant, x: float) -> float:
        """The distance from the target with the dial at x."""
        return abs(one_number(asked.value(self.gives, x=x)) - self.target)

    def key(self, asked: Variant) -> float:
        return min(self._stops(), key=lambda x: self._off(asked, x))

    def grade(self, asked: Variant, given: object) -> Grade:
        x, key = given_number(given, self.low, self.high), cast(float, asked.key())
        grade = self.judged(asked, float(self._off(asked, x) <= self.within), key)
        if grade.right:
            return grade
        gives = f"{one_number(asked.value(self.gives, x=x)):.3g} {self.unit}".replace(" %", "%").strip()
        said = f"You chose {x:g}. Anything near {key:g} is right. {grade.said}"
        return replace(grade, said=said, nudge=f"You chose {x:g}, and that gives {gives}.")

    def field(self, asked: Variant, learner: str) -> dict[str, Any]:
        logits = filled(self.gives, {**asked.drawn, "x": self.low}).args.get("logits")
        stops, drawn = self._stops() if self.reads else (), tuple(asked.drawn.items())
        reads = [{"words": name, "at": _read(one.model_dump_json(), drawn, stops)} for name, one in self.reads.items()]
        return self.model_dump(include={"dial", "low", "high", "step"}) | {
            "logits": logits,
            "reads": reads,
        }

    def faults(self, asked: Variant) -> Iterator[str]:
        if self.grade(asked, self.low).right:
            yield "its answer lies at the end from which the keyboard turns it: widen the range"
        if not self.grade(asked, asked.key()).right:
            yield "no stop of its dial reaches the target: change target, range or step"
        for read in self.reads.values():
            asked.in_words(read, x=self.low)


@lru_cache(maxsize=32)  # a quiz is drawn anew with every answer, and this takes longer than all the rest of it
def _read(read: str, drawn: tuple[tuple[str, Drawn], ...], stops: tuple[float, ...]) -> tuple[str, ...]:
    """The readings at each stop of a dial."""
    claim = Claim.model_validate_json(read)
    return tuple(in_words(filled(claim, {**dict(drawn), "x": stop})) for stop in stops)
