"""What the lessons let one train: of each figure with a button the longest experiment, through the queue, with new
seeds. What it found, the seconds until its first point could be read, and those until it ended.

What stands in the lessons was recorded with more seeds; here it is seen that a learner's own run fits into a lesson.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.experiments.kinds import Experiment, verdict_of
from app.experiments.kinds.churn import Churn
from app.experiments.kinds.cohort import RunSpec
from app.experiments.kinds.habit import Habit
from app.experiments.kinds.hidden_traits import HiddenTraits
from app.experiments.kinds.language import SENTENCES, Language
from app.experiments.kinds.layers import Layers
from app.experiments.kinds.new_class import NewClass
from app.experiments.recordings import named
from app.experiments.recordings.bugs import PREFIX, RecordedBugs
from app.experiments.recordings.dials import RecordedDial
from app.experiments.recordings.labels import LabelCurve, LengthCurve, TwinCurve
from app.experiments.recordings.left_out import recorded_left_out
from app.experiments.recordings.recording import recordings
from app.experiments.recordings.runs import RecordedRun
from app.figures.bug_lab.figure import BugLabOptions
from app.figures.habit.figure import SHARES
from app.figures.how_small.figure import HowSmallOptions, offers_of, shown
from app.figures.label_dial.figure import LabelDialOptions
from app.figures.own_run import seeds_in_time
from app.store import ENDED, Store
from app.teaching.lessons import lessons
from tests.benchmarks.machine import words
from tests.benchmarks.runs import served

SEEDS, LEARNER = (911, 912, 913), f"{1:024d}"
ASKED_EVERY, PATIENCE = 0.02, 600.0  # seconds

Options = Mapping[str, Any]


def _curve(options: Options) -> list[Experiment]:
    id_ = options.get("curve", LabelDialOptions.model_fields["curve"].default)
    known: dict[str, TwinCurve] = {**recordings(LabelCurve), **recordings(LengthCurve)}
    return [run.spec for run in known[id_].twins if options["rest"] or not run.spec.unlabelled]


def _bugs(options: Options) -> list[Experiment]:
    known = named(RecordedBugs, PREFIX + options.get("cohort", BugLabOptions.model_fields["cohort"].default))
    return [known.spec_of(bug) for bug in known.bugs]


def _sizes(options: Options) -> list[Experiment]:
    of = options.get("of", HowSmallOptions.model_fields["of"].default)
    kept = [named(RecordedDial, id_) for id_ in shown(of, later=options.get("patience", False))]
    controls = options.get("controls", HowSmallOptions.model_fields["controls"].default)
    return list(offers_of(of, kept, controls).values())


def _left_out(options: Options) -> list[Experiment]:
    settings = recorded_left_out("mnist").spec.settings()
    return [RunSpec.two_arms(settings | {"left_out": options["left_out"]}, SEEDS)]


OFFERED: dict[str, Callable[[Options], Sequence[Experiment]]] = {  # by a figure's name, what its button trains
    "twins": lambda options: [named(RecordedRun, options["run"]).spec],
    "label-dial": _curve,
    "bug-lab": _bugs,
    "how-small": _sizes,
    "never-shown": _left_out,
    "habit": lambda _: [Habit(SEEDS, (share / 100,)) for share in SHARES],
    "soft-words": lambda _: [Language(sentences, SEEDS) for sentences in SENTENCES],
    "hidden-traits": lambda options: [HiddenTraits(SEEDS, int(options["outputs"]))],
    "layers": lambda _: [Layers(SEEDS)],
    "new-class": lambda _: [NewClass(SEEDS)],
    "churn": lambda _: [Churn(SEEDS)],
}
ALWAYS = ("twins", "label-dial", "bug-lab")  # with a button, whatever their options say


def longest() -> Iterator[tuple[str, Experiment]]:
    """(lesson and step, the longest experiment that it offers), each experiment once."""
    seen = set()
    for lesson in lessons().values():
        for section in lesson.sections:
            for block in section.blocks:
                if block.name not in OFFERED or not (block.name in ALWAYS or block.options.get("train")):
                    continue
                offered = [_with_new_seeds(one) for one in OFFERED[block.name](block.options)]
                experiment = max(offered, key=lambda one: one.work().cost)
                if experiment.to_json() not in seen:
                    seen.add(experiment.to_json())
                    yield f"{lesson.id}/{section.id}", experiment


def _with_new_seeds(experiment: Any) -> Experiment:
    changed: Experiment = replace(experiment, seeds=SEEDS[: seeds_in_time(experiment)])
    return changed


def measure() -> Iterator[tuple[str, object]]:
    """Yield a line for each experiment, and the longest of each of the two times."""
    slowest = {"first": 0.0, "whole": 0.0}
    with served():
        store = Store()
        for place, experiment in longest():
            first, whole, found = run(store, experiment)
            slowest = {"first": max(slowest["first"], first), "whole": max(slowest["whole"], whole)}
            yield place, f"{first:.2f} s to the first point, {whole:.1f} s in all · {experiment.in_short()} · {found}"
        store.close()
    yield "slowest_first_point_s", slowest["first"]
    yield "slowest_experiment_s", slowest["whole"]
    yield "machine", words()


def run(store: Store, experiment: Experiment) -> tuple[float, float, str]:
    """(seconds to the first point, to the end, what it found). Raises RuntimeError if it does not finish."""
    start, first = time.perf_counter(), 0.0
    run_id = store.runs.submit(experiment, LEARNER)
    while time.perf_counter() - start < PATIENCE:
        known = store.runs.get(run_id)
        first = first or (time.perf_counter() - start if known and known.seq else 0.0)
        if known and known.state in ENDED:
            break
        time.sleep(ASKED_EVERY)
    whole, known = time.perf_counter() - start, store.runs.get(run_id)
    if known is None or known.state != "finished":
        raise RuntimeError(f"{experiment.in_short()} ended as {known.state if known else 'nothing'}")
    event = store.runs.events(run_id, 0)[-1]
    return first, whole, verdict_of(experiment, event, known.record.get("test_images")).sentence
