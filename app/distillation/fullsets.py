"""Fetch the official full image sets with torchvision's downloader and read them.

A file counts as there when its content has the right sha256, never because of its name. (torchvision's own data set
classes take a half-unpacked MNIST for a whole one, and unpickle CIFAR-10; so they only lend their addresses and
checksums, and its `download_url` does the fetching, to a name that is not the file's until it is checked.)
"""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import math
import os
import pickle
import shutil
import socket
import tarfile
import threading
import urllib.error
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.catalog.families import DOWNLOADS, FAMILIES, Download, Part
from app.catalog.pack import POOL, TEST, Pack, Uint8
from app.distillation.vision import import_torchvision

TIMEOUT = 30.0  # seconds without a byte from the server
WATCH = 0.25  # seconds between two looks at how much has arrived
TRIES = 2  # per address, if something had arrived
CHUNK = 1 << 20  # bytes
SPARE_BYTES = 50_000_000  # of disk space, beyond what is needed

IDX_FILES = {
    POOL: ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    TEST: ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
CIFAR_FOLDER, CIFAR_CLASSES = "cifar-10-batches-py", FAMILIES["cifar10"].classes
CIFAR_BATCHES = {f"data_batch_{i}": POOL for i in range(1, 6)} | {"test_batch": TEST}

ReportProgress = Callable[[str, int, int], None]  # is told the phase in words, bytes arrived and bytes in all


class FetchFailed(Exception):
    """A full set cannot be fetched. The message says what happened and what to do."""


# ── fetching ─────────────────────────────────────────────────────────────────────────────────────────────────────


def fetch(data: str, folder: Path, told: ReportProgress = lambda phase, done, total: None) -> list[Path]:
    """Make sure that the official files of `data` (a key of DOWNLOADS) are on this machine; returns where they are.

    folder: of downloads. What is there and right, wherever torchvision or a person put it below `folder`, is not
    fetched again. Raises FetchFailed with a sentence; then no half of a file is left. Whatever `told` raises ends it.
    """
    full = DOWNLOADS[data]
    total = sum(part.size for part in full.parts)
    told("checking what is here", 0, total)
    if data == "cifar10" and _right_batches(folder / CIFAR_FOLDER):
        return [folder / CIFAR_FOLDER]
    files = [_find(full, part, folder) for part in full.parts]
    missing = [part for part, path in zip(full.parts, files, strict=True) if path is None]
    if not missing:
        return [path for path in files if path is not None]
    target = folder / full.folder
    _check_space(full, target, sum(part.size for part in missing) + full.disk)
    done = total - sum(part.size for part in missing)
    with _patience():
        for part in missing:
            _fetch_part(full, part, target, told, done, total)
            done += part.size
    return [path or target / part.name for part, path in zip(full.parts, files, strict=True)]


def _find(full: Download, part: Part, folder: Path) -> Path | None:
    places = (folder / full.folder, folder)
    names = (part.name, part.name.removesuffix(".gz")) if _is_idx(part.name) else (part.name,)
    candidates = (place / name for place in places for name in names)
    return next((path for path in candidates if _content_sha256(path) == part.sha256), None)


def _is_idx(name: str) -> bool:
    return "-ubyte" in name


def _content_sha256(path: Path) -> str | None:
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


def _right_batches(folder: Path) -> bool:
    """True if torchvision's unpacked CIFAR-10 is complete and has torchvision's checksums."""
    if not folder.is_dir():
        return False
    source = import_torchvision().datasets.CIFAR10
    for name, md5 in source.train_list + source.test_list:
        file = folder / name
        if not file.is_file() or hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest() != md5:
            return False
    return True


def _check_space(full: Download, target: Path, needed: int) -> None:
    try:
        target.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(target).free
    except OSError as error:
        raise FetchFailed(_no_room(full) if is_full(error) else f"{full.name} could not be stored: {error}.") from error
    if free < needed + SPARE_BYTES:
        raise FetchFailed(
            f"There is not enough disk space: {full.name} needs {(needed + SPARE_BYTES) / 1e6:,.0f} MB and "
            f"{free / 1e6:,.0f} MB are free. Free some and try again."
        )


def _no_room(full: Download) -> str:
    return f"The disk became full while {full.name} was fetched. Free some space and try again."


@contextmanager
def _patience() -> Iterator[None]:
    """Let no connection wait longer than TIMEOUT: torchvision sets no limit of its own."""
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(TIMEOUT)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _addresses(full: Download, part: Part) -> tuple[list[str], str]:
    """Where torchvision fetches a file from, and the md5 that it expects of it."""
    source = getattr(import_torchvision().datasets, full.torchvision)
    if full.torchvision == "CIFAR10":
        return [source.url], source.tgz_md5
    return [f"{mirror}{part.name}" for mirror in source.mirrors], dict(source.resources)[part.name]


def _fetch_part(full: Download, part: Part, target: Path, told: ReportProgress, done: int, total: int) -> None:
    urls, md5 = _addresses(full, part)
    beside = target / f".part-{part.name}"
    reasons: list[str] = []
    try:
        for url in urls:
            for _ in range(TRIES):
                beside.unlink(missing_ok=True)
                told("downloading", done, total)
                error = _download(url, beside, md5, lambda size: told("downloading", done + size, total))
                if error and is_full(error):
                    raise FetchFailed(_no_room(full)) from error
                if error is None and _content_sha256(beside) == part.sha256:
                    os.replace(beside, target / part.name)
                    return
                arrived = beside.stat().st_size if beside.exists() else 0
                if not arrived:
                    reasons.append(f"no answer from its server ({_told(error)})")
                    break  # rather the next address than the same again
                reasons.append(f"{part.name} arrived damaged or incomplete ({arrived:,} of {part.size:,} bytes)")
        raise FetchFailed(_not_fetched(full, reasons, (target / part.name).exists()))
    finally:
        beside.unlink(missing_ok=True)


def _download(url: str, beside: Path, md5: str, arrived: Callable[[int], None]) -> Exception | None:
    """Fetch one file with torchvision; returns what went wrong, or None. Calls `arrived` with its size as it grows."""
    download_url = import_torchvision().datasets.utils.download_url
    ended: list[Exception | None] = []

    def work() -> None:
        try:
            download_url(url, beside.parent, filename=beside.name, md5=md5)
            ended.append(None)
        except (OSError, HTTPException, RuntimeError, ValueError) as error:  # RuntimeError: the md5 differs
            _hang_up(error)
            ended.append(error)

    thread = threading.Thread(target=work, daemon=True)  # dies with the process when the download is cancelled
    thread.start()
    while thread.is_alive():
        thread.join(WATCH)
        arrived(beside.stat().st_size if beside.exists() else 0)
    return ended[0] if ended else RuntimeError("the download ended unexpectedly")


def _hang_up(error: BaseException | None) -> None:
    """Close the connections that refusals hold open: an HTTPError is a response, too."""
    for failure in _chain(error):
        if isinstance(failure, urllib.error.HTTPError):
            failure.close()


def _told(error: BaseException | None) -> str:
    reason = error.reason if isinstance(error, urllib.error.URLError) else error
    return str(reason or "it broke off").strip() or type(error).__name__


def _not_fetched(full: Download, reasons: list[str], there: bool) -> str:
    names = ", ".join(part.name for part in full.parts)
    place = f"downloads/{full.folder}".rstrip("/")
    own = "The file there is damaged or another version. " if there else ""
    by_import = ", or import a copy with python -m app.images.import_images" if full.torchvision == "CIFAR10" else ""
    return (
        f"{full.name} could not be fetched: {reasons[-1]}. {own}Check the internet connection and try again; without "
        f"one, put {names} into the folder {place} of Distillery's home folder (DISTILLERY_HOME, else .distillery in "
        f"your own){by_import}."
    )


def is_full(error: BaseException | None) -> bool:
    """True if an error, or one that it followed (torchvision tries again over http), is a full disk or quota."""
    full = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
    return any(
        isinstance(failure, OSError) and (failure.errno in full or getattr(failure, "winerror", None) == 112)
        for failure in _chain(error)
    )


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and those that it followed."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        yield error
        seen.add(id(error))
        error = error.__cause__ or error.__context__


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
    """CIFAR-10 from its archive for Python, or from the folder that is in it. Raises ValueError if it is neither."""
    images, labels, split = [], [], []
    for name, raw in sorted(_folder_batches(path) if path.is_dir() else _archive_batches(path)):
        batch_images, batch_labels = _cifar_batch(name, raw)
        images.append(batch_images)
        labels.append(batch_labels)
        split.append(np.full(len(batch_labels), CIFAR_BATCHES[name], np.uint8))
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
                content = archive.extractfile(member) if member.isfile() and folder == CIFAR_FOLDER else None
                if content is not None and name in CIFAR_BATCHES:
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


def _cifar_batch(name: str, raw: bytes) -> tuple[Uint8, Uint8]:
    """One batch: images (n, 3, 32, 32) and labels (n,)."""
    try:
        batch = _ArraysOnly(io.BytesIO(raw), encoding="latin1").load()
        rows, labels = np.asarray(batch["data"]), np.array(batch["labels"])
    except Exception as error:  # damage in a pickle can raise anything
        raise ValueError(f"{name} is not a batch of CIFAR-10 ({error})") from error
    if rows.dtype != np.uint8 or rows.ndim != 2 or rows.shape[1] != 3072 or labels.shape != (len(rows),):
        raise ValueError(f"{name} is not a batch of CIFAR-10 (images of {rows.shape}, {rows.dtype})")
    if labels.dtype.kind not in "iu" or labels.min(initial=0) < 0 or labels.max(initial=0) >= len(CIFAR_CLASSES):
        raise ValueError(f"{name} is not a batch of CIFAR-10 (a label is no class)")
    return rows.reshape(-1, 3, 32, 32), labels.astype(np.uint8)
