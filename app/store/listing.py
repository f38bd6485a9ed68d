"""The store's part for a learner's list of runs: with their last numbers, and with names. Knows no queue."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from typing import Any

from sqlalchemy import ColumnElement, and_, select, update

from app.store.database import Database, StoreError
from app.store.models import Run, own_run, run_from
from app.store.tables import events, runs

NAME_LENGTH = 60
LISTED_AT_MOST = 1000  # runs of a learner, the newest first

_BLANK = re.compile(r"\s+")

Listed = tuple[Run, dict[str, Any] | None]  # a run and its last event


class Listing:
    """What a page asks of many runs at once."""

    database: Database

    def listed(self, learner: str, limit: int = LISTED_AT_MOST) -> list[Listed]:
        """A learner's runs, newest first, each with its last event. Cells of sweeps are reached from their sweep."""
        return self._with_last_event((runs.c.learner == learner) & runs.c.sweep.is_(None), limit)

    def looked_up(self, run_ids: Collection[str]) -> list[Listed]:
        """The runs of these ids that are there, whosever they are, each with its last event."""
        return self._with_last_event(runs.c.id.in_(list(run_ids)), LISTED_AT_MOST)

    def rename(self, run_id: str, learner: str, name: str) -> str:
        """Give one's own run a name, "" to take it away; returns it as it is kept: on one line, without control signs.

        Raises UnknownRun, NotYours, StoreError where it is longer than `NAME_LENGTH`.
        """
        kept = _BLANK.sub(" ", "".join(sign if sign.isprintable() else " " for sign in name)).strip()
        if len(kept) > NAME_LENGTH:
            raise StoreError(f"A name may have {NAME_LENGTH} characters at most; this one has {len(kept)}.")
        with self.database.write() as db:
            own_run(db, run_id, learner)
            db.execute(update(runs).where(runs.c.id == run_id).values(name=kept))
        return kept

    def _with_last_event(self, which: ColumnElement[bool], limit: int) -> list[Listed]:
        last = and_(events.c.run == runs.c.id, events.c.seq == runs.c.seq)
        chosen = select(runs, events.c.body.label("last")).outerjoin(events, last).where(which)
        with self.database.read() as db:
            rows = db.execute(chosen.order_by(runs.c.created.desc(), runs.c.id).limit(limit)).all()
        return [(run_from(row), json.loads(row.last) if row.last else None) for row in rows]
