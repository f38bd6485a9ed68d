"""Test images as PNG files, and the labels beside them."""

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image

from app.catalog import declared
from app.catalog.available import data_sets
from app.catalog.pack import PackError, Uint8, read_pack

GONE = "The images of this run are no longer on this machine, or have no teacher. Import them again to see them."


@dataclass(frozen=True)
class ShownImages:
    """The test images whose answers are kept: (shown, c, h, w) uint8, their labels, and the classes' names."""

    images: Uint8
    labels: Uint8
    classes: tuple[str, ...]
    test_images: int  # in all
    digest: str


def shown_images(data: str) -> ShownImages:
    """The first `declared.SHOWN` test images of `data`. Raises PackError if they are missing or damaged."""
    known = data_sets().get(data)
    if known is None:
        raise PackError(GONE)
    return _read(known.path, known.written)


@lru_cache(maxsize=16)
def _read(path: Path, _written: int) -> ShownImages:
    pack = read_pack(path)
    rows = pack.test[: declared.SHOWN]
    return ShownImages(pack.images[rows], pack.labels[rows], tuple(pack.classes), len(pack.test), pack.digest())


@lru_cache(maxsize=16)
def _preview(path: Path, _written: int) -> tuple[Uint8, Uint8]:
    pack = read_pack(path)
    return pack.images, pack.labels


def contact_row(path: Path, number: int, most: int) -> Uint8:
    """Images of one class of a preview side by side, evenly taken: (1 or 3, h, n·w).

    number: of the class. Raises PackError if the preview is gone or has no image of the class.
    """
    try:
        images, labels = _preview(path, path.stat().st_mtime_ns)
    except OSError as error:
        raise PackError(GONE) from error
    places = np.flatnonzero(labels == number)
    if not len(places):
        raise PackError("There is no image of this class.")
    some = places[np.unique(np.linspace(0, len(places) - 1, min(most, len(places))).round().astype(int))]
    return np.concatenate(list(images[some]), axis=2)


def png(image: Uint8) -> bytes:
    """An image, (1 or 3, h, w) uint8, as a PNG file."""
    file = io.BytesIO()
    Image.fromarray(image[0] if len(image) == 1 else image.transpose(1, 2, 0)).save(file, "PNG")
    return file.getvalue()
