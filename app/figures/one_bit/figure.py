"""A dial from 32 bits to one: a filter's weights snap to their grid, and what the teacher says follows."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from app.catalog.declared import DATA, TERNARY
from app.catalog.shares import interval
from app.components.mount import mount
from app.experiments.kinds.shrink import Shrink
from app.experiments.recordings.recording import Recording, recordings
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options, Setting

GONE = "The recorded networks of this figure are missing or damaged. Get a fresh copy of the app."
RECORDED = "recorded-shrink-mnist"
BITS = ("32", "16", "8", "4", "3", "2", f"{TERNARY}", "1")  # 16 and 32: floats


class OneBitOptions(Options):
    """bits: where the dial stands at first."""

    bits: str = "32"


@lru_cache(maxsize=2)
def contents(known: Recording) -> dict[str, Any]:
    """What the dial shows, by its stops. Raises ValueError, a sentence, if the arrays are missing or damaged."""
    (run,) = known.runs
    experiment, weights, says = run.experiment, known.array("weights"), known.array("says")
    assert isinstance(experiment, Shrink)
    ways = [way for way in experiment.ways if way.family in ("float", "channel")]
    data, steps, right = DATA[experiment.data], list[dict[str, Any]](), run.end["accuracy"]
    for at, way in enumerate(ways):
        place = experiment.ways.index(way)
        low, high = interval(right[place][0], known.test_images)
        shares = np.exp(says[at].astype(float) - says[at].max(1, keepdims=True))
        steps.append(
            {
                "bits": f"{way.level:g}",
                "accuracy": right[place][0],
                "low": low,
                "high": high,
                "bytes": run.end["bytes"][place][0],
                "weights": [round(float(weight), 5) for weight in weights[at]],
                "says": np.round(shares / shares.sum(1, keepdims=True), 4).tolist(),
            }
        )
    return {
        "trouble": "",
        "data": data.id,
        "classes": list(known.classes),
        "images": [int(image) for image in known.array("images")],
        "tests": known.test_images,
        "steps": steps,
    }


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    known = recordings(Recording).get(RECORDED)
    try:
        data = contents(known) if known else {"trouble": GONE}
    except ValueError as error:
        data = {"trouble": str(error)}
    mount("one_bit", data | {"opens": str(stage.held("bits", options["bits"]))}, key)


FIGURE = Figure(
    "a dial over the bits of a teacher’s weights: their grid, and what it still says",
    OneBitOptions,
    show,
    settings=(Setting("bits", "bits of a weight", choices=BITS),),
)
