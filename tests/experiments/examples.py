"""Experiments for tests. With the tiny engine the student chooses the behaviour (`tiny_engine.TinyEngine`)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.experiments.kinds.cohort import RunSpec
from app.experiments.spec import default_settings
from app.experiments.sweep import work_of
from app.store import Parcel, Work

SEEDS = (12, 904, 33)
METRICS = tuple(measure.key for measure in RunSpec.measures)


def spec(seeds: tuple[int, ...] = SEEDS, **settings: Any) -> RunSpec:
    """The default experiment with some settings changed; of a moment unless they say otherwise."""
    return RunSpec.two_arms(default_settings() | {"student": "mlp-30", "labels": 50, "epochs": 5} | settings, seeds)


class Text(str):
    """An experiment as the text that it is stored as, readable or not."""

    def to_json(self) -> str:
        return str(self)

    def work(self) -> Work:
        return work_of([self]) or Work(0, 1.0)


def json_of(**settings: Any) -> Text:
    """The same as JSON."""
    return Text(spec(**settings).to_json())


def parcels(cohorts: Sequence[Sequence[str]]) -> list[Parcel]:
    """Experiments as texts, in the parcels that are trained together."""
    return [Parcel([Text(one) for one in cohort], work_of(cohort) or Work(0, 1.0)) for cohort in cohorts]
