"""A learner's progress in every lesson and objective: what is secure and what is due."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from app.store.answers import Answer
from app.teaching.lessons import Lesson
from app.teaching.mastery import LEVELS, Mastery, mastery
from app.teaching.question import Question
from app.teaching.questions import questions_of
from app.teaching.review_session import ReviewSession, review_session
from app.teaching.spaced_repetition import Key, cards


@dataclass(frozen=True)
class ObjectiveProgress:
    """An objective of a lesson. due: how many of its questions are due."""

    id: str
    words: str
    mastery: Mastery
    due: int


@dataclass(frozen=True)
class LessonProgress:
    """A learner's progress in a lesson."""

    lesson: Lesson
    aims: tuple[ObjectiveProgress, ...]

    @property
    def due(self) -> int:
        """The number of its questions that are due."""
        return sum(aim.due for aim in self.aims)

    @property
    def questions(self) -> int:
        """The number of its questions."""
        return sum(aim.mastery.questions for aim in self.aims)

    @property
    def answered(self) -> int:
        """The number of its questions with an answer."""
        return sum(aim.mastery.answered for aim in self.aims)

    @property
    def secure(self) -> int:
        """The number of its objectives that are secure."""
        return sum(aim.mastery.level is LEVELS["secure"] for aim in self.aims)

    @property
    def right(self) -> int:
        """The number of its objectives that were answered rightly, at the second try perhaps."""
        return sum(aim.mastery.level.steps >= LEVELS["found"].steps for aim in self.aims)


@dataclass(frozen=True)
class LearnerProgress:
    """A learner's progress in all lessons. session: what is asked today."""

    lessons: tuple[LessonProgress, ...] = ()
    session: ReviewSession = field(default_factory=lambda: ReviewSession((), (), 0, None))

    @property
    def today(self) -> int:
        """The number of questions left in today's session."""
        return len(self.session.left)

    def of(self, lesson: str) -> LessonProgress | None:
        """The progress in one lesson; None if it has no questions."""
        return next((one for one in self.lessons if one.lesson.id == lesson), None)


def bank(known: Iterable[Lesson]) -> dict[Key, Question]:
    """Every question of these lessons, in their order."""
    return {(lesson.id, id_): one for lesson in known for id_, one in questions_of(lesson.path.parent).items()}


def versions(asked: Mapping[Key, Question]) -> dict[Key, int]:
    """The present version of every question."""
    return {key: one.v for key, one in asked.items()}


def learner_progress(known: Iterable[Lesson], answers: Iterable[Answer], now: float) -> LearnerProgress:
    """A learner's progress in these lessons; those without questions are left out."""
    lessons, given = list(known), list(answers)
    asked = bank(lessons)
    by_question = cards(given, versions(asked))
    due = {key for key, card in by_question.items() if card.due <= now}
    progress = []
    for lesson in lessons:
        mine = {key: one for key, one in asked.items() if key[0] == lesson.id}
        if mine:
            here = [one for one in given if one.lesson == lesson.id]
            progress.append(
                LessonProgress(lesson, tuple(_aim(lesson, id_, mine, here, due) for id_ in lesson.objectives))
            )
    return LearnerProgress(tuple(progress), review_session(by_question.values(), now))


def _aim(
    lesson: Lesson, id_: str, asked: Mapping[Key, Question], answers: Iterable[Answer], due: set[Key]
) -> ObjectiveProgress:
    its = versions({key: one for key, one in asked.items() if one.objective == id_})
    of_these = [one for one in answers if (one.lesson, one.question) in its]
    return ObjectiveProgress(id_, lesson.objectives[id_], mastery(of_these, its), len(due & set(its)))
