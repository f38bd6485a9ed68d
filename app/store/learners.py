"""The store's part for learners: what is kept of one, all of it added to another's, all of it deleted.

Whatever table has a column `learner` belongs to one.
"""

import hashlib
import time
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Table, and_, delete, func, insert, select, update

from app.store import files, presence
from app.store.database import Part
from app.store.errors import StoreError
from app.store.image_sets import SETS, forget_files
from app.store.models import LIVE, Forgotten, change, image_set_from
from app.store.tables import (
    answers,
    departed,
    events,
    image_sets,
    jobs,
    learners,
    logits,
    metadata,
    predictions,
    progress,
    runs,
    sweeps,
)

STOP_SECONDS = 5.0  # that running runs get to end by themselves, before they are deleted under their worker's hand
UNKNOWN = (
    "Nothing is kept here of the learner whom this belongs to. Perhaps it was deleted, or their phrase was changed."
)
ADDED = (
    "Nothing was deleted: what is kept of you was added to another learner’s meanwhile, which is more than this page "
    "shows. Reload it to see all of it, then delete that."
)

OWNED: tuple[Table, ...] = tuple(table for table in metadata.sorted_tables if "learner" in table.c)
_OF_RUNS = (events, logits)  # what belongs to a learner's runs
_COUNTED = (answers, predictions, progress, runs, sweeps, image_sets)


class Added(StoreError):
    """A learner's things were added to another's, so they cannot be told from the other's any more."""

    def __init__(self) -> None:
        super().__init__(ADDED)


@dataclass(eq=False)
class Learners(Part):
    """What belongs to one learner, all together."""

    def seen(self, learner: str) -> str:
        """Note that a learner is here. Returns who they are now. Raises Forgotten."""
        with self.database.write() as db:
            return presence.note_learner(db, learner)

    def get(self, learner: str) -> dict[str, float] | None:
        """created and seen of a learner."""
        row = self.database.first(select(learners.c.created, learners.c.seen).where(learners.c.id == learner))
        return dict(row._mapping) if row else None

    def any(self) -> bool:
        """Whether anybody is known here, or was."""
        with self.database.read() as db:
            return any(db.execute(select(table).limit(1)).first() is not None for table in (learners, departed))

    def who_became(self, learner: str) -> str | None:
        """Who a learner is now: themselves, or the one whom theirs was added to; None if all of it was deleted."""
        with self.database.read() as db:
            return presence.who_became(db, learner)

    def led_to(self, learner: str) -> str | None:
        """Who a phrase or link of a learner leads to now; None if it was changed, or all was deleted."""
        with self.database.read() as db:
            return presence.led_to(db, learner)

    def kept(self, learner: str) -> dict[str, int]:
        """How much is kept of a learner, by table, without the cells of sweeps; {} if there is nothing."""
        own = {table.name: select(func.count()).where(table.c.learner == learner) for table in _COUNTED}
        own["runs"] = own["runs"].where(runs.c.sweep.is_(None))
        with self.database.read() as db:
            counts = {name: db.execute(one).scalar_one() for name, one in own.items()}
        return {name: count for name, count in counts.items() if count}

    def merge(self, learner: str, into: str) -> str:
        """Add all that is kept of a learner to what is kept of another, who they are from then on. Returns who that is.

        Nothing is lost and nothing counts twice: of a step the later time stays; of a prediction the one for the later
        version of the lesson, else the other's own. What still arrives for the first is added, too. Raises StoreError
        if the other is not known here, or their phrase was changed.
        """
        with self.database.write() as db:
            whole = presence.led_to(db, into)
            if whole is None or not db.execute(select(learners.c.id).where(learners.c.id == whole)).first():
                raise StoreError(UNKNOWN)
            part = presence.who_became(db, learner)
            if part is None or part == whole:
                return whole
            _hand_over(db, part, whole, added=True)
        return whole

    def renew(self, learner: str, new: str, *, others_stay: bool) -> None:
        """Make a learner one of a new id, so that no phrase or link of before leads to them. Raises Forgotten.

        others_stay: whether their other browsers go along; else these are somebody new when they come next.
        """
        with self.database.write() as db:
            before = presence.note_learner(db, learner)
            presence.note_learner(db, new)
            _hand_over(db, before, new, added=False)
            those = update(departed).where(departed.c.became == new)
            db.execute(those.values(void=1) if others_stay else those.values(became=None))

    def forget(self, learner: str, patience: float = STOP_SECONDS) -> None:
        """Delete all that is kept of a learner, for good; they are no more. What still arrives for them is refused.

        One whose phrase was changed is whoever they became by it. Runs are stopped first. patience: seconds that
        running ones get to end by themselves. What a worker writes later finds no run, and its files go with the next
        `prune`. Raises Forgotten if they are no more already, Added if theirs is another's now; then nothing changes.
        """
        with self.database.write() as db:
            asked, learner = learner, _same_learner(db, learner)
            for row in db.execute(select(runs).where(runs.c.learner == learner, runs.c.state.in_(LIVE))).all():
                change(db, row, "stop")
        until = time.monotonic() + patience
        while time.monotonic() < until and self._trains(learner):
            time.sleep(0.05)
        with self.database.write() as db:
            learner = _same_learner(db, asked)  # their phrase may have been changed meanwhile
            own = select(runs.c.id).where(runs.c.learner == learner)
            ids = list(db.execute(own).scalars())
            brought = [image_set_from(row) for row in db.execute(SETS.where(image_sets.c.learner == learner)).all()]
            db.execute(delete(jobs).where(jobs.c.data.in_([one.id for one in brought])))
            for table in _OF_RUNS:
                db.execute(delete(table).where(table.c.run.in_(own)))
            for table in OWNED:
                db.execute(delete(table).where(table.c.learner == learner))
            _depart(db, learner, None)
        for run_id in ids:
            for name in (files.checkpoint(run_id), files.weights(run_id), files.snapshots(run_id)):
                files.delete(name)
        for set_row in brought:
            forget_files(self.database, set_row)
        self.database.give_back()

    def _trains(self, learner: str) -> bool:
        going = select(runs.c.id).where(runs.c.learner == learner, runs.c.state == "running").limit(1)
        return self.database.first(going) is not None


# ── parts of a transaction ───────────────────────────────────────────────────────────────────────────────────────


def _hand_over(db: Connection, part: str, whole: str, *, added: bool) -> None:
    """Add all of one learner's to another's, who they are from then on. added: the other had something already."""
    for table in OWNED:
        if "learner" not in table.primary_key.columns:
            db.execute(update(table).where(table.c.learner == part).values(learner=whole))
            continue
        for row in db.execute(select(table).where(table.c.learner == part)).all():
            _add(db, table, row, whole)
        db.execute(delete(table).where(table.c.learner == part))
    _depart(db, part, whole, added=added)


def _same_learner(db: Connection, learner: str) -> str:
    """The id that a learner has now, after any change of their phrase. Raises Forgotten, and Added."""
    row = db.execute(
        select(departed.c.became, departed.c.added).where(departed.c.mark == presence.mark(learner))
    ).first()
    if row is None:
        return learner
    if row.became is None:
        raise Forgotten
    if row.added:
        raise Added
    return str(row.became)


def _depart(db: Connection, learner: str, became: str | None, *, added: bool = False) -> None:
    """A learner is no more, and so is whoever was added to them. added: theirs cannot be told from others' now."""
    now = time.time()
    if became is not None:
        rows = db.execute(select(learners).where(learners.c.id.in_((learner, became)))).all()
        values = {"created": min(row.created for row in rows), "seen": now, "served": max(row.served for row in rows)}
        db.execute(update(learners).where(learners.c.id == became).values(**values))
    db.execute(delete(learners).where(learners.c.id == learner))
    more = {"added": 1} if added else {}
    db.execute(update(departed).where(departed.c.became == learner).values(became=became, **more))
    db.execute(delete(departed).where(departed.c.mark == presence.mark(learner)))
    db.execute(insert(departed).values(mark=presence.mark(learner), became=became, at=now, **more))


def _add(db: Connection, table: Table, row: Row[Any], whole: str) -> None:
    """Add a row of one learner to those of another, who may have one under the same key."""
    values = {**row._mapping, "learner": whole}
    same = and_(*(column == values[column.name] for column in table.primary_key.columns))
    kept = db.execute(select(table).where(same)).first()
    if kept is None:
        db.execute(insert(table).values(**values))
    elif table is answers:
        _add_another(db, kept, values)
    elif changes := _BETTER[table.name](kept, row):
        db.execute(update(table).where(same).values(**changes))


def _add_another(db: Connection, kept: Row[Any], values: dict[str, Any]) -> None:
    """Two presses of the same name are one answer, or, however unlikely, two: the second gets a name of its own."""
    if values == dict(kept._mapping):
        return
    name = hashlib.sha256("/".join(map(str, values.values())).encode()).hexdigest()[:60]
    known = select(answers.c.press).where(answers.c.learner == kept.learner, answers.c.press == name)
    if not db.execute(known).first():
        db.execute(insert(answers).values(**values | {"press": name}))


def _later(kept: Row[Any], row: Row[Any]) -> dict[str, Any]:
    return {"at": row.at} if row.at > kept.at else {}


def _later_version(kept: Row[Any], row: Row[Any]) -> dict[str, Any]:
    newer = row.version > kept.version
    return {"version": row.version, "value": row.value, "at": row.at} if newer else {}


# What changes in the one that is kept of two rows of the same key, by table.
_BETTER = {"progress": _later, "predictions": _later_version}
