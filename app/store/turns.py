"""Whose turn it is and who may wait, as parts of a transaction. The arithmetic is `queue`'s.

Runs of one cohort are taken together: here they count as one, in the name of the first of them.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import time
from collections import Counter
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.catalog import declared
from app.store import leases, queue
from app.store.models import ENDED, Forgotten, QueueFull
from app.store.tables import departed, facts, learners, runs

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
    queued = [queue.Waiting(row.id, row.learner, row.queued, cost_left(row), row.sweep is not None) for row in first]
    names = {run.learner for run in queued}
    served = db.execute(select(learners.c.id, learners.c.served).where(learners.c.id.in_(names)))
    busy = Counter(row.learner for row in first_of_cohorts(running).values())
    return queue.fair_order(queued, busy, {row.id: row.served for row in served})


def wait(db: Connection, before: Iterable[float | None], running: Iterable[Row[Any]]) -> float | None:
    """Expected seconds until a run starts. before: `cost` of those that start earlier. None if nobody can say.

    Nobody can while an earlier run's cost is unknown, or no pace.
    """
    measured, slots = pace(db), leases.slots(db) or os.cpu_count() or 1
    left, before = [_time_left(row, measured) for row in first_of_cohorts(running).values()], list(before)
    if len(left) + len(before) < slots:
        return 0.0
    earlier = [None if measured is None or cost is None else measured * cost for cost in before]
    known_left, known = [one for one in left if one is not None], [one for one in earlier if one is not None]
    if len(known_left) < len(left) or len(known) < len(earlier):
        return None
    return queue.waiting_time(known, known_left, slots)


def cost_left(row: Row[Any]) -> float | None:
    """What is left of the cost of a run, or of its cohort; None if its cost is unknown."""
    return None if row.cost is None else float(row.cost) * (1 - row.done / row.updates if row.updates else 1)


def pace(db: Connection) -> float | None:
    """Measured seconds per second on the reference core; None before anything was measured.

    From running and lately ended runs. Before there are any, as a worker has measured it on this machine.
    """
    measured = or_(runs.c.state == "running", runs.c.state.in_(ENDED)) & (runs.c.done > 0) & (runs.c.seconds > 0)
    chosen = select(runs).where(measured & runs.c.cost.is_not(None)).order_by(runs.c.started.desc()).limit(_MEASURED)
    rows = first_of_cohorts(db.execute(chosen).all()).values()
    cost = sum(float(row.cost) * row.done / row.updates for row in rows if row.updates)
    noted: float | None = fact(db, pace_fact(), None)
    return sum(float(row.seconds) for row in rows) / cost if cost > 0 else noted


def pace_fact() -> str:
    """Under which name the pace of this machine is noted: another machine that opens the same store has its own."""
    known = f"{platform.node()}/{platform.machine()}/{platform.processor()}/{os.cpu_count()}"
    return f"pace {hashlib.sha256(known.encode()).hexdigest()[:16]}"


def _time_left(row: Row[Any], pace: float | None) -> float | None:
    """Expected seconds until a running run ends; None if nobody can say."""
    if row.done and row.updates and row.seconds:
        return float(row.seconds * (row.updates - row.done) / row.done)
    left = cost_left(row)
    return None if pace is None or left is None else pace * left


def fact(db: Connection, key: str, default: Any) -> Any:
    """A fact that was noted, or `default`."""
    value = db.execute(select(facts.c.value).where(facts.c.key == key)).scalar()
    return default if value is None else json.loads(value)


def note_fact(db: Connection, key: str, value: Any) -> None:
    """Note a fact (JSON-ready); None forgets it."""
    db.execute(delete(facts).where(facts.c.key == key))
    if value is not None:
        db.execute(insert(facts).values(key=key, value=json.dumps(value)))
