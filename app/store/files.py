"""Files by name, with slashes: the weights, checkpoints and snapshots of runs, and learners' images.

They lie in the home. An object store in its place has to offer no more than these functions, as fsspec does.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from shutil import rmtree

from app.catalog import paths


def checkpoint(run_id: str) -> str:
    """Where a paused run waits."""
    return f"checkpoints/{run_id}.safetensors"


def weights(run_id: str) -> str:
    """The trained students of an ended run."""
    return f"weights/{run_id}.safetensors"


def snapshots(run_id: str) -> str:
    """The folder of a run's students as they were at its evaluations."""
    return f"snapshots/{run_id}"


def images(set_id: str) -> str:
    """The folder of images that a learner brought, and of their teacher."""
    return f"images/{set_id}"


def put(name: str, content: bytes | memoryview | Callable[[Path], None]) -> None:
    """Write a file, whole or not at all. content: bytes, or what writes to a path in one move. Raises OSError."""
    file = _path(name)
    if callable(content):
        file.parent.mkdir(parents=True, exist_ok=True)
        content(file)
        return
    with paths.replacing(file) as beside:
        beside.write_bytes(content)


def get(name: str) -> Path:
    """The path on this machine's disk of what was put. Raises FileNotFoundError if nothing was."""
    if not (file := _path(name)).exists():
        raise FileNotFoundError(f"There is no file {name}.")
    return file


def find(name: str) -> Path | None:
    """The same, None if nothing was put."""
    return file if (file := _path(name)).exists() else None


def delete(name: str) -> None:
    """Remove a file, or a folder with all that is in it, as far as it can be; the next sweep takes the rest."""
    path = _path(name)
    with suppress(OSError):  # Windows: still open somewhere
        if path.is_dir():
            rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def names(folder: str) -> list[str]:
    """The names of all that is in a folder."""
    return [f"{folder}/{path.name}" for path in _path(folder).glob("[!.]*")]


def size(name: str) -> int:
    """Bytes of a file, or of all files in a folder; 0 if it is not there."""
    path = _path(name)
    if path.is_dir():
        return sum(_bytes(Path(at, file)) for at, _, files in os.walk(path) for file in files)
    return _bytes(path)


def changed(name: str) -> float:
    """When a file or folder was last written, in seconds since 1970; 0 if it is not there."""
    try:
        return _path(name).stat().st_mtime
    except OSError:  # removed meanwhile
        return 0.0


def delete_left_over(folder: str, before: float, names: Sequence[str] = (".*.part", ".part-*")) -> None:
    """Remove halves that a writer left behind, if they were last written before this time. names: their patterns."""
    for half in chain.from_iterable(_path(folder).rglob(name) for name in names):
        name = half.relative_to(paths.home()).as_posix()
        if changed(name) < before:
            delete(name)


def _path(name: str) -> Path:
    return paths.home() / name


def _bytes(file: Path) -> int:
    try:
        return file.stat().st_size
    except OSError:  # removed meanwhile
        return 0
