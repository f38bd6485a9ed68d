"""The store: what a page, a worker and the runner may ask of it. Knows no torch and no UI.

SQLite in `home()` (or DATABASE_URL), written by the web server, the runner and every worker at once.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, insert, select, update

from app.catalog import declared
from app.store import leases, queue, turns
from app.store.database import Database, Watch
from app.store.downloads import Downloads
from app.store.image_sets import ImageSets
from app.store.learners import Learners
from app.store.listing import Listing
from app.store.models import (
    STOPPED_EARLY,
    Float16,
    Run,
    RunLost,
    TeacherAnswers,
    array_from,
    change,
    fresh_id,
    logits_shape,
    own_run,
    run_from,
)
from app.store.progress import Lessons
from app.store.quiz import Quizzes
from app.store.quota import Room
from app.store.sweeps import Sweeps
from app.store.tables import events, learners, logits, runs, teacher_answers

LISTED = 100  # runs of a learner that are listed

_RUN = select(runs).where(runs.c.id == bindparam("run_id"))
_EVENTS = (
    select(events.c.body)
    .where(events.c.run == bindparam("run_id"), events.c.seq > bindparam("seen"))
    .order_by(events.c.seq)
)


class Store(Downloads, ImageSets, Learners, leases.Leases, Lessons, Listing, Quizzes, Room, Sweeps):
    """Runs, sweeps, lessons, downloads, own images. Every method may raise StoreError with a sentence for the page.

    url: a SQLAlchemy URL, else DATABASE_URL, else SQLite in `home()`. Opening it migrates the schema.
    """

    def __init__(self, url: str | None = None) -> None:
        self.database = Database(url)

    # ── runs, as a page sees them ────────────────────────────────────────────────────────────────────────────────

    def submit(
        self,
        experiment: queue.Submitted,
        learner: str,
        *,
        start: Literal["train", "step"] = "train",
        instead_of: Collection[str] = (),
    ) -> str:
        """Put a run into the queue and return its id. start "step": one update, then pause.

        instead_of: runs of the learner that it replaces: they are stopped as by `request`, or, where it is refused,
        go on. Raises QueueFull where the learner, or everybody together, has too many waiting; DiskFull.
        """
        run_id, spec_json, work = fresh_id(), experiment.to_json(), experiment.work()
        now = time.time()
        self._check_room_on_disk()
        with self.database.write() as db:
            learner = turns.note_learner(db, learner)
            replaced = select(runs).where(runs.c.id.in_(instead_of), runs.c.learner == learner)
            for row in db.execute(replaced).all():
                if changes := change(row, "stop"):
                    db.execute(update(runs).where(runs.c.id == row.id).values(**changes))
            turns.check_room(db, learner)
            fields = {"id": run_id, "learner": learner, "state": "queued", "spec": spec_json, "mode": start}
            numbers = {"seconds": 0.0, "done": 0, "updates": work.updates, "seq": 0, "bytes": len(spec_json)}
            rest = {"cost": work.cost, "message": "", "record": "{}"}
            db.execute(insert(runs).values(**fields, **numbers, **rest, created=now, queued=now))
        return run_id

    def run(self, run_id: str) -> Run | None:
        """One run, None where there is none of that id."""
        with self.database.read() as db:
            row = db.execute(_RUN, {"run_id": run_id}).first()
        return run_from(row) if row else None

    def runs_of(self, learner: str) -> list[Run]:
        """The learner's latest runs, newest first; not the cells of sweeps."""
        own = (runs.c.learner == learner) & runs.c.sweep.is_(None)
        chosen = select(runs).where(own).order_by(runs.c.created.desc()).limit(LISTED)
        with self.database.read() as db:
            return [run_from(row) for row in db.execute(chosen)]

    def request(self, run_id: str, learner: str, action: Literal["pause", "resume", "stop", "step"]) -> bool:
        """Ask for something of one's own run. False where it no longer makes sense (a finished run is not paused).

        A queued or paused run obeys at once, a running one within an update. Raises UnknownRun, NotYours.
        """
        if action not in ("pause", "resume", "stop", "step"):
            raise ValueError(f"action must be pause, resume, stop or step, got {action!r}")
        with self.database.write() as db:
            row = own_run(db, run_id, learner)
            changes = change(row, action)
            if changes:
                db.execute(update(runs).where(runs.c.id == run_id).values(**changes))
        return bool(changes)

    def place(self, run_id: str) -> tuple[int, float | None] | None:
        """(place in the queue from 1, expected seconds until it starts) of a queued run, else None.

        The seconds are None as long as nobody can say: see `turns.wait`.
        """
        with self.database.read() as db:
            waiting = {row.id: row for row in db.execute(select(runs).where(runs.c.state == "queued"))}
            if run_id not in waiting:
                return None
            own = waiting[run_id]
            first = turns.first_of_cohorts(waiting.values())[own.cohort or own.id].id
            running = list(db.execute(select(runs).where(runs.c.state == "running")))
            costs: list[float | None] = []
            for next_run in turns.order(db, waiting.values(), running):
                if next_run.id == first:
                    break
                costs.append(next_run.cost)
            return len(costs) + 1, turns.wait(db, costs, running)

    def time_of_all(self, works: Sequence[queue.Work]) -> float | None:
        """Expected seconds that works would take here if nobody else trained; None before a pace was measured."""
        with self.database.read() as db:
            pace, slots = turns.pace(db), leases.slots(db)
        return None if pace is None else queue.time_of_all((pace * work.cost for work in works), max(1, slots))

    def pace(self) -> float | None:
        """Measured seconds per second on the reference core; None before anything was measured."""
        with self.database.read() as db:
            return turns.pace(db)

    def note_pace(self, pace: float) -> None:
        """Note the pace of this machine, as a worker has measured it."""
        self.note(turns.pace_fact(), pace)

    def fill_costs(self, work_of: Callable[[Sequence[str]], queue.Work | None]) -> None:
        """Fill in what runs of an earlier version cost.

        work_of: the work of specs (JSON) that are trained together, None if they cannot be read.
        """
        unknown = select(runs).where(runs.c.cost.is_(None)).order_by(runs.c.created)
        with self.database.read() as db:
            parcels: dict[str, list[str]] = {}
            for row in db.execute(unknown):
                parcels.setdefault(row.cohort or row.id, []).append(row.spec)
        for key, specs in parcels.items():
            if work := work_of(specs):
                with self.database.write() as db:
                    same = runs.c.cost.is_(None) & (func.coalesce(runs.c.cohort, runs.c.id) == key)
                    db.execute(update(runs).where(same).values(cost=work.cost))

    def events(self, run_id: str, after: int) -> list[dict[str, Any]]:
        """The run's events with seq > after, in order."""
        return [json.loads(body) for body in self.events_json(run_id, after)]

    def events_json(self, run_id: str, after: int) -> list[str]:
        """The same as JSON texts: what is passed on need not be parsed."""
        with self.database.read() as db:
            return list(db.execute(_EVENTS, {"run_id": run_id, "seen": after}).scalars())

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
        with self.database.read() as db:
            row = db.execute(chosen).first()
        return (array_from(row.body, row.shape), row.seq) if row else None

    def answered(self, run_id: str, after: int = 0) -> list[tuple[int, Float16]]:
        """Test logits (arms, seeds, shown, classes) of every event after `after` that has some, with its seq."""
        chosen = select(logits).where(logits.c.run == run_id, logits.c.seq > after).order_by(logits.c.seq)
        with self.database.read() as db:
            return [(row.seq, array_from(row.body, row.shape)) for row in db.execute(chosen)]

    def history(self, run_id: str, image: int) -> list[tuple[int, Float16]]:
        """What the students said about one test image at every event that has logits: (seq, (arms, seeds, classes)).

        Ascending; empty where nothing was kept of this image.
        """
        return [(seq, said[:, :, image].copy()) for seq, said in self.answered(run_id) if image < said.shape[2]]

    # ── runs, as workers and the runner see them ─────────────────────────────────────────────────────────────────

    def take(self, worker: str, machine: str | None = None) -> Run | None:
        """Hand the next run to a worker: fair over learners (`queue.fair_order`). None where nobody waits.

        worker: a name for this stretch of the run. What is written under it (`begin` … `end`) counts while the run is
        still in that hand; without a name, whoever has it. machine: whose lease it is held under. The other runs of
        its cohort come along: see `together`.
        """
        if not self.waiting():  # a look, so that workers with nothing to do hold nobody up
            return None
        with self.database.write() as db:
            waiting = list(db.execute(select(runs).where(runs.c.state == "queued")))
            if not waiting:
                return None
            running = list(db.execute(select(runs).where(runs.c.state == "running")))
            now = time.time()
            next_run = next(iter(turns.order(db, waiting, running)))
            values: dict[str, Any] = {"state": "running", "worker": worker, "machine": machine}
            values |= {"started": func.coalesce(runs.c.started, now), "handed": runs.c.handed + 1}
            chosen = update(runs).where(runs.c.id == next_run.id).values(**values)
            row = db.execute(chosen.returning(*runs.c)).one()
            if row.cohort is not None:
                rest = (runs.c.cohort == row.cohort) & (runs.c.state == "queued")
                db.execute(update(runs).where(rest).values(**values))
            db.execute(update(learners).where(learners.c.id == next_run.learner).values(served=now))
        return run_from(row)

    def begin(self, run_id: str, updates: int, record: Mapping[str, Any], *, worker: str | None = None) -> None:
        """A worker has prepared the run. Raises RunLost."""
        self._change_running(run_id, worker, updates=updates, record=json.dumps(record), handed=0)

    def note_progress(self, run_id: str, done: int, seconds: float, *, worker: str | None = None) -> None:
        """Note how far a running run is, between two events. Raises RunLost."""
        self._change_running(run_id, worker, done=done, seconds=seconds)

    def append(
        self,
        run_id: str,
        event: Mapping[str, Any],
        logits_bytes: bytes | None,
        *,
        worker: str | None = None,
        classes: int = declared.CLASSES,
    ) -> int:
        """Add an event to a running run and return its seq.

        event: its "update" and "seconds" become the run's. logits_bytes: float16 (arms, seeds, shown, classes), arms
        and seeds as in event["accuracy"]. The latest event once more is not added twice: it is tried again where only
        the answer was lost. Raises RunLost where the run no longer runs, DiskFull.
        """
        with self.database.write() as db:
            latest = and_(events.c.run == runs.c.id, events.c.seq == runs.c.seq)
            chosen = select(runs.c.seq, events.c.body).outerjoin(events, latest).where(_in_hand(run_id, worker))
            row = db.execute(chosen).first()
            if row is None:
                raise RunLost(f"Run {run_id} does not run any more.")
            if row.body == _event_json(row.seq, event):
                return int(row.seq)
            seq, body = row.seq + 1, _event_json(row.seq + 1, event)
            db.execute(insert(events).values(run=run_id, seq=seq, body=body))
            if logits_bytes is not None:
                shape = logits_shape(event, len(logits_bytes), classes)
                db.execute(insert(logits).values(run=run_id, seq=seq, shape=json.dumps(shape), body=logits_bytes))
            values: dict[str, Any] = {"seq": seq, "bytes": runs.c.bytes + len(body) + len(logits_bytes or b"")}
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
        now = time.time()
        later: dict[str, dict[str, Any]] = {
            "resume": {"state": "queued", "queued": now},
            "step": {"state": "queued", "queued": now, "mode": "step"},
            "stop": {"state": "stopped", "finished": now, "message": "" if done else STOPPED_EARLY},
        }
        with self.database.write() as db:
            row = db.execute(select(runs).where(_in_hand(run_id, worker))).first()
            if row is None:
                raise RunLost(f"Run {run_id} does not run any more.")
            values: dict[str, Any] = {"state": "paused", "mode": "train"}
            values |= later.get(row.request or "", {}) if row.request != heard else {}
            values |= {"request": None, "worker": None, "done": done, "seconds": seconds}
            db.execute(update(runs).where(runs.c.id == run_id).values(**values))
        return str(values["state"])

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
        """End a running run, once: False, and nothing changed, where it no longer ran or is in another hand.

        kept: bytes of its weight file. seconds: of training, where they are known.
        """
        values: dict[str, Any] = {"state": state, "message": message, "finished": time.time(), "request": None}
        values |= {"seconds": seconds} if seconds is not None else {}
        try:
            self._change_running(run_id, worker, **values, worker=None, bytes=runs.c.bytes + kept)
        except RunLost:
            return False
        return True

    def let_go(self, run_id: str, worker: str) -> None:
        """A worker ended before it had begun a run, which waits again, in its old place, or is ended.

        Nothing changes where the run is in another hand.
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
        with self.database.read() as db:
            return {row.id: row.request for row in db.execute(chosen)}

    def waiting(self) -> int:
        """How many runs are queued."""
        with self.database.read() as db:
            return db.execute(select(func.count()).select_from(runs).where(runs.c.state == "queued")).scalar_one()

    def trainings(self) -> int:
        """How many workers train at this moment."""
        counted = select(func.count(runs.c.worker.distinct())).where(runs.c.state == "running")
        with self.database.read() as db:
            return db.execute(counted).scalar_one()

    def watch(self) -> Watch:
        """Tells cheaply whether another process has written."""
        return self.database.watch()

    # ── small facts ──────────────────────────────────────────────────────────────────────────────────────────────

    def fact(self, key: str) -> Any:
        """A fact that was noted, None where there is none."""
        with self.database.read() as db:
            return turns.fact(db, key, None)

    def note(self, key: str, value: Any) -> None:
        """Note a fact (JSON-ready) for the other processes; None forgets it."""
        with self.database.write() as db:
            turns.note_fact(db, key, value)

    def note_teacher(self, answers: TeacherAnswers) -> None:
        """Keep what a teacher says about test images, in place of what it said before; nothing where it is known."""
        known = self.teacher_answers(answers.data, answers.teacher)
        if known and (known.data_digest, known.teacher_digest) == (answers.data_digest, answers.teacher_digest):
            return
        fields = {key: getattr(answers, key) for key in ("data", "teacher", "data_digest", "teacher_digest")}
        fields |= {"accuracy": answers.accuracy, "test_images": answers.test_images}
        body = answers.logits.astype("<f2").tobytes()
        same = (teacher_answers.c.data == answers.data) & (teacher_answers.c.teacher == answers.teacher)
        with self.database.write() as db:
            db.execute(delete(teacher_answers).where(same))
            db.execute(insert(teacher_answers).values(**fields, shape=json.dumps(answers.logits.shape), body=body))

    def teacher_answers(self, data: str, teacher: str) -> TeacherAnswers | None:
        """What the teacher says about the test images of `data`, None where no worker has asked it yet."""
        same = (teacher_answers.c.data == data) & (teacher_answers.c.teacher == teacher)
        with self.database.read() as db:
            row = db.execute(select(teacher_answers).where(same)).first()
        if row is None:
            return None
        digests = (row.data, row.teacher, row.data_digest, row.teacher_digest)
        return TeacherAnswers(*digests, row.accuracy, row.test_images, array_from(row.body, row.shape))

    def close(self) -> None:
        """Close the connections."""
        self.database.close()


# ── parts of a transaction ───────────────────────────────────────────────────────────────────────────────────────


def _event_json(seq: int, event: Mapping[str, Any]) -> str:
    return json.dumps({"seq": seq, **event}, separators=(",", ":"))


def _in_hand(run_id: str, worker: str | None) -> ColumnElement[bool]:
    """The run while it runs, and, where a worker is named, only while it is this one's."""
    running = (runs.c.id == run_id) & (runs.c.state == "running")
    return running if worker is None else running & (runs.c.worker == worker)
