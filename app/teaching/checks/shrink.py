"""What becomes of a teacher that is made smaller, and of its students, as numbers of lessons: from recorded runs."""

from itertools import takewhile
from statistics import fmean

from app.catalog.declared import DATA
from app.catalog.shares import interval
from app.experiments.kinds.shrink import REPAIR_IMAGES, REPAIRS, TEACHER, UPDATES, Shrink
from app.experiments.paired import half_width
from app.experiments.recordings import FinishedRun, Recording, named
from app.teaching.checks.registry import check, number

SHARES = ("accuracy", "agreement")


def _run(data: str) -> tuple[FinishedRun, Shrink, int]:
    """The recorded run of a teacher, its experiment, and how many test images there were."""
    kept = named(Recording, f"recorded-shrink-{data}")
    (run,) = kept.runs
    assert isinstance(run.experiment, Shrink)
    return run, run.experiment, kept.test_images


def _values(of: str, family: str, level: float, size: str, data: str) -> list[float]:
    """Of every seed. Raises ValueError if it was not measured."""
    run, experiment, _ = _run(data)
    known = [measure.key for measure in experiment.measures]
    if of not in known:
        raise ValueError(f"there is no measure “{of}”: say one of {', '.join(known)}")
    values: list[float | None] = run.end[of][experiment.place(family, level, size)]
    there = [value for value in values if value is not None]
    if len(there) < len(values):
        raise ValueError(f"{of} of {family} {level:g} {size} was not measured: it does not compute as it is stored")
    return there


@check(source="model")
def shrunk(of: str, family: str, level: float, size: str = "", data: str = "mnist") -> float:
    """A measure of a network: accuracy and agreement in percent, bytes in thousands, times in milliseconds.

    of: accuracy, agreement, bytes, single, batch. family, level, size: see `Shrink`.
    """
    mean = fmean(_values(of, family, level, size, data))
    return 100 * mean if of in SHARES else mean / 1000 if of == "bytes" else mean


@check(source="model")
def shrunk_half(family: str, level: float, size: str = "", data: str = "mnist") -> float:
    """Half the 95% interval of an accuracy over the seeds, in points; of what seeds have a say in."""
    return 100 * half_width(_values("accuracy", family, level, size, data))


@check(source="model")
def shrunk_end(end: str, family: str, level: float, data: str = "mnist") -> float:
    """An end, low or high, of the 95% interval of an accuracy over the test images, in percent."""
    ends = interval(_values("accuracy", family, level, "", data)[0], _run(data)[2])
    return 100 * number(dict(zip(("low", "high"), ends, strict=True)), end)


@check(source="model")
def shrunk_lost(family: str, level: float, size: str = "", data: str = "mnist") -> float:
    """By how many points its accuracy is below that of the teacher as it is."""
    return shrunk("accuracy", "float", 32, data=data) - shrunk("accuracy", family, level, size, data)


@check(source="model")
def shrunk_times(
    of: str, family: str, level: float, size: str = "", than: str = "float", at: float = 32, data: str = "mnist"
) -> float:
    """How many times as much of a measure the teacher's network `than` `at` has as another network."""
    return shrunk(of, than, at, data=data) / shrunk(of, family, level, size, data)


@check(source="model")
def shrunk_slower(of: str, size: str = "", data: str = "mnist") -> float:
    """How many times as long a student, or the teacher, takes in int8 as in floats. of: single or batch."""
    if not size:
        return shrunk(of, "kernel", 8, data=data) / shrunk(of, "float", 32, data=data)
    return shrunk(of, "student", 8, size, data) / shrunk(of, "student", 32, size, data)


@check(source="model")
def shrunk_number(of: str, data: str = "mnist") -> float:
    """A number: seeds, test_images, updates, images; repairs, repair_images, and repaired, in % left out."""
    run, experiment, tests = _run(data)
    known = {"seeds": len(run.experiment.seeds), "test_images": tests, "updates": UPDATES, "repairs": REPAIRS}
    (repaired,) = (family.levels[0] for family in TEACHER if family.id == "repaired")
    known |= {"repair_images": REPAIR_IMAGES, "repaired": int(repaired), "images": DATA[experiment.data].pool}
    return number(known, of)


FASTEST = {  # networks that are timed, in words
    ("kernel", 8, ""): "The teacher in int8",
    ("student", 8, "cnn-9k"): "The student in int8",
    ("student", 32, "cnn-9k"): "The student in floats",
}


@check(source="model")
def shrunk_fastest(of: str = "single", data: str = "mnist") -> str:
    """Which of these networks answers fastest, in words. of: single or batch."""
    times = {words: shrunk(of, *network, data) for network, words in FASTEST.items()}
    return min(times, key=lambda words: times[words])


@check(source="model")
def shrunk_along(family: str, levels: list[float], data: str = "mnist") -> list[float]:
    """Accuracy at several levels of a family, in percent."""
    return [shrunk("accuracy", family, level, data=data) for level in levels]


@check(source="model")
def shrunk_fewest(above: float, family: str = "channel", data: str = "mnist") -> float:
    """The fewest bits with which more than so many percent are right, and with all that have more bits."""
    _, experiment, _ = _run(data)
    (levels,) = (one.levels for one in experiment.families if one.id == family)
    down = takewhile(lambda level: shrunk("accuracy", family, level, data=data) > above, levels)
    return min(down)


FITTING = {  # networks for little room, in words
    ("channel", 4, ""): "The teacher, rounded to 4 bits",
    ("student", 4, "cnn-35k"): "The large student, in 4 bits",
    ("student", 32, "cnn-9k"): "The middle student, as floats",
}


@check(source="model")
def shrunk_best(kilobytes: float, data: str = "mnist") -> str:
    """Which of these networks is right most often, of those that fit into so many thousand bytes, in words."""
    right = {
        words: shrunk("accuracy", family, level, size, data)
        for (family, level, size), words in FITTING.items()
        if shrunk("bytes", family, level, size, data) <= kilobytes
    }
    if not right:
        raise ValueError(f"none of these networks fits into {kilobytes:g} kB")
    return max(right, key=lambda words: right[words])


@check(source="formula")
def sparse_bits(left_out: float, bits: float = 16) -> float:
    """Bits for each weight of a layer, if so many percent are left out: one says whether it is there."""
    return 1 + bits * (1 - left_out / 100)


@check(source="formula")
def packed_kilobytes(thousands: float, bits: float) -> float:
    """What so many thousand weights take with so many bits each."""
    return thousands * bits / 8
