"""The figure of a class that nobody showed the students: recorded for every class, and trained live at a click."""

from collections.abc import Mapping
from typing import Any, Literal

import streamlit as st
from pydantic import Field

from app.catalog.declared import CONTROLS
from app.components.mount import mount, sent
from app.experiments import spec
from app.experiments.recordings.left_out import PREFIX, recorded_left_out
from app.experiments.spec import Settings
from app.figures.lesson_run import bench, session, start
from app.figures.run_source import RunSource, run_source
from app.figures.stage import Stage
from app.images.image_classes import class_name
from app.teaching.figures import TRAINING, Figure, Options, Setting

NOTE = (
    "Accuracy of all, without a bias: the class that nobody showed can only be missed. What is above is counted on "
    "the images that the curve is drawn from."
)


class NeverShownOptions(Options):
    """The class, and where the dial begins. biased: with the dial; traced: the curves go as far as the dial has been,
    and nothing corrects it; train: with a button that trains others; student and correction: what is shown at first;
    softened: students of even softness can be shown, too.
    """

    data: Literal["mnist"] = "mnist"
    left_out: int = Field(default=3, ge=0, lt=10)
    bias: float = Field(default=0, ge=-4, le=8)
    biased: bool = True
    traced: bool = False
    train: bool = False
    student: Literal["distilled", "labels", "even"] = "distilled"
    softened: bool = False
    correction: Literal["", "label-free"] = ""


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    data = options["data"]
    try:
        kept, trouble = recorded_left_out(data), ""
    except ValueError as error:
        kept, trouble = None, str(error)
    left_out = stage.settings.get("left_out", options["left_out"])
    own = _own(stage, data)
    mount(
        "never_shown",
        {
            "data": data,
            "record": f"{PREFIX}{data}",
            "own": _told(own),
            "leftOut": left_out,
            "first": left_out if "left_out" in stage.fixed else options["left_out"],
            "bias": options["bias"],
            "biased": options["biased"],
            "traced": options["traced"],
            "softened": options["softened"],
            "role": options["student"],
            "correction": options["correction"],
            "fixed": "left_out" in stage.fixed,
            "trouble": trouble,
            "taught": {key: kept.spec.settings()[key] for key in ("temperature", "alpha")} if kept else None,
        },
        key,
        {"chosen": stage.press(lambda: _chosen(stage, key))},
    )
    if options["train"] and kept and TRAINING.key not in stage.fixed:
        _live(stage, own, kept.spec.settings() | {"left_out": left_out}, key)


def _chosen(stage: Stage, key: str) -> None:
    """Another class is left out: any of the ten, whatever a browser sends."""
    chosen = sent(session(), key, "chosen")
    left_out = chosen.get("leftOut") if isinstance(chosen, dict) else None
    if type(left_out) is int and 0 <= left_out < 10 and "left_out" not in stage.fixed:
        stage.change(left_out=left_out)


def _own(stage: Stage, data: str) -> RunSource | None:
    """The learner's own run, if the address names one in which a class of `data` was left out."""
    if not stage.run_id:
        return None
    own = run_source(stage.run_id, data, stage.store)
    fits = own.run and own.spec and own.spec.left_out is not None and own.spec.data == data
    return own if fits else None


def _told(own: RunSource | None) -> dict[str, Any] | None:
    """What the component needs to know of the learner's run."""
    if own is None or own.run is None or own.spec is None:
        return None
    return {"run": own.run.id, "leftOut": own.spec.left_out, "state": own.run.state}


def _live(stage: Stage, own: RunSource | None, settings: Settings, key: str) -> None:
    """A button that trains without this class, and how the learner's run goes."""
    name = class_name(settings["data"], settings["left_out"])

    def train() -> None:
        start(stage, settings, spec.fresh_seeds(CONTROLS["seeds"].default))

    with st.container(key=f"never-live{stage.place}", gap="small"):
        st.button(
            f":yellow[**Train your own without {name}**]",  # yellow: what is written on ink
            key=f"train-{key}",
            type="primary",
            help="Three pairs of twins, here and now, with new seeds. What is above then shows yours.",
            on_click=stage.press(train),
        )
        if own is None or own.run is None or own.spec is None:
            return
        bench(stage, own, own.spec.settings(), note=NOTE, steps=f"steps-{key}")


FIGURE = Figure(
    "students that never saw a class, and what a bias on its logit brings out",
    NeverShownOptions,
    show,
    settings=(
        Setting("bias", "bias", -4, 60, step=0.5),
        Setting("left_out", "class that is never shown", 0, 9, former="left-out"),
        Setting("student", "which student", choices=("distilled", "labels", "even")),
        Setting("correction", "corrections of the bias", choices=("none", "label-free", "best")),
    ),
    lights=frozenset({"b"}),
    trains=True,
)
