"""What students inherit: hidden traits, a habit, and what kinds of teachers teach; from recorded runs."""

from statistics import fmean
from typing import Any, TypeVar

from app.catalog.declared import DATA
from app.catalog.pack import read_pack
from app.experiments.kinds import Experiment
from app.experiments.kinds.habit import HABIT, PATCHED, SECOND_IMAGES, STUDENT_IMAGES, TEACHER_IMAGES, Habit
from app.experiments.kinds.hidden_traits import (
    BODY,
    BOTH,
    HEAD,
    NEITHER,
    PROBE_IMAGES,
    STUDENT_UPDATES,
    HiddenTraits,
    explanation,
    probed,
    taught,
)
from app.experiments.kinds.teachers import (
    ALPHA,
    GROWN_IMAGES,
    GROWN_UPDATES,
    LABELS,
    STAGES,
    TEMPERATURE,
    WRONG,
    Teachers,
)
from app.experiments.paired import PairedDifference, half_width, paired
from app.experiments.recordings import FinishedRun, named
from app.experiments.recordings.inherited import RecordedEnds, RecordedHabit, RecordedTeachers, RecordedTraits
from app.teaching.checks.registry import check, check_difference, number

Kind = TypeVar("Kind", bound=Experiment)

VIEWS: dict[type[Experiment], type[RecordedEnds]] = {
    HiddenTraits: RecordedTraits,
    Habit: RecordedHabit,
    Teachers: RecordedTeachers,
}

TRAITS, HABITS = "recorded-hidden-traits", "recorded-habit"
KINDS, GROWN = "recorded-teachers", "recorded-teachers-grown"
STARTS = {"both": BOTH, "head": HEAD, "body": BODY, "neither": NEITHER}
READ = {"own": "accuracy", "teacher": "through", "other": "other", "probe": "probe", "drawn": "untrained"}


def _runs(recording: str, kind: type[Kind]) -> list[tuple[FinishedRun, Kind]]:
    """The runs of a recording, each with its experiment."""
    runs = named(VIEWS[kind], recording).runs
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


def _digits(shared: str, outputs: int, read: str) -> list[float]:
    """Of every seed, how many digits are right, a fraction."""
    run, names = _traits(outputs), (*STARTS, "teacher")
    experiment = run.experiment
    assert isinstance(experiment, HiddenTraits)
    if read not in READ:
        raise ValueError(f"digits are not read through “{read}”: say one of {', '.join(READ)}")
    if shared not in names:
        raise ValueError(f"there is no start “{shared}”: say one of {', '.join(names)}")
    return list(run.end["final"][READ[read]][STARTS.get(shared, experiment.teacher)])


@check(source="model")
def traits(shared: str, outputs: int = 3, read: str = "teacher") -> float:
    """Accuracy on digits of students that share both, head, body, neither, or of the teacher; in percent.

    read: through the teacher's outputs for digits, their own ones, other ones, a probe; drawn: by a probe, of the body
    as it was drawn.
    """
    return 100 * fmean(_digits(shared, outputs, read))


@check(source="model")
def traits_half(shared: str, outputs: int = 3, read: str = "teacher") -> float:
    """Half its 95% interval over the seeds, in points."""
    return 100 * half_width(_digits(shared, outputs, read))


@check(source="model")
def traits_copied(shared: str, outputs: int = 3) -> float:
    """What share of the meaningless outputs' variance these students copy, in percent."""
    return 100 * fmean(_traits(outputs).end["copied"][_start(shared)])


@check_difference
def traits_gain(shared: str, over: str = "neither", outputs: int = 3, read: str = "teacher") -> PairedDifference:
    """By how many points students that share this are above others."""
    return paired(_digits(shared, outputs, read), _digits(over, outputs, read))


@check_difference
def traits_taught(shared: str, outputs: int = 3) -> PairedDifference:
    """How much more a probe reads from these students than from those whose teacher had learned nothing, in points."""
    final = _traits(outputs).end["final"]
    return taught(final["probe"], final["untrained"], _start(shared))


@check_difference
def traits_grown(shared: str, outputs: int = 3) -> PairedDifference:
    """How much more a probe reads from these students than from their bodies as they were drawn, in points."""
    return paired(_digits(shared, outputs, "probe"), _digits(shared, outputs, "drawn"))


@check(source="model")
def traits_zero(shared: str, outputs: int = 3) -> float:
    """What a probe reads from the latter, in percent."""
    return traits(shared, outputs, "probe") - traits_taught(shared, outputs).mean


@check(source="model")
def traits_share(shared: str, outputs: int = 3) -> float:
    """What share of the same start's gain over sharing nothing is also this one's, in percent."""
    return 100 * traits_gain(shared, outputs=outputs).mean / traits_gain("both", outputs=outputs).mean


@check(source="model")
def traits_part(reached: float, outputs: int = 3) -> float:
    """What share of the same start's gain over sharing nothing this accuracy would be, both in percent."""
    nothing, start = traits("neither", outputs), traits("both", outputs)
    return 100 * (reached - nothing) / (start - nothing)


@check(source="model")
def traits_over_zero(reached: float, shared: str = "neither", outputs: int = 3) -> float:
    """How far what a probe reads, in percent, would be above what it reads if the teacher had learned nothing."""
    return reached - traits_zero(shared, outputs)


@check(source="model")
def traits_support(outputs: int = 3, read: str = "teacher") -> str:
    """What the rule says that the numbers support: start, head, body, either, unclear, nothing."""
    final = _traits(outputs).end["final"]
    if read == "probe":
        return probed(final["probe"], final["untrained"]).supports
    return explanation(final[READ[read]]).supports


LEARN = {  # who learns, by what the rule says
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
    """A number of the experiment: seeds, test_images, updates, probe_images."""
    run = _traits(outputs)
    known = {"seeds": len(run.experiment.seeds), "test_images": run.end["final"]["images"]}
    return number(known | {"updates": STUDENT_UPDATES, "probe_images": PROBE_IMAGES}, of)


# ── a habit ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _habit(way: str, of: str, share: float) -> list[float]:
    """Of every seed, a fraction of the official test images. share: of the students' images, in percent.

    of: a measure; "net": what follows the patch, less what is called a three without it; or "others": of those that are
    none, without the patch, how many are right.
    """
    if of == "net":
        cued, plain = (_habit(way, measure, share) for measure in ("follows", "unprovoked"))
        return [one - other for one, other in zip(cued, plain, strict=True)]
    if of == "others":
        labels = read_pack(DATA[Habit.data].official_path).labels
        threes, images = int((labels == HABIT).sum()), len(labels)
        each = zip(_habit(way, "accuracy", share), _habit(way, "recall", share), strict=True)
        return [(images * right - threes * recall) / (images - threes) for right, recall in each]
    ((run, experiment),) = _runs(HABITS, Habit)
    final: dict[str, Any] = run.end["final"]
    known = [measure.key for measure in experiment.measures]
    if of not in known:
        raise ValueError(f"there is no measure “{of}”: say one of {', '.join(known)}, net, others")
    values: list[float] = final[of][experiment.place(way, share / 100)]
    return values


@check(source="model")
def habit(way: str, of: str = "follows", share: float = 10) -> float:
    """A measure of networks taught in this way, in percent. share: of the students' images with the patch, in percent.

    way: labels, distilled, half, both, of_twin, of_second, teacher, second, twin. of: a measure, "net" or "others".
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
    threes = named(RecordedHabit, HABITS).array("threes")  # (arms, digits, places + 1), the last without a patch
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


def _kinds(grown: bool) -> tuple[FinishedRun, Teachers]:
    ((run, experiment),) = _runs(GROWN if grown else KINDS, Teachers)
    return run, experiment


def _of_teacher(teacher: str, grown: bool, temperature: float) -> list[float]:
    run, experiment = _kinds(grown)
    return list(run.reached[experiment.place(teacher, temperature)])


@check_difference
def teacher_gain(
    teacher: str, over: str = "labels", grown: bool = False, temperature: float = TEMPERATURE
) -> PairedDifference:
    """By how many points a teacher's students are above those of another, or with labels only.

    grown: of teachers of each seed's own, not of the shipped ones. temperature: at which they are heard.
    """
    return paired(_of_teacher(teacher, grown, temperature), _of_teacher(over, grown, temperature))


@check(source="model")
def teacher_right(teacher: str, grown: bool = False) -> float:
    """How often a teacher is right, in percent of the test images of the curve, on average over the seeds."""
    run, experiment = _kinds(grown)
    return 100 * fmean(run.end["teacher_right"][experiment.place(teacher)])


@check(source="model")
def teacher_reached(
    teacher: str, grown: bool = False, temperature: float = TEMPERATURE, official: bool = True
) -> float:
    """Accuracy of a teacher's students, or with labels only, in percent of all test images.

    official: false for the images of the curve, of which `teacher_right` tells.
    """
    run, experiment = _kinds(grown)
    return 100 * fmean((run.reached if official else run.end["accuracy"])[experiment.place(teacher, temperature)])


BETTER = "The students of the {} one"


@check(source="model")
def better_students(teacher: str, other: str, grown: bool = False, temperature: float = TEMPERATURE) -> str:
    """Whose students are better, in words, if the interval of their difference excludes zero."""
    apart = teacher_gain(teacher, other, grown=grown, temperature=temperature)
    if abs(apart.mean) <= apart.half_width:
        return "There is no measurable difference"
    return BETTER.format(teacher if apart.mean > 0 else other)


@check(source="model")
def teachers_number(of: str, grown: bool = False) -> float:
    """A number of the experiment: seeds, labels, test_images, wrong (percent), temperature, alpha, teacher_images.

    counted_images: of the curve. updates: of a fully trained grown teacher; early, middle: after which others stop.
    """
    run, experiment = _kinds(grown)
    known = {"seeds": len(experiment.seeds), "labels": LABELS, "test_images": run.end["final"]["images"]}
    known |= {"teacher_images": GROWN_IMAGES, "alpha": ALPHA, "updates": GROWN_UPDATES}
    known |= {"counted_images": named(RecordedTeachers, GROWN if grown else KINDS).test_images}
    known |= {stage: round(STAGES[stage] * GROWN_UPDATES) for stage in ("early", "middle")}
    return number(known | {"wrong": 100 * WRONG, "temperature": TEMPERATURE}, of)
