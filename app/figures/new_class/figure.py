"""Students that know nine digits and meet the tenth: what they learn, and what is left; recorded and trained here."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from statistics import fmean
from typing import Any, Literal

from pydantic import Field

from app.components.mount import mount
from app.experiments.kinds.new_class import MOMENTS, OLD_UPDATES, WAYS, NewClass
from app.experiments.paired import half_width
from app.experiments.recordings.new_class import RecordedNewClass
from app.experiments.recordings.recording import FinishedRun, recordings
from app.figures.own_run import OwnRun
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options, Setting

RECORDED = "recorded-new-class"
GONE = "The recorded students of this figure are missing or damaged. Get a fresh copy of the app."
RATES = ("usual", "gentle")  # of what was recorded, in its order
Sees = Literal["new", "all"]
SHOWN = ("old", "new", "kept")  # measures, in the order of the tracks
WAY_IDS = tuple(way.id for way in WAYS)


class NewClassOptions(Options):
    """update: how many with the new digit, at first; rate: usual, or gentle, a tenth of it, at first; way: whose
    students are told of. sees: rows with these images alone. choice: with a choice of the rate. train: with a button
    that trains students here.
    """

    update: int = Field(default=MOMENTS[-1], ge=0, le=MOMENTS[-1])
    rate: Literal["usual", "gentle"] = "usual"
    way: Literal["new-labels", "new-teacher", "all-labels", "all-teacher", "all-self"] = "new-labels"
    sees: tuple[Sees, ...] = ("new", "all")
    choice: bool = False
    train: bool = False


@lru_cache(maxsize=4)
def contents(known: RecordedNewClass) -> dict[str, Any]:
    """What is drawn: at each rate and moment every seed of each way, and of the students before the new digit."""
    first = known.runs[0].experiment
    return {
        "trouble": "",
        "ways": [{"id": way.id, "role": way.role, "words": way.words, "sees": way.sees} for way in WAYS],
        "moments": list(MOMENTS),
        "before": OLD_UPDATES,
        "seeds": len(first.seeds),
        "tests": int(known.runs[0].end["final"]["images"]),
        "curve": known.test_images,
        "rates": {rate: _told(run) for rate, run in zip(RATES, known.runs, strict=True)},
    }


def _told(run: FinishedRun) -> list[dict[str, Any]]:
    """Of each moment the measures, for each arm. The last is that of the images on which a verdict is taken."""
    assert isinstance(run.experiment, NewClass)
    moments = [event for event in run.events if event["update"] >= OLD_UPDATES]
    last = moments[-1]["final"]
    return [
        {key: [_reached(row) for row in event[key]] for key in (*SHOWN, "moved")} for event in (*moments[:-1], last)
    ]


def _reached(values: Sequence[float]) -> dict[str, Any]:
    """Shares: of every seed, their mean, and half its 95% interval."""
    return {"seeds": [round(value, 4) for value in values], "mean": fmean(values), "half": half_width(values)}


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    known = recordings(RecordedNewClass).get(RECORDED)
    data: dict[str, Any] = contents(known) if known else {"trouble": GONE}
    held = {name: stage.held(name, options[name]) for name in ("update", "rate", "way")}
    offers = {rate: NewClass((0,), share) for rate, share in zip(RATES, (1.0, 0.1), strict=True)}
    own = OwnRun(stage, key, offers if options["train"] else {}, {"rate": held["rate"]})
    more = {"sees": list(options["sees"]), "choice": options["choice"], "own": own.told()}
    mount("new_class", data | held | more, key, own.on)


FIGURE = Figure(
    "students that know nine digits and meet the tenth: what they learn, and what they keep",
    NewClassOptions,
    show,
    settings=(
        Setting("update", "updates with the new digit", 0, MOMENTS[-1]),
        Setting("rate", "learning rate", choices=RATES),
        Setting("way", "which students", choices=WAY_IDS),
    ),
    trains=True,
    owns=lambda options, experiment: options["train"] and isinstance(experiment, NewClass),
)
