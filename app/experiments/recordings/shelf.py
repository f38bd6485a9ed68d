"""A folder of recorded files, one JSON each, read anew when one changes. Knows not what is recorded in them."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol, TypeVar, cast


class Kept(Protocol):
    """What a file holds."""

    @property
    def id(self) -> str:
        """By which it is found."""


Found = TypeVar("Found", bound=Kept)


def shelf(folder: Path, read: Callable[[str], Found]) -> dict[str, Found]:
    """Everything in a folder by its id. read: makes it of a file's text, raises ValueError where that is damaged: such
    a file is left out, and the log says so.
    """
    files = tuple((file, file.stat().st_mtime_ns) for file in sorted(folder.glob("*.json")))
    return cast(dict[str, Found], _read_all(read, files))


@lru_cache(maxsize=16)
def _read_all(read: Callable[[str], Any], files: tuple[tuple[Path, int], ...]) -> dict[str, Any]:
    found = {}
    for file, _written in files:
        try:
            kept = read(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            logging.getLogger(__name__).warning("the record %s is left out: %s", file.name, error)
        else:
            found[kept.id] = kept
    return found
