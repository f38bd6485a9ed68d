"""Leases: which machines look after trainings now, and what becomes of a run whose machine no longer does.

The runner of a machine renews its lease every few seconds. All times are the database's own, since machines disagree.
"""

import hashlib
import platform
import secrets
import time
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, delete, func, insert, or_, select, update

from app.catalog import paths
from app.store.database import Part
from app.store.models import ENDED_ALONE, JOB_ENDED, change
from app.store.tables import jobs, machines, runs

LEASE_SECONDS = 60.0  # after which a machine that has not renewed its lease is taken for dead
TRIES = 4  # times that a run is handed out without having begun, before it is given up


@dataclass(eq=False)
class Machines(Part):
    """Knows which machines are there, and frees what a lost one had in hand."""

    def renew(self, machine: str, slots: int, in_hand: Collection[str] = ()) -> int:
        """Renew a machine's lease and end what nobody works on any more. Returns how many runs these were.

        A download that was still arriving waits again instead: it goes on where it broke off.
        slots: how many runs the machine may train at once. in_hand: the stretches of training that it has, and the
        data of its jobs. Lost is a run or job that this machine is said to have and has not, or whose machine has let
        its lease run out. The latter is judged only by a machine whose own lease has held for LEASE_SECONDS: after a
        time without the database, the others come back as well.
        """
        with self.database.write() as db:
            now = _now(db)
            own = db.execute(select(machines).where(machines.c.id == machine)).first()
            since = own.since if own and own.until >= now else now
            db.execute(delete(machines).where((machines.c.id == machine) | (machines.c.until < now)))
            fields = {"id": machine, "slots": slots, "since": since, "until": now + LEASE_SECONDS}
            db.execute(insert(machines).values(**fields))
            judges = now - since >= LEASE_SECONDS

            def lost(table: Table, hand: ColumnElement[str]) -> ColumnElement[bool]:
                own = (table.c.machine == machine) & hand.not_in(in_hand)
                gone = or_(table.c.machine.is_(None), table.c.machine.not_in(select(machines.c.id)))
                return (table.c.state == "running") & (or_(own, gone) if judges else own)

            rows = db.execute(select(runs).where(lost(runs, runs.c.worker))).all()
            for row in rows:
                let_go(db, row)
            arriving = (jobs.c.kind == "fetch") & or_(jobs.c.done < jobs.c.total, jobs.c.total == 0)
            again = update(jobs).where(lost(jobs, jobs.c.data), arriving)
            db.execute(again.values(state="queued", machine=None, message=""))
            for kind, message in JOB_ENDED.items():
                ended = update(jobs).where(lost(jobs, jobs.c.data), jobs.c.kind == kind)
                db.execute(ended.values(state="failed", message=message))
        return len(rows)

    def release(self, machine: str) -> None:
        """End a machine's lease, and the runs that it still has."""
        self.renew(machine, 0)
        with self.database.write() as db:
            db.execute(delete(machines).where(machines.c.id == machine))


def machine_id() -> str:
    """The id of this machine with this home; nothing in it tells the machine's name.

    The name counts as well as a number that is kept in the home: a home may have been copied with its machine.
    """
    file = paths.home() / "machine"
    if not file.exists():
        paths.write_first(file, secrets.token_hex(16))
    return hashlib.sha256(f"{file.read_text(encoding='utf-8')}/{platform.node()}".encode()).hexdigest()[:12]


def slots(db: Connection) -> int:
    """How many runs may train at once, on all machines together; 0 while no runner is there."""
    here = select(func.coalesce(func.sum(machines.c.slots), 0)).where(machines.c.until >= _now(db))
    return int(db.execute(here).scalar_one())


def let_go(db: Connection, row: Row[Any]) -> None:
    """Take a running run out of a worker's hand: in its old place again if it had not begun, else it is ended.

    What its learner asked for meanwhile is obeyed. A run that was handed out TRIES times and never began ends, too.
    """
    this = update(runs).where(runs.c.id == row.id)
    if 0 < row.handed < TRIES:
        free = this.values(state="queued", worker=None, machine=None, request=None)
        change(db, db.execute(free.returning(*runs.c)).one(), row.request or "")
        return
    ended = {"state": "interrupted", "message": ENDED_ALONE, "finished": time.time()}
    db.execute(this.values(**ended, request=None, worker=None, machine=None, origin=None))


def _now(db: Connection) -> float:
    if db.dialect.name == "postgresql":
        return float(db.exec_driver_sql("SELECT extract(epoch FROM clock_timestamp())").scalar_one())
    return time.time()
