"""What recorded label curves found, as numbers of lessons: percent, points, updates. Knows no page and no torch."""

from __future__ import annotations

from statistics import fmean

import numpy as np

from app.catalog.declared import BATCH
from app.experiments.paired import PairedDifference, paired
from app.experiments.recordings import FinishedRun
from app.experiments.recordings.labels import LabelCurve, recorded_labels
from app.teaching.checks.registry import check

ARMS = ("labels", "distilled")
WITHIN = 1.0  # points: the last one is a matter of chance, since curves are flat at their end


def _curve(curve: str) -> LabelCurve:
    known = recorded_labels()
    if curve not in known:
        raise ValueError(f"there is no recorded curve “{curve}”; there are {', '.join(known)}")
    return known[curve]


def _run(curve: str, labels: int, rest: bool) -> FinishedRun:
    run = _curve(curve).run(labels, rest=rest)
    if run is None:
        also = " with the rest marked by the teacher" if rest else ""
        raise ValueError(f"{curve} has no run with {labels} labels{also}")
    return run


def _row(arm: str) -> int:
    if arm not in ARMS:
        raise ValueError(f"there is no arm “{arm}”: say labels or distilled")
    return ARMS.index(arm)


@check(source="model")
def labels_accuracy(curve: str, labels: int, arm: str, rest: bool = False) -> float:
    """Mean over the seeds at the end, in percent. rest: with the rest of the images marked by the teacher."""
    return 100 * fmean(_run(curve, labels, rest).reached[_row(arm)])


@check(source="model")
def labels_accuracies(curve: str, at: list[int], arm: str, rest: bool = False) -> list[float]:
    """The same at each of these numbers of labels."""
    return [labels_accuracy(curve, labels, arm, rest) for labels in at]


def _gain(curve: str, labels: int, rest: bool) -> PairedDifference:
    plain, taught = _run(curve, labels, rest).reached
    return paired(taught, plain)


@check(source="model")
def labels_gain(curve: str, labels: int, rest: bool = False) -> float:
    """How much better the distilled students are than labels only, in points, mean of the pairs."""
    return _gain(curve, labels, rest).mean


@check(source="model")
def labels_gain_half(curve: str, labels: int, rest: bool = False) -> float:
    """Half the 95% t-interval of these differences, in points."""
    return _gain(curve, labels, rest).half_width


@check(source="model")
def labels_gain_after(curve: str, labels: int, updates: float) -> float:
    """The gain on the same images after so many updates, in points, mean of the pairs; between tests on a line."""
    run = _run(curve, labels, False)
    gaps = [100 * (fmean(moment[1]) - fmean(moment[0])) for moment in run.accuracy]
    return float(np.interp(updates, run.moments, gaps))


@check(source="model")
def labels_more(curve: str, labels: int) -> float:
    """How much better distilled students are with the rest marked than without it, in points, mean of the pairs."""
    return _by_the_rest(curve, labels).mean


@check(source="model")
def labels_more_half(curve: str, labels: int) -> float:
    """Half the 95% t-interval of these differences, in points."""
    return _by_the_rest(curve, labels).half_width


def _by_the_rest(curve: str, labels: int) -> PairedDifference:
    return paired(_run(curve, labels, True).reached[1], _run(curve, labels, False).reached[1])


@check(source="model")
def labels_gains(curve: str, at: list[int], rest: bool = False) -> list[float]:
    """The gain at each of these numbers of labels, in points."""
    return [labels_gain(curve, labels, rest) for labels in at]


@check(source="model")
def labels_first(curve: str, rest: bool = False) -> float:
    """The first number of labels at which the interval of the gain lies above nought."""
    known = [labels for labels in _curve(curve).labels if _curve(curve).run(labels, rest=rest)]
    return float(
        next(labels for labels in known if labels_gain(curve, labels, rest) > labels_gain_half(curve, labels, rest))
    )


@check(source="model")
def labels_number(curve: str, labels: int, of: str, rest: bool = False) -> float:
    """A number of a curve's run: labels, unlabelled, epochs, updates, seeds, test_images, teacher_accuracy."""
    kept, run = _curve(curve), _run(curve, labels, rest)
    numbers = {
        "labels": run.spec.labels,
        "unlabelled": run.spec.unlabelled,
        "epochs": run.spec.epochs,
        "updates": run.spec.updates,
        "seeds": len(run.spec.seeds),
        "test_images": kept.test_images,
        "teacher_accuracy": 100 * kept.teacher_accuracy,
    }
    if of not in numbers:
        raise ValueError(f"a recorded curve has no number “{of}”: say one of {', '.join(numbers)}")
    return float(numbers[of])


@check(source="model")
def labels_worth(curve: str, labels: int, arm: str, rest: bool = False, to: int = 1) -> float:
    """How many labels students with labels only need to be as good, rounded to a multiple of `to`.

    Between two recorded numbers on a straight line over their logarithms. Raises ValueError where they never are, or
    were from the first.
    """
    kept, level = _curve(curve), labels_accuracy(curve, labels, arm, rest)
    reached = [labels_accuracy(curve, one, "labels") for one in kept.labels]
    if not reached[0] <= level <= reached[-1]:
        raise ValueError(f"{level:.1f}% is outside of what labels only reach: {reached[0]:.1f} … {reached[-1]:.1f}%")
    return to * round(float(np.exp(np.interp(level, reached, np.log(kept.labels)))) / to)


@check(source="model")
def labels_until(curve: str, labels: int, arm: str, rest: bool = False) -> float:
    """After how many updates the mean accuracy of an arm first is within a point of where labels only end.

    Between two tests on a straight line. Raises ValueError where that never happens.
    """
    run, level = _run(curve, labels, rest), labels_accuracy(curve, labels, "labels") - WITHIN
    means = [100 * fmean(moment[_row(arm)]) for moment in run.accuracy]
    at = next((place for place, mean in enumerate(means) if mean >= level - 1e-9), None)
    if at is None:
        raise ValueError(f"the {arm} arm never reaches {level:.1f}% with {labels} labels")
    if at == 0:
        return float(run.moments[0])
    before, after = means[at - 1], means[at]
    share = (level - before) / (after - before)
    return run.moments[at - 1] + share * (run.moments[at] - run.moments[at - 1])


@check(source="model")
def labels_times(curve: str, labels: int) -> float:
    """How many times as many labels students with labels only need to be as good as distilled ones with these."""
    return labels_worth(curve, labels, "distilled") / labels


@check(source="model")
def labels_looks(curve: str, labels: int, rest: bool = False) -> float:
    """At how many images distilled students have looked by then, each as often as it comes: two batches an update where
    the rest is marked, else one.
    """
    return round(labels_until(curve, labels, "distilled", rest)) * BATCH * (2 if rest else 1)


@check(source="model")
def labels_half(curve: str, labels: int) -> float:
    """What the second half of the epochs brings labels only, in points on validation images, mean over the seeds."""
    return _later(curve, labels).mean


@check(source="model")
def labels_half_half(curve: str, labels: int) -> float:
    """Half the 95% t-interval of these differences, in points."""
    return _later(curve, labels).half_width


@check(source="model")
def labels_half_most(curve: str) -> float:
    """The most that this is at any number of labels where there are validation images, in points."""
    return max(labels_half(curve, labels) for labels in _curve(curve).labels if _curve(curve).half(labels))


def _later(curve: str, labels: int) -> PairedDifference:
    whole, half = _run(curve, labels, False).validation, _curve(curve).half(labels)
    if whole is None or half is None or half.validation is None:
        raise ValueError(f"{curve} has no validation images at {labels} labels")
    return paired(whole[0], half.validation[0])
