"""What in the teacher's answer teaches: the arms of the recorded experiment, trained anew with 20 seeds."""

import time
from collections.abc import Iterator
from statistics import fmean

from app.experiments.final import on_curve, reached
from app.experiments.paired import paired
from app.experiments.recordings.arms import RecordedArms
from app.experiments.worker.engine import TorchEngine
from pretrained.plans import PLANS
from pretrained.record import record
from tests.benchmarks.machine import words


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
    yield "seeds", len(known.spec.seeds)
    yield "margin", float(known.array("margin"))
    yield "setting", known.spec.in_short()
    yield "seconds", time.perf_counter() - start
    yield "machine", words()
