"""What in the teacher's answer teaches: the arms of the recorded experiment, trained anew with 20 seeds."""

import time
from collections.abc import Iterator
from dataclasses import replace
from statistics import fmean

from app.catalog.presets import PRESETS
from app.experiments.final import on_curve, reached
from app.experiments.paired import paired
from app.experiments.recordings.arms import RecordedArms
from app.experiments.worker.engine import TorchEngine
from pretrained.plan import compared
from pretrained.plans import PLANS
from pretrained.record import record
from tests.benchmarks.machine import words


def named(seeds: tuple[int, ...]) -> Iterator[tuple[str, object]]:
    """Yield what softness brings in the presets that mark the rest, over the teacher’s first choice alone."""
    for data in ("mnist", "fashion"):
        spec = compared(data, **PRESETS[data][0].settings)
        arms = (*spec.arms, replace(spec.arms[1], method="named"))
        plan = replace(PLANS["what-teaches"], cohorts=((replace(spec, arms=arms, seeds=seeds),),))
        made = record(plan, TorchEngine(), quiet=True)
        known = RecordedArms(made.id, made.kind, made.runs, made.arrays, made.record)
        _, soft, first = reached(known.runs[0].end, known.test_images).accuracy
        over = paired(soft, first)
        yield f"{data}_preset_soft_over_named_points", f"{over.mean:+.2f} ± {over.half_width:.2f}"


def measure() -> Iterator[tuple[str, object]]:
    """Yield the accuracy of each arm and its gain over labels only, on both sets of test images."""
    start = time.perf_counter()
    made = record(PLANS["what-teaches"], TorchEngine(), quiet=True)
    known = RecordedArms(made.id, made.kind, made.runs, made.arrays, made.record)
    end = known.runs[0].end
    for ends in (on_curve(end, known.test_images), reached(end, known.test_images)):
        plain, *taught = ends.accuracy
        yield "test_images", ends.images
        yield "labels_accuracy", 100 * fmean(plain)
        for method, accuracy in zip(known.methods[1:], taught, strict=True):
            gain = paired(accuracy, plain)
            yield f"{method}_gain_points", f"{gain.mean:+.2f} ± {gain.half_width:.2f} ({100 * fmean(accuracy):.2f})"
    yield from named(known.spec.seeds)
    yield "seeds", len(known.spec.seeds)
    yield "margin", float(known.array("margin"))
    yield "setting", known.spec.in_short()
    yield "seconds", time.perf_counter() - start
    yield "machine", words()
