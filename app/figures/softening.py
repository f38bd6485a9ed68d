"""The figure that turns a sure answer into an undecided one: an image, the teacher's probabilities, a temperature.

On the front page it is the first thing that moves; in a lesson its phrases turn it. Knows no page.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from app.components.softening import softening as component
from app.experiments import pictures, recorded
from app.experiments.api.assets import js_base
from app.experiments.ranking import most_ambiguous
from app.packs import PackError

if TYPE_CHECKING:
    from app.figures.on_stage import Stage

LOWEST, HIGHEST = 0.5, 20.0  # temperatures, where the options ask for no more
OFFERED = 6  # images where nobody chose which
GONE = "The images or the teacher's answers of this figure are missing or damaged. Get a fresh copy of the app."


def softening(options: Mapping[str, Any], *, key: str) -> None:
    """Mount the figure. options: data, image, images, temperature, highest, logits, log, as `stage.Softening` has them.

    plays: the temperature goes up and down once by itself, until somebody touches it or where motion is reduced.
    fixed: keys that nobody may turn.
    """
    data = str(options.get("data", "mnist"))
    try:
        found = _answers(data)
        chosen = tuple(options.get("images") or ()) or _telling(data)
        first = options.get("image", chosen[0])
        offered = dict.fromkeys((*chosen, first) if options.get("images") else (first, *chosen))
        shown = pictures.shown(data)
        images = [
            {
                "image": image,
                "label": int(found[1][image]),
                "logits": [round(float(logit), 4) for logit in found[0].teacher[image]],
                "picture": "data:image/png;base64," + b64encode(pictures.png(shown.images[image])).decode(),
            }
            for image in list(offered)[: len(offered) if options.get("images") else OFFERED]
        ]
    except (PackError, ValueError, LookupError):
        component(js_base(), {"trouble": GONE, "images": []}, key=key)
        return
    component(
        js_base(),
        {
            "trouble": "",
            "images": images,
            "first": first,
            "classes": list(found[2]),
            "temperature": float(options.get("temperature", 1)),
            "log": bool(options.get("log")),
            "logits": bool(options.get("logits")),
            "lowest": LOWEST,
            "highest": float(options.get("highest", HIGHEST)),
            "fixed": list(options.get("fixed", ())),
            "plays": bool(options.get("plays")),
        },
        key=key,
    )


@lru_cache(maxsize=4)
def _answers(data: str) -> tuple[recorded.Answers, Sequence[int], Sequence[str]]:
    """What the teacher of the first recorded run said of the test images, their labels, and the classes' names."""
    run = recorded.recorded_for(data)[0]
    return run.answers(), run.labels, run.classes


@lru_cache(maxsize=4)
def _telling(data: str) -> tuple[int, ...]:
    """Images that show the range: doubtful ones of different classes first, and one that the teacher is sure of."""
    answers, labels, _ = _answers(data)
    order = most_ambiguous(answers.teacher)
    told: dict[int, int] = {}
    for image in order:
        told.setdefault(int(labels[image]), image)
    return (*list(told.values())[: OFFERED - 1], order[-1])


def on_stage(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    """Mount it in a lesson, with the temperature of the link where that fixes it."""
    fixed = {"fixed": ("temperature",), "temperature": stage.settings["temperature"]}
    softening({**options, **(fixed if "temperature" in stage.fixed else {})}, key=key)
