"""Draws the controls that `declared.CONTROLS` declares, and passes what is changed on to the tab."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import streamlit as st

from app.catalog import available
from app.catalog.available import lab_sets
from app.catalog.declared import CONTROLS, METHODS, STUDENTS, Control
from app.components.dials import dials, turned
from app.experiments import spec
from app.images.image_classes import NONE, can_be_left_out, class_name, label_counts, unlabelled_counts
from app.views import routes
from app.views.lab_state import LabState

PLACED = ("data", "labels", "unlabelled", "left_out", "teacher", "method", "temperature", "alpha", "student")
DIALS = tuple(CONTROLS[key] for key in ("temperature", "alpha"))

Changed = Callable[[], object]


def what_they_learn_from(tab: LabState, changed: Changed) -> None:
    """Images and how many of them."""
    st.subheader("What they learn from", anchor="settings")
    sets = lab_sets()
    offered = dict.fromkeys((*sets, *tab.own, tab.settings["data"]))  # own images are listed to nobody else
    _pills(tab, "data", tuple(data for data in offered if data in sets), lambda data: sets[data].name, changed)
    with st.container(key="own-images"):
        st.page_link(routes.to("your images"), label="Use your own images")
    st.select_slider(
        CONTROLS["labels"].words,
        label_counts(tab.settings["data"], tab.settings["left_out"]),
        format_func="{:,}".format,
        **_bound(tab, "labels", changed),
    )
    with st.container(key="fewer"), st.popover(_fewer_in_words(tab.settings), key="fewer-labels", type="tertiary"):
        _fewer_labels(tab, changed)


def _fewer_labels(tab: LabState, changed: Changed) -> None:
    """What few runs need, folded away: images that nobody labelled, a class that nobody shows."""
    counts = unlabelled_counts(tab.settings["data"], tab.settings["labels"], tab.settings["left_out"])
    if len(counts) > 1:
        st.select_slider(
            CONTROLS["unlabelled"].words,
            counts,
            format_func="{:,}".format,
            **_bound(tab, "unlabelled", changed, folded=True),
        )
        st.markdown(f":violet[:small[{_who_marks_what(tab.settings)}]]")
    else:
        st.markdown("Every image has a label here: choose fewer labelled images, and the rest can do without.")
    left_out(tab.settings["data"], _bound(tab, "left_out", changed, folded=True))
    st.markdown(f":violet[:small[{_who_is_missing(tab.settings)}]]")


def left_out(data: str, bound: Mapping[str, Any]) -> None:
    """The choice of a class that nobody is shown, or of none. bound: ties it to its page's tab."""
    words, classes = CONTROLS["left_out"].words, can_be_left_out(data)
    st.selectbox(
        words, classes, index=None, placeholder=NONE, format_func=lambda number: class_name(data, number), **bound
    )


def _who_marks_what(settings: spec.Settings) -> str:
    """What an update is made of with these settings."""
    if not settings["unlabelled"]:
        return "None: the teacher marks the labelled images alone."
    method = METHODS[settings["method"]]
    if method.labelled_only:
        return f"{method.name} needs the label of every image: choose soft labels, or none here."
    return (
        "Every update has a batch of these beside the labelled ones. Nobody knows their labels: the distilled students "
        "hear what the teacher says of them, the others pass over them."
    )


def _who_is_missing(settings: spec.Settings) -> str:
    """What the students are not shown with these settings."""
    if settings["left_out"] is None:
        return "None: the students see every class."
    name, left = class_name(settings["data"], settings["left_out"]), METHODS[settings["method"]]
    if left.uses_teacher and settings["alpha"] > 0:
        return f"No student ever sees an image of {name}. Only the teacher, which knows it, can tell what it is like."
    return f"No student ever sees an image of {name}, and nobody tells them what it is like."


def _fewer_in_words(settings: spec.Settings) -> str:
    """The name of the folded part, with what is set in it."""
    chosen = [f"And {settings['unlabelled']:,} without a label"] if settings["unlabelled"] else []
    missing = settings["left_out"] is not None
    chosen += [f"No image of class {class_name(settings['data'], settings['left_out'])}"] if missing else []
    return ", ".join(chosen) or "Fewer labels, missing classes"


def how_the_teacher_speaks(tab: LabState, changed: Changed, beside: Mapping[str, str]) -> None:
    """Teacher, temperature, alpha and method. beside: what the bench says of the controls."""
    st.subheader("How the teacher speaks", anchor=False)
    dials(DIALS, tab.settings, _notes(tab), beside, changed)
    names = available.teachers_if_readable()
    st.selectbox(
        CONTROLS["teacher"].words,
        spec.teachers_for(tab.settings["data"]),
        format_func=lambda teacher: names[teacher].name if teacher in names else teacher,
        **_bound(tab, "teacher", changed),
    )
    st.selectbox(
        CONTROLS["method"].words,
        CONTROLS["method"].choices,
        format_func=lambda method: METHODS[method].name,
        **_bound(tab, "method", changed),
    )


def temperature(tab: LabState, changed: Changed, beside: Mapping[str, str]) -> None:
    """The dial that softens what is shown of one image, alone."""
    dials(DIALS[:1], tab.settings, {}, beside, changed)


def the_student(tab: LabState, changed: Changed) -> None:
    """Size, epochs and seeds."""
    st.subheader("The student", anchor=False)
    _pills(tab, "student", tuple(STUDENTS), lambda student: STUDENTS[student].name, changed)
    with st.container(key="size"):
        st.markdown(f":violet[:small[{size_in_words(tab.settings)}]]")
    others(lambda key: _bound(tab, key, changed))


def others(bound: Callable[[str], dict[str, Any]]) -> None:
    """Every control that has no place of its own, by its declaration, two in a row. bound: ties it to a page's tab."""
    rest = [control for key, control in CONTROLS.items() if key not in PLACED]
    for pair in (rest[at : at + 2] for at in range(0, len(rest), 2)):
        for column, control in zip(st.columns(2, gap="small", wrap=False), pair, strict=False):
            if control.choices:
                named: dict[str, Any] = {"format_func": partial(available.choice_name, control.key)}
                column.selectbox(control.words, control.choices, **named | bound(control.key))
                continue
            number: Callable[[float], float] = int if isinstance(control.default, int) else float
            low, high, step = map(number, (control.low, control.high, control.step))
            column.number_input(control.words, low, high, step=step, **bound(control.key))


def size_in_words(settings: spec.Settings) -> str:
    """How big a student is, beside its teacher: "9,098 parameters, 32 times smaller than the teacher"."""
    parameters = STUDENTS[settings["student"]].parameters(lab_sets()[settings["data"]])
    teacher = available.teachers_if_readable().get(settings["teacher"])
    said = f"{parameters:,} parameters"
    if teacher is None:
        return said
    ratio = teacher.parameters / parameters
    if ratio >= 1.5:
        return f"{said}, {ratio:,.0f} times smaller than the teacher"
    return f"{said}, about as many as the teacher" if ratio > 0.67 else f"{said}, {1 / ratio:,.1f} times the teacher"


def _notes(tab: LabState) -> dict[str, str]:
    """Where a dial does nothing for the chosen method, its help says so."""
    method = METHODS[tab.settings["method"]]
    notes = {}
    if not method.uses_temperature:
        notes["temperature"] = f"{method.name} trains without it; here it softens only the bars."
    if not method.uses_teacher:
        notes["alpha"] = "How much the labels are smoothed; no teacher here."
    return notes


def _pills(tab: LabState, key: str, choices: tuple[str, ...], name: Callable[[Any], str], changed: Changed) -> None:
    bound, words = _bound(tab, key, changed), CONTROLS[key].words
    st.pills(words, choices, format_func=name, required=True, wrap=True, label_visibility="collapsed", **bound)


def gather(tab: LabState, state: Mapping[str, Any]) -> None:
    """Take over what the controls show now. state: the session's.

    For a press on Train that reaches the server together with the change before it: Streamlit then runs both
    callbacks, in no certain order.
    """
    widgets = {key: f"control-{key}" for key in CONTROLS}
    values = {key: state[widget] for key, widget in widgets.items() if widget in state}
    at, angles = turned(state, DIALS)
    if at != tab.turned:  # else they are old news: since then a reset or a link may have set the dials
        tab.turned = at
        values |= angles
    tab.change(**values)


def _bound(tab: LabState, key: str, changed: Changed, *, folded: bool = False) -> dict[str, Any]:
    """Arguments that tie a widget to the tab: the tab says what it shows, the widget what was chosen.

    folded: it is in a popover. A browser has nothing of one that is closed: told a value once, it would open with the
    default. So it is told at every run; elsewhere that would undo what is being typed.
    """
    control: Control = CONTROLS[key]
    widget = f"control-{key}"
    if folded or widget not in st.session_state or st.session_state[widget] != tab.settings[key]:
        st.session_state[widget] = tab.settings[key]

    return {"key": widget, "help": control.help, "on_change": changed}


def in_words(key: str, value: Any, data: str) -> str:
    """A control's value in words: "temperature 8", "student 35 k". data: whose class is named."""
    words = CONTROLS[key].words
    if key == "left_out":
        return "no class left out" if value is None else f"class {class_name(data, value)} left out"
    return f"{words[0].lower()}{words[1:]} {available.choice_name(key, value)}"
