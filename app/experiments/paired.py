"""Differences between two arms, paired by seed, with their mean and its 95% t-interval, in percentage points."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

# Two-sided 95% quantiles of Student's t for 1 … 19 degrees of freedom.
T95 = (
    *(12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281),
    *(2.2010, 2.1788, 2.1604, 2.1448, 2.1314, 2.1199, 2.1098, 2.1009, 2.0930),
)


@dataclass(frozen=True)
class PairedDifference:
    """points: a difference for each seed, in percentage points."""

    points: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Points."""
        return fmean(self.points)

    @property
    def half_width(self) -> float:
        """Half the 95% t-interval of the mean, in points. Raises ValueError for one seed alone."""
        return half_width(self.points)

    @property
    def interval(self) -> tuple[float, float]:
        """Both ends of the 95% t-interval of the mean, in points."""
        return self.mean - self.half_width, self.mean + self.half_width


def paired(ahead: Sequence[float], behind: Sequence[float]) -> PairedDifference:
    """By how much `ahead` is above `behind`; both are accuracies of the same seeds, as fractions.

    Accuracies are counts over the test images: rounding takes float32's noise away and keeps equal counts equal.
    """
    return PairedDifference(tuple(round(100 * (a - b), 4) for a, b in zip(ahead, behind, strict=True)))


def half_width(values: Sequence[float]) -> float:
    """Half the 95% t-interval of the mean. Raises ValueError unless there are 2 to 20 values."""
    return width(len(values)) * stdev(values)


def width(count: int) -> float:
    """The same of so many values, in standard deviations of one. Raises ValueError unless there are 2 to 20."""
    if not 2 <= count <= len(T95) + 1:
        raise ValueError(f"an interval needs 2 to {len(T95) + 1} values, got {count}")
    return T95[count - 2] / math.sqrt(count)
