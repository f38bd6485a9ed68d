"""Where a learner goes on in the course: in which lesson, and at which step. Draws nothing."""

from collections.abc import Collection, Iterable, Sequence

from app.store import Progress
from app.teaching.lessons import CORE, QUIZ, Lesson, Section
from app.views.lesson_state import LESSON_KEY, STEP_KEY


def done(lesson: Lesson, progress: Iterable[Progress]) -> set[str]:
    """Ids of its steps that the learner has done."""
    return with_read(lesson, {note.step for note in progress if note.lesson == lesson.id})


def with_read(lesson: Lesson, noted: Collection[str]) -> set[str]:
    """The steps that were noted as done, and those without a task that lie before: earlier versions noted none that
    was only read.
    """
    places = [at for at, section in enumerate(lesson.sections) if section.id in noted]
    before = lesson.sections[: max(places, default=0)]
    return {lesson.sections[at].id for at in places} | {section.id for section in before if not section.has_task}


def state_words(lesson: Lesson, done: Collection[str]) -> str:
    """How far a lesson is, as the map of lessons and the page of progress say it."""
    count = len(lesson.sections)
    if len(done) == count:
        return "finished"
    return f"{len(done)} of {count} steps done" if done else "not begun"


def following(lessons: Sequence[Lesson], progress: Sequence[Progress]) -> Lesson | None:
    """The lesson that was touched last and is not finished, else the first that is not begun; None if all are.

    A deep dive is one of them only while nothing was touched since.
    """
    touched = sorted(progress, key=lambda note: note.at, reverse=True)
    order = [*dict.fromkeys(note.lesson for note in touched), *(lesson.id for lesson in lessons)]
    known = {lesson.id: lesson for lesson in lessons if not lesson.is_deep or lesson.id == order[0]}
    open_ = (known[id_] for id_ in order if id_ in known)
    return next((one for one in open_ if len(done(one, progress)) < len(one.sections)), None)


def left(lessons: Iterable[Lesson], progress: Sequence[Progress]) -> list[Lesson]:
    """The lessons of the course that are not finished; deep dives are no part of it."""
    return [one for one in lessons if not one.is_deep and len(done(one, progress)) < len(one.sections)]


def asked_elsewhere(lesson: Lesson, section: Section, saved: Collection[str]) -> str | None:
    """The other step that asks for a prediction whose outcome this one tells; None if it may be shown. saved: names of
    predictions.
    """
    locks = {lock for block in section.blocks for lock in block.locks} - set(saved)
    return next((one.id for one in lesson.sections if one != section and locks & set(one.predictions)), None)


def untold(lesson: Lesson, at: int, done: Collection[str], saved: Collection[str]) -> set[str]:
    """The steps whose title may give an answer away: those that tell the outcome of a prediction that is asked for
    elsewhere, and all behind a step with an open one, until the learner, who is at step number `at`, goes past it.
    """
    sections = lesson.sections
    locked = {one.id for one in sections if asked_elsewhere(lesson, one, saved)}
    been = {one.id for one in sections if one.id in done} | {sections[at].id} - locked
    furthest = max((place for place, one in enumerate(sections) if one.id in been), default=0)
    open_ = (place for place, one in enumerate(sections) if place >= furthest and set(one.predictions) - set(saved))
    behind = {one.id for one in sections[next(open_, len(sections)) + 1 :]}
    return (locked | behind) - {CORE, QUIZ}


def place(lesson: Lesson, finished: Collection[str] = ()) -> dict[str, str]:
    """The address of the first step that is not done; of the first of all if all are."""
    step = next((section.id for section in lesson.sections if section.id not in finished), lesson.sections[0].id)
    return {LESSON_KEY: lesson.id, STEP_KEY: step}


def way_in(lessons: Sequence[Lesson], progress: Sequence[Progress]) -> tuple[str, dict[str, str]]:
    """(what a link says, its address) into the next lesson; if all are finished, into the first of `lessons`."""
    lesson = following(lessons, progress)
    if lesson is None:
        return f"Read it again: {lessons[0].title}", place(lessons[0])
    finished = done(lesson, progress)
    if finished:
        return f"Continue: {lesson.title}", place(lesson, finished)
    begins = lesson is lessons[0] and not progress
    return "Start the course" if begins else f"Next: {lesson.title}", place(lesson)
