"""Test images as PNG files, and the labels beside them."""

import io
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

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


def png(image: Uint8) -> bytes:
    """An image, (1 or 3, h, w) uint8, as a PNG file."""
    file = io.BytesIO()
    Image.fromarray(image[0] if len(image) == 1 else image.transpose(1, 2, 0)).save(file, "PNG")
    return file.getvalue()
