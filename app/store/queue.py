"""Whose turn it is, and how long the others wait. Pure arithmetic: knows no database."""

from __future__ import annotations

import heapq
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.catalog import declared
from app.catalog.architecture import update_multiply_adds
from app.catalog.available import lab_sets
from app.catalog.declared import STUDENTS

# Expected time of an update: fixed cost, and multiply–adds of forward and backward pass at a core's usual speed.
_SECONDS_PER_UPDATE = 2e-3
_MULTIPLY_ADDS_PER_SECOND = 10e9


@dataclass(frozen=True)
class Waiting:
    """A queued run. expected: seconds that it will take. in_sweep: it lets the learner's other runs go first."""

    id: str
    learner: str
    queued: float
    expected: float
    in_sweep: bool = False


def fair_order(queued: Sequence[Waiting], running: Mapping[str, int], served: Mapping[str, float]) -> Iterator[Waiting]:
    """Yield the queued runs in the order in which workers take them.

    Next is always the learner with the fewest running runs, of these the one least recently served, and of that
    learner the run that waits longest, those of a sweep last. running: runs per learner. served: when each was last
    served.
    """
    lines: dict[str, list[Waiting]] = {}
    for waiting in sorted(queued, key=lambda w: (w.in_sweep, w.queued, w.id), reverse=True):
        lines.setdefault(waiting.learner, []).append(waiting)
    standing = [(running.get(name, 0), served.get(name, 0.0), line[-1].queued, name) for name, line in lines.items()]
    heapq.heapify(standing)
    turn = math.nextafter(max([0.0, *served.values()]), math.inf)
    while standing:
        count, _, _, name = heapq.heappop(standing)
        yield lines[name].pop()
        if lines[name]:
            heapq.heappush(standing, (count + 1, turn, lines[name][-1].queued, name))
            turn = math.nextafter(turn, math.inf)


def waiting_time(before: Sequence[float], remaining: Sequence[float], slots: int) -> float:
    """Seconds until a run can start.

    before: expected seconds of the runs that start earlier, in order. remaining: of the running ones. slots: ≥ 1.
    """
    free_at = [*sorted(remaining), *[0.0] * max(0, slots - len(remaining))]
    heapq.heapify(free_at)
    for seconds in before:
        heapq.heapreplace(free_at, free_at[0] + seconds)
    return free_at[0]


def size(spec_json: str) -> tuple[int, float]:
    """(updates, expected seconds on a usual core) of an experiment; (0, 1.0) where the text is none."""
    try:
        spec = json.loads(spec_json)
        data, student = lab_sets()[spec["data"]], STUDENTS[spec["student"]]
        updates = math.ceil(spec["labels"] / declared.BATCH) * spec["epochs"]
        students = len(spec["arms"]) * len(spec["seeds"])
        images = declared.BATCH * (2 if spec.get("unlabelled") else 1)  # of an update
        per_update = update_multiply_adds(student.layers(data), students, images) / _MULTIPLY_ADDS_PER_SECOND
        return int(updates), float(updates * (_SECONDS_PER_UPDATE + per_update))
    except (ValueError, TypeError, KeyError, AttributeError):
        return 0, 1.0


def work_of_cohort(specs: Sequence[str]) -> float:
    """Expected seconds on a usual core of experiments (JSON) that are trained as one network; arms are shared."""
    try:
        fields = [json.loads(spec) for spec in specs]
        arms = {json.dumps(arm, sort_keys=True): arm for each in fields for arm in each["arms"]}
        return size(json.dumps({**fields[0], "arms": list(arms.values())}))[1]
    except (ValueError, TypeError, KeyError, IndexError):
        return 1.0
