"""Fetch the official full image sets from where torchvision fetches them, and read them.

A file counts as there when its content has the right sha256, never because of its name. (torchvision's own data set
classes take a half-unpacked MNIST for a whole one, begin each download anew and unpickle CIFAR-10; so they only lend
their addresses and checksums.)
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import math
import pickle
import shutil
import tarfile
import time
import zlib
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.catalog import downloads
from app.catalog.families import DOWNLOADS, FAMILIES, Download, Part
from app.catalog.pack import POOL, TEST, Pack, Uint8
from app.distillation.download import DownloadFailed, NotStored, Pace, discard, download, take
from app.distillation.vision import import_torchvision

LOOK = 0.25  # seconds between two words on how much has arrived
CHUNK = 1 << 20  # bytes
SPARE_BYTES = 50_000_000  # of disk space, beyond what is needed

IDX_FILES = {
    POOL: ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    TEST: ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
CIFAR_FOLDER, CIFAR_CLASSES = "cifar-10-batches-py", FAMILIES["cifar10"].classes
CIFAR_FOLDERS = (CIFAR_FOLDER, "cifar-10-batches-bin")  # in the archive for Python, and in the binary one
CIFAR_PIXELS = 3 * 32 * 32
CIFAR_BATCHES = {f"data_batch_{i}": POOL for i in range(1, 6)} | {"test_batch": TEST}

ReportProgress = Callable[[str, int, int], None]  # is told the phase in words, bytes arrived and bytes in all


class FetchFailed(Exception):
    """A full set cannot be fetched. The message says what happened and what to do."""


# ── fetching ─────────────────────────────────────────────────────────────────────────────────────────────────────


def fetch(data: str, told: ReportProgress = lambda phase, done, total: None) -> list[Path]:
    """Make sure that the official files of `data` (a key of DOWNLOADS) are on this machine; returns where they are.

    What is there and right, wherever torchvision or a person put it below `downloads.folder()`, is not fetched again.
    Raises FetchFailed with a sentence. What had arrived of a file by then stays, and the next call goes on from there;
    so it does if `told` raises something, which ends this.
    """
    full = DOWNLOADS[data]
    total = sum(part.size for part in full.parts)
    told("checking what is here", 0, total)
    if data == "cifar10" and right_batches(downloads.folder() / CIFAR_FOLDER):
        return [downloads.folder() / CIFAR_FOLDER]
    files = [_find(full, part) for part in full.parts]
    missing = [part for part, path in zip(full.parts, files, strict=True) if path is None]
    _check_space(full, missing)
    done, pace = total - sum(part.size for part in missing), Pace()
    for part in missing:
        _fetch_part(full, part, partial(_say, told, pace, total, done))
        done += part.size
    return [path or downloads.place(full, part) for part, path in zip(full.parts, files, strict=True)]


def _find(full: Download, part: Part) -> Path | None:
    places = (downloads.folder() / full.folder, downloads.folder())
    names = (part.name, part.name.removesuffix(".gz")) if _is_idx(part.name) else (part.name,)
    candidates = (place / name for place in places for name in names)
    return next((path for path in candidates if content_sha256(path) == part.sha256), None)


def _is_idx(name: str) -> bool:
    return "-ubyte" in name


def content_sha256(path: Path) -> str | None:
    """What a Part's sha256 is of: an archive, an IDX file without its gzip. None if it is missing or damaged."""
    unzip = path.suffix == ".gz" and _is_idx(path.name)
    digest = hashlib.sha256()
    try:
        with gzip.open(path, "rb") if unzip else path.open("rb") as file:
            while chunk := file.read(CHUNK):
                digest.update(chunk)
    except (OSError, EOFError, zlib.error):
        return None
    return digest.hexdigest()


def right_batches(folder: Path) -> bool:
    """True if torchvision's unpacked CIFAR-10 is complete and has torchvision's checksums."""
    if not folder.is_dir():
        return False
    source = import_torchvision().datasets.CIFAR10
    for name, md5 in source.train_list + source.test_list:
        file = folder / name
        if not file.is_file() or hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest() != md5:
            return False
    return True


def _check_space(full: Download, missing: list[Part]) -> None:
    """Raise FetchFailed if the disk has no room for what is missing and the pack that is made of it."""
    if not missing:
        return
    target = downloads.folder() / full.folder
    try:
        target.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(target).free
        here = sum(downloads.size_of(downloads.half_of(downloads.place(full, part))) for part in missing)
    except OSError as error:
        raise FetchFailed(_not_stored(full, error)) from error
    needed = sum(part.size for part in missing) - here + full.disk + SPARE_BYTES
    if free < needed:
        raise FetchFailed(
            f"There is not enough disk space: {full.name} needs {needed / 1e6:,.0f} MB and {free / 1e6:,.0f} MB are "
            "free. Free some and try again."
        )


def _not_stored(full: Download, error: BaseException | None) -> str:
    no_room = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
    if isinstance(error, OSError) and (error.errno in no_room or getattr(error, "winerror", None) == 112):
        return f"The disk became full while {full.name} was fetched. Free some space and try again."
    return f"{full.name} could not be stored: {error}."


def _addresses(full: Download, part: Part) -> list[str]:
    """Where torchvision fetches a file from."""
    source = getattr(import_torchvision().datasets, full.torchvision)
    return [source.url] if full.torchvision == "CIFAR10" else [f"{mirror}{part.name}" for mirror in source.mirrors]


def _say(told: ReportProgress, pace: Pace, total: int, before: int, arrived: int) -> None:
    """Tell how much of all is here. before: bytes of other parts."""
    told(pace.words(before + arrived, total) or "downloading", before + arrived, total)


def _fetch_part(full: Download, part: Part, arrived: Callable[[int], None]) -> None:
    whole = downloads.place(full, part)
    half, reasons = downloads.half_of(whole), []
    for url in _addresses(full, part):
        for _ in range(2):  # the second time anew: what had arrived before may have been of another version
            begun = downloads.size_of(half)
            try:
                arrived(begun)
                download(url, half, part.size, _at_most_every(LOOK, arrived))
            except DownloadFailed as failure:
                reasons.append(str(failure))
                break
            except NotStored as failure:
                discard(half)  # what fills the disk is in everybody's way
                raise FetchFailed(_not_stored(full, failure.__cause__)) from failure
            arrived(part.size)
            if content_sha256(half) == part.sha256:
                take(half, whole)
                return
            discard(half)
            reasons.append("what arrived is damaged or another version")
            if not begun:
                break
    raise FetchFailed(_not_fetched(full, reasons, whole.exists()))


def _at_most_every(seconds: float, told: Callable[[int], None]) -> Callable[[int], None]:
    """The same function, which hears at most one call in so many seconds."""
    last = -math.inf

    def seldom(value: int) -> None:
        nonlocal last
        if time.monotonic() - last >= seconds:
            last = time.monotonic()
            told(value)

    return seldom


def _not_fetched(full: Download, reasons: list[str], there: bool) -> str:
    own = "The file there is damaged or another version. " if there else ""
    return (
        f"{full.name} could not be fetched: {reasons[-1]}. {own}Check the internet connection and try again: what has "
        "arrived is kept. Without a connection, a file from another machine does as well."
    )


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────


def read_official(paths: list[Path]) -> Pack:
    """Read what `fetch` found: split 0 the official training images, split 1 the official test images.

    Raises ValueError if a file is not what its name says.
    """
    return read_cifar(paths[0]) if len(paths) == 1 else read_idx_set(paths)


def idx_files(folder: Path) -> list[Path]:
    """The four IDX files of a folder, gzipped or not: images and labels to learn from, then to test on."""
    names = (*IDX_FILES[POOL], *IDX_FILES[TEST])
    return [folder / name if (folder / name).exists() else folder / f"{name}.gz" for name in names]


def read_idx_set(files: list[Path]) -> Pack:
    """MNIST or Fashion-MNIST from its `idx_files`; classes are the labels' numbers. Raises ValueError."""
    pool_images, pool_labels, test_images, test_labels = (read_idx(file) for file in files)
    images = np.concatenate((pool_images, test_images))[:, None]  # (n, 1, h, w)
    labels = np.concatenate((pool_labels, test_labels))
    split = np.repeat(np.array((POOL, TEST), np.uint8), (len(pool_labels), len(test_labels)))
    if images.ndim != 4 or len(images) != len(labels):
        raise ValueError(f"the images and labels in {files[0].parent.name} do not belong together")
    return Pack(images, labels, split, {"classes": [str(label) for label in range(int(labels.max()) + 1)]})


def idx_bytes(file: Path) -> bytes:
    """The content of an IDX file, gzipped or not. Raises ValueError if it is damaged."""
    try:
        return gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise ValueError(f"{file.name} is damaged ({error})") from error


def read_idx(file: Path) -> npt.NDArray[np.uint8]:
    """Read one IDX file of unsigned bytes, gzipped or not. Raises ValueError if it is not one."""
    raw = idx_bytes(file)
    dimensions = raw[3] if len(raw) > 3 and raw[:3] == b"\x00\x00\x08" else 0
    if not dimensions or len(raw) < 4 + 4 * dimensions:
        raise ValueError(f"{file.name} is not an IDX file of bytes")
    shape = tuple(int(side) for side in np.frombuffer(raw, ">u4", count=dimensions, offset=4))
    if len(raw) != 4 + 4 * dimensions + math.prod(shape):
        raise ValueError(f"{file.name} is not complete")
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


def read_cifar(path: Path) -> Pack:
    """CIFAR-10 from its archive, for Python or binary, or from the folder of the former. Raises ValueError."""
    images, labels, split = [], [], []
    for name, raw in sorted(_folder_batches(path) if path.is_dir() else _archive_batches(path)):
        rows, batch_labels = _binary_batch(name, raw) if name.endswith(".bin") else _pickled_batch(name, raw)
        if batch_labels.max(initial=0) >= len(CIFAR_CLASSES):
            raise ValueError(f"{name} is not a batch of CIFAR-10 (a label is no class)")
        images.append(rows.reshape(-1, 3, 32, 32))
        labels.append(batch_labels)
        split.append(np.full(len(batch_labels), CIFAR_BATCHES[name.removesuffix(".bin")], np.uint8))
    if len(images) != len(CIFAR_BATCHES):
        raise ValueError(f"{path.name} holds {len(images)} of the {len(CIFAR_BATCHES)} batches of CIFAR-10")
    about = {"classes": list(CIFAR_CLASSES)}
    return Pack(np.concatenate(images), np.concatenate(labels), np.concatenate(split), about)


def _folder_batches(folder: Path) -> Iterator[tuple[str, bytes]]:
    for name in CIFAR_BATCHES:
        if (folder / name).is_file():
            yield name, (folder / name).read_bytes()


def _archive_batches(path: Path) -> Iterator[tuple[str, bytes]]:
    """The batches in the archive, read in memory: nothing is unpacked to the disk."""
    try:
        with tarfile.open(path, "r|gz") as archive:
            for member in archive:
                folder, _, name = member.name.rpartition("/")
                content = archive.extractfile(member) if member.isfile() and folder in CIFAR_FOLDERS else None
                if content is not None and name.removesuffix(".bin") in CIFAR_BATCHES:
                    yield name, content.read()
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path.name} is not CIFAR-10's archive or is damaged ({error})") from error


_ARRAY_PARTS: dict[tuple[str, str], Any] = {
    ("numpy.core.multiarray", "_reconstruct"): np.zeros(0).__reduce__()[0],
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
}


class _ArraysOnly(pickle.Unpickler):
    """Reads CIFAR-10's batches, which are pickled, and can build nothing but arrays.

    The files were compared with their checksums before; this holds even if somebody else's are read.
    """

    def find_class(self, module: str, name: str) -> Any:
        """Raises UnpicklingError for everything that an array of numbers does not need."""
        try:
            return _ARRAY_PARTS[module, name]
        except KeyError:
            raise pickle.UnpicklingError(f"it asks for {module}.{name}") from None


def _pickled_batch(name: str, raw: bytes) -> tuple[Uint8, Uint8]:
    """One batch for Python: images (n, 3072) and labels (n,)."""
    try:
        batch = _ArraysOnly(io.BytesIO(raw), encoding="latin1").load()
        rows, labels = np.asarray(batch["data"]), np.array(batch["labels"])
    except Exception as error:  # damage in a pickle can raise anything
        raise ValueError(f"{name} is not a batch of CIFAR-10 ({error})") from error
    if rows.dtype != np.uint8 or rows.ndim != 2 or rows.shape[1] != CIFAR_PIXELS or labels.shape != (len(rows),):
        raise ValueError(f"{name} is not a batch of CIFAR-10 (images of {rows.shape}, {rows.dtype})")
    if labels.dtype.kind not in "iu" or labels.min(initial=0) < 0 or labels.max(initial=0) > 255:
        raise ValueError(f"{name} is not a batch of CIFAR-10 (a label is no class)")
    return rows, labels.astype(np.uint8)


def _binary_batch(name: str, raw: bytes) -> tuple[Uint8, Uint8]:
    """One binary batch, each image behind its label: images (n, 3072) and labels (n,)."""
    if not raw or len(raw) % (1 + CIFAR_PIXELS):
        raise ValueError(f"{name} is not a batch of CIFAR-10 ({len(raw):,} bytes)")
    rows = np.frombuffer(raw, np.uint8).reshape(-1, 1 + CIFAR_PIXELS)
    return rows[:, 1:], rows[:, 0]
