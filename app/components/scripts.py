"""The scripts of components and figures, read once while they stay as they are, and the addresses that a page needs."""

import hashlib
import time
from functools import lru_cache
from pathlib import Path

from app.components.base_path import API

APP = Path(__file__).parent.parent
ROOMS = {"components/js": APP / "components" / "js", "figures": APP / "figures"}  # address → folder
_VERSION_LENGTH = 12


def address(script: str) -> str:
    """The address of a script, "components/js/bench.js": it changes when any script does, and may be kept for ever."""
    return f"{API}/js/{version()}/{script}"


def version() -> str:
    """What changes when any script does."""
    return _scripts()[0]


def contents() -> dict[str, bytes]:
    """Every script and style by its address below a version; they import each other by relative addresses."""
    return _scripts()[1]


def _scripts() -> tuple[str, dict[str, bytes]]:
    # Looked for anew every second, not at every rerun of everybody.
    return _scripts_of(int(time.monotonic()), tuple(ROOMS.items()))


@lru_cache(maxsize=1)
def _scripts_of(_second: int, rooms: tuple[tuple[str, Path], ...]) -> tuple[str, dict[str, bytes]]:
    files = [
        (f"{room}/{file.relative_to(folder).as_posix()}", file, file.stat().st_mtime_ns)
        for room, folder in rooms
        for file in sorted(folder.rglob("*.js"))
    ]
    return _read(tuple(files))


@lru_cache(maxsize=2)
def _read(files: tuple[tuple[str, Path, int], ...]) -> tuple[str, dict[str, bytes]]:
    read = {name: file.read_bytes() for name, file, _when in files}
    digest = hashlib.sha256(b"\0".join(name.encode() + b"\0" + body for name, body in read.items()))
    return digest.hexdigest()[:_VERSION_LENGTH], read
