"""The store's part for learners: how much is kept of one. Knows no page and no cookie."""

from __future__ import annotations

from dataclasses import astuple, dataclass

from sqlalchemy import Connection, func, select

from app.store.database import Database
from app.store.tables import answers, image_sets, predictions, progress, runs, sweeps

_COUNTED = {
    "answers": answers,
    "predictions": predictions,
    "steps": progress,
    "runs": runs,
    "sweeps": sweeps,
    "image_sets": image_sets,
}


@dataclass(frozen=True)
class Kept:
    """How many of what are kept of a learner. runs: without the cells of sweeps."""

    answers: int = 0
    predictions: int = 0
    steps: int = 0
    runs: int = 0
    sweeps: int = 0
    image_sets: int = 0

    def __bool__(self) -> bool:
        return any(astuple(self))


class Learners:
    """What belongs to one learner, all together."""

    database: Database

    def kept(self, learner: str) -> Kept:
        """How much is kept of a learner."""
        with self.database.read() as db:
            return kept_of(db, learner)


def kept_of(db: Connection, learner: str) -> Kept:
    """The same, within a transaction."""
    own = {name: select(func.count()).where(table.c.learner == learner) for name, table in _COUNTED.items()}
    own["runs"] = own["runs"].where(runs.c.sweep.is_(None))
    return Kept(**{name: db.execute(one).scalar_one() for name, one in own.items()})
