"""Which steps of which lessons use a term of the glossary."""

from __future__ import annotations

import re
from collections.abc import Iterable

from app.teaching.lessons import Lesson, Section

_TERM = re.compile(r'data-term="([a-z0-9-]+)"')


def terms_in(html: str) -> list[str]:
    """The ids of the terms that some prose opens, each once, in their order."""
    return list(dict.fromkeys(_TERM.findall(html)))


def uses(lessons: Iterable[Lesson]) -> dict[str, list[tuple[Lesson, Section]]]:
    """For each term the lessons that use it, each with the first step that does."""
    found: dict[str, list[tuple[Lesson, Section]]] = {}
    for lesson in lessons:
        first: dict[str, Section] = {}
        for section in lesson.sections:
            for block in section.blocks:
                for term in terms_in(block.html):
                    first.setdefault(term, section)
        for term, section in first.items():
            found.setdefault(term, []).append((lesson, section))
    return found
