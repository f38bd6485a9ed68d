"""The glossary: the field's words in a sentence each, from lessons/glossary.yaml, and the steps that use them."""

import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from app.catalog import paths
from app.teaching.lessons import Lesson, Section
from app.teaching.plain import LessonError, Plain, read_yaml, validated

_TERM = re.compile(r'data-term="([a-z0-9-]+)"')


class Term(Plain):
    """A word of the field, as it is headed and said."""

    id: str
    words: str
    says: str


def file() -> Path:
    """The file of the glossary."""
    return paths.PROJECT / "lessons" / "glossary.yaml"


def glossary() -> dict[str, Term]:
    """Every term by its id, in the order of the file. Raises LessonError if the file is missing or damaged."""
    try:
        return _read(file(), file().stat().st_mtime_ns)
    except OSError as error:
        raise LessonError(f"{file().name}: it cannot be read ({error.strerror}): put it back into lessons/") from error


@lru_cache(maxsize=4)
def _read(path: Path, _written: int) -> dict[str, Term]:
    terms = {}
    for id_, fields in read_yaml(path.read_text(encoding="utf-8"), path.name).items():
        named = {**fields, "id": id_} if isinstance(fields, dict) else fields
        terms[id_] = validated(Term, named, f"{path.name}, term {id_}")
    return terms


def terms_in(html: str) -> list[str]:
    """The ids of the terms that some prose opens, each once, in their order."""
    return list(dict.fromkeys(_TERM.findall(html)))


def uses(lessons: Iterable[Lesson]) -> dict[str, list[tuple[Lesson, Section]]]:
    """For each term the lessons that use it, each with the first step that does."""
    by_term: dict[str, list[tuple[Lesson, Section]]] = {}
    for lesson in lessons:
        first: dict[str, Section] = {}
        for section in lesson.sections:
            for block in section.blocks:
                for term in terms_in(block.html):
                    first.setdefault(term, section)
        for term, section in first.items():
            by_term.setdefault(term, []).append((lesson, section))
    return by_term
