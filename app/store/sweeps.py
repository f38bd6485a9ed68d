"""The store's part for sweeps: many runs that belong together, some of them trained as one network."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from app.store import scheduling
from app.store.database import Part
from app.store.models import LIVE, WITH_LATEST, NotYours, QueueFull, Run, UnknownRun, change, fresh_id, run_from
from app.store.presence import note_learner
from app.store.quota import Quota, remove_ended
from app.store.tables import runs, sweeps

LISTED_SWEEPS = 20  # of a learner


@dataclass(frozen=True)
class StoredSweep:
    """A sweep as it is kept. plan: JSON that `experiments.sweep` reads. created: seconds since 1970."""

    id: str
    learner: str
    plan: str
    created: float


@dataclass(eq=False)
class Sweeps(Part):
    """Puts sweeps into the queue, shows how they stand, stops and removes them."""

    quota: Quota

    def submit(self, plan: str, cohorts: Sequence[scheduling.Parcel], learner: str, origin: str | None = None) -> str:
        """Put every run of a sweep into the queue and return the sweep's id. origin: see `Runs.submit`.

        The runs of a parcel are trained as one network, and each gets what it would get alone. Raises QueueFull if
        another sweep of the learner still goes on, or too many runs wait; DiskFull.
        """
        sweep_id, now = fresh_id(), time.time()
        self.quota.check()
        with self.database.write() as db:
            learner = note_learner(db, learner)
            going_on = select(runs.c.id).where(runs.c.learner == learner, runs.c.sweep.is_not(None))
            if db.execute(going_on.where(runs.c.state.in_(LIVE)).limit(1)).first():
                raise QueueFull("A sweep of yours still goes on. Wait until it ends, or stop it.")
            scheduling.check_room_for_all(db)
            db.execute(insert(sweeps).values(id=sweep_id, learner=learner, plan=plan, created=now))
            order = 0
            for cohort in cohorts:
                together = fresh_id() if len(cohort.experiments) > 1 else None
                for experiment in cohort.experiments:
                    at = now + 1e-5 * (order := order + 1)  # in the order of the cells
                    spec, parts = experiment.to_json(), {"sweep": sweep_id, "cohort": together, "origin": origin}
                    scheduling.put(db, learner, spec, cohort.work, at, **parts)
        return sweep_id

    def get(self, sweep_id: str) -> StoredSweep | None:
        """One sweep, None if there is none of that id."""
        row = self.database.first(select(sweeps).where(sweeps.c.id == sweep_id))
        return StoredSweep(row.id, row.learner, row.plan, row.created) if row else None

    def of(self, learner: str) -> list[StoredSweep]:
        """The learner's latest sweeps, newest first."""
        chosen = select(sweeps).where(sweeps.c.learner == learner).order_by(sweeps.c.created.desc())
        rows = self.database.rows(chosen.limit(LISTED_SWEEPS))
        return [StoredSweep(row.id, row.learner, row.plan, row.created) for row in rows]

    def runs(self, sweep_id: str) -> list[tuple[Run, str | None]]:
        """The runs of a sweep in the order of its cells, each with its latest event as JSON text (None: none yet)."""
        chosen = WITH_LATEST.where(runs.c.sweep == sweep_id).order_by(runs.c.created)
        return [(run_from(row), row.latest) for row in self.database.rows(chosen)]

    def stop(self, sweep_id: str, learner: str) -> int:
        """Stop what still waits or trains of one's own sweep. Returns how many runs. Raises UnknownRun, NotYours."""
        with self.database.write() as db:
            _own(db, sweep_id, learner)
            live = db.execute(select(runs).where(runs.c.sweep == sweep_id, runs.c.state.in_(LIVE))).all()
            return sum(bool(change(db, row, "stop")) for row in live)

    def remove(self, sweep_id: str, learner: str) -> bool:
        """Remove one's own sweep with its runs, for good. False while it goes on. Raises UnknownRun, NotYours."""
        with self.database.read() as db:
            _own(db, sweep_id, learner)
            rows = db.execute(select(runs.c.id, runs.c.state).where(runs.c.sweep == sweep_id)).all()
        if any(row.state in LIVE for row in rows):
            return False
        for row in rows:
            remove_ended(self.database, row.id)
        with self.database.write() as db:
            db.execute(delete(sweeps).where(sweeps.c.id == sweep_id))
        return True


def _own(db: Connection, sweep_id: str, learner: str) -> None:
    """Raise UnknownRun or NotYours unless this is a sweep of the learner's."""
    row = db.execute(select(sweeps.c.learner).where(sweeps.c.id == sweep_id)).first()
    if row is None:
        raise UnknownRun("There is no such sweep here. It may have been removed to make room for others.")
    if row.learner != learner:
        raise NotYours("This sweep belongs to somebody else: you can watch it, and start the same one yourself.")
