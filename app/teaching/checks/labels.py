"""What recorded label curves say, as numbers of lessons: percent, points."""

from statistics import fmean

import numpy as np

from app.catalog.rounding import rounded
from app.experiments.paired import PairedDifference, paired
from app.experiments.recordings import FinishedRun, named
from app.experiments.recordings.labels import LabelCurve
from app.teaching.checks.registry import check, check_difference, number

ARMS = ("labels", "distilled")


def _run(curve: str, labels: int, rest: bool) -> FinishedRun:
    run = named(LabelCurve, curve).run(labels, rest=rest)
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


@check(source="model")
def labels_kept(curve: str, labels: int) -> float:
    """What share of the teacher's accuracy distilled students keep, in percent."""
    return 100 * labels_accuracy(curve, labels, "distilled") / labels_number(curve, labels, "teacher_accuracy")


@check_difference
def labels_gain(curve: str, labels: int, rest: bool = False) -> PairedDifference:
    """How much better the distilled students are than labels only, in points."""
    plain, taught = _run(curve, labels, rest).reached
    return paired(taught, plain)


@check(source="model")
def labels_gain_after(curve: str, labels: int, updates: float) -> float:
    """The gain on the same images after so many updates, in points, mean of the pairs; between tests on a line."""
    run = _run(curve, labels, False)
    gaps = [100 * (fmean(moment[1]) - fmean(moment[0])) for moment in run.accuracy]
    return float(np.interp(updates, run.moments, gaps))


@check_difference
def labels_more(curve: str, labels: int) -> PairedDifference:
    """How much better distilled students are with the rest marked than without it, in points."""
    return paired(_run(curve, labels, True).reached[1], _run(curve, labels, False).reached[1])


@check(source="model")
def labels_gains(curve: str, at: list[int], rest: bool = False) -> list[float]:
    """The mean gain at each of these numbers of labels, in points."""
    return [labels_gain(curve, labels, rest).mean for labels in at]


@check(source="model")
def labels_first(curve: str, rest: bool = False) -> float:
    """The first number of labels at which the interval of the gain lies above zero."""
    recording = named(LabelCurve, curve)
    known = (labels for labels in recording.stops if recording.run(labels, rest=rest))
    return float(next(labels for labels in known if labels_gain(curve, labels, rest).interval[0] > 0))


@check_difference
def labels_first_gain(curve: str, rest: bool = False) -> PairedDifference:
    """The gain at that number of labels, in points."""
    return labels_gain(curve, int(labels_first(curve, rest)), rest)


@check(source="model")
def labels_number(curve: str, labels: int, of: str, rest: bool = False) -> float:
    """A number of a curve's run: labels, unlabelled, epochs, updates, seeds, temperature, alpha, test_images,
    teacher_accuracy.
    """
    recording, run = named(LabelCurve, curve), _run(curve, labels, rest)
    numbers = {
        "labels": run.spec.labels,
        "unlabelled": run.spec.unlabelled,
        "epochs": run.spec.epochs,
        "updates": run.spec.updates,
        "seeds": len(run.spec.seeds),
        "temperature": run.spec.arms[1].temperature,
        "alpha": run.spec.arms[1].alpha,
        "test_images": recording.reached(run).images,
        "teacher_accuracy": 100 * recording.teacher_reached(run),
    }
    return number(numbers, of)


@check(source="model")
def labels_worth(curve: str, labels: int, arm: str, rest: bool = False, to: int = 1) -> float:
    """How many labels students with labels only need to be as good, rounded to a multiple of `to`.

    Between two recorded numbers on a straight line over their logarithms. Raises ValueError if they never are, or were
    from the first.
    """
    known, level = named(LabelCurve, curve).stops, labels_accuracy(curve, labels, arm, rest)
    reached = [labels_accuracy(curve, one, "labels") for one in known]
    if not reached[0] <= level <= reached[-1]:
        low, high = (rounded(end, 1) for end in (reached[0], reached[-1]))
        raise ValueError(f"{rounded(level, 1)}% is outside of what labels only reach: {low} … {high}%")
    return to * round(float(np.exp(np.interp(level, reached, np.log(known)))) / to)


@check(source="model")
def labels_times(curve: str, labels: int) -> float:
    """How many times as many labels students with labels only need to be as good as distilled ones with these."""
    return labels_worth(curve, labels, "distilled") / labels


@check_difference
def labels_half(curve: str, labels: int) -> PairedDifference:
    """What the second half of the epochs brings labels only, in points on validation images."""
    whole, half = _run(curve, labels, False).validation, named(LabelCurve, curve).half(labels)
    if whole is None or half is None or half.validation is None:
        raise ValueError(f"{curve} has no validation images at {labels} labels")
    return paired(whole[0], half.validation[0])


@check(source="model")
def labels_half_most(curve: str) -> float:
    """The largest mean of that at any number of labels, in points."""
    recording = named(LabelCurve, curve)
    return max(labels_half(curve, labels).mean for labels in recording.stops if recording.half(labels))
