"""Draws the controls of the page of sweeps: what is varied, and those of `declared.CONTROLS` that are not."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from app.catalog.declared import CONTROLS
from app.experiments.sweep import SWEEPS
from app.images.image_classes import unlabelled_counts
from app.views.controls import Changed, Widgets, show_value
from app.views.sweep_state import SweepState

KIND = "sweep-kind"


def draw(tab: SweepState, changed: Changed) -> None:
    """What is varied, and everything that all its runs share."""
    varied, widgets = SWEEPS[tab.kind].axes, Widgets(tab, changed, "sweep")
    st.header("What is varied", anchor=False)
    show_value(KIND, tab.kind)
    named: dict[str, Any] = {"key": KIND, "on_change": changed, "label_visibility": "collapsed"}
    st.pills(
        "What is varied", tuple(SWEEPS), format_func=lambda kind: SWEEPS[kind].name, required=True, wrap=True, **named
    )
    st.markdown(f":violet[:small[{SWEEPS[tab.kind].question}]]")
    st.header("What stays", anchor=False)
    widgets.images()
    if "labels" not in varied:
        widgets.labels()
    if "unlabelled" not in varied:
        beside = 0 if "labels" in varied else tab.settings["labels"]
        counts = unlabelled_counts(tab.settings["data"], beside, tab.settings["left_out"])
        widgets.select("unlabelled", counts, "{:,}".format)
    widgets.left_out()
    for key in ("temperature", "alpha"):
        control = CONTROLS[key]
        if key not in varied:
            st.slider(control.words, control.low, control.high, step=control.step, **widgets.bound(key))
    if "method" not in varied:
        widgets.method()
    widgets.teacher()
    if "student" not in varied:
        widgets.student()
    widgets.others(without=tuple(varied))


def gather(tab: SweepState, state: Mapping[str, Any]) -> None:
    """Take over what the controls show now. state: the session's."""
    if state.get(KIND) in SWEEPS:
        tab.kind = state[KIND]
    tab.change(**{key: state[f"sweep-{key}"] for key in CONTROLS if f"sweep-{key}" in state})
