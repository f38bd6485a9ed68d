"""Files of the official sets that were fetched: where they are, and how much of them is here."""

from pathlib import Path

from app.catalog.families import DOWNLOADS, Download, Part
from app.catalog.paths import home


def folder() -> Path:
    """Where what is fetched is kept until its pack is written, and where a person may put the official files."""
    return home() / "downloads"


def half_of(whole: Path) -> Path:
    """Where a file grows until all of it has arrived and is right."""
    return whole.with_name(f".half-{whole.name}")


def place(full: Download, part: Part) -> Path:
    """Where a file is put when all of it has arrived."""
    return folder() / full.folder / part.name


def arrived(data: str) -> int:
    """How many bytes of a set are here from a download that broke off. data: a key of DOWNLOADS."""
    full = DOWNLOADS[data]
    wholes = [place(full, part) for part in full.parts]
    return sum(size_of(whole) or size_of(half_of(whole)) for whole in wholes)


def size_of(path: Path) -> int:
    """Bytes of a file, 0 if it is not there."""
    try:
        return path.stat().st_size
    except OSError:  # not there, or out of reach
        return 0
