"""Draw a curve."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Literal

from pydantic import Field, model_validator

from app.teaching.claims import Claim
from app.teaching.grading import Grade, given_numbers, several_numbers
from app.teaching.plain import KNOTS, Scale, knots_fault
from app.teaching.question import FigureQuestion, Words
from app.teaching.variants import Variant


class Curve(FigureQuestion):
    """A curve to draw, by a number at each of five positions. within: how far off a knot is still right; scale: how
    far apart the positions are drawn.
    """

    kind: Literal["curve"]
    at: tuple[float, ...] = Field(min_length=KNOTS, max_length=KNOTS)
    axis: Words
    scale: Scale = "linear"
    low: float
    high: float
    step: float = Field(gt=0)
    unit: str = ""
    outcome: Claim
    within: float = Field(gt=0)

    @model_validator(mode="after")
    def _in_order(self) -> Curve:
        if fault := knots_fault(self.at, self.scale):
            raise ValueError(fault)
        return self

    def key(self, asked: Variant) -> list[float]:
        return several_numbers(asked.value(self.outcome))

    def grade(self, asked: Variant, given: object) -> Grade:
        key = self.key(asked)
        knots = given_numbers(given, len(key), self.low, self.high)
        near = sum(abs(knot - true) <= self.within for knot, true in zip(knots, key, strict=True))
        return replace(self.judged(asked, near / len(key), key), nudge=f"{near} of {len(key)} places are near.")

    def field(self, asked: Variant, learner: str) -> dict[str, Any]:
        return self.model_dump(include={"at", "axis", "scale", "low", "high", "step", "unit"})

    def faults(self, asked: Variant) -> Iterator[str]:
        key = self.key(asked)
        if not all(self.low <= knot <= self.high for knot in key):
            yield f"the outcome {key} lies outside of {self.low:g} to {self.high:g}: widen the range"
