"""How often the lab says “beats” if nothing differs: after a single look, and if seeds are added while it is open.

Accuracies are drawn in two ways: from a normal distribution, and as those of recorded students with labels only, on
both sides. Each experiment goes the product's own way and is judged by the product's own verdict; beside it stands what
the plain 95% interval would say at every look.
"""

import time
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from app.catalog.declared import Arm
from app.experiments.kinds.cohort import LABELS_ONLY, cohort_verdict
from app.experiments.recordings import named
from app.experiments.recordings.arms import RecordedArms
from app.experiments.verdict import EXTENDED, LOOKS, more_seeds
from tests.benchmarks.machine import words

EXPERIMENTS, FIRST, IMAGES = 10_000, (2, 3, 5), 10_000
ARMS = (LABELS_ONLY, Arm("distilled", "kd", 8.0, 0.9))
Draw = Callable[[np.random.Generator], npt.NDArray[np.float64]]  # accuracies, (arms, seeds)


def normal(generator: np.random.Generator) -> npt.NDArray[np.float64]:
    """A point of spread on either side."""
    return generator.normal(0.9, 0.01, (2, LOOKS[-1]))


def recorded(generator: np.random.Generator) -> npt.NDArray[np.float64]:
    """Recorded students with labels only, on either side."""
    return generator.choice(named(RecordedArms, "recorded-what-teaches").accuracy("labels"), (2, LOOKS[-1]))


def beats(draw: Draw, first: int, experiments: int, *, plain: bool = False) -> list[float]:
    """In percent: how many experiments have said “beats” by each look.

    first: seeds of the first one. plain: every look is taken for a single one.
    """
    generator, ended = np.random.default_rng(0), [0] * (1 + len(LOOKS))
    for _ in range(experiments):
        rows, seeds = draw(generator), first
        for look in range(len(ended)):
            seen = rows[:, :seeds].tolist()
            if cohort_verdict(seen, IMAGES, ARMS, extended=look > 0 and not plain).kind in ("better", "worse"):
                ended[look] += 1
                break
            seeds = more_seeds(seeds, extended=look > 0) or LOOKS[-1]
    return [100 * sum(ended[: look + 1]) / experiments for look in range(len(ended))]


def measure() -> Iterator[tuple[str, object]]:
    """Yield the percentages of a single look, and of all together: as the lab judges them, and as it does not."""
    start = time.perf_counter()
    for draw in (normal, recorded):
        for first in FIRST:
            once, *_, strict = beats(draw, first, EXPERIMENTS)
            yield f"{draw.__name__}_{first}_seeds_single_percent", once
            yield f"{draw.__name__}_{first}_seeds_extended_percent", strict
            yield (
                f"{draw.__name__}_{first}_seeds_extended_plain_percent",
                beats(draw, first, EXPERIMENTS, plain=True)[-1],
            )
    yield "looks", ", ".join(map(str, LOOKS))
    yield "times_as_wide", EXTENDED
    yield "experiments", EXPERIMENTS
    yield "seconds", time.perf_counter() - start
    yield "machine", words()
