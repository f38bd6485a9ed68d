"""Draw a curve."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import Field

from app.teaching.claims import Claim
from app.teaching.grading import Grade, given_numbers, several_numbers
from app.teaching.plain import KNOTS
from app.teaching.question import FigureQuestion, Words
from app.teaching.variants import Variant


class Curve(FigureQuestion):
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

    def key(self, asked: Variant) -> list[float]:
        return several_numbers(asked.value(self.outcome))

    def grade(self, asked: Variant, given: object) -> Grade:
        key = self.key(asked)
        knots = given_numbers(given, len(key), self.low, self.high)
        near = sum(abs(knot - true) <= self.within for knot, true in zip(knots, key, strict=True))
        return self.judged(asked, near / len(key), key)

    def field(self, asked: Variant, learner: str) -> dict[str, Any]:
        return self.model_dump(include={"at", "axis", "low", "high", "step", "unit"})

    def faults(self, asked: Variant) -> Iterator[str]:
        key = self.key(asked)
        if not all(self.low <= knot <= self.high for knot in key):
            yield f"the outcome {key} lies outside of {self.low:g} to {self.high:g}: widen the range"
