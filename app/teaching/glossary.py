"""The glossary: the field's words in a sentence each, from lessons/glossary.yaml, and the steps that use them."""

import re
from collections.abc import Iterable
from pathlib import Path

from app.catalog import paths
from app.teaching.lessons import Lesson, Section
from app.teaching.plain import Plain, entries

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
    return entries(Term, file())


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
