"""Who a learner is now: themselves, or the one whom theirs was added to, or nobody."""

import hashlib
import time

from sqlalchemy import Connection, bindparam, insert, select, update

from app.store.models import Forgotten
from app.store.tables import departed, learners

_BECAME = select(departed.c.became).where(departed.c.mark == bindparam("mark"))  # made once: every page asks


def note_learner(db: Connection, learner: str) -> str:
    """Note that a learner is here now. Returns who they are: themselves, or the one to whom their things were added.
    Raises Forgotten.
    """
    now = time.time()
    if db.execute(update(learners).where(learners.c.id == learner).values(seen=now)).rowcount:
        return learner
    became = who_became(db, learner)  # asked only here: who is no more has no row
    if became is None:
        raise Forgotten
    if became != learner:
        return note_learner(db, became)
    db.execute(insert(learners).values(id=learner, created=now, seen=now, served=0.0))
    return learner


def who_became(db: Connection, learner: str) -> str | None:
    """Who a learner is now: themselves, or the one whom theirs was added to; None if all of it was deleted."""
    row = db.execute(_BECAME, {"mark": mark(learner)}).first()
    return row.became if row else learner


def led_to(db: Connection, learner: str) -> str | None:
    """Who a phrase or link of a learner leads to now; None if it was changed, or all was deleted."""
    row = db.execute(select(departed.c.became, departed.c.void).where(departed.c.mark == mark(learner))).first()
    return learner if row is None else None if row.void else row.became


def mark(learner: str) -> str:
    """What is kept of the id of a learner who is no more: enough to know it again, too little to tell it."""
    return hashlib.sha256(f"departed/{learner}".encode()).hexdigest()
