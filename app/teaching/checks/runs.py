"""What recorded runs and sweeps say, as numbers of lessons: percent and points."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from statistics import fmean
from typing import Any

import numpy as np

from app.catalog.available import data_sets
from app.experiments.paired import PairedDifference, paired
from app.experiments.ranking import Floats, softened
from app.experiments.recordings import named
from app.experiments.recordings.runs import RecordedRun
from app.experiments.recordings.sweeps import RecordedSweep
from app.experiments.sweep import read_out
from app.teaching.checks.registry import check, check_difference, number
from app.teaching.checks.teacher_says import class_number, counted
from app.teaching.copies import copy_of


def accuracies(run: str, arm: str) -> tuple[float, ...]:
    """Of an arm at the end of a recorded run, for each seed: fractions. arm: labels or distilled."""
    recording = named(RecordedRun, run)
    return recording.runs[0].reached[_row(recording, arm)]


def _row(recording: RecordedRun, arm: str) -> int:
    roles = [str(one.role) for one in recording.spec.arms]
    if arm not in roles:
        raise ValueError(f"{recording.id} has no arm “{arm}”: say labels or distilled")
    return roles.index(arm)


@check(source="model")
def run_accuracy(run: str, arm: str) -> float:
    """Mean over the seeds at the end of a recorded run, in percent. arm: labels or distilled."""
    return 100 * fmean(accuracies(run, arm))


@check(source="model")
def run_kept(run: str, arm: str) -> float:
    """What share of the teacher's accuracy students of a recorded run keep, in percent. arm: labels or distilled."""
    return 100 * fmean(accuracies(run, arm)) / named(RecordedRun, run).teacher_reached()


@check(source="model")
def run_kept_range(runs: list[str], low: float, high: float) -> str:
    """In how many of some recorded runs the distilled students keep between two shares of it."""
    return str(sum(low <= run_kept(run, "distilled") <= high for run in runs))


@check_difference
def run_gain(run: str) -> PairedDifference:
    """How much better the distilled students are than labels only, in points."""
    return paired(accuracies(run, "distilled"), accuracies(run, "labels"))


@check_difference
def run_curve_gain(run: str) -> PairedDifference:
    """The same on the fewer images that the run's curves are of, at their end."""
    recording = named(RecordedRun, run)
    last = recording.runs[0].accuracy[-1]
    return paired(last[_row(recording, "distilled")], last[_row(recording, "labels")])


@check(source="model")
def run_interval(run: str, on: str = "test_images") -> list[float]:
    """Both ends of the 95% t-interval of these differences, in points. on: test_images, or the curve_images."""
    return list(_gain_on(run, on).interval)


@check(source="model")
def run_finding(run: str, on: str = "test_images") -> str:
    """What that interval allows to say: better, worse, or none."""
    return _finding(_gain_on(run, on))


def _gain_on(run: str, on: str) -> PairedDifference:
    if on not in ("test_images", "curve_images"):
        raise ValueError(f"on must be test_images or curve_images, got {on}")
    return run_gain(run) if on == "test_images" else run_curve_gain(run)


def _finding(difference: PairedDifference) -> str:
    low, high = difference.interval
    return "better" if low > 0 else "worse" if high < 0 else "none"


@check(source="catalog")
def run_images(run: str) -> str:
    """What the students of a recorded run look at: "handwritten digits", "small photographs (JPEG copy)"."""
    data, copy = data_sets()[named(RecordedRun, run).spec.data], copy_of(run)
    return f"{data.words} ({copy})" if copy else data.words


@check(source="model")
def run_number(run: str, of: str) -> float:
    """A number of a recorded run: seeds, labels, updates, epochs, temperature, alpha, seconds; test_images: of its
    verdict; curve_images: of its curves; teacher_accuracy: on the latter.
    """
    recording = named(RecordedRun, run)
    known: dict[str, Any] = recording.spec.settings() | {
        "seeds": len(recording.spec.seeds),
        "test_images": recording.reached().images,
        "curve_images": recording.test_images,
        "updates": recording.updates,
        "seconds": recording.seconds,
        "teacher_accuracy": 100 * recording.teacher_accuracy,
    }
    return number({name: value for name, value in known.items() if isinstance(value, int | float)}, of)


@check(source="model")
def student_share(run: str, image: int, of: str, update: int, temperature: float = 1) -> float:
    """What a class gets from the first distilled student of a recorded run, in percent, at the moment near `update`."""
    place = class_number(named(RecordedRun, run).spec.data, of)
    return 100 * float(softened(_student(run, image, update), temperature)[place])


@check(source="model")
def stepped_share(
    run: str, image: int, of: str, update: int, parts: str, temperature: float = 1, steps: int = 1
) -> float:
    """The same at T = 1 after gradient steps of rate 1 on the logits themselves, with one loss alone: hard or soft."""
    recording, logits = named(RecordedRun, run), _student(run, image, update)
    label = np.eye(logits.size)[recording.labels[image]]
    targets = softened(recording.answers().teacher[image], temperature)
    slopes: dict[str, Callable[[Floats], Floats]] = {
        "hard": lambda z: softened(z, 1) - label,
        "soft": lambda z: temperature * (softened(z, temperature) - targets),
    }
    if parts not in slopes:
        raise ValueError(f"parts must be hard or soft, got {parts}")
    for _ in range(steps):
        logits = logits - slopes[parts](logits)
    return 100 * float(softened(logits, 1)[class_number(recording.spec.data, of)])


def _student(run: str, image: int, update: int) -> Floats:
    """Logits of the student of the first seed: (classes,)."""
    recording = named(RecordedRun, run)
    answers = recording.answers()
    moment = min(range(len(answers.moments)), key=lambda place: abs(answers.moments[place] - update))
    logits: Floats = answers.students[moment, _row(recording, "distilled"), 0, counted(image)].astype(np.float64)
    return logits


def _cell(sweep: str, at: Sequence[Any]) -> Sequence[Sequence[float]]:
    """Accuracies (labels only and taught, seeds), fractions."""
    cell = named(RecordedSweep, sweep).cells.get(tuple(at))
    if cell is None or cell.accuracy is None or len(cell.accuracy) != 2:
        raise ValueError(f"{sweep} has no comparison at {list(at)}")
    return cell.accuracy


@check_difference
def sweep_gain(sweep: str, at: list[Any]) -> PairedDifference:
    """The gain of one cell of a recorded sweep, in points. at: its place on each axis."""
    plain, taught = _cell(sweep, at)
    return paired(taught, plain)


@check(source="model")
def sweep_accuracy(sweep: str, at: list[Any], arm: str) -> float:
    """Mean over the seeds at the end of one cell of a recorded sweep, in percent. arm: labels or distilled."""
    if arm not in ("labels", "distilled"):
        raise ValueError(f"arm must be labels or distilled, got {arm}")
    return 100 * fmean(_cell(sweep, at)[arm == "distilled"])


@check_difference
def sweep_baseline(sweep: str, at: list[Any], other: list[Any]) -> PairedDifference:
    """By how many points the labels-only students of one setting are above those of another."""
    return paired(_cell(sweep, at)[0], _cell(sweep, other)[0])


@check(source="model")
def sweep_gains(sweep: str, at: list[list[Any]]) -> list[float]:
    """The mean gains at several settings, in points."""
    return [sweep_gain(sweep, place).mean for place in at]


@check(source="model")
def sweep_counted(sweep: str, of: str) -> float:
    """How many settings of a recorded sweep: all; better, worse, none (what the verdict says of distilled there)."""
    kinds = [cell["gain"]["kind"] for cell in _read_out(sweep)["cells"] if cell["gain"]]
    return float(len(kinds) if of == "all" else kinds.count(of))


@check(source="model")
def sweep_number(sweep: str, of: str) -> float:
    """A number of a recorded sweep: seeds, labels, teacher_accuracy; test_images: of its gains."""
    recording = named(RecordedSweep, sweep)
    known = {"seeds": len(recording.plan.seeds), "labels": recording.spec.labels}
    known["test_images"] = recording.reached().images
    return number(known | {"teacher_accuracy": 100 * recording.teacher_reached()}, of)


@check(source="model")
def sweep_top(sweep: str) -> float:
    """The largest gain of a recorded sweep on the test images, in points."""
    return max(float(cell["gain"]["mean"]) for cell in _read_out(sweep)["cells"] if cell["gain"])


@check(source="model")
def sweep_chosen(sweep: str, axis: str) -> float:
    """Where on an axis the setting stands that is best on validation images."""
    shown = _read_out(sweep)
    if shown["chosen"] is None:
        raise ValueError(f"{sweep} has no setting that was chosen on validation images")
    place = [one["key"] for one in shown["axes"]].index(axis)
    return float(shown["cells"][shown["chosen"]["cell"]]["at"][place])


@check(source="model")
def sweep_place(sweep: str) -> str:
    """The setting that is best on validation images: "20, 0.3"."""
    return ", ".join(f"{one:g}" for one in _chosen(sweep))


@check(source="model")
def sweep_best_alpha(sweep: str, temperature: float, by: str = "validation") -> str:
    """The alpha whose distilled students are best at one temperature. by: validation or test images."""
    if by not in ("validation", "test"):
        raise ValueError(f"by must be validation or test, got {by}")
    reached = {}
    for at, cell in named(RecordedSweep, sweep).cells.items():
        scores = cell.validation if by == "validation" else cell.accuracy
        if at[0] == temperature and scores is not None:
            reached[at[1]] = fmean(scores[1])
    if not reached:
        raise ValueError(f"{sweep} has nothing at T = {temperature:g}")
    return f"{max(reached, key=reached.__getitem__):g}"


def _read_out(sweep: str) -> dict[str, Any]:
    return _read_out_of(named(RecordedSweep, sweep))


@lru_cache(maxsize=16)  # lessons have many numbers of one sweep
def _read_out_of(recording: RecordedSweep) -> dict[str, Any]:
    return read_out(recording.plan, recording.cells)


@check_difference
def sweep_between(sweep: str, at: list[Any], other: list[Any]) -> PairedDifference:
    """By how many points the distilled students of one setting are above those of another."""
    return paired(_cell(sweep, at)[1], _cell(sweep, other)[1])


@check_difference
def sweep_chosen_over(sweep: str, other: list[Any]) -> PairedDifference:
    """By how many points the setting that is best on validation images is above another one, on test images."""
    return sweep_between(sweep, _chosen(sweep), other)


@check(source="model")
def sweep_chosen_finding(sweep: str, other: list[Any]) -> str:
    """What the interval of that allows to say: better, worse, or none."""
    return _finding(sweep_chosen_over(sweep, other))


@check_difference
def sweep_taken_over(sweep: str, chosen_by: str) -> PairedDifference:
    """The gain at the setting that another sweep chose on its validation images, in points."""
    return sweep_gain(sweep, _chosen(chosen_by))


@check_difference
def sweep_own_over_taken(sweep: str, chosen_by: str) -> PairedDifference:
    """By how many points a sweep's own choice is above that one."""
    return sweep_chosen_over(sweep, _chosen(chosen_by))


def _chosen(sweep: str) -> list[float]:
    return [sweep_chosen(sweep, axis) for axis in ("temperature", "alpha")]
