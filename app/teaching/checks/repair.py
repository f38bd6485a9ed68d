"""What repairs a student in two bits, as numbers of lessons: from recorded runs."""

from statistics import fmean

from app.experiments.kinds.repair import EVEN, FLOATS, LABELS, OWN, REPAIRS, ROUNDED, TEACHER, Repair
from app.experiments.paired import PairedDifference, half_width, paired
from app.experiments.recordings import FinishedRun, Recording, named
from app.teaching.checks.registry import check, check_difference, number

RECORDED, PRUNED = "recorded-repair", "recorded-pruned"
ARMS = {"labels": LABELS, "even": EVEN, "own": OWN, "teacher": TEACHER, "rounded": ROUNDED, "floats": FLOATS}


def _run(images: int) -> FinishedRun:
    runs = {run.experiment.images: run for run in named(Recording, RECORDED).runs if isinstance(run.experiment, Repair)}
    if images not in runs:
        raise ValueError(f"nothing was recorded on {images} images: say one of {', '.join(map(str, runs))}")
    return runs[images]


def _right(arm: str, images: int) -> list[float]:
    if arm not in ARMS:
        raise ValueError(f"there is no arm “{arm}”: say one of {', '.join(ARMS)}")
    return list(_run(images).end["final"]["accuracy"][ARMS[arm]])


@check(source="model")
def repair(arm: str, images: int = 100) -> float:
    """Accuracy in percent, mean over the seeds. arm: labels, even, own, teacher, rounded, floats."""
    return 100 * fmean(_right(arm, images))


@check(source="model")
def repair_spread(arm: str, images: int = 100) -> float:
    """Half the 95% interval of an accuracy over the seeds, in points."""
    return 100 * half_width(_right(arm, images))


@check_difference
def repair_gain(arm: str, over: str = "labels", images: int = 100) -> PairedDifference:
    """Points of accuracy of an arm over another, of the same seeds."""
    return paired(_right(arm, images), _right(over, images))


@check(source="model")
def repair_finding(arm: str, over: str = "labels", images: int = 100) -> str:
    """What the interval of `repair_gain` finds: “better”, “worse” or “none”."""
    low, high = repair_gain(arm, over, images).interval
    return "better" if low > 0 else "worse" if high < 0 else "none"


@check(source="model")
def pruned_student(share: float) -> float:
    """Accuracy in percent of students as floats without so many percent of their weights, mean over the seeds."""
    kept = named(Recording, PRUNED)
    known = {
        round(100 * float(one)): row for one, row in zip(kept.array("shares"), kept.array("accuracy"), strict=True)
    }
    if share not in known:
        raise ValueError(f"nothing was recorded with {share:g}% left out: say one of {', '.join(map(str, known))}")
    return 100 * fmean(map(float, known[int(share)]))


@check(source="model")
def pruned_students(shares: list[float]) -> list[float]:
    """The same, with several shares."""
    return [pruned_student(share) for share in shares]


@check(source="model")
def repair_number(of: str, images: int = 100) -> float:
    """A number of the experiment: images, updates, seeds, tests."""
    run = _run(images)
    known = {"images": images, "updates": REPAIRS, "seeds": len(run.experiment.seeds)}
    return number(known | {"tests": int(run.end["final"]["images"])}, of)
