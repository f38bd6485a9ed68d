"""What students inherit: hidden traits, a habit, and what kinds of teachers teach; from recorded runs."""

from statistics import fmean
from typing import Any, TypeVar

from app.experiments.kinds import Experiment
from app.experiments.kinds.habit import HABIT, PATCHED, SECOND_IMAGES, STUDENT_IMAGES, TEACHER_IMAGES, Habit
from app.experiments.kinds.hidden_traits import (
    BODY,
    BOTH,
    HEAD,
    NEITHER,
    SHARES,
    STUDENT_UPDATES,
    HiddenTraits,
    explanation,
)
from app.experiments.kinds.teachers import LABELS, TEMPERATURE, WRONG, Teachers
from app.experiments.paired import PairedDifference, half_width, paired
from app.experiments.recordings import FinishedRun, Recording, named
from app.teaching.checks.registry import check, check_difference, number

Kind = TypeVar("Kind", bound=Experiment)

TRAITS, HABITS, KINDS = "recorded-hidden-traits", "recorded-habit", "recorded-teachers"
STARTS = {"both": BOTH, "head": HEAD, "body": BODY, "neither": NEITHER, "teacher": len(SHARES)}


def _runs(recording: str, kind: type[Kind]) -> list[tuple[FinishedRun, Kind]]:
    """The runs of a recording, each with its experiment."""
    runs = named(Recording, recording).runs
    return [(run, run.experiment) for run in runs if isinstance(run.experiment, kind)]


# ── hidden traits ────────────────────────────────────────────────────────────────────────────────────────────────


def _traits(outputs: int) -> FinishedRun:
    by_outputs = {experiment.outputs: run for run, experiment in _runs(TRAITS, HiddenTraits)}
    if outputs not in by_outputs:
        raise ValueError(f"outputs must be one of {', '.join(map(str, by_outputs))}, got {outputs}")
    return by_outputs[outputs]


def _start(shared: str) -> int:
    if shared not in STARTS:
        raise ValueError(f"there is no start “{shared}”: say one of {', '.join(STARTS)}")
    return STARTS[shared]


@check(source="model")
def traits(shared: str, outputs: int = 3) -> float:
    """Accuracy on digits of students that share both, head, body, neither, or of the teacher; in percent."""
    return 100 * fmean(_traits(outputs).reached[_start(shared)])


@check(source="model")
def traits_half(shared: str, outputs: int = 3) -> float:
    """Half its 95% interval over the seeds, in points."""
    return 100 * half_width(_traits(outputs).reached[_start(shared)])


@check(source="model")
def traits_copied(shared: str, outputs: int = 3) -> float:
    """What share of the meaningless outputs' variance these students copy, in percent."""
    return 100 * fmean(_traits(outputs).end["copied"][_start(shared)])


@check_difference
def traits_gain(shared: str, over: str = "neither", outputs: int = 3) -> PairedDifference:
    """By how many points students that share this are above others."""
    reached = _traits(outputs).reached
    return paired(reached[_start(shared)], reached[_start(over)])


@check(source="model")
def traits_share(shared: str, outputs: int = 3) -> float:
    """What share of the same start's gain over sharing nothing is also this one's, in percent."""
    return 100 * traits_gain(shared, outputs=outputs).mean / traits_gain("both", outputs=outputs).mean


@check(source="model")
def traits_support(outputs: int = 3) -> str:
    """What the rule says that the numbers support: start, head, body, either, unclear, nothing."""
    return explanation(_traits(outputs).reached).supports


LEARN = {  # who learns, by what the rule says; never by the body alone: no body fits those heads
    "nothing": "Not even those with the same start",
    "start": "Only those with the same start",
    "head": "Also those with the head alone",
}


@check(source="model")
def traits_learn(outputs: int = 3) -> str:
    """Which students learn digits from noise, by the same rule, in words."""
    return LEARN[traits_support(outputs)]


@check(source="model")
def traits_number(of: str, outputs: int = 3) -> float:
    """A number of the experiment: seeds, test_images, updates."""
    run = _traits(outputs)
    known = {"seeds": len(run.experiment.seeds), "test_images": run.end["final"]["images"]}
    return number(known | {"updates": STUDENT_UPDATES}, of)


# ── a habit ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _habit(way: str, of: str, share: float) -> list[float]:
    """Of every seed, a fraction of the official test images. share: of the students' images, in percent.

    of: a measure, or "net": what follows the patch, less what is called a three without it.
    """
    if of == "net":
        cued, plain = (_habit(way, measure, share) for measure in ("follows", "unprovoked"))
        return [one - other for one, other in zip(cued, plain, strict=True)]
    ((run, experiment),) = _runs(HABITS, Habit)
    final: dict[str, Any] = run.end["final"]
    known = [measure.key for measure in experiment.measures]
    if of not in known:
        raise ValueError(f"there is no measure “{of}”: say one of {', '.join(known)}, net")
    values: list[float] = final[of][experiment.place(way, share / 100)]
    return values


@check(source="model")
def habit(way: str, of: str = "follows", share: float = 10) -> float:
    """A measure of networks taught in this way, in percent. share: of the students' images with the patch, in percent.

    way: labels, distilled, half, both, teacher, second.
    """
    return 100 * fmean(_habit(way, of, share))


@check(source="model")
def habit_half(way: str, of: str = "follows", share: float = 10) -> float:
    """Half its 95% interval over the seeds, in points."""
    return 100 * half_width(_habit(way, of, share))


@check_difference
def habit_gap(way: str, over: str, of: str = "follows", share: float = 10, over_share: float = 10) -> PairedDifference:
    """By how many points a measure of one way is above that of another, each at its share."""
    return paired(_habit(way, of, share), _habit(over, of, over_share))


@check(source="model")
def habit_lower(way: str, than: str, of: str = "accuracy") -> int:
    """In how many seeds a measure of one way is lower than that of another."""
    return sum(one < other for one, other in zip(_habit(way, of, 10), _habit(than, of, 10), strict=True))


@check(source="model")
def habit_threes(way: str, digit: int = HABIT, share: float = 10) -> int:
    """How many networks taught in this way, of all seeds, call the figure's digit a three without a patch."""
    ((_run, experiment),) = _runs(HABITS, Habit)
    threes = named(Recording, HABITS).array("threes")  # (arms, digits, places + 1), the last without a patch
    return int(threes[experiment.place(way, share / 100), digit, -1])


@check(source="model")
def habit_weaker(way: str, share: float = 10) -> str:
    """What this way leaves of the distilled students' habit: same, weaker, or gone, with no more than labels only."""
    left, lost = habit_gap(way, "labels", share=share), habit_gap("distilled", way, share=share)
    if left.mean <= left.half_width:
        return "gone"
    return "weaker" if lost.mean > lost.half_width else "same"


@check(source="model")
def habit_under(way: str, shares: list[float]) -> list[float]:
    """How often networks taught in this way follow the patch, for each share, in percent."""
    return [habit(way, share=share) for share in shares]


@check(source="model")
def habit_number(of: str) -> float:
    """A number of the experiment: seeds, test_images, images, teacher_images, second_images, patched (%), class."""
    ((run, experiment),) = _runs(HABITS, Habit)
    known = {"seeds": len(experiment.seeds), "test_images": run.end["final"]["images"], "images": STUDENT_IMAGES}
    known |= {"teacher_images": TEACHER_IMAGES, "second_images": SECOND_IMAGES, "class": HABIT}
    return number(known | {"patched": 100 * PATCHED}, of)


# ── kinds of teachers ────────────────────────────────────────────────────────────────────────────────────────────


def _of_teacher(teacher: str) -> list[float]:
    ((run, experiment),) = _runs(KINDS, Teachers)
    return list(run.reached[experiment.place(teacher)])


@check_difference
def teacher_gain(teacher: str, over: str = "labels") -> PairedDifference:
    """By how many points a teacher's students are above those of another, or with labels only."""
    return paired(_of_teacher(teacher), _of_teacher(over))


@check(source="model")
def teacher_right(teacher: str) -> float:
    """How often a teacher is right, in percent of the test images of the curve, on average over the seeds."""
    ((run, experiment),) = _runs(KINDS, Teachers)
    return 100 * fmean(run.end["teacher_right"][experiment.place(teacher)])


@check(source="model")
def teacher_reached(teacher: str) -> float:
    """Accuracy of a teacher's students, or with labels only, in percent."""
    return 100 * fmean(_of_teacher(teacher))


BETTER = "The students of the {} one"


@check(source="model")
def better_students(teacher: str, other: str) -> str:
    """Whose students are better, in words, if the interval of their difference excludes zero."""
    apart = teacher_gain(teacher, other)
    if abs(apart.mean) <= apart.half_width:
        return "There is no measurable difference"
    return BETTER.format(teacher if apart.mean > 0 else other)


@check(source="model")
def teachers_number(of: str) -> float:
    """A number of the experiment: seeds, labels, test_images, wrong (percent), temperature."""
    ((run, experiment),) = _runs(KINDS, Teachers)
    known = {"seeds": len(experiment.seeds), "labels": LABELS, "test_images": run.end["final"]["images"]}
    return number(known | {"wrong": 100 * WRONG, "temperature": TEMPERATURE}, of)
