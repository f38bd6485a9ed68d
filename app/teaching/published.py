"""Distillations that others have published: lessons/published.yaml, what each came to, and its source."""

from __future__ import annotations

import logging
from pathlib import Path

from pydantic import Field, model_validator

from app.catalog import paths
from app.teaching.plain import LessonError, Plain, Source, entries

Network = tuple[str, float]  # its name, and how many parameters it has


class Sizes(Plain):
    """Teacher and student of a published distillation."""

    teacher: Network
    student: Network


class Published(Plain):
    """A published distillation. where: it is met; says: what it came to, with {names} of `numbers`; taught: how the
    teacher taught the student, up to its name, "" if that needs no word.
    """

    where: str
    says: str
    numbers: dict[str, float] = Field(min_length=1)
    sizes: Sizes | None = None
    taught: str = ""
    source: Source

    @model_validator(mode="after")
    def _complete(self) -> Published:
        if not self.source.url:
            raise ValueError("source: it has no url: say where it can be read")
        self.in_words()
        return self

    def in_words(self) -> str:
        """What it came to. Raises ValueError if it names a number that it has not."""
        try:
            return self.says.format(**{name: f"{value:g}" for name, value in self.numbers.items()})
        except (KeyError, IndexError) as error:
            raise ValueError(f"says: there is no number {error}: write it into numbers") from error


def file() -> Path:
    """Where they are written."""
    return paths.PROJECT / "lessons" / "published.yaml"


def published() -> dict[str, Published]:
    """All of them by id, in the order of the file. Raises LessonError if the file is missing or damaged."""
    return entries(Published, file())


def readable() -> dict[str, Published]:
    """The same; none if the file is missing or damaged, which the log says."""
    try:
        return published()
    except LessonError as error:
        logging.getLogger(__name__).warning("%s", error)
        return {}
