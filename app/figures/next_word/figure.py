"""The figure of next words: a sentence that grows word by word, what the teacher says comes next, and a temperature.

Beside it a digit and what its teacher says, at the same temperature. The teacher of words answers in the browser.
"""

from base64 import b64encode
from collections.abc import Mapping
from typing import Any

from pydantic import Field

from app.catalog.grammar import WORDS
from app.catalog.language_models import TEACHER, manifest, weights_file
from app.catalog.pack import PackError
from app.components.mount import mount
from app.figures.settings import SCALE, temperature
from app.figures.stage import Stage
from app.images import png
from app.teaching.checks.teacher_says import teacher_answers
from app.teaching.figures import Figure, Options, Setting

GONE = "The teacher of this figure is missing or damaged. Get a fresh copy of the app."
ROWS = 10  # words with a bar
LOWEST, HIGHEST = 0.5, 20  # temperature
BEGINNINGS = (  # of sentences, that phrases and links may set
    *("I-eat-an", "I-eat-a", "I-eat-the", "I-eat-the-red", "I-peel-an"),
    *("we-ride-a", "you-park-the", "mum-buy-the", "they-wash-the"),
)


class NextWordOptions(Options):
    """sentence: how it begins, words with hyphens between. temperature: at first. watch: a word whose bar is always
    there. log: the bars on a logarithmic scale at first. digit: with a digit beside it, which test image; -1: none.
    """

    sentence: str = BEGINNINGS[0]
    temperature: float = Field(default=1, ge=LOWEST, le=HIGHEST)
    watch: str = "bicycle"
    log: bool = False
    digit: int = Field(default=-1, ge=-1, lt=1000)


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    try:
        told = manifest()
        weights_file()
        digit = _digit(options["digit"]) if options["digit"] >= 0 else None
    except (OSError, ValueError, LookupError, PackError):
        mount("next_word", {"trouble": GONE}, key)
        return
    opens = {
        "sentence": stage.held("sentence", options["sentence"]),
        "temperature": float(stage.held("temperature", options["temperature"])),
        "log": options["log"],
    }
    data = {
        "trouble": "",
        "weights": f"language/teacher.safetensors?v={told['sha256'][:16]}",
        "model": {"heads": TEACHER.heads, "blocks": TEACHER.blocks, "length": TEACHER.length},
        "words": list(WORDS),
        "watch": options["watch"],
        "rows": ROWS,
        "lowest": LOWEST,
        "highest": HIGHEST,
        "digit": digit,
        "opens": opens,
    }
    mount("next_word", data, key)


def _digit(image: int) -> dict[str, Any]:
    """A test image and its teacher's answer. Raises PackError, ValueError or LookupError if they are not here."""
    answers = teacher_answers("mnist")
    picture = png.png(png.shown_images("mnist").images[image])
    return {
        "label": int(answers.labels[image]),
        "logits": [round(float(logit), 4) for logit in answers.logits[image]],
        "classes": list(answers.classes),
        "picture": "data:image/png;base64," + b64encode(picture).decode(),
    }


FIGURE = Figure(
    "a sentence that grows word by word, and what the teacher says comes next",
    NextWordOptions,
    show,
    settings=(
        Setting("sentence", "beginning of the sentence", choices=BEGINNINGS),
        temperature(LOWEST, HIGHEST),
        SCALE,
    ),
)
