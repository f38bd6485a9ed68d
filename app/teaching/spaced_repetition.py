"""When each question comes back: a learner's answers, folded by FSRS.

The answers are the log, and everything else follows from them. Times are in seconds since 1970, and nobody's time zone
is known, so a day is 24 hours after an answer, and a session is what happens within SESSION after the first answer to a
question. Of a session only that first answer counts: the others come after its explanation and show no memory. So
whoever tries a question again at once, or practises one ten times, neither hides what was forgotten nor moves it away.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import groupby

from fsrs import Card as FsrsCard
from fsrs import Rating, Scheduler

from app.store.answers import Answer

DAY = 24 * 3600.0
SESSION = DAY / 2  # longer than anybody learns at a stretch, and shorter than a night and a morning
LONGEST = 180  # days until a question comes back, at most
HALF = 0.5  # a score that is partly right

# No steps of minutes and no chance: a question comes back on another day, and the same answers give the same day.
_SCHEDULER = Scheduler(learning_steps=(), relearning_steps=(), maximum_interval=LONGEST, enable_fuzzing=False)

Key = tuple[str, str]  # ids of a lesson and of a question in it


@dataclass(frozen=True)
class Card:
    """The memory of a question. due: from when on it is asked again; last: when it was answered last, counted
    or not; score: of the last answer that counts; misled: the learner was sure of it, and it was wrong; changed: only
    earlier versions of the question were answered; reviewed: when it was due and was answered, None if it never was.
    """

    lesson: str
    question: str
    due: float
    last: float
    score: float = 0.0
    misled: bool = False
    changed: bool = False
    reviewed: float | None = None

    @property
    def key(self) -> Key:
        """Whose card it is."""
        return self.lesson, self.question


def rating(score: float, sure: str) -> Rating:
    """The rating of an answer, in the words of FSRS.

    Less than half right is forgotten (Again). Partly right is known with gaps, and a right guess shows little: both
    are Hard, which is no lapse, and brings the question back soon. Right is Good, right and sure is Easy. Where nobody
    said how sure they were, a right answer is Good: silence is no certainty.
    """
    if score < HALF:
        return Rating.Again
    if score < 1 or sure == "guess":
        return Rating.Hard
    return Rating.Easy if sure == "sure" else Rating.Good


def counted(mine: Iterable[Answer]) -> list[Answer]:
    """Of answers to one question, in their order, those that show what was known: the first of every session."""
    first: list[Answer] = []
    for answer in mine:
        if not first or answer.at - first[-1].at >= SESSION:
            first.append(answer)
    return first


def by_question(answers: Iterable[Answer]) -> dict[Key, list[Answer]]:
    """Answers by question, each in the order of their times; equal times by their presses."""
    ordered = sorted(answers, key=lambda one: (one.lesson, one.question, one.at, one.press))
    return {key: list(mine) for key, mine in groupby(ordered, key=lambda one: (one.lesson, one.question))}


def cards(answers: Iterable[Answer], versions: Mapping[Key, int]) -> dict[Key, Card]:
    """A card for every question that was answered and is still there. versions: the present ones, by question."""
    mine = by_question(answers)
    return {key: _card(key, tuple(mine[key]), version) for key, version in versions.items() if key in mine}


@lru_cache(maxsize=4096)  # FSRS takes its time: of a learner who goes on, only what was answered since is folded
def _card(key: Key, mine: tuple[Answer, ...], version: int) -> Card:
    now, earlier = ([one for one in mine if (one.v == version) is same] for same in (True, False))
    last = mine[-1].at
    if not now:  # what it asked before is not what it asks now: a day later it is asked anew
        return Card(*key, due=last + DAY - SESSION, last=last, changed=True)
    memory, reviewed = FsrsCard(card_id=0), None
    due = earlier[0].at + DAY - SESSION if earlier and earlier[0].at < now[0].at else None
    known = counted(now)
    for answer in known:
        if due is not None and answer.at >= due:
            reviewed = answer.at
        memory, due = _after(memory, answer)
    assert due is not None  # there is an answer
    misled = known[-1].sure == "sure" and known[-1].score < HALF
    return Card(*key, due=due, last=last, score=known[-1].score, misled=misled, reviewed=reviewed)


def _after(memory: FsrsCard, answer: Answer) -> tuple[FsrsCard, float]:
    """(memory after an answer, from when on it is asked again).

    FSRS counts whole days: half a day is added, so that it hears the nearest number of them, and somebody who comes
    every morning, now a little sooner, now a little later, is one day older each time. For the same reason a question
    may be asked half a day before its time.
    """
    at = datetime.fromtimestamp(answer.at, UTC)
    heard = at + timedelta(seconds=SESSION)
    new, _ = _SCHEDULER.review_card(memory, rating(answer.score, answer.sure), heard)
    days = (new.due - heard).days
    new.last_review = at
    return new, answer.at + days * DAY - SESSION
