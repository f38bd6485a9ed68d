"""What the store hands out, and how its rows become that."""

import json
import os
import secrets
import time
from dataclasses import dataclass, field, fields
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Row, and_, select, update

from app.catalog import declared
from app.store.errors import StoreError
from app.store.tables import events, runs

LIVE = ("queued", "running", "paused")  # states that are never removed
ENDED = ("finished", "stopped", "failed", "interrupted")

STOPPED_EARLY = "Stopped before the first update, so there are no numbers."
ENDED_ALONE = "The process that trained this run ended. Start it again: same settings, same seeds."
JOB_ENDED = {
    "fetch": "The download ended before it was complete. Start it again.",
    "read": "The process that worked on these images ended before it was done. Try again.",
    "teach": "The process that worked on these images ended before it was done. Try again.",
}

_ID_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"  # no l, o, 0 and 1: ids are read aloud in classrooms

Float16 = npt.NDArray[np.float16]


class QueueFull(StoreError):
    """No more runs may wait."""


class NotYours(StoreError):
    """The run belongs to another learner."""


class UnknownRun(StoreError):
    """There is no such run."""


class Forgotten(StoreError):
    """All that was kept of the learner was deleted, and they are no more."""

    def __init__(self) -> None:
        super().__init__("What was kept of you was deleted. Reload the page to go on as somebody new.")


class RunLost(StoreError):
    """The run is no longer the worker's: it was ended meanwhile."""


@dataclass(frozen=True)
class Run:
    """One experiment's run. Times in seconds since 1970; seconds: of training; update: of updates."""

    id: str
    learner: str
    state: str
    spec_json: str
    message: str
    created: float
    started: float | None
    finished: float | None
    seconds: float
    update: int
    updates: int
    record: dict[str, Any] = field(default_factory=dict)
    mode: str = "train"
    request: str | None = None
    seq: int = 0
    worker: str | None = None  # in whose hand it is
    name: str = ""  # that the learner gave it
    sweep: str | None = None  # the sweep that it is a cell of
    cohort: str | None = None  # runs of one cohort are trained together
    cost: float | None = None  # `Work.cost` of its cohort; None if nobody knows it


@dataclass(frozen=True)
class TeacherAnswers:
    """What a teacher says about test images: accuracy over all, logits (shown, classes) of the first ones."""

    data: str
    teacher: str
    data_digest: str
    teacher_digest: str
    accuracy: float
    test_images: int
    logits: Float16


@dataclass(frozen=True)
class Job:
    """What is done with a data set. kind: "fetch" it, "read" what was uploaded, or "teach" a teacher.

    done, total: bytes of a download (total 0: not known), else a share. requested: seconds since 1970.
    """

    data: str
    kind: str
    state: str
    done: float
    total: float
    message: str
    requested: float


@dataclass(frozen=True)
class ImageSet:
    """Images that a learner brought. job: "read" what was uploaded, or "teach" a teacher; state: of that job.

    done: share of the job. requested: when it was asked for, in seconds since 1970. record: what was understood of the
    images.
    """

    id: str
    learner: str
    name: str
    job: str
    state: str
    done: float
    message: str
    created: float
    requested: float
    record: dict[str, Any]


def cap_bytes() -> int:
    """Bytes that runs, checkpoints, downloads and caches may take: DISTILLERY_HOME_BYTES, else the catalog's."""
    try:
        return int(os.environ["DISTILLERY_HOME_BYTES"])
    except (KeyError, ValueError):
        return declared.HOME_BYTES


def fresh_id(letters: int = 12) -> str:
    """A new id that nobody can guess."""
    return "".join(secrets.choice(_ID_LETTERS) for _ in range(letters))


# ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────


LATEST = and_(events.c.run == runs.c.id, events.c.seq == runs.c.seq)  # joins a run to its last event
WITH_LATEST = select(runs, events.c.body.label("latest")).outerjoin(events, LATEST)
_SAME_NAME = [one.name for one in fields(Run) if one.name in runs.c and one.name != "record"]  # as it is in the row


def run_from(row: Row[Any]) -> Run:
    """A run from its row."""
    same = {name: getattr(row, name) for name in _SAME_NAME}
    return Run(**same, spec_json=row.spec, update=row.done, record=json.loads(row.record))


def own_run(db: Connection, run_id: str, learner: str) -> Row[Any]:
    """The row of a learner's own run. Raises UnknownRun, NotYours."""
    row = db.execute(select(runs).where(runs.c.id == run_id)).first()
    if row is None:
        raise UnknownRun(f"There is no run {run_id} here. It may have been removed to make room for others.")
    if row.learner != learner:
        raise NotYours("This run belongs to somebody else: you can watch it, and start the same one yourself.")
    return row


def image_set_from(row: Row[Any]) -> ImageSet:
    """A learner's images from their row."""
    whose = (row.id, row.learner, row.name, row.kind, row.state)
    return ImageSet(*whose, row.done, row.message, row.created, row.requested, json.loads(row.record))


def change(db: Connection, row: Row[Any], action: str) -> dict[str, Any]:
    """Do what an action asks of a run. Returns what it changed in its row: nothing if it makes no sense.

    Runs of a cohort can only be stopped.
    """
    now = time.time()
    if row.cohort is not None and action != "stop":
        return {}
    stop = {"state": "stopped", "finished": now, "origin": None, "message": "" if row.done else STOPPED_EARLY}
    back = {"state": "queued", "queued": now, "message": ""}
    meant: dict[str, dict[str, dict[str, Any]]] = {
        "queued": {"stop": stop, "pause": {"state": "paused"}, "step": {"mode": "step"}, "resume": {"mode": "train"}},
        "paused": {"stop": stop, "resume": back | {"mode": "train"}, "step": back | {"mode": "step"}},
        "running": {} if row.request == "stop" else {action: {"request": action}},
    }
    if changes := meant.get(str(row.state), {}).get(action, {}):
        db.execute(update(runs).where(runs.c.id == row.id).values(**changes))
    return changes


def array_from(body: bytes, shape: str) -> Float16:
    """Logits from their bytes and their shape as JSON."""
    return np.frombuffer(body, "<f2").reshape(json.loads(shape))
