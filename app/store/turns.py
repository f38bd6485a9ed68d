"""Whose turn it is and who may wait, as parts of a transaction. The arithmetic is `queue`'s.

Runs of one cohort are taken together: here they count as one, in the name of the first of them.
"""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.catalog import declared
from app.store import queue
from app.store.models import ENDED, Forgotten, QueueFull
from app.store.tables import departed, learners, runs

QUEUED_IN_ALL = 200  # runs that may wait; without a cap, learners without a cookie could fill the disk
PAUSED_PER_LEARNER = 20
_BECAME = select(departed.c.became).where(departed.c.mark == bindparam("mark"))  # made once: every page asks
_MEASURED = 20  # ended runs from which the speed is taken


def note_learner(db: Connection, learner: str) -> str:
    """Note that a learner is here now. Returns whose it is what they do: theirs, or the learner's whom theirs was added
    to. Raises Forgotten.
    """
    now = time.time()
    if db.execute(update(learners).where(learners.c.id == learner).values(seen=now)).rowcount:
        return learner
    became = who_became(db, learner)  # asked only here: who is no more has no row
    if became is None:
        raise Forgotten
    if became != learner:
        return note_learner(db, became)
    try:
        with db.begin_nested():
            db.execute(insert(learners).values(id=learner, created=now, seen=now, served=0.0))
    except IntegrityError:
        pass  # noted by another process meanwhile
    return learner


def who_became(db: Connection, learner: str) -> str | None:
    """Who a learner is now: themselves, or the one whom theirs was added to; None where all of it was deleted."""
    row = db.execute(_BECAME, {"mark": mark(learner)}).first()
    return row.became if row else learner


def mark(learner: str) -> str:
    """What is kept of the id of a learner who is no more: enough to know it again, too little to tell it."""
    return hashlib.sha256(f"departed/{learner}".encode()).hexdigest()


def check_room(db: Connection, learner: str) -> None:
    """Raise QueueFull where a learner, or everybody together, has too many runs waiting or paused."""
    per_state = select(runs.c.state, func.count()).where(runs.c.learner == learner, runs.c.sweep.is_(None))
    own = {row[0]: row[1] for row in db.execute(per_state.group_by(runs.c.state))}
    if own.get("queued", 0) >= declared.QUEUED_PER_LEARNER:
        raise QueueFull(f"You already have {own['queued']} runs waiting. Wait until one starts, or stop one.")
    if own.get("paused", 0) >= PAUSED_PER_LEARNER:
        raise QueueFull(f"You have {own['paused']} paused runs. Go on with one, or stop one, before you start another.")
    check_room_for_all(db)


def check_room_for_all(db: Connection) -> None:
    """Raise QueueFull where everybody together has too many runs waiting."""
    parcels = func.count(func.distinct(func.coalesce(runs.c.cohort, runs.c.id)))
    everybody = db.execute(select(parcels).where(runs.c.state == "queued")).scalar_one()
    if everybody >= QUEUED_IN_ALL:
        raise QueueFull(f"{everybody} runs are waiting already. Try again in a few minutes.")


def first_of_cohorts(rows: Iterable[Row[Any]]) -> dict[str, Row[Any]]:
    """One row for each cohort, the first, by the cohort's id; a run that is trained alone by its own."""
    found: dict[str, Row[Any]] = {}
    for row in sorted(rows, key=lambda row: (row.queued, row.id)):
        found.setdefault(row.cohort or row.id, row)
    return found


def order(db: Connection, waiting: Iterable[Row[Any]], running: Iterable[Row[Any]]) -> Iterable[queue.Waiting]:
    """The waiting runs in the order in which workers take them, one for each cohort."""
    first = first_of_cohorts(waiting).values()
    queued = [queue.Waiting(row.id, row.learner, row.queued, expected(row), row.sweep is not None) for row in first]
    names = {run.learner for run in queued}
    served = db.execute(select(learners.c.id, learners.c.served).where(learners.c.id.in_(names)))
    busy = Counter(row.learner for row in first_of_cohorts(running).values())
    return queue.fair_order(queued, busy, {row.id: row.served for row in served})


def expected(row: Row[Any]) -> float:
    """Seconds that are left of a run, or of its cohort, on a core of the reference's speed."""
    return float(row.work) * (1 - row.done / row.updates if row.updates else 1)


def pace(db: Connection) -> float:
    """Measured seconds per expected second, from running and lately ended runs; 1 where there are none."""
    measured = or_(runs.c.state == "running", runs.c.state.in_(ENDED)) & (runs.c.done > 0) & (runs.c.seconds > 0)
    rows = db.execute(select(runs).where(measured).order_by(runs.c.started.desc()).limit(_MEASURED)).all()
    work = sum(float(row.work) - expected(row) for row in rows)
    return sum(float(row.seconds) for row in rows) / work if work > 0 else 1.0


def remaining(row: Row[Any], pace: float) -> float:
    """Seconds until a running run ends."""
    if row.done and row.updates and row.seconds:
        return float(row.seconds * (row.updates - row.done) / row.done)
    return float(pace * expected(row))
