"""What students learn of a new digit, and what they keep of the old ones; from a recorded run at each rate."""

from statistics import fmean

from app.catalog.declared import CLASSES
from app.experiments.kinds.new_class import OLD_UPDATES, PER_CLASS, TEMPERATURE, UPDATES, NewClass
from app.experiments.paired import PairedDifference, half_width, paired
from app.experiments.recordings import FinishedRun, named
from app.experiments.recordings.new_class import RecordedNewClass
from app.teaching.checks.registry import check, check_difference, number

RECORDED = "recorded-new-class"


def _run(rate: float) -> FinishedRun:
    known = [(run, run.experiment) for run in named(RecordedNewClass, RECORDED).runs]
    runs = {experiment.rate: run for run, experiment in known if isinstance(experiment, NewClass)}
    if rate not in runs:
        raise ValueError(f"rate must be one of {', '.join(map(str, runs))}, got {rate}")
    return runs[rate]


def _shares(way: str, measure: str, rate: float, update: int | None) -> list[float]:
    """Of every seed: at the end, or after so many updates with the new digit, on the images of the curve."""
    run = _run(rate)
    assert isinstance(run.experiment, NewClass)
    known = {event["update"] - OLD_UPDATES: event for event in run.events}
    if update is not None and update not in known:
        raise ValueError(f"update must be one of {', '.join(map(str, known))}, got {update}")
    at = run.end["final"] if update is None else known[update]
    if measure not in at:
        raise ValueError(f"there is no measure “{measure}”")
    return list(at[measure][run.experiment.place(way)])


@check(source="model")
def new_class(way: str, measure: str, rate: float = 1.0, update: int | None = None) -> float:
    """Mean over the seeds, in percent. update: with the new digit, on the images of the curve; else at the end."""
    return 100 * fmean(_shares(way, measure, rate, update))


@check(source="model")
def new_class_half(way: str, measure: str, rate: float = 1.0, update: int | None = None) -> float:
    """Half its 95% interval over the seeds, in points."""
    return 100 * half_width(_shares(way, measure, rate, update))


@check(source="model")
def new_class_course(way: str, measure: str, at: list[int], rate: float = 1.0) -> list[float]:
    """The mean after each of these numbers of updates, in percent."""
    return [new_class(way, measure, rate, update) for update in at]


@check_difference
def new_class_gain(way: str, measure: str, over: str = "before", rate: float = 1.0) -> PairedDifference:
    """By how many points the students of one way are above those of another at the end."""
    return paired(_shares(way, measure, rate, None), _shares(over, measure, rate, None))


@check(source="model")
def new_class_finding(way: str, measure: str, over: str = "before", rate: float = 1.0) -> str:
    """What the interval of this difference finds: “better”, “worse” or “none”."""
    low, high = paired(_shares(way, measure, rate, None), _shares(over, measure, rate, None)).interval
    return "better" if low > 0 else "worse" if high < 0 else "none"


@check(source="model")
def new_class_number(what: str) -> float:
    """A number of the experiment: seeds, tests, per_class, old_images, updates, old_updates, temperature."""
    run = _run(1.0)
    known = {
        "seeds": len(run.experiment.seeds),
        "tests": int(run.end["final"]["images"]),
        "per_class": PER_CLASS,
        "old_images": (CLASSES - 1) * PER_CLASS,
        "updates": UPDATES,
        "old_updates": OLD_UPDATES,
        "temperature": TEMPERATURE,
    }
    return number(known, what)


@check(source="formula")
def new_class_guess(of: str = "one") -> float:
    """What whoever gives one answer to everything gets right of all digits; or, of half, of two classes; in percent."""
    return number({"one": 100 / CLASSES, "half": 50.0}, of)
