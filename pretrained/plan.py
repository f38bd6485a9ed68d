"""An entry of the table of what is recorded, and what all entries begin with."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from app.catalog.declared import DATA
from app.experiments.kinds import Experiment
from app.experiments.kinds.cohort import RunSpec
from app.experiments.spec import default_settings

SEEDS = (11, 12, 13, 14, 15)
MANY_SEEDS = tuple(range(11, 31))  # for what may be smaller than a point
HALF_AS_MANY = MANY_SEEDS[:10]  # for what takes minutes all the same

Arrays = dict[str, npt.NDArray[Any]]


class Recorder(Protocol):
    """A training that is being recorded: whoever iterates over it trains it on to its next evaluation."""

    spec: Any  # an `Experiment`
    training: Any
    events: list[dict[str, Any]]  # of the evaluations so far

    def __iter__(self) -> Iterator[Any]:
        """The evaluations, from the first to the last."""

    @property
    def teacher_logits(self) -> npt.NDArray[np.float16]:
        """(shown, classes)."""

    def note(self, **values: Any) -> None:
        """Add values to the event of the latest evaluation."""


def nothing(recorder: Recorder) -> Arrays:
    """Train to the end, and keep the events alone."""
    for _ in recorder:
        pass
    return {}


@dataclass(frozen=True)
class Plan:
    """One entry of the table.

    cohorts: experiments that are trained together, and differ in their arms alone. keep: trains a cohort and returns
    the arrays to keep of it; those of several cohorts are stacked. fields: of the events, () for all. at_end: keep the
    last event alone. about: words for the record.
    """

    name: str
    kind: str
    title: str
    cohorts: tuple[tuple[Experiment, ...], ...]
    keep: Callable[[Recorder], Arrays] = nothing
    fields: tuple[str, ...] = ()
    at_end: bool = False
    about: Mapping[str, Any] = field(default_factory=dict)


def compared(data: str, **settings: Any) -> RunSpec:
    """Labels only against a method on images of `data`, over SEEDS. settings: where no control is at its default."""
    return RunSpec.two_arms(default_settings() | {"data": data, "teacher": DATA[data].family} | settings, SEEDS)
