"""Image packs: one file of images, labels and their split.

A pack is an uncompressed or compressed ``.npz`` with four arrays and nothing that could run code:

========  ==================  =====================================================
images    (n, c, h, w) uint8  0 … 255, grey (c = 1) or RGB (c = 3)
labels    (n,) uint8          class number
split     (n,) uint8          0: to learn from ("pool"), 1: to test on
about     (bytes,) uint8      JSON: classes, source, licence, notes
========  ==================  =====================================================

The samples in ``pretrained/samples`` and the sets that a learner downloads or imports are all packs.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.catalog.paths import replacing

POOL, TEST = 0, 1

Uint8 = npt.NDArray[np.uint8]


class PackError(Exception):
    """An image pack is missing, damaged or not a pack. The message says what to do."""


@dataclass(frozen=True)
class Pack:
    """Images, labels and split, as arrays that nobody may write to."""

    images: Uint8  # (n, c, h, w)
    labels: Uint8  # (n,)
    split: Uint8  # (n,)
    about: dict[str, Any] = field(default_factory=dict)

    @property
    def classes(self) -> list[str]:
        """Names of the classes, in label order."""
        return [str(name) for name in self.about["classes"]]

    @property
    def pool(self) -> npt.NDArray[np.int64]:
        """Positions of the images to learn from, ascending."""
        return np.flatnonzero(self.split == POOL)

    @property
    def test(self) -> npt.NDArray[np.int64]:
        """Positions of the images to test on, ascending."""
        return np.flatnonzero(self.split == TEST)

    def digest(self) -> str:
        """sha256 over shape, images, labels and split, in order: the identity of the content."""
        digest = hashlib.sha256(repr(self.images.shape).encode())
        for array in (self.images, self.labels, self.split):
            digest.update(np.ascontiguousarray(array).tobytes())
        return digest.hexdigest()


def image_hashes(images: Uint8) -> npt.NDArray[np.uint64]:
    """First 64 bits of each image's sha256: its content hash.

    images: (n, ...) uint8. Returns (n,) uint64.
    """
    rows = np.ascontiguousarray(images).reshape(len(images), -1)
    return np.array([int.from_bytes(hashlib.sha256(row.tobytes()).digest()[:8], "big") for row in rows], np.uint64)


def evenly(labels: Uint8, hashes: npt.NDArray[np.uint64], count: int) -> npt.NDArray[np.int64]:
    """Positions of at most `count` images, as evenly over the classes as these allow, in the order of their hashes.

    labels: (n,). hashes: (n,) content hashes, which stand in for chance: the same images are chosen, in the same
    order, however the source was sorted. An image that occurs more than once is chosen once at most.
    """
    _, different = np.unique(hashes, return_index=True)  # ascending by hash
    by_class = different[np.argsort(labels[different], kind="stable")]
    starts = np.searchsorted(labels[by_class], labels[by_class])  # where each one's class begins
    turn = np.arange(len(by_class)) - starts  # 0 for the first of its class, 1 for the second, …
    chosen = by_class[np.argsort(turn, kind="stable")[:count]]
    return chosen[np.argsort(hashes[chosen])]


def small_pack(full: Pack, pool: int, test: int) -> Pack:
    """A fixed, class-balanced part of a pack: at most `pool` images to learn from and `test` to test on.

    No image occurs twice, nor to learn from if any test image of `full` is the same. Which ones are chosen, and
    their order, depends on their content alone.
    """
    hashes = image_hashes(full.images)
    learned = full.pool[~np.isin(hashes[full.pool], hashes[full.test])]
    parts = [rows[evenly(full.labels[rows], hashes[rows], n)] for rows, n in ((learned, pool), (full.test, test))]
    rows = np.concatenate(parts)
    return Pack(full.images[rows], full.labels[rows], full.split[rows], full.about)


def read_pack(path: Path) -> Pack:
    """Read a pack and check that its arrays belong together.

    Raises PackError if the file is missing, truncated or malformed.
    """
    with _explained(path), zipfile.ZipFile(path) as stored:
        images, labels, split = (_array(stored, name) for name in ("images", "labels", "split"))
        about = _about(stored)
    problem = _problem(images, labels, split, about)
    if problem:
        raise PackError(f"The image pack {path.name} is damaged: {problem}. Fetch or import it again.")
    for array in (images, labels, split):
        array.flags.writeable = False
    return Pack(images, labels, split, about)


def read_about(path: Path) -> dict[str, Any]:
    """What a pack says about itself, without reading its images. Raises PackError as `read_pack` does."""
    with _explained(path), zipfile.ZipFile(path) as stored:
        about = _about(stored)
    if not isinstance(about, dict):
        raise PackError(f"The image pack {path.name} is damaged: nothing in it says what it is. Import it again.")
    return about


def class_counts(path: Path, part: int) -> tuple[int, ...]:
    """How many images of each class a pack has in a part, POOL or TEST; its images are not read. Raises PackError."""
    with _explained(path), zipfile.ZipFile(path) as stored:
        labels, split, about = _array(stored, "labels"), _array(stored, "split"), _about(stored)
        counts = np.bincount(labels[split == part], minlength=len(about["classes"]))
    return tuple(int(count) for count in counts)


def _array(stored: zipfile.ZipFile, name: str) -> npt.NDArray[Any]:
    """One array of a pack, its checksum verified. Never unpickles: an array of objects raises ValueError."""
    content = io.BytesIO(stored.read(f"{name}.npy"))  # to its end, where the checksum is compared
    array: npt.NDArray[Any] = np.lib.format.read_array(content, allow_pickle=False)
    return array


def _about(stored: zipfile.ZipFile) -> Any:
    return json.loads(_array(stored, "about").tobytes())


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn what a missing or damaged file raises into a PackError."""
    try:
        yield
    except FileNotFoundError:
        raise PackError(f"The image pack {path.name} is not on this machine.") from None
    except OSError as error:
        raise PackError(f"The image pack {path.name} cannot be read ({error.strerror or error}).") from error
    except Exception as error:  # damage can surface as a dozen types: from the zip, zlib, the array's header, the JSON
        raise PackError(f"The image pack {path.name} is damaged ({error}). Fetch or import it again.") from error


def _problem(images: npt.NDArray[Any], labels: npt.NDArray[Any], split: npt.NDArray[Any], about: Any) -> str | None:
    if any(array.dtype != np.uint8 for array in (images, labels, split)):
        return "its arrays are not 8-bit"
    if images.ndim != 4 or images.shape[1] not in (1, 3):
        return f"images have the shape {images.shape}, not (n, 1 or 3, h, w)"
    if labels.shape != (len(images),) or split.shape != (len(images),):
        return "images, labels and split differ in length"
    if np.any(split > TEST):
        return "its split has values other than 0 and 1"
    if not isinstance(about, dict) or not isinstance(about.get("classes"), list):
        return "it does not name its classes"
    if len(labels) and int(labels.max()) >= len(about["classes"]):
        return "a label has no class name"
    return None


def write_pack(path: Path, pack: Pack, *, compress: bool = False) -> None:
    """Write a pack in one move, as `paths.replacing`."""
    about = np.frombuffer(json.dumps(pack.about, sort_keys=True).encode(), np.uint8)
    save = np.savez_compressed if compress else np.savez
    with replacing(path) as beside, beside.open("wb") as file:
        save(file, images=pack.images, labels=pack.labels, split=pack.split, about=about)
