"""What a verdict is taken on: the official test images at a run's end, or else the images that its curve is drawn from.

Everything that names a run's last accuracies reads them here; `final.js` is its counterpart in the browser.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

Accuracy = tuple[tuple[float, ...], ...]  # (arms, seeds), fractions


@dataclass(frozen=True)
class Reached:
    """accuracy: of every student on the same `images` test images. teacher: its accuracy on them, None if unknown."""

    accuracy: Accuracy
    images: int
    teacher: float | None = None


def on_curve(event: Mapping[str, Any], images: int, teacher: float | None = None, key: str = "accuracy") -> Reached:
    """What was measured at an event on the images of the curve. images, teacher: of these, as the record names them.

    key: which share, of those that an event has. Raises KeyError, TypeError, ValueError if it is not there.
    """
    return Reached(_shares(event[key]), images, teacher)


def reached(event: Mapping[str, Any], images: int, teacher: float | None = None, key: str = "accuracy") -> Reached:
    """The same on the official test images, if they were looked at: at the last event of a finished run."""
    final = event.get("final")
    if not final or key not in final:
        return on_curve(event, images, teacher, key)
    return Reached(_shares(final[key]), int(final["images"]), final.get("teacher"))


def _shares(rows: Any) -> Accuracy:
    return tuple(tuple(float(value) for value in row) for row in rows)
