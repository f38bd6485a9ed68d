"""Whose turn it is, who may wait, and for how long. Runs of one cohort are taken together and count as one."""

import hashlib
import heapq
import math
import os
import platform
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from sqlalchemy import Connection, Row, func, insert, select

from app.catalog import declared
from app.store import leases
from app.store.facts import fact
from app.store.models import ENDED, QueueFull, fresh_id
from app.store.tables import learners, runs

# Identities are free, so whoever takes many of them must neither fill the disk nor keep the others out.
QUEUED_IN_ALL = 200  # runs that may wait; from then on only who has none waiting gets in, with one run
QUEUED_AT_MOST = 1000  # runs that may wait, whoever comes: more would need many addresses, or one that is not known
LEARNERS_PER_ADDRESS = 150  # that may have runs waiting: well above a class that shares an address
PAUSED_PER_LEARNER = 20
_MEASURED = 20  # ended runs from which the speed is taken
# What is asked of runs here: neither their specs nor their records, as queued pages ask every moment.
_ASKED = ("id", "learner", "queued", "sweep", "cohort", "cost", "seconds", "done", "updates", "origin")
STANDING = select(*(runs.c[name] for name in _ASKED))


@dataclass(frozen=True)
class Work:
    """What an experiment asks of a worker. cost: seconds that it takes on the reference core, from the first update on.

    The reference core is the one that `experiments.costs` was fitted to; `Runs.pace` says how much slower a core here
    is.
    """

    updates: int
    cost: float


class Submitted(Protocol):
    """An experiment, as far as the store looks at it."""

    def to_json(self) -> str:
        """Canonical JSON."""

    def work(self) -> Work:
        """What it asks of a worker."""


@dataclass(frozen=True)
class Parcel:
    """Experiments that one worker trains together. work: of all of them."""

    experiments: Sequence[Submitted]
    work: Work


@dataclass(frozen=True)
class Waiting:
    """A queued run. cost: `Work.cost`, None if nobody knows it. in_sweep: the learner's other runs go first.

    origin: a hash of the address that it was asked from, None if that is not known.
    """

    id: str
    learner: str
    queued: float
    cost: float | None
    in_sweep: bool = False
    origin: str | None = None


def fair_order(
    queued: Sequence[Waiting],
    running: Mapping[str, int],
    served: Mapping[str, float],
    busy: Mapping[str, int] = MappingProxyType({}),
) -> Iterator[Waiting]:
    """Yield the queued runs in the order in which workers take them.

    Next is always the learner with the fewest running runs, of these one from the address with the fewest, of these the
    one least recently served, and of that learner the run that waits longest, those of a sweep last. So many new
    identities at one address get no more than one at another; a class that shares an address is served as if there were
    no addresses. running: runs per learner. served: when each was last served. busy: running runs per origin.
    """
    lines: dict[str, list[Waiting]] = {}
    for waiting in sorted(queued, key=lambda w: (w.in_sweep, w.queued, w.id), reverse=True):
        lines.setdefault(waiting.learner, []).append(waiting)
    groups: dict[str, list[tuple[int, float, float, str]]] = {}
    for name, line in lines.items():
        own = (running.get(name, 0), served.get(name, 0.0), line[-1].queued, name)
        groups.setdefault(line[-1].origin or f"of {name}", []).append(own)
    counts = {origin: busy.get(origin, 0) for origin in groups}
    first: list[tuple[int, int, float, float, str, str]] = []  # of each group: all others of it come later

    def stand(origin: str) -> None:
        if groups[origin]:
            count, last, since, name = groups[origin][0]
            heapq.heappush(first, (count, counts[origin], last, since, name, origin))

    for origin, group in groups.items():
        heapq.heapify(group)
        stand(origin)
    turn = math.nextafter(max([0.0, *served.values()]), math.inf)
    while first:
        *_, name, origin = heapq.heappop(first)
        count = heapq.heappop(groups[origin])[0]
        yield lines[name].pop()
        counts[origin] += 1
        if lines[name]:
            heapq.heappush(groups[origin], (count + 1, turn, lines[name][-1].queued, name))
            turn = math.nextafter(turn, math.inf)
        stand(origin)


def waiting_time(before: Iterable[float], remaining: Sequence[float], slots: int) -> float:
    """Seconds until a run can start.

    before: expected seconds of the runs that start earlier, in order. remaining: of the running ones. slots: ≥ 1.
    """
    return min(_free_at(before, remaining, slots))


def time_of_all(runs: Iterable[float], slots: int) -> float:
    """Seconds until all of some runs have ended. runs: expected seconds, in order. slots: ≥ 1."""
    return max(_free_at(runs, (), slots))


def _free_at(runs: Iterable[float], remaining: Sequence[float], slots: int) -> list[float]:
    """When each slot is free again."""
    free_at = [*sorted(remaining), *[0.0] * max(0, slots - len(remaining))]
    heapq.heapify(free_at)
    for seconds in runs:
        heapq.heapreplace(free_at, free_at[0] + seconds)
    return free_at


# ── parts of a transaction ───────────────────────────────────────────────────────────────────────────────────────


def check_room(db: Connection, learner: str, origin: str | None) -> None:
    """Raise QueueFull if a learner, their address, or everybody together has too many runs waiting or paused.

    origin: a hash of the address, None if it is not known. Who has nothing waiting gets in when the queue is full for
    the others.
    """
    per_state = select(runs.c.state, func.count()).where(runs.c.learner == learner, runs.c.sweep.is_(None))
    own = {row[0]: row[1] for row in db.execute(per_state.group_by(runs.c.state))}
    if own.get("queued", 0) >= declared.QUEUED_PER_LEARNER:
        raise QueueFull(f"You already have {own['queued']} runs waiting. Wait until one starts, or stop one.")
    if own.get("paused", 0) >= PAUSED_PER_LEARNER:
        raise QueueFull(f"You have {own['paused']} paused runs. Go on with one, or stop one, before you start another.")
    queued = runs.c.state == "queued"
    waits = db.execute(select(runs.c.id).where(queued, runs.c.learner == learner).limit(1)).first() is not None
    check_room_for_all(db, first=not waits)
    if origin is not None and not waits:
        beside = select(func.count(func.distinct(runs.c.learner))).where(queued, runs.c.origin == origin)
        if (count := db.execute(beside).scalar_one()) >= LEARNERS_PER_ADDRESS:
            raise QueueFull(f"{count} people at your address have runs waiting already. Try again in a few minutes.")


def check_room_for_all(db: Connection, *, first: bool = False) -> None:
    """Raise QueueFull if everybody together has too many runs waiting. first: for a learner who has none waiting."""
    parcels = func.count(func.distinct(func.coalesce(runs.c.cohort, runs.c.id)))
    everybody = db.execute(select(parcels).where(runs.c.state == "queued")).scalar_one()
    if everybody >= (QUEUED_AT_MOST if first else QUEUED_IN_ALL):
        raise QueueFull(f"{everybody} runs are waiting already. Try again in a few minutes.")


def put(db: Connection, learner: str, spec_json: str, work: Work, at: float, **more: str | None) -> str:
    """Queue a run and return its id. more: `mode`, `sweep`, `cohort`, `origin`."""
    run_id = fresh_id()
    texts = {"id": run_id, "learner": learner, "state": "queued", "spec": spec_json, "message": "", "record": "{}"}
    numbers = {"seconds": 0.0, "done": 0, "updates": work.updates, "seq": 0, "bytes": len(spec_json)}
    rest = {"cost": work.cost, "created": at, "queued": at, "mode": "train"} | more
    db.execute(insert(runs).values(**texts, **numbers, **rest))
    return run_id


def first_of_cohorts(rows: Iterable[Row[Any]]) -> dict[str, Row[Any]]:
    """One row for each cohort, the first, by the cohort's id; a run that is trained alone by its own."""
    heads: dict[str, Row[Any]] = {}
    for row in sorted(rows, key=lambda row: (row.queued, row.id)):
        heads.setdefault(row.cohort or row.id, row)
    return heads


def order(db: Connection, waiting: Iterable[Row[Any]], running: Iterable[Row[Any]]) -> Iterable[Waiting]:
    """The waiting runs in the order in which workers take them, one for each cohort."""
    first = first_of_cohorts(waiting).values()
    queued = [
        Waiting(row.id, row.learner, row.queued, cost_left(row), row.sweep is not None, row.origin) for row in first
    ]
    names = {run.learner for run in queued}
    served = db.execute(select(learners.c.id, learners.c.served).where(learners.c.id.in_(names)))
    going = first_of_cohorts(running).values()
    per_learner, per_origin = Counter(row.learner for row in going), Counter(row.origin for row in going if row.origin)
    return fair_order(queued, per_learner, {row.id: row.served for row in served}, per_origin)


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
    return waiting_time(known, known_left, slots)


def cost_left(row: Row[Any]) -> float | None:
    """What is left of the cost of a run, or of its cohort; None if its cost is unknown."""
    return None if row.cost is None else float(row.cost) * (1 - row.done / row.updates if row.updates else 1)


def pace(db: Connection) -> float | None:
    """Measured seconds per second on the reference core; None before anything was measured.

    From running and lately ended runs. Before there are any, as a worker has measured it on this machine.
    """
    measured = runs.c.state.in_(("running", *ENDED)) & (runs.c.done > 0) & (runs.c.seconds > 0)
    chosen = STANDING.where(measured & runs.c.cost.is_not(None)).order_by(runs.c.started.desc()).limit(_MEASURED)
    rows = first_of_cohorts(db.execute(chosen).all()).values()
    cost = sum(float(row.cost) * row.done / row.updates for row in rows if row.updates)
    noted: float | None = fact(db, pace_fact())
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
