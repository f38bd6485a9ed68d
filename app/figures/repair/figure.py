"""A student in two bits, repaired: who told it what, and on how many images; recorded, and trained here."""

from collections.abc import Mapping
from functools import lru_cache
from statistics import fmean
from typing import Any, Literal

from app.components.mount import mount
from app.experiments.kinds import verdict_of
from app.experiments.kinds.repair import LABELS, REPAIRED, UPDATES, Repair
from app.experiments.paired import half_width, paired
from app.experiments.recordings.recording import FinishedRun, Recording, recordings
from app.figures.own_run import OwnRun
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options, Setting

RECORDED = "recorded-repair"
GONE = "The recorded students of this figure are missing or damaged. Get a fresh copy of the app."
IMAGES = ("100", "500", "4000")


class RepairOptions(Options):
    """images: how many the repairs learn from, at first; train: with a button that trains the same here."""

    images: Literal["100", "500", "4000"] = "100"
    train: bool = False


@lru_cache(maxsize=4)
def contents(known: Recording) -> dict[str, Any]:
    """What is drawn, by the number of images. Raises ValueError if it is no recording of this kind."""
    return {"trouble": "", "runs": [_told(run, known.test_images) for run in known.runs]}


def _told(run: FinishedRun, tests: int) -> dict[str, Any]:
    experiment, final = run.experiment, run.end["final"]
    if not isinstance(experiment, Repair):
        raise ValueError(GONE)
    right = final["accuracy"]
    rows = [
        {
            "words": arm.words,
            "role": arm.role,
            "values": [round(value, 4) for value in right[place]],
            "mean": fmean(right[place]),
            "half": half_width(right[place]),
        }
        for place, arm in enumerate(experiment.arm_words())
    ]
    for place in range(LABELS + 1, len(REPAIRED)):
        gain = paired(right[place], right[LABELS])
        rows[place] |= {"gain": gain.mean, "gain_half": gain.half_width}
    return {
        "images": str(experiment.images),
        "bits": experiment.bits,
        "rows": rows,
        "seeds": len(experiment.seeds),
        "tests": final["images"],
        "found": verdict_of(experiment, run.end, tests).sentence,
    }


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    known = recordings(Recording).get(RECORDED)
    if known is None:
        mount("repair", {"trouble": GONE}, key)
        return
    images = str(stage.held("images", options["images"]))
    offers = {one: Repair((0,), int(one)) for one in IMAGES} if options["train"] else {}
    own = OwnRun(stage, key, offers, {"images": images})
    more = {"images": images, "own": own.told(), "floats": UPDATES}
    mount("repair", contents(known) | more, key, own.on)


FIGURE = Figure(
    "a student in two bits, repaired by labels, by itself as floats, or by its teacher",
    RepairOptions,
    show,
    settings=(Setting("images", "images that students learn from", choices=IMAGES),),
    trains=True,
    owns=lambda options, experiment: options["train"] and isinstance(experiment, Repair),
)
