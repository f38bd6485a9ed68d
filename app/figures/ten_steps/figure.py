"""Twins that make ten steps on one image: one hears the answer key alone, the other the teacher alone."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import Field

from app.components.mount import mount
from app.figures.settings import IMAGE
from app.figures.slow_motion.figure import recorded_step
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options, Setting

MOST = 10


class TenStepsOptions(Options):
    """Which students and images, as in `slow-motion`. steps: made at first; until: the predictions before which none
    can be made, and which the steps answer.
    """

    run: str = "recorded-mnist-kd"
    images: tuple[int, ...] = Field(default=(119, 956, 514, 387), min_length=1)
    update: int = Field(default=32, ge=0)
    temperature: float = Field(default=4, ge=1, le=20)
    steps: int = Field(default=0, ge=0, le=MOST)
    until: tuple[str, ...] = ()


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    data = recorded_step(options, key)
    if data is None:
        return
    opened = set(options["until"]) <= stage.saved.keys()
    steps = MOST if options["until"] and opened else options["steps"]
    plays = opened and stage.just_saved in options["until"]
    given = {"temperature": options["temperature"], "steps": steps, "most": MOST, "open": opened, "plays": plays}
    mount("ten_steps", data | given, key)


FIGURE = Figure(
    "ten steps of twins on one image, with the answer key and with the teacher",
    TenStepsOptions,
    show,
    settings=(replace(IMAGE, option="images"), Setting("steps", "steps made", 0, MOST)),
)
