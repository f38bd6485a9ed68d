"""What is recorded of teachers that are made smaller, and what is kept of it."""

from collections.abc import Iterator
from typing import Any

import numpy as np

from app.catalog.declared import DATA
from app.experiments.kinds.shrink import Shrink
from app.experiments.worker.kinds.shrink import of_filter

SEEDS = {"mnist": tuple(range(11, 21)), "fashion": tuple(range(11, 16)), "cifar10": tuple(range(11, 16))}


def shrunk() -> Iterator[tuple[str, str, Shrink]]:
    """(name, title, experiment) of each teacher."""
    for data, seeds in SEEDS.items():
        yield f"shrink-{data}", f"{DATA[data].name}, smaller in every way", Shrink(data, seeds)


def filters(recorder: Any) -> dict[str, Any]:
    """What rounding makes of one filter and of three answers: see `of_filter`. recorder: see `plans.Recorder`."""
    for _ in recorder:
        pass
    return {name: np.asarray(array) for name, array in of_filter(recorder.training).items()}
