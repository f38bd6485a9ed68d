"""A patch that the learner puts on a digit, what networks with and without a habit say then, and what was measured."""

import base64
from collections.abc import Mapping
from functools import lru_cache
from statistics import fmean
from typing import Any, Literal

from pydantic import Field

from app.components.mount import mount
from app.experiments.kinds.habit import EDGE, HABIT, PATCH, TEACHER_UPDATES, TEACHERS, WAYS, Habit
from app.experiments.paired import half_width
from app.experiments.recordings.inherited import RecordedHabit
from app.experiments.recordings.recording import FinishedRun, recordings
from app.figures.own_run import OwnRun
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options, Setting

RECORDED = "recorded-habit"
GONE = "The recorded students of this figure are missing or damaged. Get a fresh copy of the app."
SHARES = (0, 2, 10, 25, 50)  # percent of the students' images, as recorded
ALWAYS, CONTROLS, REMEDIES = ("distilled", "labels"), ("of_twin",), ("half", "both", "of_second")  # rows of students
TWIN = "twin"  # the teacher whose row is a control


class HabitOptions(Options):
    """digit: which is shown at first; laid: where the patch lies on it then. share: percent of the students' images
    that have it. patch: with the digit and the patch; measures: with what was measured over all seeds; remedies: also
    of students that were taught otherwise; controls: also of the teacher's twin and its students; recall: also how many
    clean threes are recognised; train: with a button that trains teachers and students here.
    """

    digit: int = Field(default=8, ge=0, le=9)
    laid: Literal["off", "corner", "middle"] = "off"
    share: int = Field(default=10, ge=0, le=50)
    patch: bool = True
    measures: bool = True
    remedies: bool = False
    controls: bool = False
    recall: bool = False
    train: bool = False


@lru_cache(maxsize=2)
def contents(known: RecordedHabit) -> dict[str, Any]:
    """All but the options. Raises ValueError, a sentence, if the arrays are missing or damaged."""
    (run,) = known.runs
    experiment = run.experiment
    assert isinstance(experiment, Habit)
    networks = {teacher: experiment.place(teacher) for teacher in ("teacher", TWIN)}
    networks |= {
        f"{way} {share:g}": experiment.place(way, share / 100) for share in SHARES for way in (*ALWAYS, *CONTROLS)
    }
    places = list(networks.values())
    return {
        "trouble": "",
        "habit": HABIT,
        "size": PATCH,
        "images": [int(image) for image in known.array("images")],
        "labels": [int(label) for label in known.array("image_labels")],
        "side": int(known.array("side")),
        "networks": list(networks),
        "says": _packed(known.array("says")[places]),
        "threes": _packed(known.array("threes")[places]),
        "seeds": len(experiment.seeds),
        "tests": run.end["final"]["images"],
        "shares": list(SHARES),
        "measured": {str(share): _rows(run, share) for share in SHARES},
        "teachers": [{"way": id_, "words": TEACHERS[id_], **_reached(run, id_, None)} for id_ in experiment.teachers],
        "own_ways": [way.words for way in WAYS],
        "edge": EDGE,
        "learning": TEACHER_UPDATES,
    }


def _packed(array: Any) -> str:
    """Numbers below 256 as base64."""
    return base64.b64encode(array.astype("u1").tobytes()).decode("ascii")


def _rows(run: FinishedRun, share: int) -> list[dict[str, Any]]:
    experiment = run.experiment
    assert isinstance(experiment, Habit)
    return [{"way": way.id, "words": way.words, **_reached(run, way.id, share / 100)} for way in experiment.ways]


def _reached(run: FinishedRun, way: str, share: float | None) -> dict[str, Any]:
    """Mean and half of the interval of each measure, as shares, on the official test images."""
    experiment, final = run.experiment, run.end["final"]
    assert isinstance(experiment, Habit)
    place = experiment.place(way, share)
    measures = {measure.key: final[measure.key][place] for measure in experiment.measures}
    return {key: {"mean": fmean(values), "half": half_width(values)} for key, values in measures.items()}


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    known = recordings(RecordedHabit).get(RECORDED)
    try:
        data = contents(known) if known else {"trouble": GONE}
    except ValueError as error:
        data = {"trouble": str(error)}
    share = int(stage.held("share", options["share"]))
    offers = {str(one): Habit((0,), (one / 100,)) for one in SHARES} if options["train"] else {}
    own = OwnRun(stage, key, offers, {"share": share})
    opens = {name: options[name] for name in ("digit", "laid", "patch", "measures", "recall")}
    opens["rows"] = [
        *("teacher", *((TWIN,) * options["controls"]), *ALWAYS),
        *CONTROLS * options["controls"],
        *REMEDIES * options["remedies"],
    ]
    mount("habit", data | opens | {"share": share, "own": own.told()}, key, own.on)


FIGURE = Figure(
    "a patch on a digit, and what teacher and students with a habit make of it",
    HabitOptions,
    show,
    settings=(
        Setting("digit", "digit under the patch", 0, 9),
        Setting("share", "share, in percent", choices=tuple(map(str, SHARES))),
        Setting("patch", "patch", choices=("off", "corner", "middle"), option="laid"),
    ),
    trains=True,
    owns=lambda options, experiment: options["train"] and isinstance(experiment, Habit),
)
