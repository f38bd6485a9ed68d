"""The store's part for quizzes: what learners answered, each answer once."""

import hashlib
import time
from dataclasses import dataclass, replace

from sqlalchemy import Connection, func, insert, select

from app.store.database import Part
from app.store.errors import StoreError
from app.store.lessons import check_ids, check_value
from app.store.presence import note_learner
from app.store.tables import answers

MARK = 6  # signs of an answer's mark
_APART = 0.001  # seconds between two answers to a question, at least
SURE = ("", "sure", "think", "guess")  # "": not asked, or not said


@dataclass(frozen=True)
class Answer:
    """One answer. press: which press of a button it was; v, variant: of the question; given_json: what was answered;
    score: 0 … 1; sure: one of `SURE`; at: when, in seconds since 1970.
    """

    press: str
    lesson: str
    question: str
    v: int
    variant: int
    given_json: str
    score: float
    sure: str
    at: float

    @property
    def mark(self) -> str:
        """By which an address may name this answer: short, and no other learner has it."""
        return hashlib.sha256(self.press.encode()).hexdigest()[:MARK]


@dataclass(eq=False)
class Answers(Part):
    """What learners answered. Answers are added and never changed; StoreError if one cannot be kept."""

    def add(self, learner: str, new: Answer) -> Answer:
        """Keep an answer, and return what is kept: the same press twice is one answer, the first."""
        check_ids(new.press, new.lesson, new.question)
        check_value(new.given_json)
        if new.sure not in SURE or not 0 <= new.score <= 1:
            raise StoreError("This answer cannot be kept as it is. Reload the page, and answer again.")
        fields = {name: getattr(new, name) for name in ("press", "lesson", "question", "v", "variant", "score", "sure")}
        with self.database.write() as db:
            learner = note_learner(db, learner)
            if kept := _answers(db, learner, press=new.press):
                return kept[0]
            at = new.at or max(time.time(), _latest(db, learner, new) + _APART)
            db.execute(insert(answers).values(learner=learner, **fields, given=new.given_json, at=at))
        return replace(new, at=at)

    def of(self, learner: str, lesson: str | None = None) -> list[Answer]:
        """What a learner answered, in one lesson or in all, the latest last."""
        with self.database.read() as db:
            return _answers(db, learner, lesson=lesson)


def _latest(db: Connection, learner: str, new: Answer) -> float:
    """When the question was answered last: the next answer comes after it even if the clock was put back since."""
    same = (answers.c.learner == learner) & (answers.c.lesson == new.lesson) & (answers.c.question == new.question)
    return db.execute(select(func.max(answers.c.at)).where(same)).scalar() or 0.0


_IN_ORDER = ("press", "lesson", "question", "v", "variant", "given", "score", "sure", "at")  # as Answer has them
_COLUMNS = [answers.c[name] for name in _IN_ORDER]


def _answers(db: Connection, learner: str, lesson: str | None = None, press: str | None = None) -> list[Answer]:
    wanted = select(*_COLUMNS).where(answers.c.learner == learner)
    if lesson is not None:
        wanted = wanted.where(answers.c.lesson == lesson)
    if press is not None:
        wanted = wanted.where(answers.c.press == press)
    return [Answer(*row) for row in db.execute(wanted.order_by(answers.c.at, answers.c.press))]
