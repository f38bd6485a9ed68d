"""The folders: the project's own, and the one that this installation writes to."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PROJECT = Path(__file__).parents[2]
PRETRAINED = PROJECT / "pretrained"


def home() -> Path:
    """The folder of store, key, checkpoints and downloads: DISTILLERY_HOME, else ~/.distillery."""
    return Path(os.environ.get("DISTILLERY_HOME") or Path.home() / ".distillery")


def own_folder(set_id: str) -> Path:
    """Where all is kept that belongs to images of one's own: what was uploaded, and a teacher that was trained here."""
    return home() / "images" / set_id


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A file to write that takes the place of `path` at the end: readers see the old file or the new one, never half.

    Raises OSError (for example when the disk is full); then nothing is left behind.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield beside
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
