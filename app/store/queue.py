"""Whose turn it is, and how long the others wait: pure arithmetic."""

from __future__ import annotations

import heapq
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Work:
    """What an experiment asks of a worker. cost: seconds that it takes on the reference core, from the first update on.

    The reference core is the one that `experiments.costs` was fitted to; `Store.pace` says how much slower a core here
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
    """A queued run. cost: `Work.cost`, None if nobody knows it. in_sweep: the learner's other runs go first."""

    id: str
    learner: str
    queued: float
    cost: float | None
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
