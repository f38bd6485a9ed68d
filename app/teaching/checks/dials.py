"""What runs at the stops of a dial say, as numbers of lessons: percent, and points."""

from statistics import fmean

from app.catalog.declared import CLASSES, DATA
from app.experiments.kinds.cohort import RunSpec
from app.experiments.kinds.rules import TEMPERATURE
from app.experiments.paired import PairedDifference, paired
from app.experiments.recordings import FinishedRun, named
from app.experiments.recordings.dials import BOTH, RecordedDial, arm_ids, settings_of
from app.teaching.checks.registry import check, check_difference, number

LEFT_BY_TAIL = "rest_unlabelled"  # the variant whose unlabelled images are drawn from all that a long tail leaves out


def _run(of: str, size: int, updates: int, images: str, width: int, network: str) -> FinishedRun:
    wanted = {"size": size, "updates": updates, "images": images, "width": width, "network": network}
    return named(RecordedDial, of).at(**{key: value for key, value in wanted.items() if value})


def _row(run: FinishedRun, arm: str) -> int:
    ids = arm_ids(run.experiment)
    if arm not in ids:
        raise ValueError(f"there is no arm “{arm}”: say one of {', '.join(ids)}")
    return ids.index(arm)


Arms = tuple[str, ...]


def _seeds(of: str, run: FinishedRun, measure: str, arm: str, learned: Arms) -> tuple[float | None, ...]:
    """Of an arm, for each seed, or for each of those alone that learned in all of these arms."""
    kept = named(RecordedDial, of)
    row, others = kept.score(run, measure)[_row(run, arm)], [kept.learners(run, one) for one in learned]
    return tuple(share for share, *each in zip(row, *others, strict=True) if all(each))


def _all_seeds(of: str, run: FinishedRun, measure: str, arm: str, learned: Arms) -> tuple[float, ...]:
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
    network: str = "relu",
) -> float:
    """Mean over the seeds of those with which there is something to measure, in percent.

    learned: over those seeds alone that learned anything both with labels only and distilled, see LEARNED.
    """
    row = _seeds(of, _run(of, size, updates, images, width, network), measure, arm, BOTH if learned else ())
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
    network: str = "relu",
) -> float:
    """The lowest or the highest of the seeds, in percent. end: low or high. learned: as for `dial_mean`."""
    run = _run(of, size, updates, images, width, network)
    shares = _all_seeds(of, run, measure, arm, BOTH if learned else ())
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
    network: str = "relu",
) -> PairedDifference:
    """By how many points the students of one arm are above those of another. learned: of seeds that learned in both."""
    run, both = _run(of, size, updates, images, width, network), (over, arm) if learned else ()
    return paired(_all_seeds(of, run, measure, arm, both), _all_seeds(of, run, measure, over, both))


@check(source="model")
def dial_means(
    of: str, measure: str, arm: str, dial: str, at: list[int], updates: int, learned: bool = False
) -> list[float]:
    """The mean over the seeds at each of these stops, in percent. dial: size or width. learned: as for `dial_mean`."""
    stops = [{dial: stop} for stop in at]
    return [dial_mean(of, measure, arm, updates=updates, learned=learned, **stop) for stop in stops]  # type: ignore[arg-type]


@check(source="model")
def dial_gains(of: str, measure: str, dial: str, at: list[int], updates: int) -> list[float]:
    """By how many points the distilled are above labels only at each of these stops. dial: size or width."""
    stops = [{dial: stop} for stop in at]
    return [dial_gain(of, measure, updates=updates, **stop).mean for stop in stops]  # type: ignore[arg-type]


@check(source="model")
def dial_number(
    of: str, what: str, size: int = 0, updates: int = 0, images: str = "", width: int = 0, network: str = "relu"
) -> float:
    """A number of a run: seeds, parameters, updates, T; of images labels, epochs, unlabelled, α, test_images.

    Of its seeds also how many learned anything, see LEARNED: learned_labels, …, by arm, and learned: in the first two.
    If it was measured, also of how many no last hidden unit fires on any image: dead_labels, …, by arm.
    """
    kept, run = named(RecordedDial, of), _run(of, size, updates, images, width, network)
    at = settings_of(run.experiment)
    known = {"seeds": len(run.experiment.seeds), "parameters": at["size"], "updates": at["updates"]}
    learners = {arm: kept.learners(run, arm) for arm in arm_ids(run.experiment)}
    known |= {f"learned_{arm}": sum(row) for arm, row in learners.items()}
    known |= {"learned": sum(map(all, zip(*(learners[arm] for arm in BOTH), strict=True)))}
    known |= {"temperature": TEMPERATURE}
    if "fires" in {measure.key for measure in kept.measures}:
        rows = zip(learners, kept.score(run, "fires"), strict=True)
        known |= {f"dead_{arm}": sum(share == 0 for share in row) for arm, row in rows}
    if isinstance(run.experiment, RunSpec):
        spec = run.experiment
        known |= {"labels": spec.labels, "unlabelled": spec.unlabelled, "test_images": kept.reached(run).images}
        known |= {"temperature": spec.arms[1].temperature, "alpha": spec.arms[1].alpha, "epochs": spec.epochs}
    return number(known, what)


@check(source="formula")
def tail_left(of: str, first: int, last: int) -> float:
    """Of the images that a long tail leaves out: what share shows the classes of these ranks, in percent.

    first, last: 1 for the most frequent class … `CLASSES` for the rarest. The pool has as many images of every class.
    """
    specs = [run.experiment for run in named(RecordedDial, of).runs if isinstance(run.experiment, RunSpec)]
    ((data, amount),) = {(spec.data, one.amount) for spec in specs for one in spec.variants if one.name == LEFT_BY_TAIL}
    most = DATA[data].pool // CLASSES
    left: list[int] = [most - max(1, round(most * amount ** (-rank / (CLASSES - 1)))) for rank in range(CLASSES)]
    return 100 * sum(left[first - 1 : last]) / sum(left)


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
    network: str = "relu",
    arm: str = "distilled",
    over: str = "labels",
) -> str:
    """What an interval finds of the students of one arm against those of another: “better”, “worse” or “none”."""
    gain = dial_gain(of, measure, arm, over, size, updates, images, width, learned, network)
    low, high = gain.interval
    return "better" if low > 0 else "worse" if high < 0 else "none"


@check(source="model")
def dial_known(of: str, measure: str, arm: str, width: int, updates: int, learned: bool = False) -> float:
    """What share a network knows, in percent, if it guesses wherever it does not know. learned: see `dial_mean`."""
    return max(0.0, 2 * dial_mean(of, measure, arm, width=width, updates=updates, learned=learned) - 100)
