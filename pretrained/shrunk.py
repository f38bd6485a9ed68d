"""What is recorded of teachers that are made smaller, and what is kept of it."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from app.catalog.declared import DATA
from app.experiments.kinds.repair import Repair
from app.experiments.kinds.shrink import Shrink
from app.experiments.worker.kinds.repair import of_pruned
from app.experiments.worker.kinds.shrink import of_filter

SEEDS = {"mnist": tuple(range(11, 21)), "fashion": tuple(range(11, 16)), "cifar10": tuple(range(11, 16))}
REPAIR_IMAGES = (100, 500, DATA[Repair.data].pool)


def shrunk() -> Iterator[tuple[str, str, Shrink]]:
    """(name, title, experiment) of each teacher."""
    for data, seeds in SEEDS.items():
        yield f"shrink-{data}", f"{DATA[data].name}, smaller in every way", Shrink(data, seeds)


def repairs(seeds: tuple[int, ...]) -> Iterator[tuple[str, str, tuple[tuple[Repair, ...], ...], dict[str, Any]]]:
    """(name, title, cohorts, how they are kept): students in two bits, repaired on few images of each seed, on more,
    and on all there are; and the same students without their small weights.
    """
    cohorts = tuple((Repair(seeds, images),) for images in REPAIR_IMAGES)
    yield "repair", "Rounded to two bits, and repaired", cohorts, {}
    yield "pruned", "A student without its small weights", cohorts[:1], {"keep": left_out}


def filters(recorder: Any) -> dict[str, Any]:
    """What rounding makes of one filter and of three answers: see `of_filter`. recorder: see `plan.Recorder`."""
    for _ in recorder:
        pass
    return {name: np.asarray(array) for name, array in of_filter(recorder.training).items()}


def left_out(recorder: Any) -> dict[str, Any]:
    """Students whose small weights are left out: see `of_pruned`. recorder: see `plan.Recorder`."""
    for _ in recorder:
        pass
    return {name: np.asarray(array) for name, array in of_pruned(recorder.training).items()}
