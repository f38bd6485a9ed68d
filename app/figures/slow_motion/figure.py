"""The figure of one training step: what teacher and student of a recorded run said about some images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st
from pydantic import Field

from app.catalog.available import lab_sets
from app.components.mount import mount
from app.experiments.recordings import runs as recorded
from app.experiments.recordings.recording import DAMAGED
from app.figures.settings import ALPHA, IMAGE, temperature
from app.figures.stage import Stage
from app.teaching.figures import Figure, Options, Setting

STUDENT = 0  # the seed whose student is shown


class SlowMotionOptions(Options):
    """Which step of a recorded run. images: to choose from; update: when its student is looked at; stages: those that
    are shown, by number.
    """

    run: str = "recorded-mnist-kd"
    images: tuple[int, ...] = Field(default=(119, 514, 956, 387), min_length=1)
    update: int = Field(default=32, ge=0)
    temperature: float = Field(default=4, ge=1, le=20)
    alpha: float = Field(default=0.9, ge=0, le=1)
    stages: tuple[int, ...] = Field(default=tuple(range(1, 9)), min_length=1)


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    data = recorded_step(options, key)
    if data is not None:
        held = {name: stage.held(name, options[name]) for name in ("temperature", "alpha")}
        mount("slow_motion", data | held | {"stages": options["stages"]}, key)


def recorded_step(options: Mapping[str, Any], key: str) -> dict[str, Any] | None:
    """What teacher and student of a recorded run say about some images; None, and a notice, if that is damaged.

    options: run, images and update, as above; key: of the figure.
    """
    kept = recorded.recorded_runs().get(options["run"])
    try:
        if kept is None:
            raise ValueError(DAMAGED)
        shown = _images(kept, options["images"], options["update"])
    except ValueError as error:
        with st.container(key=f"notice-{key}"):
            st.markdown(str(error))
        return None
    known = lab_sets().get(kept.spec.data)
    return {
        "run": kept.id,
        "data": kept.spec.data,
        "here": bool(known and known.here),
        "classes": list(kept.classes),
        "updates": kept.updates,
        **shown,
    }


def _images(kept: recorded.RecordedRun, wanted: list[int], update: int) -> dict[str, Any]:
    """The logits about each image, at the moment that is nearest to `update`. Raises ValueError."""
    said = kept.answers()
    moment = min(range(len(said.moments)), key=lambda one: abs(said.moments[one] - update))
    arm = next((at for at, one in enumerate(kept.spec.arms) if one.role == "distilled"), None)
    images = [image for image in wanted if image < len(kept.labels)]
    if arm is None or not images:
        raise ValueError(DAMAGED)
    step = kept.step(said.moments[moment])
    shown = [
        {
            "image": image,
            "real": _real(step, image),
            "label": kept.labels[image],
            "teacher": said.teacher[image].astype(float).tolist(),
            "student": said.students[moment, arm, STUDENT, image].astype(float).tolist(),
        }
        for image in images
    ]
    taught = kept.spec.arms[arm]
    made = {"temperature": taught.temperature, "alpha": taught.alpha, "update": said.moments[moment]}
    return {"update": said.moments[moment], "images": shown, "real": {**made, "batch": step.batch if step else None}}


def _real(step: recorded.Step | None, image: int) -> dict[str, Any] | None:
    """What one real update of the weights made of an image, by role; None if that is not recorded."""
    if step is None or image not in step.images:
        return None
    at, moments = step.images.index(image), {"before": step.before, "after": step.after}
    return {role: {name: said[role][at].tolist() for name, said in moments.items()} for role in step.before}


FIGURE = Figure(
    "one training step, stage by stage, in the numbers of a real step",
    SlowMotionOptions,
    show,
    settings=(
        Setting("stage", "stage of the step", 1, 8),
        temperature(),
        ALPHA,
        replace(IMAGE, option="images"),
        Setting("parts", "which losses", choices=("both", "hard", "soft")),
        Setting("steps", "steps made", 0, 100),
    ),
    lights=frozenset({"T", "alpha", "KL", "CE"}),
)
