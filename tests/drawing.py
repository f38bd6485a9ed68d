"""Drawings, and the reference that the browser's preparation of them is tested against: numpy and scipy alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import ndimage

SIDE, IMAGE, BOX, PEN = 112, 28, 20, 4.8

Floats = npt.NDArray[np.float64]
Stroke = Sequence[tuple[float, float]]

# Digits as a hand draws them: points "x,y" in hundredths of the pad, from the left and from above; "/" lifts the pen.
DRAWN = {
    0: "50,10 28,25 22,50 30,78 50,90 70,77 78,50 70,22 50,10",
    1: "52,10 50,50 48,90",
    2: "25,28 40,12 60,12 72,28 66,45 45,68 24,88 50,86 78,88",
    3: "27,18 50,10 70,22 66,40 45,48 70,58 74,75 55,90 27,82",
    4: "32,10 26,35 25,52 50,53 75,50 / 68,12 64,50 62,92",
    5: "72,12 36,13 32,42 55,42 72,56 68,78 48,90 26,82",
    6: "62,10 40,30 30,58 36,82 54,90 70,76 62,58 42,60 32,72",
    7: "24,16 50,16 75,14 62,45 50,90",
    8: "66,20 48,10 34,24 50,44 68,66 62,86 45,90 32,76 46,52 64,34 66,20",
    9: "70,28 54,12 36,20 34,38 50,46 68,34 70,20 68,55 60,92",
}


def strokes(digit: int, *, size: float = 0.75, left: float = 0.12, top: float = 0.1) -> list[list[tuple[float, float]]]:
    """A digit's strokes on the pad's raster. size, left, top: as shares of the pad."""
    lines = [[point.split(",") for point in line.split()] for line in DRAWN[digit].split("/")]
    return [
        [(SIDE * (left + size * int(x) / 100), SIDE * (top + size * int(y) / 100)) for x, y in line] for line in lines
    ]


def inked(drawn: Sequence[Stroke], base: Floats | None = None, rubbed: Sequence[Stroke] = ()) -> Floats:
    """The ink on the raster, (SIDE, SIDE) of 0 … 1: distance to the lines. base: (IMAGE, IMAGE); rubbed: after all."""
    scale = SIDE // IMAGE
    ink = np.zeros((SIDE, SIDE)) if base is None else np.kron(base, np.ones((scale, scale)))
    ink = np.maximum(ink, _lines(drawn))
    return np.minimum(ink, 1 - _lines(rubbed))


def _lines(drawn: Sequence[Stroke]) -> Floats:
    ink = np.zeros((SIDE, SIDE))
    y, x = np.mgrid[:SIDE, :SIDE] + 0.5
    for stroke in drawn:
        for (x0, y0), (x1, y1) in zip([stroke[0], *stroke], stroke, strict=False):
            length = (x1 - x0) ** 2 + (y1 - y0) ** 2
            along = ((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length if length else np.zeros_like(x)
            along = along.clip(0, 1)
            distance = np.hypot(x - x0 - along * (x1 - x0), y - y0 - along * (y1 - y0))
            ink = np.maximum(ink, (PEN + 0.5 - distance).clip(0, 1))
    return ink


def prepared(ink: Floats) -> npt.NDArray[np.uint8] | None:
    """(SIDE, SIDE) ink → (IMAGE, IMAGE) picture, as MNIST's were made; None where there is no ink."""
    found = ndimage.find_objects((ink > 0).astype(int))
    if not found:
        return None
    crop = ink[found[0]]
    step = max(crop.shape) / BOX
    down, along = (_averaging(length, step) for length in crop.shape)
    small = down @ crop @ along.T
    y, x = ndimage.center_of_mass(small)
    big = np.zeros((3 * IMAGE, 3 * IMAGE))
    top, left = (IMAGE + int(np.floor(IMAGE / 2 - at + 0.5)) for at in (y, x))
    big[top : top + small.shape[0], left : left + small.shape[1]] = small
    return np.floor(255 * big[IMAGE : 2 * IMAGE, IMAGE : 2 * IMAGE] + 0.5).astype(np.uint8)


def _averaging(length: int, step: float) -> Any:
    """(picture pixels, raster pixels): the share of each raster pixel in each of the picture's, over `step`."""
    count = int(np.ceil(length / step - 1e-9))
    low, high = np.arange(count)[:, None] * step, (np.arange(count)[:, None] + 1) * step
    pixels = np.arange(length)[None]
    return (np.minimum(high, pixels + 1) - np.maximum(low, pixels)).clip(0, 1) / step
