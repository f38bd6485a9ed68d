"""What a question costs if a student answers before its teacher, and which threshold a price asks for."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from pydantic import Field

from app.components.mount import mount
from app.experiments.kinds.cascade import THRESHOLDS
from app.experiments.kinds.layers import VALIDATION_IMAGES, WAYS
from app.experiments.recordings.layered import LAYERS, Curve, RecordedLayers
from app.experiments.recordings.recording import recordings
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options, Setting

GONE = "The recorded layers of this figure are missing or damaged. Get a fresh copy of the app."
WRONG = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # price of a wrong answer, in answers of the teacher
DAILY = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)  # questions


class PriceOptions(Options):
    """wrong: price of a wrong answer, in answers of the teacher; daily: questions a day; way: who answers first."""

    wrong: int = Field(default=10, ge=1)
    daily: int = Field(default=1_000_000, ge=1)
    way: Literal["labels", "distilled"] = "distilled"


@lru_cache(maxsize=4)
def contents(known: RecordedLayers) -> dict[str, Any]:
    """Counts of images at every threshold, of every seed. Raises ValueError, a sentence, if the arrays are damaged."""
    spec = known.experiment
    ways = [way for way in WAYS if way in ("labels", "distilled")]
    return {
        "trouble": "",
        "thresholds": list(THRESHOLDS),
        "ways": [{"id": way, "words": WAYS[way], "role": spec.arm_words()[spec.place(way)].role} for way in ways],
        "tested": {way: _counts(known.curve(way), known.tests) for way in ways},
        "chosen_on": {way: _counts(known.on_validation(way), VALIDATION_IMAGES) for way in ways},
        "tests": known.tests,
        "validation": VALIDATION_IMAGES,
        "seeds": len(spec.seeds),
        "times": known.milliseconds,
        "processor": str(known.record["processor"]),
        "wrong": list(WRONG),
        "daily": list(DAILY),
    }


def _counts(curve: Curve, images: int) -> dict[str, list[list[int]]]:
    """Images handed on, and those that come out right: (seeds, thresholds)."""
    shares = {"passed": curve.passed, "right": curve.right}
    return {name: (share * images).round().astype(int).tolist() for name, share in shares.items()}


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    known = recordings(RecordedLayers).get(LAYERS)
    opens = {name: stage.held(name, options[name]) for name in ("wrong", "daily", "way")}
    try:
        data = contents(known) if known else {"trouble": GONE}
    except ValueError as error:
        data = {"trouble": str(error)}
    mount("price", data | {"opens": opens}, key)


FIGURE = Figure(
    "what a question costs with a student before its teacher, and which threshold a price asks for",
    PriceOptions,
    show,
    settings=(
        Setting("wrong", "price of a wrong answer, in answers of the teacher", WRONG[0], WRONG[-1]),
        Setting("daily", "questions a day", DAILY[0], DAILY[-1]),
        Setting("way", "which students", choices=("labels", "distilled")),
    ),
)
