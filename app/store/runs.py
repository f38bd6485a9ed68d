"""Runs: put into the queue, handed to workers, watched, asked to stop, listed, removed."""

import json
import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, bindparam, func, insert, select, update

from app.store import leases, scheduling
from app.store.database import Part
from app.store.errors import StoreError
from app.store.facts import note_fact
from app.store.models import ENDED, LATEST, WITH_LATEST, Float16, Run, RunLost, array_from, change, own_run, run_from
from app.store.presence import note_learner
from app.store.quota import Quota, remove_ended
from app.store.tables import events, learners, logits, runs

LISTED = 100  # runs of a learner that are listed
NAME_LENGTH = 60
LISTED_AT_MOST = 1000  # runs of a learner, the newest first

_BLANK = re.compile(r"\s+")
_RUN = select(runs).where(runs.c.id == bindparam("run_id"))
_EVENTS = (
    select(events.c.body)
    .where(events.c.run == bindparam("run_id"), events.c.seq > bindparam("seen"))
    .order_by(events.c.seq)
)

Listed = tuple[Run, dict[str, Any] | None]  # a run and its last event


@dataclass(eq=False)
class Runs(Part):
    """Experiments and their progress. Every method may raise StoreError with a sentence for the page."""

    quota: Quota

    def submit(
        self,
        experiment: scheduling.Submitted,
        learner: str,
        *,
        start: Literal["train", "step"] = "train",
        instead_of: Collection[str] = (),
        origin: str | None = None,
    ) -> str:
        """Put a run into the queue and return its id. start "step": one update, then pause.

        origin: a hash of the address that asks, None if it is not known.
        instead_of: runs of the learner that it replaces: they are stopped as by `request`, or, if that is refused,
        go on. Raises QueueFull if the learner, their address, or everybody together has too many waiting; DiskFull.
        """
        spec_json, work = experiment.to_json(), experiment.work()
        self.quota.check()
        with self.database.write() as db:
            learner = note_learner(db, learner)
            replaced = select(runs).where(runs.c.id.in_(instead_of), runs.c.learner == learner)
            for row in db.execute(replaced).all():
                change(db, row, "stop")
            scheduling.check_room(db, learner, origin)
            return scheduling.put(db, learner, spec_json, work, time.time(), mode=start, origin=origin)

    def get(self, run_id: str) -> Run | None:
        """One run, None if there is none of that id."""
        row = self.database.first(_RUN, run_id=run_id)
        return run_from(row) if row else None

    def of(self, learner: str) -> list[Run]:
        """The learner's latest runs, newest first; not the cells of sweeps."""
        own = (runs.c.learner == learner) & runs.c.sweep.is_(None)
        chosen = select(runs).where(own).order_by(runs.c.created.desc()).limit(LISTED)
        return [run_from(row) for row in self.database.rows(chosen)]

    def request(self, run_id: str, learner: str, action: Literal["pause", "resume", "stop", "step"]) -> bool:
        """Ask for something of one's own run. False if it no longer makes sense (a finished run is not paused).

        A queued or paused run obeys at once, a running one within an update. Raises UnknownRun, NotYours.
        """
        if action not in ("pause", "resume", "stop", "step"):
            raise ValueError(f"action must be pause, resume, stop or step, got {action!r}")
        with self.database.write() as db:
            return bool(change(db, own_run(db, run_id, learner), action))

    def place(self, run_id: str) -> tuple[int, float | None] | None:
        """(place in the queue from 1, expected seconds until it starts) of a queued run, else None.

        The seconds are None as long as nobody can say: see `scheduling.wait`.
        """
        with self.database.read() as db:
            waiting = {row.id: row for row in db.execute(scheduling.STANDING.where(runs.c.state == "queued"))}
            if run_id not in waiting:
                return None
            own = waiting[run_id]
            first = scheduling.first_of_cohorts(waiting.values())[own.cohort or own.id].id
            running = list(db.execute(scheduling.STANDING.where(runs.c.state == "running")))
            costs: list[float | None] = []
            for next_run in scheduling.order(db, waiting.values(), running):
                if next_run.id == first:
                    break
                costs.append(next_run.cost)
            return len(costs) + 1, scheduling.wait(db, costs, running)

    def time_of_all(self, works: Sequence[scheduling.Work]) -> float | None:
        """Expected seconds that works would take here if nobody else trained; None before a pace was measured."""
        with self.database.read() as db:
            pace, slots = scheduling.pace(db), leases.slots(db)
        return None if pace is None else scheduling.time_of_all((pace * work.cost for work in works), max(1, slots))

    def pace(self) -> float | None:
        """Measured seconds per second on the reference core; None before anything was measured."""
        with self.database.read() as db:
            return scheduling.pace(db)

    def note_pace(self, pace: float) -> None:
        """Note the pace of this machine, as a worker has measured it."""
        with self.database.write() as db:
            note_fact(db, scheduling.pace_fact(), pace)

    def fill_costs(self, work_of: Callable[[Sequence[str]], scheduling.Work | None]) -> None:
        """Fill in what runs of an earlier version cost.

        work_of: the work of specs (JSON) that are trained together, None if they cannot be read.
        """
        unknown = select(runs).where(runs.c.cost.is_(None)).order_by(runs.c.created)
        parcels: dict[str, list[str]] = {}
        for row in self.database.rows(unknown):
            parcels.setdefault(row.cohort or row.id, []).append(row.spec)
        for key, specs in parcels.items():
            if work := work_of(specs):
                with self.database.write() as db:
                    same = runs.c.cost.is_(None) & (func.coalesce(runs.c.cohort, runs.c.id) == key)
                    db.execute(update(runs).where(same).values(cost=work.cost))

    def events(self, run_id: str, after: int) -> list[dict[str, Any]]:
        """The run's events with seq > after, in order."""
        return [json.loads(row.body) for row in self.database.rows(_EVENTS, run_id=run_id, seen=after)]

    def look(self, run_id: str, after: int) -> tuple[Run, list[str]] | None:
        """A run and its events as JSON texts, from the same moment: what watching pages ask several times a second."""
        with self.database.read() as db:
            row = db.execute(_RUN, {"run_id": run_id}).first()
            if row is None:
                return None
            new = db.execute(_EVENTS, {"run_id": run_id, "seen": after}).scalars() if row.seq > after else ()
            return run_from(row), list(new)

    def logits(self, run_id: str, seq: int | None = None) -> tuple[Float16, int] | None:
        """Test logits (arms, seeds, shown, classes) at event `seq`, or the latest, and their seq."""
        chosen = select(logits).where(logits.c.run == run_id)
        chosen = chosen.where(logits.c.seq == seq) if seq is not None else chosen.order_by(logits.c.seq.desc()).limit(1)
        row = self.database.first(chosen)
        return (array_from(row.body, row.shape), row.seq) if row else None

    def all_logits(self, run_id: str, after: int = 0) -> list[tuple[int, Float16]]:
        """Test logits (arms, seeds, shown, classes) of every event after `after` that has some, with its seq."""
        chosen = select(logits).where(logits.c.run == run_id, logits.c.seq > after).order_by(logits.c.seq)
        return [(row.seq, array_from(row.body, row.shape)) for row in self.database.rows(chosen)]

    # ── runs, as workers and the runner see them ─────────────────────────────────────────────────────────────────

    def take(self, worker: str, machine: str | None = None) -> Run | None:
        """Hand the next run to a worker: fair over learners (`scheduling.fair_order`). None if nobody waits.

        worker: a name for this stretch of the run. What is written under it (`begin` … `end`) counts while the run is
        still in that hand; without a name, whoever has it. machine: whose lease it is held under. The other runs of
        its cohort come along: see `together`.
        """
        queued = scheduling.STANDING.where(runs.c.state == "queued")
        if self.database.first(queued.limit(1)) is None:  # a look, so that workers with nothing to do hold nobody up
            return None
        with self.database.write() as db:
            waiting = list(db.execute(queued))
            if not waiting:
                return None
            running = list(db.execute(scheduling.STANDING.where(runs.c.state == "running")))
            now = time.time()
            next_run = next(iter(scheduling.order(db, waiting, running)))
            values: dict[str, Any] = {"state": "running", "worker": worker, "machine": machine}
            values |= {"started": func.coalesce(runs.c.started, now), "handed": runs.c.handed + 1}
            chosen = update(runs).where(runs.c.id == next_run.id).values(**values)
            row = db.execute(chosen.returning(*runs.c)).one()
            if row.cohort is not None:
                rest = (runs.c.cohort == row.cohort) & (runs.c.state == "queued")
                db.execute(update(runs).where(rest).values(**values))
            db.execute(update(learners).where(learners.c.id == next_run.learner).values(served=now))
        return run_from(row)

    def together(self, run: Run) -> list[Run]:
        """The runs that a worker has in hand with this one, itself among them, in the order of their cells."""
        if run.cohort is None:
            return [run]
        same = (runs.c.cohort == run.cohort) & (runs.c.worker == run.worker) & (runs.c.state == "running")
        return [run_from(row) for row in self.database.rows(select(runs).where(same).order_by(runs.c.created))]

    def begin(self, run_id: str, updates: int, record: Mapping[str, Any], *, worker: str | None = None) -> None:
        """A worker has prepared the run. Raises RunLost."""
        self._change_running(run_id, worker, updates=updates, record=json.dumps(record), handed=0)

    def note_progress(self, run_id: str, done: int, seconds: float, *, worker: str | None = None) -> None:
        """Note how far a running run is, between two events. Raises RunLost."""
        self._change_running(run_id, worker, done=done, seconds=seconds)

    def append(
        self, run_id: str, event: Mapping[str, Any], answers: Float16 | None, *, worker: str | None = None
    ) -> int:
        """Add an event to a running run and return its seq.

        event: its "update" and "seconds" become the run's. answers: logits (arms, seeds, shown, classes). The latest
        event once more is not added twice: it is tried again if only the answer was lost. Raises RunLost if the run no
        longer runs, DiskFull.
        """
        with self.database.write() as db:
            chosen = select(runs.c.seq, events.c.body).outerjoin(events, LATEST).where(_in_hand(run_id, worker))
            row = db.execute(chosen).first()
            if row is None:
                raise RunLost(f"Run {run_id} does not run any more.")
            if row.body == _event_json(row.seq, event):
                return int(row.seq)
            seq, body = row.seq + 1, _event_json(row.seq + 1, event)
            db.execute(insert(events).values(run=run_id, seq=seq, body=body))
            if answers is not None:
                kept, shape = answers.astype("<f2").tobytes(), json.dumps(answers.shape)
                db.execute(insert(logits).values(run=run_id, seq=seq, shape=shape, body=kept))
            size = len(body) + (0 if answers is None else 2 * answers.size)
            values: dict[str, Any] = {"seq": seq, "bytes": runs.c.bytes + size}
            values |= {"done": event["update"]} if "update" in event else {}
            values |= {"seconds": event["seconds"]} if "seconds" in event else {}
            db.execute(update(runs).where(runs.c.id == run_id).values(**values))
        return int(seq)

    def pause(
        self, run_id: str, done: int, seconds: float, *, heard: str | None = None, worker: str | None = None
    ) -> str:
        """The worker has put a running run aside. Returns the state that this leads to.

        heard: the request that the worker knew of. One that came later is obeyed here: a run that shall go on or make
        a step is queued again, one that shall stop is stopped. Raises RunLost.
        """
        with self.database.write() as db:
            row = db.execute(select(runs).where(_in_hand(run_id, worker))).first()
            if row is None:
                raise RunLost(f"Run {run_id} does not run any more.")
            values = {"state": "paused", "mode": "train", "request": None, "worker": None}
            aside = update(runs).where(runs.c.id == run_id).values(**values, done=done, seconds=seconds)
            paused = db.execute(aside.returning(*runs.c)).one()
            later = change(db, paused, row.request or "") if row.request != heard else {}
        return str(later.get("state", "paused"))

    def end(
        self,
        run_id: str,
        state: str,
        message: str = "",
        *,
        kept: int = 0,
        seconds: float | None = None,
        worker: str | None = None,
    ) -> bool:
        """End a running run, once: False, and nothing changed, if it no longer ran or is in another hand.

        kept: bytes of its weight file. seconds: of training, if they are known.
        """
        values: dict[str, Any] = {
            "state": state,
            "message": message,
            "finished": time.time(),
            "request": None,
            "origin": None,
        }
        values |= {"seconds": seconds} if seconds is not None else {}
        try:
            self._change_running(run_id, worker, **values, worker=None, bytes=runs.c.bytes + kept)
        except RunLost:
            return False
        return True

    def let_go(self, run_id: str, worker: str) -> None:
        """A worker ended before it had begun a run, which waits again, in its old place, or is ended.

        Nothing changes if the run is in another hand.
        """
        with self.database.write() as db:
            if row := db.execute(select(runs).where(_in_hand(run_id, worker))).first():
                leases.let_go(db, row)

    def _change_running(self, run_id: str, by: str | None, **values: Any) -> None:
        with self.database.write() as db:
            if db.execute(update(runs).where(_in_hand(run_id, by)).values(**values)).rowcount == 0:
                raise RunLost(f"Run {run_id} does not run any more.")

    def requests(self) -> dict[str, str]:
        """What learners ask of running runs: run id → action."""
        chosen = select(runs.c.id, runs.c.request).where(runs.c.state == "running", runs.c.request.is_not(None))
        return {row.id: row.request for row in self.database.rows(chosen)}

    def trainings(self) -> int:
        """How many workers train at this moment."""
        counted = select(func.count(runs.c.worker.distinct())).where(runs.c.state == "running")
        with self.database.read() as db:
            return db.execute(counted).scalar_one()

    def remove(self, run_id: str, learner: str) -> bool:
        """Remove one's own run with everything that was kept of it, for good. False if it still goes on.

        Raises UnknownRun, NotYours.
        """
        with self.database.read() as db:
            row = own_run(db, run_id, learner)
        if row.state not in ENDED:
            return False
        remove_ended(self.database, run_id)
        return True

    # ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────────

    def listed(self, learner: str, limit: int = LISTED_AT_MOST) -> list[Listed]:
        """A learner's runs, newest first, each with its last event. Cells of sweeps are reached from their sweep."""
        return self._with_last_event((runs.c.learner == learner) & runs.c.sweep.is_(None), limit)

    def looked_up(self, run_ids: Collection[str]) -> list[Listed]:
        """The runs of these ids that are there, whosever they are, each with its last event."""
        return self._with_last_event(runs.c.id.in_(list(run_ids)), LISTED_AT_MOST)

    def rename(self, run_id: str, learner: str, name: str) -> str:
        """Give one's own run a name, "" to take it away; returns it as it is kept: on one line, without control signs.

        Raises UnknownRun, NotYours, StoreError if it is longer than `NAME_LENGTH`.
        """
        kept = _BLANK.sub(" ", "".join(sign if sign.isprintable() else " " for sign in name)).strip()
        if len(kept) > NAME_LENGTH:
            raise StoreError(f"A name may have {NAME_LENGTH} characters at most; this one has {len(kept)}.")
        with self.database.write() as db:
            own_run(db, run_id, learner)
            db.execute(update(runs).where(runs.c.id == run_id).values(name=kept))
        return kept

    def _with_last_event(self, which: ColumnElement[bool], limit: int) -> list[Listed]:
        newest_first = WITH_LATEST.where(which).order_by(runs.c.created.desc(), runs.c.id)
        rows = self.database.rows(newest_first.limit(limit))
        return [(run_from(row), json.loads(row.latest) if row.latest else None) for row in rows]


# ── parts of a transaction ───────────────────────────────────────────────────────────────────────────────────────


def _event_json(seq: int, event: Mapping[str, Any]) -> str:
    return json.dumps({"seq": seq, **event}, separators=(",", ":"))


def _in_hand(run_id: str, worker: str | None) -> ColumnElement[bool]:
    """The run while it runs, and, if a worker is named, only while it is this one's."""
    running = (runs.c.id == run_id) & (runs.c.state == "running")
    return running if worker is None else running & (runs.c.worker == worker)
