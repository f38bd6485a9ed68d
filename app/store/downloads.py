"""The store's part for downloads: which data sets were asked for and how far they are. Knows no network."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import delete, insert, select, update

from app.store.database import Database
from app.store.models import Download, download_from
from app.store.tables import downloads

GOING = ("queued", "running")  # states that a download may leave


@dataclass(eq=False)
class Downloads:
    """At most one download per data set is remembered: the latest that was asked for."""

    database: Database

    def request(self, data: str) -> Download:
        """Ask for a data set; the runner starts it. One that is queued or running goes on as it is."""
        with self.database.write() as db:
            row = db.execute(select(downloads).where(downloads.c.data == data)).first()
            if row is None or row.state not in GOING:
                db.execute(delete(downloads).where(downloads.c.data == data))
                fields = {"data": data, "state": "queued", "bytes_done": 0, "bytes_total": 0, "message": ""}
                db.execute(insert(downloads).values(**fields, requested=time.time()))
            found = db.execute(select(downloads).where(downloads.c.data == data)).one()
        return download_from(found)

    def get(self, data: str) -> Download | None:
        """How a download stands, None where nobody asked for it."""
        with self.database.read() as db:
            row = db.execute(select(downloads).where(downloads.c.data == data)).first()
        return download_from(row) if row else None

    def set(
        self,
        data: str,
        *,
        requested: float | None = None,
        state: Literal["queued", "running", "finished", "failed", "cancelled"] | None = None,
        bytes_done: int | None = None,
        bytes_total: int | None = None,
        message: str | None = None,
    ) -> bool:
        """Change what is given of a download that is queued or running. False, and nothing changed, elsewhere.

        requested: when the download was asked for that is meant; where somebody asked anew since, nothing changes.
        """
        given = {"state": state, "bytes_done": bytes_done, "bytes_total": bytes_total, "message": message}
        values = {key: value for key, value in given.items() if value is not None}
        meant = (downloads.c.data == data) & downloads.c.state.in_(GOING)
        if requested is not None:
            meant &= downloads.c.requested == requested
        with self.database.write() as db:
            return db.execute(update(downloads).where(meant).values(**values)).rowcount > 0

    def next(self) -> Download | None:
        """The download that waits longest to be started."""
        waiting = select(downloads).where(downloads.c.state == "queued").order_by(downloads.c.requested).limit(1)
        with self.database.read() as db:
            row = db.execute(waiting).first()
        return download_from(row) if row else None
