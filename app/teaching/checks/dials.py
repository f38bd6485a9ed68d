"""What runs at the stops of a dial say, as numbers of lessons: percent, and points."""

from statistics import fmean

from app.experiments.kinds.cohort import RunSpec
from app.experiments.paired import PairedDifference, paired
from app.experiments.recordings import FinishedRun, named
from app.experiments.recordings.dials import RecordedDial, settings_of
from app.teaching.checks.registry import check, check_difference, number


def _run(of: str, size: int, updates: int, images: str, width: int) -> FinishedRun:
    wanted = {"size": size, "updates": updates, "images": images, "width": width}
    return named(RecordedDial, of).at(**{key: value for key, value in wanted.items() if value})


def _row(run: FinishedRun, arm: str) -> int:
    roles = [one.role for one in run.experiment.arm_words()]
    if arm not in roles:
        raise ValueError(f"there is no arm “{arm}”: say one of {', '.join(roles)}")
    return roles.index(arm)


def _seeds(of: str, run: FinishedRun, measure: str, arm: str) -> tuple[float, ...]:
    """Of an arm, for each seed. Raises ValueError if it was not to be measured with one of them."""
    known = named(RecordedDial, of).score(run, measure)[_row(run, arm)]
    shares = tuple(share for share in known if share is not None)
    if len(shares) < len(known):
        raise ValueError(f"{of} has {measure} with {len(shares)} of {len(known)} seeds only")
    return shares


@check(source="model")
def dial_mean(
    of: str, measure: str, arm: str, size: int = 0, updates: int = 0, images: str = "", width: int = 0
) -> float:
    """Mean over the seeds of those with which there is something to measure, in percent."""
    run = _run(of, size, updates, images, width)
    row = named(RecordedDial, of).score(run, measure)[_row(run, arm)]
    return 100 * fmean(share for share in row if share is not None)


@check(source="model")
def dial_end(
    of: str, measure: str, arm: str, end: str, size: int = 0, updates: int = 0, images: str = "", width: int = 0
) -> float:
    """The lowest or the highest of the seeds, in percent. end: low or high."""
    shares = _seeds(of, _run(of, size, updates, images, width), measure, arm)
    return 100 * number({"low": min(shares), "high": max(shares)}, end)


@check_difference
def dial_gain(
    of: str,
    measure: str,
    arm: str = "distilled",
    over: str = "labels",
    size: int = 0,
    updates: int = 0,
    images: str = "",
    width: int = 0,
) -> PairedDifference:
    """By how many points the students of one arm are above those of another."""
    run = _run(of, size, updates, images, width)
    return paired(_seeds(of, run, measure, arm), _seeds(of, run, measure, over))


@check(source="model")
def dial_means(of: str, measure: str, arm: str, dial: str, at: list[int], updates: int) -> list[float]:
    """The mean over the seeds at each of these stops, in percent. dial: size or width."""
    return [dial_mean(of, measure, arm, updates=updates, **{dial: stop}) for stop in at]  # type: ignore[arg-type]


@check(source="model")
def dial_number(of: str, what: str, size: int = 0, updates: int = 0, images: str = "", width: int = 0) -> float:
    """A number of a run: seeds, parameters, updates; of images labels, epochs, unlabelled, T, α, test_images."""
    kept, run = named(RecordedDial, of), _run(of, size, updates, images, width)
    at = settings_of(run.experiment)
    known = {"seeds": len(run.experiment.seeds), "parameters": at["size"], "updates": at["updates"]}
    if isinstance(run.experiment, RunSpec):
        spec = run.experiment
        known |= {"labels": spec.labels, "unlabelled": spec.unlabelled, "test_images": kept.reached(run).images}
        known |= {"temperature": spec.arms[1].temperature, "alpha": spec.arms[1].alpha, "epochs": spec.epochs}
    return number(known, what)


@check(source="formula")
def dial_guess() -> float:
    """What guessing between a yes and a no gets right, in percent."""
    return 50.0


@check(source="model")
def dial_finding(of: str, measure: str, size: int = 0, updates: int = 0, images: str = "", width: int = 0) -> str:
    """What an interval finds of the distilled students against labels only: “better”, “worse” or “none”."""
    low, high = dial_gain(of, measure, size=size, updates=updates, images=images, width=width).interval
    return "better" if low > 0 else "worse" if high < 0 else "none"


@check(source="model")
def dial_known(of: str, measure: str, arm: str, width: int, updates: int) -> float:
    """What share a network knows, in percent, if it guesses between yes and no wherever it does not know."""
    return max(0.0, 2 * dial_mean(of, measure, arm, width=width, updates=updates) - 100)
