"""Where the full data sets are on this machine, for the tests and measurements that need them.

DISTILLERY_FULL_DATA names a folder that may hold ``MNIST/raw``, ``FashionMNIST/raw`` or ``fashion-mnist`` (IDX files)
and ``cifar-10-batches-py`` or ``cifar10-jpeg.zip``. Debian's package dataset-fashion-mnist is found without it.
"""

from __future__ import annotations

import os
from pathlib import Path

from app.catalog.families import FAMILIES

DEBIAN = {"fashion": Path("/usr/share/datasets/fashion-mnist")}


def full_data(family: str) -> Path | None:
    """The full set of mnist, fashion or cifar10; None where it is not on this machine."""
    folder = os.environ.get("DISTILLERY_FULL_DATA")
    places = [Path(folder) / place for place in FAMILIES[family].places] if folder else []
    return next((place for place in [*places, DEBIAN.get(family)] if place and place.exists()), None)
