"""What a kind foretells of its work, set against what it does: for all that a figure of a lesson lets one train.

Multiply–adds are counted, and no second: of an update of each part and of an evaluation, times how often they come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import inf
from types import ModuleType
from typing import Any

import pytest
from torch.utils.flop_counter import FlopCounterMode

from app.catalog.bugs import BUGS
from app.catalog.declared import DATA
from app.distillation.datasets import Material
from app.experiments import costs
from app.experiments.kinds import churn, habit, hidden_traits, language, layers, new_class, rules
from app.experiments.recordings import named
from app.experiments.recordings.bugs import PREFIX, RecordedBugs
from app.experiments.worker.engine import TorchEngine
from app.figures.own_run import LESSON_SECONDS
from tests.benchmarks.lessons import longest

FACTOR = 1.4
OFFICIAL = 500  # official test images, as if there were no more
STARTS = {
    "habit": habit.TEACHER_UPDATES,
    "hidden_traits": hidden_traits.TEACHER_UPDATES,
    "new_class": new_class.OLD_UPDATES,
    "rules": rules.TEACHER_UPDATES,
    "layers": layers.UPDATES,
    "churn": 0,
    "language": 0,
}


def offered() -> Iterator[tuple[str, Any]]:
    """By their places, with one seed: more are as many times the work."""
    known = named(RecordedBugs, PREFIX + "t8")
    asking = ((f"bugs/{bug.id}", known.spec_of(bug.id)) for bug in BUGS.values() if bug.asks)
    for place, experiment in (*longest(), *asking):
        of_one: Any = experiment
        yield place, replace(of_one, seeds=of_one.seeds[:1])


def test_what_a_lesson_offers_fits_into_it() -> None:
    """With as many seeds as a press on its button trains."""
    assert not {place: cost for place, one in longest() if (cost := one.work().cost) > LESSON_SECONDS}


def counted(act: Callable[[], object]) -> float:
    """Multiply–adds."""
    with FlopCounterMode(display=False) as counter:
        act()
    return float(counter.get_total_flops() / 2)


def done(training: Any, second: int) -> float:
    """Multiply–adds of a training. second: update at which its second part begins, 0 if it has one part."""
    total = 0.0
    for start, end in ((0, second), (second, training.updates)):
        if start == end:
            continue
        training.update = start
        training.step()  # the first of a part also prepares it
        step = counted(training.step)
        evaluation = counted(training.evaluate)
        points = 0 if start else 1
        for update in range(start + 1, end + 1):
            training.update = update
            points += training.due()
        total += (end - start) * step + points * evaluation
    training.update = training.updates
    final = counted(training.evaluate) - evaluation
    return total + final


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> TorchEngine:
    made = TorchEngine()
    whole = made.material

    def brief(data: str, teacher: str) -> Material:
        material: Material = whole(data, teacher)
        official = material.official
        assert official is not None
        few = replace(official, images=official.images[:OFFICIAL], labels=official.labels[:OFFICIAL])
        return replace(material, official=few)

    monkeypatch.setattr(made, "material", brief)
    for data in ("mnist", "fashion"):
        monkeypatch.setitem(DATA, data, replace(DATA[data], official=OFFICIAL))
    return made


def in_multiply_adds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second of cost is one multiply–add, and nothing else takes time."""
    here: tuple[ModuleType, ...] = (costs, churn, habit, hidden_traits, language, layers, new_class, rules)
    for module in here:
        monkeypatch.setattr(module, "UPDATE_SECONDS", 0.0)
    for module in (costs, language):
        monkeypatch.setattr(module, "MULTIPLY_ADDS_PER_SECOND", 1.0)
    monkeypatch.setattr(language, "SLOWER", 1.0)
    monkeypatch.setattr(costs, "MOVED_PER_SECOND", inf)


@pytest.mark.slow
def test_the_work_foretold_is_about_what_is_done(engine: TorchEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    known = list(offered())
    in_multiply_adds(monkeypatch)
    found = {}
    for place, experiment in known:
        measured = done(engine.begin(experiment).training, STARTS.get(experiment.kind, 0))
        found[place] = round(experiment.work().cost / measured, 2)
    assert {"cohort", *STARTS} == {experiment.kind for _, experiment in known}
    assert not {place: share for place, share in found.items() if not 1 / FACTOR < share < FACTOR}
