"""The store's part for lessons: which steps a learner has done, and what they predicted."""

import json
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, exists, insert, select, update

from app.store.database import Part
from app.store.errors import StoreError
from app.store.presence import note_learner
from app.store.tables import answers, predictions, progress

ID_LENGTH = 64  # letters of the id of a lesson, a step or a prediction, at most
VALUE_BYTES = 4000  # of a prediction, at most


@dataclass(frozen=True)
class Progress:
    """A step that a learner has done. at: when last, in seconds since 1970."""

    lesson: str
    step: str
    at: float


@dataclass(frozen=True)
class Saved:
    """What a learner predicted. version: of the lesson that asked. at: when, in seconds since 1970."""

    prediction: str
    version: int
    value_json: str
    at: float


@dataclass(eq=False)
class Lessons(Part):
    """What learners did in lessons. Every id has 1 to ID_LENGTH letters; StoreError if it has not."""

    def progress(self, learner: str) -> list[Progress]:
        """Every step that a learner has done, the latest last."""
        done = select(progress).where(progress.c.learner == learner)
        with self.database.read() as db:
            rows = db.execute(done.order_by(progress.c.at, progress.c.lesson, progress.c.step)).all()
        return [Progress(row.lesson, row.step, row.at) for row in rows]

    def note_step(self, learner: str, lesson: str, step: str) -> None:
        """Note that a learner has done a step; once more is later, not twice."""
        check_ids(lesson, step)
        now = time.time()
        with self.database.write() as db:
            learner = note_learner(db, learner)
            same = (progress.c.learner == learner) & (progress.c.lesson == lesson) & (progress.c.step == step)
            if db.execute(update(progress).where(same).values(at=now)).rowcount == 0:
                db.execute(insert(progress).values(learner=learner, lesson=lesson, step=step, at=now))

    def save_prediction(self, learner: str, lesson: str, prediction: str, version: int, value_json: str) -> Saved:
        """Save what a learner predicted, and return what is kept.

        The first that is saved of a version stays: nobody predicts what they have seen. A later version of the lesson
        asks anew. Raises StoreError if `value_json` is no JSON or has more than VALUE_BYTES.
        """
        check_ids(lesson, prediction)
        check_value(value_json)
        new = Saved(prediction, version, value_json, time.time())
        with self.database.write() as db:
            learner = note_learner(db, learner)
            same = _same(learner, lesson) & (predictions.c.prediction == prediction)
            kept = db.execute(select(predictions).where(same)).first()
            if kept and kept.version >= version:
                return _saved_from(kept)
            db.execute(delete(predictions).where(same))
            fields = {"learner": learner, "lesson": lesson, "prediction": prediction, "at": new.at}
            db.execute(insert(predictions).values(**fields, version=version, value=value_json))
        return new

    def predictions(self, learner: str, lesson: str) -> dict[str, Saved]:
        """What a learner predicted in a lesson, by the prediction's id."""
        with self.database.read() as db:
            rows = db.execute(select(predictions).where(_same(learner, lesson)).order_by(predictions.c.at)).all()
        return {row.prediction: _saved_from(row) for row in rows}

    def all_predictions(self, learner: str) -> list[tuple[str, Saved]]:
        """(lesson, what was predicted) of all lessons, the latest last."""
        chosen = select(predictions).where(predictions.c.learner == learner)
        with self.database.read() as db:
            rows = db.execute(chosen.order_by(predictions.c.at, predictions.c.lesson, predictions.c.prediction)).all()
        return [(row.lesson, _saved_from(row)) for row in rows]

    def move(self, moved: Mapping[tuple[str, str], str]) -> None:
        """Bring along what learners did in steps, predictions and questions that stand in another lesson now.

        moved: that lesson, by (former lesson, id). What was done there since stays. Once more changes nothing.
        """
        ids: dict[tuple[str, str], list[str]] = defaultdict(list)
        for (former, id_), lesson in moved.items():
            ids[former, lesson].append(id_)
        with self.database.write() as db:
            for (former, lesson), gone in ids.items():
                for table, key in ((progress, "step"), (predictions, "prediction"), (answers, "question")):
                    there = (table.c.lesson == former) & table.c[key].in_(gone)
                    if table is not answers:  # one of each is kept; answers are all kept
                        since = table.alias()
                        same = (since.c.learner == table.c.learner) & (since.c[key] == table.c[key])
                        db.execute(delete(table).where(there, exists().where(same, since.c.lesson == lesson)))
                    db.execute(update(table).where(there).values(lesson=lesson))

    def forget(self, learner: str, lesson: str) -> None:
        """Let a learner begin a lesson anew: its steps and predictions are forgotten."""
        done = (progress.c.learner == learner) & (progress.c.lesson == lesson)
        with self.database.write() as db:
            db.execute(delete(progress).where(done))
            db.execute(delete(predictions).where(_same(learner, lesson)))


def _same(learner: str, lesson: str) -> ColumnElement[bool]:
    return (predictions.c.learner == learner) & (predictions.c.lesson == lesson)


def _saved_from(row: Row[Any]) -> Saved:
    return Saved(row.prediction, row.version, row.value, row.at)


def check_ids(*ids: str) -> None:
    """Raise StoreError if one is empty or too long."""
    for id_ in ids:
        if not 1 <= len(id_) <= ID_LENGTH:
            raise StoreError(
                f"A name in a lesson has 1 to {ID_LENGTH} letters; this one has {len(id_)}. Reload the page."
            )


def check_value(value_json: str) -> None:
    """Raise StoreError if this is no JSON or too much of it."""
    size = len(value_json.encode())
    if size > VALUE_BYTES:
        raise StoreError(f"What you say takes {VALUE_BYTES:,} bytes at most; this one has {size:,}. Reload the page.")
    try:
        json.loads(value_json)
    except ValueError as error:
        raise StoreError("What you said cannot be read, so it was not kept. Reload the page, and try again.") from error
