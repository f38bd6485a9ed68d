"""Kinds of teachers: how often each is right, and what its students gain over labels only."""

from collections.abc import Mapping
from functools import lru_cache
from statistics import fmean
from typing import Any, Literal

from app.components.mount import mount
from app.experiments.kinds.teachers import LABELS, TEACHERS, TeacherKind, Teachers
from app.experiments.paired import paired
from app.experiments.recordings.inherited import RecordedTeachers
from app.experiments.recordings.recording import FinishedRun, recordings
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options, Setting

RECORDED, GROWN = "recorded-teachers", "recorded-teachers-grown"
GONE = "The recorded students of this figure are missing or damaged. Get a fresh copy of the app."
KINDS = tuple(teacher.id for teacher in TEACHERS)
TEMPERATURES = (1, 2, 4, 8)  # of the grown ones, as recorded


class TeachersOptions(Options):
    """teacher: of whose students it is told at first. grown: with teachers of each seed's own, not the shipped ones;
    heard: at which temperature, at first.
    """

    teacher: str = "full"
    grown: bool = False
    heard: Literal["1", "2", "4", "8"] = "8"


@lru_cache(maxsize=4)
def contents(known: RecordedTeachers) -> dict[str, Any]:
    """For each temperature and teacher how often it is right, and its students' gain with its interval, in points.

    Of grown teachers also each one's share and its students' gain.
    """
    (run,) = known.runs
    experiment = run.experiment
    assert isinstance(experiment, Teachers)
    return {
        "trouble": "",
        "rows": {f"{at:g}": [_row(run, teacher, at) for teacher in TEACHERS] for at in experiment.temperatures},
        "labels": LABELS,
        "alone": fmean(run.reached[experiment.place("labels")]),
        "seeds": len(experiment.seeds),
        "tests": run.end["final"]["images"],
        "shown": known.test_images,
        "many": experiment.grown,
    }


def _row(run: FinishedRun, teacher: TeacherKind, at: float) -> dict[str, Any]:
    experiment, reached = run.experiment, run.reached
    assert isinstance(experiment, Teachers)
    arm = experiment.place(teacher.id, at)
    gain, right = paired(reached[arm], reached[experiment.place("labels")]), run.end["teacher_right"][arm]
    row = {"id": teacher.id, "words": teacher.words, "right": fmean(right), "reached": fmean(reached[arm])}
    row |= {"mean": gain.mean, "half": gain.half_width}
    each = [[round(share, 4), round(points, 2)] for share, points in zip(right, gain.points, strict=True)]
    return row | {"each": each if experiment.grown else []}


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    known = recordings(RecordedTeachers).get(GROWN if options["grown"] else RECORDED)
    data: dict[str, Any] = contents(known) if known else {"trouble": GONE, "rows": {}}
    wanted, known_ones = stage.held("heard", options["heard"]), tuple(data["rows"])
    heard = wanted if wanted in known_ones else "".join(known_ones[-1:])
    mount("teachers", data | {"teacher": options["teacher"], "heard": heard}, key)


FIGURE = Figure(
    "kinds of teachers, and what their students gain",
    TeachersOptions,
    show,
    settings=(
        Setting("teacher", "whose students are told of", choices=KINDS),
        Setting("heard", "temperature at which they are heard", choices=tuple(map(str, TEMPERATURES))),
    ),
)
