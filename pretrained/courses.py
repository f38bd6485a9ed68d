"""What a teacher learns from and is tested on: full sets without the embedded test images."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.catalog.declared import CLASSES, DATA
from app.catalog.families import FAMILIES
from app.catalog.pack import Pack, Uint8, image_hashes, read_pack
from pretrained.sources import full_pack


@dataclass(frozen=True)
class Course:
    """What a teacher learns from and is tested on."""

    family: str
    images: Uint8  # (n, c, h, w), to learn from; the embedded test images are not among them
    labels: Uint8  # (n,)
    test_images: Uint8  # (m, c, h, w)
    test_labels: Uint8  # (m,)
    left_out: int  # training images that were left out because they occur in the embedded test split
    words: str  # what the images are, for people
    tested_on: str  # what the test images are, for people
    licence: str
    original: bool  # False if the images are a lossy copy


def locate(family: str, path: Path) -> Path:
    """The set of a family below `path` if it lies under a usual name, else `path` itself."""
    return next((path / place for place in FAMILIES[family].places if (path / place).exists()), path)


def full_course(family: str, path: Path) -> Course:
    """The full set of a family, without the training images that are in the embedded test split.

    path: the set, or a folder that holds it (see `full_pack`). Raises what `full_pack` raises.
    """
    path = locate(family, path)
    pack = full_pack(path, list(FAMILIES[family].classes))
    learn, test = pack.pool, pack.test
    kept = learn
    if DATA[family].embedded:
        sample = read_pack(DATA[family].path)
        tested = image_hashes(sample.images[sample.test])
        kept = learn[~np.isin(image_hashes(pack.images[learn]), tested)]
    title, copy = FAMILIES[family].title, copy_words(path)
    return Course(
        family,
        *(pack.images[kept], pack.labels[kept]),
        *(pack.images[test], pack.labels[test]),
        left_out=len(learn) - len(kept),
        words=f"the official training images of {title}{copy and f', {copy}'}",
        tested_on=f"the {len(test):,} official test images of {title}{copy and f' ({copy})'}",
        licence=FAMILIES[family].credit,
        original=not copy,
    )


def copy_words(path: Path) -> str:
    """What sets a zip of JPEG files apart: that it is a copy, of the quality that its first file tells. Else empty."""
    if path.suffix != ".zip":
        return ""
    from PIL import Image
    from PIL.JpegImagePlugin import JpegImageFile

    with zipfile.ZipFile(path) as archive:
        first = next((name for name in archive.namelist() if name.endswith(".jpg")), None)
        image = Image.open(io.BytesIO(archive.read(first))) if first else None
        if not isinstance(image, JpegImageFile):
            return ""
        coarsest = max(image.quantization[0])  # of the standard table: 121 at quality 50, and falling evenly above it
        return f"JPEG copy, quality {round(100 - 50 * coarsest / 121)}"


def tiny_course(family: str, count: int) -> Course:
    """`count` images to learn from and 200 to test on: of the embedded sample, else random pictures."""
    if DATA[family].embedded:
        pack, words = read_pack(DATA[family].path), f"embedded sample of {FAMILIES[family].title}"
    else:
        pack, words = random_pictures(DATA[family].channels, DATA[family].size, count + 200), "random pictures"
    learn, test = pack.pool[:count], pack.test[:200]
    return Course(
        family,
        *(pack.images[learn], pack.labels[learn]),
        *(pack.images[test], pack.labels[test]),
        left_out=0,
        words=f"{words}, for a dry run",
        tested_on=f"{len(test)} images: {words}",
        licence=FAMILIES[family].credit,
        original=True,
    )


def random_pictures(channels: int, size: int, count: int) -> Pack:
    """Pictures whose class shows in their brightness, as a pack; the last 200 are to test on."""
    draws = np.random.default_rng(0)
    labels = draws.integers(0, CLASSES, count).astype(np.uint8)
    noise = draws.integers(0, 60, (count, channels, size, size))
    images: Uint8 = (noise + 19 * labels[:, None, None, None].astype(np.int64)).astype(np.uint8)
    split = (np.arange(count) >= count - 200).astype(np.uint8)
    return Pack(images, labels, split, {"classes": [str(label) for label in range(CLASSES)]})
