"""What runs at the stops of a dial say, as numbers of lessons: percent, and points."""

from statistics import fmean

from app.experiments.kinds.cohort import RunSpec
from app.experiments.kinds.rules import TEMPERATURE
from app.experiments.paired import PairedDifference, paired
from app.experiments.recordings import FinishedRun, named
from app.experiments.recordings.dials import RecordedDial, settings_of
from app.teaching.checks.registry import check, check_difference, number

# By measure: above which share a student has learned anything. Guessing gets a tenth of the digits, and half of the
# pairs; in the recordings no student lies between 10.4% and 62.1%, and none between 55.3% and 87.0%.
LEARNED = {"accuracy": 0.5, "larger": 0.7}


def _run(of: str, size: int, updates: int, images: str, width: int) -> FinishedRun:
    wanted = {"size": size, "updates": updates, "images": images, "width": width}
    return named(RecordedDial, of).at(**{key: value for key, value in wanted.items() if value})


def _row(run: FinishedRun, arm: str) -> int:
    roles = [one.role for one in run.experiment.arm_words()]
    if arm not in roles:
        raise ValueError(f"there is no arm “{arm}”: say one of {', '.join(roles)}")
    return roles.index(arm)


def _learners(kept: RecordedDial, run: FinishedRun) -> tuple[tuple[bool, ...], ...]:
    """Of labels only and of the distilled: which seeds learned anything."""
    measure = next(one.key for one in kept.measures if one.key in LEARNED)
    return tuple(
        tuple(share is not None and share > LEARNED[measure] for share in row) for row in kept.score(run, measure)[:2]
    )


def _seeds(of: str, run: FinishedRun, measure: str, arm: str, learned: bool) -> tuple[float | None, ...]:
    """Of an arm, for each seed, or for each of those alone that learned with labels only and distilled."""
    kept = named(RecordedDial, of)
    row, both = kept.score(run, measure)[_row(run, arm)], _learners(kept, run)
    return tuple(share for share, *each in zip(row, *both, strict=True) if all(each) or not learned)


def _all_seeds(of: str, run: FinishedRun, measure: str, arm: str, learned: bool) -> tuple[float, ...]:
    """The same. Raises ValueError if it was not to be measured with one of them."""
    known = _seeds(of, run, measure, arm, learned)
    shares = tuple(share for share in known if share is not None)
    if len(shares) < len(known):
        raise ValueError(f"{of} has {measure} with {len(shares)} of {len(known)} seeds only")
    return shares


@check(source="model")
def dial_mean(
    of: str,
    measure: str,
    arm: str,
    size: int = 0,
    updates: int = 0,
    images: str = "",
    width: int = 0,
    learned: bool = False,
) -> float:
    """Mean over the seeds of those with which there is something to measure, in percent.

    learned: over those seeds alone that learned anything both with labels only and distilled, see LEARNED.
    """
    row = _seeds(of, _run(of, size, updates, images, width), measure, arm, learned)
    return 100 * fmean(share for share in row if share is not None)


@check(source="model")
def dial_end(
    of: str,
    measure: str,
    arm: str,
    end: str,
    size: int = 0,
    updates: int = 0,
    images: str = "",
    width: int = 0,
    learned: bool = False,
) -> float:
    """The lowest or the highest of the seeds, in percent. end: low or high. learned: as for `dial_mean`."""
    shares = _all_seeds(of, _run(of, size, updates, images, width), measure, arm, learned)
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
    learned: bool = False,
) -> PairedDifference:
    """By how many points the students of one arm are above those of another. learned: as for `dial_mean`."""
    run = _run(of, size, updates, images, width)
    return paired(_all_seeds(of, run, measure, arm, learned), _all_seeds(of, run, measure, over, learned))


@check(source="model")
def dial_means(
    of: str, measure: str, arm: str, dial: str, at: list[int], updates: int, learned: bool = False
) -> list[float]:
    """The mean over the seeds at each of these stops, in percent. dial: size or width. learned: as for `dial_mean`."""
    stops = [{dial: stop} for stop in at]
    return [dial_mean(of, measure, arm, updates=updates, learned=learned, **stop) for stop in stops]  # type: ignore[arg-type]


@check(source="model")
def dial_number(of: str, what: str, size: int = 0, updates: int = 0, images: str = "", width: int = 0) -> float:
    """A number of a run: seeds, parameters, updates, T; of images labels, epochs, unlabelled, α, test_images.

    Of its seeds also how many learned anything, see LEARNED: learned_labels, learned_distilled, learned in both.
    """
    kept, run = named(RecordedDial, of), _run(of, size, updates, images, width)
    at = settings_of(run.experiment)
    known = {"seeds": len(run.experiment.seeds), "parameters": at["size"], "updates": at["updates"]}
    labels, distilled = _learners(kept, run)
    known |= {"learned_labels": sum(labels), "learned_distilled": sum(distilled)}
    known |= {"learned": sum(map(all, zip(labels, distilled, strict=True))), "temperature": TEMPERATURE}
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
def dial_finding(
    of: str,
    measure: str,
    size: int = 0,
    updates: int = 0,
    images: str = "",
    width: int = 0,
    learned: bool = False,
) -> str:
    """What an interval finds of the distilled students against labels only: “better”, “worse” or “none”."""
    gain = dial_gain(of, measure, "distilled", "labels", size, updates, images, width, learned)
    low, high = gain.interval
    return "better" if low > 0 else "worse" if high < 0 else "none"


@check(source="model")
def dial_known(of: str, measure: str, arm: str, width: int, updates: int) -> float:
    """What share a network knows, in percent, if it guesses between yes and no wherever it does not know."""
    return max(0.0, 2 * dial_mean(of, measure, arm, width=width, updates=updates) - 100)
