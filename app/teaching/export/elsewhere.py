"""What the exports for other programs have in common: which questions there are, and which a program cannot ask."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from app.teaching.lessons import Lesson, lessons
from app.teaching.plain import ClaimError
from app.teaching.question import Question
from app.teaching.questions import questions_of
from app.teaching.variants import Variant, variant

QuestionsByLesson = Sequence[tuple[Lesson, Mapping[str, Question]]]  # each with its questions by id
T = TypeVar("T")


def questions_by_lesson(only: str | None = None) -> QuestionsByLesson:
    """The questions of all lessons, or of the one of that id."""
    chosen = [lesson for lesson in lessons().values() if only in (None, lesson.id)]
    return [(lesson, questions_of(lesson.path.parent)) for lesson in chosen]


def converted(
    lesson: Lesson, questions: Mapping[str, Question], convert: Callable[[Variant], T | None]
) -> dict[str, T]:
    """The export of each question's first variant, by id, without those that the program cannot ask. A question whose
    numbers cannot be computed is left out, too, and the log says so.
    """
    results: dict[str, T] = {}
    for question in questions.values():
        try:
            result = convert(variant(question))
        except ClaimError as error:
            logging.getLogger(__name__).warning("%s/%s is not exported: %s", lesson.id, question.id, error)
            continue
        if result is not None:
            results[question.id] = result
    return results
