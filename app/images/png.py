"""Test images as PNG files, and the labels beside them."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

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
    return _read(known.path, known.path.stat().st_mtime_ns if known.path.exists() else 0)


@lru_cache(maxsize=16)
def _read(path: Path, _written: int) -> ShownImages:
    pack = read_pack(path)
    rows = pack.test[: declared.SHOWN]
    return ShownImages(pack.images[rows], pack.labels[rows], tuple(pack.classes), len(pack.test), pack.digest())


def png(image: Uint8) -> bytes:
    """An image, (1 or 3, h, w) uint8, as a PNG file."""
    channels, height, width = image.shape
    colour = {1: 0, 3: 2}[channels]
    lines = np.ascontiguousarray(image.transpose(1, 2, 0)).reshape(height, width * channels)
    filtered = np.concatenate([np.zeros((height, 1), np.uint8), lines], axis=1)  # filter type 0 before each line
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    chunks = (("IHDR", header), ("IDAT", zlib.compress(filtered.tobytes(), 9)), ("IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name.encode(), body) for name, body in chunks)


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
