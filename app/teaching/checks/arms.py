"""What is left of a gain if something is taken from what the teacher says: from recorded arms."""

from statistics import fmean

from app.experiments.paired import PairedDifference, paired
from app.experiments.recordings import named
from app.experiments.recordings.arms import RecordedArms
from app.teaching.checks.registry import check, check_difference, number


@check(source="model")
def arms_accuracy(arms: str, method: str) -> float:
    """Mean over the seeds of the students of one method, in percent."""
    return 100 * fmean(named(RecordedArms, arms).accuracy(method))


@check_difference
def arms_gain(arms: str, method: str, over: str = "labels") -> PairedDifference:
    """By how many points the students of one method are above those of another."""
    known = named(RecordedArms, arms)
    return paired(known.accuracy(method), known.accuracy(over))


@check(source="model")
def arms_share(arms: str, method: str, of: str = "kd") -> float:
    """What share of another method's gain over labels only is also this one's, in percent."""
    return 100 * arms_gain(arms, method).mean / arms_gain(arms, of).mean


@check(source="model")
def arms_number(arms: str, of: str) -> float:
    """A number of recorded arms: seeds, labels, unlabelled, test_images."""
    known = named(RecordedArms, arms)
    counts = {"labels": known.spec.labels, "unlabelled": known.spec.unlabelled, "test_images": known.reached().images}
    return number(counts | {"seeds": len(known.spec.seeds)}, of)
