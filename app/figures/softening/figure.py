"""The figure that turns a sure answer into an undecided one: an image, the teacher's probabilities, a temperature.

Phrases of the lesson turn it.
"""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from app.catalog.pack import PackError
from app.components.mount import mount
from app.experiments.ranking import most_ambiguous
from app.figures.settings import CLASS, IMAGE, SCALE, Data, Image, temperature
from app.figures.stage import Stage
from app.images import png
from app.teaching.checks.teacher_says import LabelledLogits, teacher_answers
from app.teaching.figures import Figure, Options


class SofteningOptions(Options):
    """Which image, and the dial. images: offered to choose from; highest: end of the dial; logits: written beside the
    bars; log: the bars on a logarithmic scale at first. peek: end of the dial until the prediction is saved; runs_to:
    where it runs by itself then, so that what came out is seen.
    """

    data: Data = "mnist"
    image: int = Image
    temperature: float = Field(default=1, ge=0.5, le=1000)
    highest: float = Field(default=20, ge=20, le=1000)
    peek: float = Field(default=1, ge=1, le=20)
    runs_to: float | None = Field(default=None, ge=1, le=20)
    images: tuple[int, ...] = ()
    logits: bool = False
    log: bool = False


LOWEST = 0.5  # temperature
OFFERED = 6  # images if nobody chose which
GONE = "The images or the teacher's answers of this figure are missing or damaged. Get a fresh copy of the app."


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    try:
        answers = teacher_answers(options["data"])
        chosen, first = options["images"], options["image"]
        offered = dict.fromkeys((*chosen, first) if chosen else (first, *_telling(answers)))
        shown = png.shown_images(options["data"])
        images = [
            {
                "image": image,
                "label": int(answers.labels[image]),
                "logits": [round(float(logit), 4) for logit in answers.logits[image]],
                "picture": "data:image/png;base64," + b64encode(png.png(shown.images[image])).decode(),
            }
            for image in list(offered)[: None if chosen else OFFERED]
        ]
    except (PackError, ValueError, LookupError):
        mount("softening", {"trouble": GONE, "images": []}, key)
        return
    waits = stage.waits(options)
    data = {"trouble": "", "images": images, "first": first, "classes": list(answers.classes)}
    data |= {name: options[name] for name in ("logits", "log")}
    data |= {"waits": waits, "lowest": 1 if waits else LOWEST, "highest": options["peek" if waits else "highest"]}
    outcome = None if waits else options["runs_to"]
    temperature = stage.held("temperature", outcome or options["temperature"])
    data["temperature"] = float(min(temperature, data["highest"]))
    mount("softening", data, key)


def _telling(answers: LabelledLogits) -> tuple[int, ...]:
    """Images that show the range: doubtful ones of different classes first, and one that the teacher is sure of."""
    order = most_ambiguous(answers.logits)
    told: dict[int, int] = {}
    for image in order:
        told.setdefault(answers.labels[image], image)
    return (*list(told.values())[: OFFERED - 1], order[-1])


FIGURE = Figure(
    "one image, and the teacher’s ten probabilities while the temperature is turned",
    SofteningOptions,
    show,
    settings=(temperature(0.5, 1000), IMAGE, CLASS, SCALE),
    lights=frozenset({"T", "logits", "v", "p", "top", "entropy"}),
    waits=True,
)
