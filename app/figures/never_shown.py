"""The figure of a class that nobody showed the students: recorded for every class, and trained live at a click.

Knows no page.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from app.catalog.declared import CONTROLS
from app.components.never_shown import chosen
from app.components.never_shown import never_shown as component
from app.experiments import spec
from app.experiments.recordings.left_out import PREFIX, recorded_unseen
from app.experiments.spec import Settings
from app.figures.lesson_run import bench, session, start
from app.figures.run_source import Shown, shown_run
from app.images.image_classes import class_name
from app.server.api import API
from app.server.api.assets import js_base
from app.teaching.stage import TRAIN

if TYPE_CHECKING:
    from app.figures.on_stage import Stage

NOTE = "Accuracy of all, without a bias: the class that nobody showed can only be missed."


def never_shown(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    """Mount the figure. options: see `app.teaching.stage.NeverShown`."""
    data = options["data"]
    try:
        kept, trouble = recorded_unseen(data), ""
    except ValueError as error:
        kept, trouble = None, str(error)
    left_out = stage.settings["left_out"] if stage.settings["left_out"] is not None else options["left_out"]
    own = _own(stage, data)
    component(
        js_base(),
        {
            "api": API,
            "data": data,
            "record": f"{PREFIX}{data}",
            "own": _told(own),
            "leftOut": left_out,
            "bias": options["bias"],
            "biased": options["biased"],
            "role": options["student"],
            "fixed": "left_out" in stage.fixed,
            "trouble": trouble,
        },
        key=key,
        on_chosen=stage.press(lambda: _chosen(stage, key)),
    )
    if options["train"] and kept and TRAIN not in stage.fixed:
        _live(stage, own, kept.spec.settings() | {"left_out": left_out}, key)


def _chosen(stage: Stage, key: str) -> None:
    found = chosen(session(), key)
    if found is not None and "left_out" not in stage.fixed:
        stage.change(left_out=found)


def _own(stage: Stage, data: str) -> Shown | None:
    """The learner's own run, where the address names one in which a class of `data` was left out."""
    if not stage.run_id:
        return None
    found = shown_run(stage.run_id, data, stage.store)
    fits = found.run and found.spec and found.spec.left_out is not None and found.spec.data == data
    return found if fits else None


def _told(own: Shown | None) -> dict[str, Any] | None:
    """What the component needs to know of the learner's run."""
    if own is None or own.run is None or own.spec is None:
        return None
    return {"run": own.run.id, "leftOut": own.spec.left_out, "state": own.run.state}


def _live(stage: Stage, own: Shown | None, settings: Settings, key: str) -> None:
    """A button that trains without this class, and how the learner's run goes."""
    name = class_name(settings["data"], settings["left_out"])

    def train() -> None:
        start(stage, settings, spec.fresh_seeds(CONTROLS["seeds"].default))

    with st.container(key="never-live", gap="small"):
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
