"""The glossary: the field's words in a sentence each, from lessons/glossary.yaml."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from app.catalog import paths
from app.teaching.plain import LessonError, Plain, read_yaml, validated


@dataclass(frozen=True)
class Term:
    """A word of the field, as it is headed and said."""

    id: str
    words: str
    says: str


class _Entry(Plain):
    words: str
    says: str


def file() -> Path:
    """Where the glossary is."""
    return paths.PROJECT / "lessons" / "glossary.yaml"


def glossary() -> dict[str, Term]:
    """Every term by its id, in the order of the file. Raises LessonError if the file is missing or damaged."""
    try:
        return _read(file(), file().stat().st_mtime_ns)
    except OSError as error:
        raise LessonError(f"{file().name}: it cannot be read ({error.strerror}): put it back into lessons/") from error


@lru_cache(maxsize=4)
def _read(path: Path, _written: int) -> dict[str, Term]:
    found = {}
    for id_, fields in read_yaml(path.read_text(encoding="utf-8"), path.name).items():
        entry = validated(_Entry, fields, f"{path.name}, term {id_}")
        found[str(id_)] = Term(str(id_), entry.words, entry.says)
    return found
