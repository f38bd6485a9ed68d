"""Draws the controls of the page of sweeps: what is varied, and those of `declared.CONTROLS` that are not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from app.catalog import available
from app.catalog.available import lab_sets
from app.catalog.declared import CONTROLS, METHODS, STUDENTS
from app.experiments import spec
from app.experiments.sweep import SWEEPS
from app.images.image_classes import label_counts, unlabelled_counts
from app.views.controls import left_out, others
from app.views.sweep_state import SweepState

WIDGETS = {key: f"sweep-{key}" for key in CONTROLS}
KIND = "sweep-kind"

Changed = Callable[[], object]


def draw(tab: SweepState, changed: Changed) -> None:
    """What is varied, and everything that all its runs share."""
    varied = SWEEPS[tab.kind].axes
    st.subheader("What is varied", anchor=False)
    _set(KIND, tab.kind)
    named: dict[str, Any] = {"key": KIND, "on_change": changed, "label_visibility": "collapsed"}
    st.pills(
        "What is varied", tuple(SWEEPS), format_func=lambda kind: SWEEPS[kind].name, required=True, wrap=True, **named
    )
    st.markdown(f":violet[:small[{SWEEPS[tab.kind].question}]]")
    st.subheader("What stays", anchor=False)
    sets = lab_sets()
    offered = dict.fromkeys((*sets, *tab.own, tab.settings["data"]))  # own images are listed to nobody else
    _pills(tab, "data", tuple(data for data in offered if data in sets), lambda data: sets[data].name, changed)
    if "labels" not in varied:
        counts = label_counts(tab.settings["data"], tab.settings["left_out"])
        st.select_slider(CONTROLS["labels"].words, counts, format_func="{:,}".format, **_bound(tab, "labels", changed))
    if "unlabelled" not in varied:
        beside = 0 if "labels" in varied else tab.settings["labels"]
        counts = unlabelled_counts(tab.settings["data"], beside, tab.settings["left_out"])
        _select(tab, "unlabelled", counts, "{:,}".format, changed)
    left_out(tab.settings["data"], _bound(tab, "left_out", changed))
    for key in ("temperature", "alpha"):
        control = CONTROLS[key]
        if key not in varied:
            st.slider(control.words, control.low, control.high, step=control.step, **_bound(tab, key, changed))
    if "method" not in varied:
        _select(tab, "method", CONTROLS["method"].choices, lambda method: METHODS[method].name, changed)
    names = available.teachers_if_readable()
    teachers = tuple(spec.teachers_for(tab.settings["data"]))
    _select(tab, "teacher", teachers, lambda teacher: names[teacher].name if teacher in names else teacher, changed)
    if "student" not in varied:
        _pills(tab, "student", tuple(STUDENTS), lambda student: STUDENTS[student].name, changed)
    others(lambda key: _bound(tab, key, changed))


def gather(tab: SweepState, state: Mapping[str, Any]) -> None:
    """Take over what the controls show now. state: the session's."""
    if state.get(KIND) in SWEEPS:
        tab.kind = state[KIND]
    tab.change(**{key: state[widget] for key, widget in WIDGETS.items() if widget in state})


def _pills(tab: SweepState, key: str, choices: tuple[str, ...], name: Callable[[Any], str], changed: Changed) -> None:
    bound, words = _bound(tab, key, changed), CONTROLS[key].words
    st.pills(words, choices, format_func=name, required=True, wrap=True, label_visibility="collapsed", **bound)


def _select(tab: SweepState, key: str, choices: tuple[Any, ...], name: Callable[[Any], str], changed: Changed) -> None:
    st.selectbox(CONTROLS[key].words, choices, format_func=name, **_bound(tab, key, changed))


def _bound(tab: SweepState, key: str, changed: Changed) -> dict[str, Any]:
    """Arguments that tie a widget to the tab: the tab says what it shows, the widget what was chosen."""
    _set(WIDGETS[key], tab.settings[key])
    return {"key": WIDGETS[key], "help": CONTROLS[key].help, "on_change": changed}


def _set(widget: str, value: Any) -> None:
    if (
        widget not in st.session_state or st.session_state[widget] != value
    ):  # setting it anyway would undo what is being typed
        st.session_state[widget] = value
