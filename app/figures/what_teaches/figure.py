"""What in the teacher's answer teaches: what is left of the gain when something is taken from the soft labels."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
from pydantic import Field

from app.catalog.declared import METHODS, Arm
from app.components.mount import mount
from app.experiments.paired import paired
from app.experiments.ranking import Floats, softened
from app.experiments.recordings import recordings
from app.experiments.recordings.arms import RecordedArms
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options, Setting

GONE = "The recorded students of this figure are missing or damaged. Get a fresh copy of the app."
KEPT = {  # what a student still hears, by its method
    "kd": "all that the teacher says",
    "shuffled": "as many small probabilities of the same sizes, but at the wrong classes",
    "equal": "how sure the teacher is of its answer to this image, and no likeness",
    "even": "the same soft label for every image of a digit, as soft as the teacher is on average",
    "smoothing": "a label with a tenth of it shared out, at T = 1: there is no teacher",
}


class WhatTeachesOptions(Options):
    """arms: the recorded cohort; image: the test image whose soft labels are shown; arm: whose students are told of."""

    arms: str = "recorded-what-teaches"
    image: int = Field(default=119, ge=0)
    arm: str = "kd"


@lru_cache(maxsize=16)
def contents(known: RecordedArms, image: int) -> dict[str, Any]:
    """What is drawn: for each arm but labels only its soft label for an image, and its gain with its interval."""
    label, shown = int(known.array("labels")[image]), [arm for arm in known.arms if arm.method != "labels"]
    rows = []
    for arm in shown:
        gain = paired(known.accuracy(arm.method), known.accuracy("labels"))
        rows.append(
            {
                "method": arm.method,
                "words": "Distilled" if arm.method == "kd" else METHODS[arm.method].name,
                "kept": KEPT[arm.method],
                "teacher": METHODS[arm.method].uses_teacher,
                "soft": [round(float(share), 5) for share in soft_label(known, arm, image, label)],
                "mean": gain.mean,
                "half": gain.half_width,
            }
        )
    settings = known.spec.settings()
    return {
        "trouble": "",
        "rows": rows,
        "classes": list(known.classes),
        "label": label,
        "image": image,
        "data": known.spec.data,
        "labels": known.spec.labels,
        "temperature": settings["temperature"],
        "alpha": settings["alpha"],
        "seeds": len(known.spec.seeds),
        "tests": known.reached().images,
    }


def soft_label(known: RecordedArms, arm: Arm, image: int, label: int) -> Floats:
    """What students of an arm are told of a test image: a probability for each class."""
    alone: Floats = np.eye(len(known.classes))[label]
    if arm.method == "smoothing":
        return (1 - arm.alpha) * alone + arm.alpha / len(alone)
    if arm.method == "even":
        return softened(float(known.array("margin")) * alone, arm.temperature)
    logits = known.array("teacher" if arm.method == "kd" else arm.method)[image]
    return softened(logits.astype(np.float64), arm.temperature)


def show(options: Mapping[str, Any], _stage: Stage, key: str) -> None:
    known = recordings(RecordedArms).get(options["arms"])
    try:
        data = contents(known, options["image"]) if known else {"trouble": GONE}
    except (ValueError, IndexError):  # its arrays are damaged, or have no such image
        data = {"trouble": GONE}
    mount("what_teaches", data | {"arm": options["arm"]}, key)


FIGURE = Figure(
    "what is left of the gain when something is taken from the teacher’s soft labels",
    WhatTeachesOptions,
    show,
    settings=(Setting("arm", "which students are looked at", choices=tuple(KEPT)),),
)
