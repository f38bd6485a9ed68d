"""Small facts that processes note for each other, and what teachers say about test images."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from app.store.database import Part
from app.store.models import TeacherAnswers, array_from
from app.store.tables import facts, teacher_answers


@dataclass(eq=False)
class Facts(Part):
    """JSON-ready values by name."""

    def get(self, key: str) -> Any:
        """A fact that was noted, None if there is none."""
        with self.database.read() as db:
            return fact(db, key)

    def note(self, key: str, value: Any) -> None:
        """Note a fact (JSON-ready) for the other processes; None forgets it."""
        with self.database.write() as db:
            note_fact(db, key, value)


@dataclass(eq=False)
class Teachers(Part):
    """What teachers say about test images, by data set and teacher."""

    def note(self, answers: TeacherAnswers) -> None:
        """Keep what a teacher says about test images, in place of what it said before; nothing if it is known."""
        known = self.answers(answers.data, answers.teacher)
        if known and (known.data_digest, known.teacher_digest) == (answers.data_digest, answers.teacher_digest):
            return
        fields = {key: value for key, value in vars(answers).items() if key != "logits"}
        body = answers.logits.astype("<f2").tobytes()
        same = (teacher_answers.c.data == answers.data) & (teacher_answers.c.teacher == answers.teacher)
        with self.database.write() as db:
            db.execute(delete(teacher_answers).where(same))
            db.execute(insert(teacher_answers).values(**fields, shape=json.dumps(answers.logits.shape), body=body))

    def answers(self, data: str, teacher: str) -> TeacherAnswers | None:
        """What the teacher says about the test images of `data`, None if no worker has asked it yet."""
        same = (teacher_answers.c.data == data) & (teacher_answers.c.teacher == teacher)
        row = self.database.first(select(teacher_answers).where(same))
        if row is None:
            return None
        digests = (row.data, row.teacher, row.data_digest, row.teacher_digest)
        return TeacherAnswers(*digests, row.accuracy, row.test_images, array_from(row.body, row.shape))


def fact(db: Connection, key: str) -> Any:
    """A fact that was noted, None if there is none."""
    value = db.execute(select(facts.c.value).where(facts.c.key == key)).scalar()
    return None if value is None else json.loads(value)


def note_fact(db: Connection, key: str, value: Any) -> None:
    """Note a fact (JSON-ready); None forgets it."""
    db.execute(delete(facts).where(facts.c.key == key))
    if value is not None:
        db.execute(insert(facts).values(key=key, value=json.dumps(value)))
