"""The store's part for room: how much the home may hold, and what goes when it is full."""

import time
from collections import Counter
from dataclasses import dataclass
from pathlib import PurePosixPath

from sqlalchemy import delete, func, select, update

from app.store import files
from app.store.database import Database, Part
from app.store.errors import StoreError
from app.store.facts import fact, note_fact
from app.store.leases import machine_id
from app.store.models import ENDED, LIVE, cap_bytes
from app.store.patience import begun_again
from app.store.tables import events, logits, runs, sweeps

PAUSED_SHARE = 1 / 2  # of the cap: the checkpoints of all paused runs together
PAUSED_SHARE_EACH = 1 / 8  # of the cap: those of one learner, who keeps the one that was paused last in any case
ENDED_FOR_ROOM = "Ended while it was paused, to make room on the server. Start it again: same settings, same seeds."
LEFT_OVER_SECONDS = 600.0  # a half-written file that has not grown for so long has lost its writer
HALF_SECONDS = 14 * 86_400.0  # a download that nobody has gone on with for so long makes room

SUM_SECONDS = 300.0  # after which the noted sum of the files' sizes is measured anew: no runner is there

# folders of the home that the cap is about
_COUNTED = ("checkpoints", "weights", "snapshots", "downloads", "cache", "images")
_WRITTEN = (*_COUNTED, "data")  # folders where a writer that is killed leaves half of a file


@dataclass(eq=False)
class Quota(Part):
    """Keeps the home below its cap. Files are counted as well as what the database holds."""

    def used_bytes(self, *, measure: bool = True) -> int:
        """Bytes that runs, checkpoints, weights, downloads and caches take, half-written ones included.

        measure: whether to look at every file. Their sum is noted for the other processes; without a look that note
        counts, unless it is older than SUM_SECONDS. The runner measures when it begins and each time it prunes: so
        the note is right again soon after a crash, and whoever writes files need not know of it.
        """
        stored = self.database.used_bytes()
        key = f"file bytes {machine_id()}"
        with self.database.read() as db:
            if stored is None:
                stored = int(db.execute(select(func.coalesce(func.sum(runs.c.bytes), 0))).scalar_one())
            noted = fact(db, key)
        if not measure and noted and 0 <= time.time() - noted["at"] < SUM_SECONDS:
            return stored + int(noted["bytes"])
        size = sum(map(files.size, _COUNTED))
        with self.database.write() as db:
            note_fact(db, key, {"bytes": size, "at": time.time()})
        return stored + size

    def prune(self, cap: int | None = None) -> int:
        """Remove the oldest ended runs until everything fits under `cap` bytes. Returns how many were removed.

        Live runs are never removed, and paused ones are ended only if their checkpoints outgrow their share of
        `cap_bytes()`. Files that nobody needs any more go, too.
        """
        cap = cap_bytes() if cap is None else cap
        self._limit_paused()
        self._remove_left_over()
        removed = 0
        while (over := self.used_bytes() - cap) > 0 and (gone := self._remove_oldest(over)):
            removed += len(gone)
            self.database.give_back()
        if removed:
            left = select(func.count()).select_from(runs).where(runs.c.sweep == sweeps.c.id).scalar_subquery()
            with self.database.write() as db:
                db.execute(delete(sweeps).where(left == 0))
        return removed

    def check(self) -> None:
        """Refuse a run if all the space belongs to what may not be removed."""
        if self.used_bytes(measure=False) <= cap_bytes():
            return
        with self.database.read() as db:
            removable = db.execute(select(runs.c.id).where(runs.c.state.in_(ENDED)).limit(1)).first()
        if removable is None:
            raise StoreError(
                f"The {cap_bytes() / 1e9:.2g} GB for runs are used up by paused and running ones, and by downloads. "
                "Finish or stop a paused run, then try again."
            )

    def _remove_oldest(self, enough: int) -> list[str]:
        """Remove the runs that ended first, together about `enough` bytes and at most 100. Returns their ids.

        Each goes in a transaction of its own: a training that wants to note its progress never waits for all.
        """
        oldest = select(runs.c.id, runs.c.bytes).where(runs.c.state.in_(ENDED)).order_by(runs.c.finished).limit(100)
        with self.database.read() as db:
            rows = db.execute(oldest).all()
        gone: list[str] = []
        for row in rows:
            if enough <= 0:
                break
            remove_ended(self.database, row.id)
            gone.append(row.id)
            enough -= row.bytes
        return gone

    def _limit_paused(self) -> None:
        """End the runs that were paused first, if checkpoints take more than their share: one learner's, or all."""
        with self.database.read() as db:
            paused = db.execute(select(runs.c.id, runs.c.learner).where(runs.c.state == "paused")).all()
        paused = sorted(paused, key=lambda row: files.changed(files.checkpoint(row.id)))
        size = {row.id: files.size(files.checkpoint(row.id)) for row in paused}
        newest = {row.learner: row.id for row in paused}
        owned: Counter[str] = Counter()
        for row in paused:
            owned[row.learner] += size[row.id]
        for row in paused:
            if owned[row.learner] > PAUSED_SHARE_EACH * cap_bytes() and row.id != newest[row.learner]:
                self._end_paused(row.id)
                owned[row.learner] -= size.pop(row.id)
        for run_id in list(size):  # the oldest first
            if sum(size.values()) > PAUSED_SHARE * cap_bytes():
                self._end_paused(run_id)
                del size[run_id]

    def _end_paused(self, run_id: str) -> None:
        values = {"state": "stopped", "message": ENDED_FOR_ROOM, "finished": time.time()}
        values |= {"request": None, "origin": None}
        chosen = update(runs).where(runs.c.id == run_id, runs.c.state == "paused")  # its learner may have gone on
        with self.database.write() as db:
            ended = db.execute(chosen.values(**values)).rowcount > 0
        if ended:
            files.delete(files.checkpoint(run_id))

    def _remove_left_over(self) -> None:
        """Remove checkpoints of runs that are not live, what was kept of runs that are gone, and left-over halves."""
        for folder, states in (("checkpoints", LIVE), ("weights", LIVE + ENDED), ("snapshots", LIVE + ENDED)):
            if names := files.names(folder):
                with self.database.read() as db:
                    needed = set(db.execute(select(runs.c.id).where(runs.c.state.in_(states))).scalars())
                for name in names:
                    if PurePosixPath(name).stem not in needed:
                        files.delete(name)
        for folder in _WRITTEN:
            files.delete_left_over(folder, before=time.time() - LEFT_OVER_SECONDS)
        files.delete_left_over("downloads", before=time.time() - HALF_SECONDS, names=[".half-*"])


@begun_again
def remove_ended(database: Database, run_id: str) -> None:
    """Remove an ended run with its files: an ended one does not begin again."""
    with database.write() as db:
        for table in (events, logits):
            db.execute(delete(table).where(table.c.run == run_id))
        db.execute(delete(runs).where(runs.c.id == run_id))
    files.delete(files.weights(run_id))
    files.delete(files.snapshots(run_id))
