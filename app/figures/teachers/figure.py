"""Kinds of teachers: how often each is right, and what its students gain over labels only."""

from collections.abc import Mapping
from functools import lru_cache
from statistics import fmean
from typing import Any

from app.components.mount import mount
from app.experiments.kinds.teachers import LABELS, TEACHERS, Teachers
from app.experiments.paired import paired
from app.experiments.recordings.recording import Recording, recordings
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options, Setting

RECORDED = "recorded-teachers"
GONE = "The recorded students of this figure are missing or damaged. Get a fresh copy of the app."
KINDS = tuple(teacher.id for teacher in TEACHERS)


class TeachersOptions(Options):
    """teacher: of whose students it is told at first."""

    teacher: str = "full"


@lru_cache(maxsize=4)
def contents(known: Recording) -> dict[str, Any]:
    """For each teacher how often it is right, and the gain of its students with its interval, in points."""
    (run,) = known.runs
    experiment, reached = run.experiment, run.reached
    assert isinstance(experiment, Teachers)
    rows = []
    for teacher in TEACHERS:
        arm = experiment.place(teacher.id)
        gain = paired(reached[arm], reached[experiment.place("labels")])
        right = fmean(run.end["teacher_right"][arm])
        row = {"id": teacher.id, "words": teacher.words, "right": right, "mean": gain.mean, "half": gain.half_width}
        rows.append(row | {"reached": fmean(reached[arm])})
    return {
        "trouble": "",
        "rows": rows,
        "labels": LABELS,
        "alone": fmean(reached[experiment.place("labels")]),
        "seeds": len(experiment.seeds),
        "tests": run.end["final"]["images"],
        "shown": known.test_images,
    }


def show(options: Mapping[str, Any], _stage: Stage, key: str) -> None:
    known = recordings(Recording).get(RECORDED)
    data = contents(known) if known and known.kind == Teachers.kind else {"trouble": GONE}
    mount("teachers", data | {"teacher": options["teacher"]}, key)


FIGURE = Figure(
    "kinds of teachers, and what their students gain",
    TeachersOptions,
    show,
    settings=(Setting("teacher", "whose students are told of", choices=KINDS),),
)
