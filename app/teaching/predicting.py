"""What a learner may save as a prediction."""

from __future__ import annotations

import math
from collections.abc import Sequence

from app.teaching.lessons import Prediction

Value = float | str | list[float]


def accepted(prediction: Prediction, value: object) -> Value | None:
    """The value as it is kept; None if it is none for this prediction: out of range, no choice, not all knots."""
    if prediction.kind == "choice":
        return value if isinstance(value, str) and value in prediction.choices else None
    if prediction.kind == "number":
        return _number(prediction, value)
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != len(prediction.at):
        return None
    knots = [_number(prediction, knot) for knot in value]
    return None if None in knots else [knot for knot in knots if knot is not None]


def _number(prediction: Prediction, value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value) if prediction.low <= value <= prediction.high else None
