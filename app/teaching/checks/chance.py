"""What a map of settings would show by chance alone, as numbers of lessons."""

from functools import lru_cache

import numpy as np

from app.experiments.paired import T95
from app.experiments.recordings import named
from app.experiments.recordings.sweeps import RecordedSweep
from app.teaching.checks.registry import check

MAPS = 20_000  # drawn: the share of those that show something is right to half a percent


@check(source="formula")
def by_chance(intervals: float, level: float = 95) -> float:
    """How many of so many intervals exclude zero on average if nothing makes a difference. level: in percent."""
    return intervals * (100 - level) / 100


@check(source="model")
def map_likeness(sweep: str) -> float:
    """How alike the gains of a recorded sweep's settings are over the seeds: 0 unrelated, 1 the same.

    They have the labels-only students in common. It is the mean covariance of two settings in units of the mean
    variance of one.
    """
    cells = named(RecordedSweep, sweep).cells.values()
    gains = np.array([np.subtract(cell.accuracy[1], cell.accuracy[0]) for cell in cells if cell.accuracy])
    covariance = np.cov(gains)
    variance = float(np.trace(covariance)) / len(gains)
    between = (float(covariance.sum()) - float(np.trace(covariance))) / (len(gains) * (len(gains) - 1))
    return between / variance


@check(source="model")
def chance_maps(sweep: str, least: int, most: int | None = None) -> float:
    """Of 100 maps like a recorded one, but on which nothing makes a difference: how many have so many wins and losses.

    least, most: how many settings have a 95% interval that excludes zero. A seed's gains are normal, and as alike as
    those of the recorded map.
    """
    recording = named(RecordedSweep, sweep)
    shown = _drawn(len(recording.cells), len(recording.plan.seeds), map_likeness(sweep))
    return 100 * float(np.mean((shown >= least) & (shown <= (shown.max() if most is None else most))))


@lru_cache(maxsize=4)
def _drawn(cells: int, seeds: int, likeness: float) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """On each of `MAPS` maps without any effect, how many intervals exclude zero."""
    draw, parts = np.random.default_rng(0), []
    for _ in range(MAPS // 1000):
        common, own = draw.standard_normal((1000, 1, seeds)), draw.standard_normal((1000, cells, seeds))
        gains = likeness**0.5 * common + (1 - likeness) ** 0.5 * own
        half = T95[seeds - 2] * gains.std(-1, ddof=1) / seeds**0.5
        parts.append((np.abs(gains.mean(-1)) > half).sum(-1))
    return np.concatenate(parts)
