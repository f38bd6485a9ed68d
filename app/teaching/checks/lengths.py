"""What trainings of several lengths say, each with a course of the learning rate of its own: percent and points."""

from statistics import fmean

from app.experiments.paired import PairedDifference, paired
from app.experiments.recordings import FinishedRun, named
from app.experiments.recordings.labels import LengthCurve
from app.teaching.checks.registry import check, check_difference, number


def _run(curve: str, updates: int, rest: bool) -> FinishedRun:
    run = named(LengthCurve, curve).run(updates, rest=rest)
    if run is None:
        raise ValueError(f"{curve} has no run of {updates} updates")
    return run


@check(source="model")
def lengths_accuracy(curve: str, updates: int, arm: str, rest: bool = False) -> float:
    """Mean over the seeds at the end of a training of so many updates, in percent. arm: labels or distilled."""
    run = _run(curve, updates, rest)
    return 100 * fmean(run.reached[[str(one.role) for one in run.spec.arms].index(arm)])


@check_difference
def lengths_gain(curve: str, updates: int, rest: bool = False) -> PairedDifference:
    """How much better the distilled students are than labels only that trained as long, in points."""
    plain, taught = _run(curve, updates, rest).reached
    return paired(taught, plain)


@check(source="model")
def lengths_gains(curve: str, at: list[int], rest: bool = False) -> list[float]:
    """The mean gain after each of these trainings, in points."""
    return [lengths_gain(curve, updates, rest).mean for updates in at]


@check(source="model")
def lengths_number(curve: str, updates: int, of: str) -> float:
    """A number of such a run: updates, labels, unlabelled, epochs, seeds, test_images."""
    run = _run(curve, updates, True)
    known = {
        "updates": run.spec.updates,
        "labels": run.spec.labels,
        "unlabelled": run.spec.unlabelled,
        "epochs": run.spec.epochs,
    }
    tested = named(LengthCurve, curve).reached(run).images
    return number(known | {"seeds": len(run.spec.seeds), "test_images": tested}, of)
