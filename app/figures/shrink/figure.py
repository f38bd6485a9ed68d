"""A teacher made smaller in every way, on two planes: what is right against bytes, and against measured time."""

from collections.abc import Mapping
from functools import lru_cache
from statistics import fmean
from typing import Any, Literal

from app.catalog.declared import DATA, STUDENTS, TERNARY
from app.catalog.families import FAMILIES
from app.catalog.shares import interval
from app.components.mount import mount
from app.experiments.kinds.shrink import BATCHES, SIZES, STUDENT, TEACHER, Shrink, Way
from app.experiments.paired import half_width
from app.experiments.recordings.recording import Recording, recordings
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options, Setting

GONE = "The recorded networks of this figure are missing or damaged. Get a fresh copy of the app."
RECORDED = {data: f"recorded-shrink-{data}" for data in ("mnist", "fashion", "cifar10")}
STUDENTS_AT = {32: "distilled, as floats", 8: "distilled, in int8", 4: "distilled, 4 bits", 2: "distilled, 2 bits"}
GROUPS = (*(family.id for family in TEACHER), *(f"student-{level:g}" for level in STUDENT.levels))


class ShrinkOptions(Options):
    """data: which teacher is shown at first; family: which of its networks are told of then, and where the dial stands
    among them (level, from the first); groups: which are there, () for all; time: with the plane over time.
    """

    data: Literal["mnist", "fashion", "cifar10"] = "mnist"
    family: str = "channel"
    level: int = 0
    groups: tuple[str, ...] = ()
    time: bool = False
    at: Literal["1", "256"] = "1"


@lru_cache(maxsize=4)
def contents(known: Recording) -> dict[str, Any]:
    """One teacher's networks, by group; JSON-ready. Raises ValueError if it is no recording of this kind."""
    (run,) = known.runs
    experiment = run.experiment
    if not isinstance(experiment, Shrink):
        raise ValueError(GONE)
    measured, groups = {measure.key: run.end[measure.key] for measure in experiment.measures}, list[dict[str, Any]]()
    for family in experiment.families:
        ways = [Way(family.id, level) for level in family.levels]
        role = "teacher" if family.id == "float" else "control"
        groups.append({"id": family.id, "words": family.words, "role": role, "ways": ways})
    for level, words in STUDENTS_AT.items():
        ways = [Way(STUDENT.id, level, size) for size in reversed(SIZES)]
        groups.append({"id": f"student-{level:g}", "words": words, "role": "distilled", "ways": ways})
    for group in groups:
        group["points"] = [_point(experiment, way, measured, known.test_images) for way in group.pop("ways")]
    return {
        "id": experiment.data,
        "name": DATA[experiment.data].words,
        "seen": FAMILIES[DATA[experiment.data].family].seen,
        "tests": known.test_images,
        "seeds": len(experiment.seeds),
        "processor": str(known.record["processor"]),
        "groups": groups,
    }


def _point(experiment: Shrink, way: Way, measured: Mapping[str, Any], tests: int) -> dict[str, Any]:
    """A network: what it is called on the dial, its bytes and times, its shares with the ends of their intervals.

    The interval is over the seeds, if they have a say in it, else over the test images.
    """
    place = experiment.place(way.family, way.level, way.size)
    accuracy = measured["accuracy"][place]
    if way.drawn:
        mean, half = fmean(accuracy), half_width(accuracy)
        low, high = mean - half, mean + half
    else:
        mean = accuracy[0]
        low, high = interval(mean, tests)
    times = {key: measured[key][place][0] for key in ("single", "batch")}
    return {
        "words": _words(experiment, way),
        "bytes": round(fmean(measured["bytes"][place])),
        "accuracy": mean,
        "low": low,
        "high": high,
        "agreement": fmean(measured["agreement"][place]),
        "drawn": way.drawn,
        **times,
    }


def _words(experiment: Shrink, way: Way) -> str:
    if way.size:
        return f"{STUDENTS[way.size].parameters(DATA[experiment.data]):,} numbers"
    if way.level == TERNARY:
        return "−1, 0 or 1"
    if way.family in ("pruned", "repaired"):
        return f"{way.level:g}% left out"
    if way.family == "rank":
        return f"{way.level:g}% of the ranks"
    return f"{way.level:g} bit" + "s" * (way.level != 1)


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    known = recordings(Recording)
    sets = [contents(known[id_]) for id_ in RECORDED.values() if id_ in known]
    if not sets:
        mount("shrink", {"trouble": GONE}, key)
        return
    opens = {name: stage.held(name, options[name]) for name in ("data", "family", "level", "at")}
    told = {"trouble": "", "sets": sets, "only": list(options["groups"]), "time": options["time"]}
    mount("shrink", told | {"batch": BATCHES[1], "opens": opens}, key)


FIGURE = Figure(
    "a teacher made smaller in every way: what is right against bytes, and against measured time",
    ShrinkOptions,
    show,
    settings=(
        Setting("data", "images", choices=tuple(RECORDED)),
        Setting("family", "way to make it smaller", choices=GROUPS),
        Setting("level", "how far along this way, from its first network", 0, 8),
        Setting("at", "images at once, when an answer is timed", choices=tuple(map(str, BATCHES))),
    ),
)
