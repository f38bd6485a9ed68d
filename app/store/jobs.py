"""What is done beside the trainings: data sets that are fetched, learners' images that are read or taught a teacher."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from app.store.database import Part
from app.store.facts import fact, note_fact
from app.store.models import Job
from app.store.scheduling import Waiting, fair_order
from app.store.tables import image_sets, jobs

WORKING = ("queued", "running")  # states that a job may leave
TURN_SECONDS = 3600.0  # that it is known which address had a turn


@dataclass(eq=False)
class Jobs(Part):
    """At most one job per data set is remembered: the latest that was asked for."""

    def request(self, data: str, kind: str) -> Job:
        """Ask for a job; the runner starts it. One that is queued or running goes on as it is."""
        with self.database.write() as db:
            row = db.execute(select(jobs).where(jobs.c.data == data)).first()
            if row is None or row.state not in WORKING:
                put(db, data, kind)
            return _job(db.execute(select(jobs).where(jobs.c.data == data)).one())

    def get(self, data: str) -> Job | None:
        """How a job stands, None if nobody asked for one."""
        row = self.database.first(select(jobs).where(jobs.c.data == data))
        return _job(row) if row else None

    def set(
        self,
        data: str,
        *,
        requested: float | None = None,
        state: Literal["queued", "running", "finished", "failed", "cancelled"] | None = None,
        done: float | None = None,
        total: float | None = None,
        message: str | None = None,
        record: Mapping[str, Any] | None = None,
    ) -> bool:
        """Change what is given of a job that is queued or running. False, and nothing changed, for any other.

        requested: when the job was asked for that is meant; if somebody asked anew since, nothing changes.
        record: what is known of the images from then on.
        """
        given = {"state": state, "done": done, "total": total, "message": message}
        given["started"] = time.time() if state == "running" else None
        meant = (jobs.c.data == data) & jobs.c.state.in_(WORKING)
        if requested is not None:
            meant &= jobs.c.requested == requested
        values = {key: value for key, value in given.items() if value is not None} or {"data": data}
        with self.database.write() as db:
            changed = db.execute(update(jobs).where(meant).values(**values)).rowcount > 0
            if changed and record is not None:
                db.execute(update(image_sets).where(image_sets.c.id == data).values(record=json.dumps(record)))
        return changed

    def take(self, kind: str, machine: str) -> Job | None:
        """Hand the job whose turn it is to a machine: of the address served least lately, of its learner served least
        lately, the one that waits longest.

        None if none waits. No two machines get the same, and none gets one that was cancelled.
        """
        if not self._waiting(kind):  # a look, so that a runner with nothing to do holds nobody up
            return None
        with self.database.write() as db:
            waiting = _in_turn(db, kind)
            if not waiting:
                return None
            now = time.time()
            if origin := waiting[0].origin:
                note_fact(db, _turns(kind), _recent(db, kind) | {origin: now})
            chosen = update(jobs).where(jobs.c.data == waiting[0].id)
            taken = chosen.values(state="running", machine=machine, started=now)
            return _job(db.execute(taken.returning(*jobs.c)).one())

    def before(self, data: str, kind: str) -> int:
        """How many others are served before a job that waits."""
        waiting = [one.id for one in self._waiting(kind)]
        return waiting.index(data) if data in waiting else 0

    def _waiting(self, kind: str) -> list[Waiting]:
        with self.database.read() as db:
            return _in_turn(db, kind)


def put(db: Connection, data: str, kind: str) -> None:
    """Queue a job in place of any other of these data. When one was last begun is kept: it tells whose turn it is."""
    started = db.execute(select(jobs.c.started).where(jobs.c.data == data)).scalar() or 0.0
    db.execute(delete(jobs).where(jobs.c.data == data))
    fields = {"data": data, "kind": kind, "state": "queued", "message": "", "requested": time.time()}
    db.execute(insert(jobs).values(**fields, done=0.0, total=0.0, started=started))


def _in_turn(db: Connection, kind: str) -> list[Waiting]:
    """The jobs that wait, in the order in which they are taken."""
    owner = select(jobs, image_sets.c.learner, image_sets.c.origin)
    whose = owner.outerjoin(image_sets, image_sets.c.id == jobs.c.data).subquery()
    rows = db.execute(select(whose).where(whose.c.kind == kind, whose.c.state == "queued")).all()
    if not rows:
        return []
    latest = select(whose.c.learner, func.max(whose.c.started)).group_by(whose.c.learner)
    served = {row[0] or "": row[1] for row in db.execute(latest)}
    recent = _recent(db, kind) | {f"of {learner}": at for learner, at in served.items() if at}
    ranks = {whose: rank for rank, whose in enumerate(sorted(recent, key=recent.__getitem__), 1)}
    waiting = [Waiting(row.data, row.learner or "", row.requested, None, origin=row.origin) for row in rows]
    return list(fair_order(waiting, {}, served, ranks))


def _recent(db: Connection, kind: str) -> dict[str, float]:
    """When each address last had a turn, as far as that is still known."""
    noted: dict[str, float] = fact(db, _turns(kind)) or {}
    return {origin: at for origin, at in noted.items() if at > time.time() - TURN_SECONDS}


def _turns(kind: str) -> str:
    return f"turns {kind}"


def _job(row: Row[Any]) -> Job:
    return Job(row.data, row.kind, row.state, row.done, row.total, row.message, row.requested)
