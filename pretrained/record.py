"""Record finished experiments: numbers to look at before anybody has trained one here.

    python -m pretrained.record --list               # the table of plans, and what is shipped of it
    python -m pretrained.record mnist-kd             # train again, seconds to minutes on two cores
    python -m pretrained.record --check mnist-kd     # train again, write nothing, compare with what is shipped

Numbers come out bit for bit on the same processor with the same number of threads; the record names both. On another
one sums are rounded otherwise: there the accuracy of one student may differ by 2.5 points (1.9 were measured, of a
student with a bug), and the mean of an arm over its seeds by one (0.4 were measured).
"""

from __future__ import annotations

import argparse
import datetime
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from app.catalog.declared import DATA
from app.catalog.pack import PackError, read_pack
from app.distillation.progress import Update, train
from app.experiments.kinds import Experiment
from app.experiments.kinds.chain import Chain
from app.experiments.kinds.shrink import TIMES
from app.experiments.recordings import FinishedRun, Recording, folder, recordings, write
from app.experiments.recordings.recording import PREFIX
from app.experiments.sweep import merged, places
from app.experiments.worker.engine import Engine, TorchEngine
from app.experiments.worker.stretch import Losses, machine_record, of_arms, plain, point_event
from pretrained.plan import Arrays, Plan
from pretrained.plans import PLANS

PACKAGES = ("torch", "numpy", "safetensors")
TOLERANCE = (2.5, 1.0)  # points on another processor: of one student, of the mean over the seeds


class CohortRecorder:
    """One training that is being recorded: see `plan.Recorder`."""

    def __init__(self, spec: Experiment, fields: Sequence[str], engine: Engine, bar: Any) -> None:
        self.spec = spec
        self.prepared = engine.begin(spec.comparison if isinstance(spec, Chain) else spec)  # `keep` trains the rest
        self.training: Any = self.prepared.training
        self.events: list[dict[str, Any]] = []
        self._fields, self._bar, self._start = fields, bar, time.perf_counter()

    @property
    def teacher_logits(self) -> Any:
        """What the teacher says of the first test images, (shown, classes); a kind without images has none."""
        assert self.prepared.answers is not None
        return self.prepared.answers.logits

    def __iter__(self) -> Iterator[Any]:
        """Train on to the end; the losses are kept at its evaluations alone."""
        latest: Update | None = None
        for progress in train(self.training):
            if isinstance(progress, Update):
                latest = progress
                self._bar.update()
                continue
            losses = Losses()
            if latest:
                losses.add(latest.update, latest.losses)
            event = point_event(self.training, time.perf_counter() - self._start, progress, losses.take())
            self.events.append({"seq": len(self.events) + 1, **event})
            yield progress
        if "validation" in self._fields:
            self.note(validation=plain(self.training.validate()))

    def note(self, **values: Any) -> None:
        """Add values to the event of the latest evaluation."""
        self.events[-1] |= values

    def run(self, spec: Experiment, plan: Plan) -> FinishedRun:
        """The run of one experiment of the cohort."""
        events, arms = self.events[-1:] if plan.at_end else self.events, places(spec, self.spec)
        kept = ({name: event[name] for name in event if name in (plan.fields or event)} for event in events)
        return FinishedRun(spec, tuple(of_arms(event, arms) for event in kept))


def record(plan: Plan, engine: Engine, *, quiet: bool = False) -> Recording:
    """Train all experiments of a plan. Raises PackError if images are not here, and the engine's errors.

    Raises ValueError if its cohorts have not the same images and teacher: the readers of a recording know but one.
    """
    start, finished, kept, about = time.perf_counter(), list[FinishedRun](), list[Arrays](), dict[str, Any]()
    updates = sum(cohort[0].work().updates for cohort in plan.cohorts)
    with tqdm(total=updates, desc=plan.name, unit="update", disable=quiet or None) as bar:
        for cohort in plan.cohorts:
            recorder = CohortRecorder(merged(cohort), plan.fields, engine, bar)
            kept.append(plan.keep(recorder))
            of_cohort = recorder.prepared.record
            if differ := [name for name in of_cohort if name in about and of_cohort[name] != about[name]]:
                raise ValueError(f"the cohorts of {plan.name} differ in {', '.join(differ)}")
            about |= of_cohort
            finished += [recorder.run(spec, plan) for spec in cohort]
    engines = list(dict.fromkeys(run.experiment.engine for run in finished))
    data = plan.cohorts[0][0].data
    pack = read_pack(DATA[data].path) if data in DATA else None
    made: dict[str, Any] = {
        "title": plan.title,
        "engine": engines if len(engines) > 1 else engines[0],
        "date": datetime.date.today().isoformat(),
        "command": f"python -m pretrained.record {plan.name}",
        "seeds": list(plan.cohorts[0][0].seeds),
        "seconds": round(time.perf_counter() - start, 1),
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
    }
    if pack:
        made["images"] = {key: pack.about.get(key) for key in ("source", "origin") if key in pack.about}
        made["classes"] = list(pack.classes)
    return Recording(
        id=PREFIX + plan.name,
        kind=plan.kind,
        runs=tuple(finished),
        arrays=stacked(kept),
        record={**machine_record(), **about, **made, **plan.about},
    )


def stacked(kept: Sequence[Arrays]) -> Arrays:
    """The arrays of one cohort as they are; those of several along a new first axis, for each cohort that has them."""
    if len(kept) == 1:
        return kept[0]
    names = dict.fromkeys(name for arrays in kept for name in arrays)
    return {name: np.stack([arrays[name] for arrays in kept if name in arrays]) for name in names}


# ── made again ───────────────────────────────────────────────────────────────────────────────────────────────────


def mismatch(shipped: Recording, again: Recording) -> str:
    """A sentence on what differs more than it may between a recording and the same made again, "" if nothing does.

    `again` may have only some of the runs; then arrays are not compared.
    """
    for name in ("engine", "data_digest", "teacher_digest"):
        recorded, made = (one.record.get(name) for one in (shipped, again))
        if any(value not in _several(recorded) for value in _several(made)):
            return f"{again.id}: {name} is {made}, recorded was {recorded}"
    known = {run.experiment: run for run in shipped.runs}
    if unknown := [run.experiment for run in again.runs if run.experiment not in known]:
        return f"{again.id}: {len(unknown)} of its experiments are not in what is shipped"
    machine = [tuple(one.record.get(name) for name in ("processor", "threads", "torch")) for one in (shipped, again)]
    if machine[0] == machine[1]:
        same = all(_comes_out(known[run.experiment], run) for run in again.runs)
        if same and len(again.runs) == len(shipped.runs):
            same = dict(shipped.arrays).keys() == again.arrays.keys() and all(
                np.array_equal(shipped.arrays[name], array, equal_nan=True) for name, array in again.arrays.items()
            )
        return "" if same else f"{again.id}: not the same numbers, on the same processor ({machine[0][0]})"
    apart = np.max([_apart(run.end, known[run.experiment].end) for run in again.runs], axis=0)
    if np.all(apart <= TOLERANCE):
        return ""
    points = f"{apart[0]:.2f} points (mean over the seeds: {apart[1]:.2f})"
    return f"{again.id}: accuracies differ by up to {points}, more than {TOLERANCE[0]:g} ({TOLERANCE[1]:g})"


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _apart(one: dict[str, Any], other: dict[str, Any]) -> tuple[float, float]:
    """The largest differences in points: of one student, and of an arm's mean over its seeds."""
    ends = [{**event, "final": event.get("final", {}).get("accuracy")} for event in (one, other)]
    both = [name for name in ("accuracy", "final", "validation") if all(end.get(name) for end in ends)]
    pairs = [np.asarray([end[name] for end in ends], np.float64) for name in both]  # None becomes NaN
    points = 100 * np.concatenate([ours - theirs for ours, theirs in pairs])  # (arms, seeds)
    means = points[np.isfinite(points).all(axis=1)].mean(axis=1)
    return float(np.nanmax(np.abs(points))), float(np.abs(means).max()) if points.shape[1] > 1 else 0.0


def _comes_out(recorded: FinishedRun, again: FinishedRun) -> bool:
    """Whether a run has all numbers of the recorded one but those of the clock; it may have some that came later."""
    return len(recorded.events) == len(again.events) and all(
        name in ("seconds", *TIMES) or (name in made and made[name] == value)
        for event, made in zip(recorded.events, again.events, strict=True)
        for name, value in event.items()
    )


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────────────


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the command line asks for. Returns the exit code."""
    assert __doc__ is not None
    parser = argparse.ArgumentParser(prog="python -m pretrained.record", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join(PLANS)}")
    parser.add_argument("--list", action="store_true", help="name all plans, and say which are shipped")
    parser.add_argument("--check", action="store_true", help="train again, and compare instead of writing")
    parser.add_argument("--out", type=Path, default=folder(), help="folder to write to (default: %(default)s)")
    chosen = parser.parse_args(arguments)
    if unknown := sorted(set(chosen.names) - set(PLANS)):
        parser.error(f"there is no plan {', '.join(unknown)}; there are {', '.join(PLANS)}")
    if chosen.list:
        for plan in PLANS.values():
            print(f"{plan.name:34}{'shipped' if PREFIX + plan.name in recordings(Recording) else '-':10}{plan.title}")
        return 0
    if not chosen.names:
        parser.error("name what to record, or ask for --list")
    engine, failed = TorchEngine(), 0
    for name in chosen.names:
        try:
            sentence, wrong = _one(PLANS[name], engine, chosen.out, check=chosen.check)
        except PackError as error:
            sentence, wrong = f"{name}: {error}", True
        print(sentence, file=sys.stderr if wrong else sys.stdout)
        failed += wrong
    return min(failed, 1)


def _one(plan: Plan, engine: Engine, out: Path, *, check: bool) -> tuple[str, bool]:
    """(what to say, whether something is wrong)."""
    shipped = recordings(Recording).get(PREFIX + plan.name)
    if check and shipped is None:
        return f"{plan.name}: it is not shipped", True
    made = record(plan, engine)
    if check and shipped is not None:
        wrong = mismatch(shipped, made)
        return wrong or f"{plan.name}: as it was recorded", bool(wrong)
    file = write(made, out)
    size = sum(part.stat().st_size for part in (file, file.with_suffix(".npz")) if part.exists())
    return f"{plan.name}: {len(made.runs)} runs in {made.seconds:.0f} s ({size / 1e3:.0f} kB)", False


if __name__ == "__main__":
    sys.exit(main())
