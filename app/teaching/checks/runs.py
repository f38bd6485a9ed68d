"""What recorded runs and sweeps found, as numbers of lessons: percent and points. Knows no page and no torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any

import numpy as np
import numpy.typing as npt

from app.catalog.available import data_sets
from app.experiments.outcome import of_recorded
from app.experiments.paired import PairedDifference, paired
from app.experiments.recordings import runs as recorded
from app.experiments.recordings.sweeps import recorded_sweeps
from app.experiments.sweep import read_out
from app.teaching.checks.registry import check
from app.teaching.checks.teacher_says import class_number, counted, softened

Floats = npt.NDArray[np.float64]


def _run(run: str) -> recorded.RecordedRun:
    known = recorded.recorded_runs()
    if run not in known:
        raise ValueError(f"there is no recorded run “{run}”; there are {', '.join(known)}")
    return known[run]


def _accuracies(run: str, arm: str) -> tuple[float, ...]:
    found = of_recorded(_run(run)).arm(arm)
    if found is None:
        raise ValueError(f"{run} has no arm “{arm}”: say labels or distilled")
    return found[1]


@check(source="model")
def run_accuracy(run: str, arm: str) -> float:
    """Mean over the seeds at the end of a recorded run, in percent. arm: labels or distilled."""
    return 100 * fmean(_accuracies(run, arm))


@check(source="model")
def run_gain(run: str) -> float:
    """How much better the distilled students are than labels only, in points, mean of the pairs."""
    return _gain(run).mean


@check(source="model")
def run_gain_half(run: str) -> float:
    """Half the 95% t-interval of these differences, in points."""
    return _gain(run).half_width


@check(source="model")
def run_interval(run: str) -> list[float]:
    """Both ends of the 95% t-interval of these differences, in points."""
    return list(_gain(run).interval)


def _gain(run: str) -> PairedDifference:
    return paired(_accuracies(run, "distilled"), _accuracies(run, "labels"))


@check(source="model")
def run_finding(run: str) -> str:
    """What the interval of a recorded run allows to say: better, worse, or none."""
    low, high = run_interval(run)
    return "better" if low > 0 else "worse" if high < 0 else "none"


@check(source="catalog")
def run_images(run: str) -> str:
    """What the students of a recorded run look at: "handwritten digits"."""
    return data_sets()[_run(run).spec.data].words


@check(source="model")
def run_verdict(run: str) -> str:
    """What a recorded run found, as the page says it."""
    said = of_recorded(_run(run)).verdict
    if said is None:
        raise ValueError(f"{run} has no verdict")
    return said.sentence


@check(source="model")
def run_curve(run: str, arm: str, at: list[float]) -> list[float]:
    """Accuracy in percent, mean over the seeds, at these updates, between two tests on a straight line."""
    kept = _run(run)
    row = next((row for row, one in enumerate(kept.spec.arms) if one.role == arm), None)
    if row is None:
        raise ValueError(f"{run} has no arm “{arm}”: say labels or distilled")
    updates = [float(event["update"]) for event in kept.events if "accuracy" in event]
    means = [100 * fmean(event["accuracy"][row]) for event in kept.events if "accuracy" in event]
    return [float(one) for one in np.interp(at, updates, means)]


@check(source="model")
def run_number(run: str, of: str) -> float:
    """A number of a recorded run: seeds, labels, test_images, updates, epochs, temperature, alpha, seconds."""
    kept = _run(run)
    known: dict[str, Any] = kept.spec.settings() | {
        "seeds": len(kept.spec.seeds),
        "test_images": kept.test_images,
        "updates": kept.updates,
        "seconds": kept.seconds,
        "teacher_accuracy": 100 * kept.teacher_accuracy,
    }
    if not isinstance(known.get(of), int | float):
        raise ValueError(f"a recorded run has no number “{of}”")
    return float(known[of])


@check(source="model")
def student_share(run: str, image: int, of: str, update: int, temperature: float = 1) -> float:
    """What a class gets from the first distilled student of a recorded run, in percent, at the moment near `update`."""
    return 100 * float(softened(_student(run, image, update), temperature)[class_number(_run(run).spec.data, of)])


@check(source="model")
def stepped_share(
    run: str, image: int, of: str, update: int, parts: str, temperature: float = 1, steps: int = 1
) -> float:
    """The same at T = 1 after gradient steps of rate 1 on the logits themselves, with one loss alone: hard or soft."""
    kept, logits = _run(run), _student(run, image, update)
    label = np.eye(logits.size)[kept.labels[image]]
    targets = softened(kept.answers().teacher[image], temperature)
    slopes: dict[str, Callable[[Floats], Floats]] = {
        "hard": lambda z: softened(z, 1) - label,
        "soft": lambda z: temperature * (softened(z, temperature) - targets),
    }
    if parts not in slopes:
        raise ValueError(f"parts must be hard or soft, got {parts}")
    for _ in range(steps):
        logits = logits - slopes[parts](logits)
    return 100 * float(softened(logits, 1)[class_number(kept.spec.data, of)])


def _student(run: str, image: int, update: int) -> Floats:
    """(classes,), of the student of the first seed."""
    said = _run(run).answers()
    moment = min(range(len(said.moments)), key=lambda one: abs(said.moments[one] - update))
    arm = [one.role for one in _run(run).spec.arms].index("distilled")
    found: Floats = said.students[moment, arm, 0, counted(image)].astype(np.float64)
    return found


def _cell(sweep: str, at: Sequence[Any]) -> Sequence[Sequence[float]]:
    """Accuracies (labels only and taught, seeds), fractions."""
    known = recorded_sweeps()
    if sweep not in known:
        raise ValueError(f"there is no recorded sweep “{sweep}”; there are {', '.join(known)}")
    cell = known[sweep].found().get(tuple(at))
    if cell is None or cell.accuracy is None or len(cell.accuracy) != 2:
        raise ValueError(f"{sweep} has no comparison at {list(at)}")
    return cell.accuracy


def _sweep_gain(sweep: str, at: Sequence[Any]) -> PairedDifference:
    plain, taught = _cell(sweep, at)
    return paired(taught, plain)


@check(source="model")
def sweep_gain(sweep: str, at: list[Any]) -> float:
    """The gain of one cell of a recorded sweep, in points. at: its place on each axis."""
    return _sweep_gain(sweep, at).mean


@check(source="model")
def sweep_gains(sweep: str, at: list[list[Any]]) -> list[float]:
    """The same at several settings."""
    return [sweep_gain(sweep, place) for place in at]


@check(source="model")
def sweep_gain_half(sweep: str, at: list[Any]) -> float:
    """Half the 95% t-interval of the gain of one cell."""
    return _sweep_gain(sweep, at).half_width


@check(source="model")
def sweep_counted(sweep: str, of: str) -> float:
    """How many settings of a recorded sweep: all; better, worse, none (what the verdict says of distilled there)."""
    kinds = [cell["gain"]["kind"] for cell in _read_out(sweep)["cells"] if cell["gain"]]
    return float(len(kinds) if of == "all" else kinds.count(of))


@check(source="model")
def sweep_top(sweep: str) -> float:
    """The largest gain of a recorded sweep on the test images, in points."""
    return max(float(cell["gain"]["mean"]) for cell in _read_out(sweep)["cells"] if cell["gain"])


@check(source="model")
def sweep_chosen(sweep: str, axis: str) -> float:
    """Where on an axis the setting stands that is best on validation images."""
    found = _read_out(sweep)
    if found["chosen"] is None:
        raise ValueError(f"{sweep} has no setting that was chosen on validation images")
    place = [one["key"] for one in found["axes"]].index(axis)
    return float(found["cells"][found["chosen"]["cell"]]["at"][place])


@check(source="model")
def sweep_place(sweep: str) -> str:
    """The setting that is best on validation images: "20, 0.3"."""
    return ", ".join(f"{sweep_chosen(sweep, axis):g}" for axis in ("temperature", "alpha"))


@check(source="model")
def sweep_best_alpha(sweep: str, temperature: float, by: str = "validation") -> str:
    """The alpha whose distilled students are best at one temperature. by: validation or test images."""
    known = recorded_sweeps()
    if sweep not in known or by not in ("validation", "test"):
        raise ValueError(f"say a recorded sweep, one of {', '.join(known)}, and validation or test")
    reached = {}
    for at, found in known[sweep].found().items():
        scores = found.validation if by == "validation" else found.accuracy
        if at[0] == temperature and scores is not None:
            reached[at[1]] = fmean(scores[1])
    if not reached:
        raise ValueError(f"{sweep} has nothing at T = {temperature:g}")
    return f"{max(reached, key=lambda alpha: reached[alpha]):g}"


@check(source="formula")
def by_chance(intervals: float, level: float = 95) -> float:
    """How many of so many intervals exclude nought where nothing makes a difference. level: theirs, in percent."""
    return intervals * (100 - level) / 100


def _read_out(sweep: str) -> dict[str, Any]:
    known = recorded_sweeps()
    if sweep not in known:
        raise ValueError(f"there is no recorded sweep “{sweep}”; there are {', '.join(known)}")
    kept = known[sweep]
    return read_out(kept.plan, kept.found(), kept.test_images)


@check(source="model")
def sweep_between(sweep: str, at: list[Any], other: list[Any]) -> float:
    """By how many points the distilled students of one setting are above those of another, paired by seed."""
    return _between(sweep, at, other).mean


@check(source="model")
def sweep_between_half(sweep: str, at: list[Any], other: list[Any]) -> float:
    """Half the 95% t-interval of that."""
    return _between(sweep, at, other).half_width


def _between(sweep: str, at: Sequence[Any], other: Sequence[Any]) -> PairedDifference:
    return paired(_cell(sweep, at)[1], _cell(sweep, other)[1])
