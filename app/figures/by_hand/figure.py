"""A whole student under the hand: its small weights go dark, or one bit of one weight flips, and its answers follow."""

import base64
from collections.abc import Mapping
from functools import lru_cache
from statistics import fmean
from typing import Any, Literal

import numpy as np

from app.catalog import architecture
from app.catalog.available import lab_sets
from app.catalog.declared import STUDENTS
from app.components.mount import mount
from app.experiments.kinds.repair import STUDENT, Repair
from app.experiments.paired import half_width
from app.experiments.recordings.recording import Recording, recordings
from app.experiments.students import network_of
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options, Setting

RECORDED = "recorded-pruned"
GONE = "The recorded student of this figure is missing or damaged. Get a fresh copy of the app."
SHARES = (*(f"{share}" for share in range(0, 95, 5)), "92", "94", "96", "98")  # percent that are left out
STORED = ("32", "8", "4", "2")  # bits of every weight
BITS = ("none", "sign", "exponent", "fraction")  # of the last two the highest


class ByHandOptions(Options):
    """hand: whether its small weights are left out, so many percent at first (share), or the bits of one flip."""

    hand: Literal["prune", "flip"] = "prune"
    share: str = "0"


@lru_cache(maxsize=2)
def contents(known: Recording) -> dict[str, Any]:
    """The student, what it is asked, and what is left of it and its like. Raises ValueError, a sentence, if damaged."""
    (run,) = known.runs
    if not isinstance(run.experiment, Repair):
        raise ValueError(GONE)
    data = lab_sets()[run.experiment.data]
    layers = STUDENTS[STUDENT].layers(data)
    accuracy = known.array("accuracy")
    steps = [
        {"share": round(100 * float(share)), "accuracy": fmean(seeds), "half": half_width(list(seeds))}
        for share, seeds in zip(known.array("shares"), accuracy, strict=True)
    ]
    return {
        "trouble": "",
        **network_of(layers, data),
        "parts": [{"name": name, "shape": list(shape)} for name, shape in architecture.weight_shapes(layers).items()],
        "weights": _encoded(known.array("weights").astype("<f4")),
        "data": data.id,
        "classes": list(known.classes),
        "images": [int(image) for image in known.array("images")],
        "pixels": [_encoded(one) for one in known.array("pixels")],
        "steps": steps,
        "seeds": len(run.experiment.seeds),
        "tests": int(run.end["final"]["images"]),
    }


def _encoded(array: np.ndarray[Any, Any]) -> str:
    """An array's bytes as base64."""
    return base64.b64encode(array.tobytes()).decode("ascii")


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    known = recordings(Recording).get(RECORDED)
    try:
        data = contents(known) if known else {"trouble": GONE}
    except ValueError as error:
        data = {"trouble": str(error)}
    begins = {"share": options["share"], "bit": "none", "stored": STORED[0]}
    opens = {name: str(stage.held(name, value)) for name, value in begins.items()}
    mount("by_hand", data | {"hand": options["hand"], "opens": opens, "stored": STORED}, key)


FIGURE = Figure(
    "a whole student: its small weights go dark, or a bit of a weight flips, and its answers follow",
    ByHandOptions,
    show,
    settings=(
        Setting("share", "share, in percent", choices=SHARES),
        Setting("stored", "bits of every weight", choices=STORED),
        Setting("bit", "bit of a float that is flipped", choices=BITS),
    ),
)
