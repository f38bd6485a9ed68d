"""A link to a step for a class: which step, what its figures are set to, which controls are fixed or not shown.

Knows no run and no learner.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from app.teaching.lessons import Lesson, Section
from app.teaching.stage import CONTROL_WORDS, TRAIN, Setting, link_settings
from app.views.lesson_state import FIX_KEY, HIDE_KEY, LESSON_KEY, STEP_KEY

FREE, SET, FIXED, HIDDEN = "as it is", "set", "fixed", "not shown"
WAYS = (FREE, SET, FIXED, HIDDEN)
LINES = (
    "An exercise is a link: choose a step and what its controls may do, copy the link, and give it to your class. "
    "*Set* only begins there; *fixed* is seen but cannot be turned, not even by the text; "
    "*not shown* is fixed and gone."
)
NONE = "This step has no controls that a link could hold."


def link(base: str, lesson: str, step: str, held: Mapping[str, tuple[str, str]]) -> str:
    """The address. base: of the page of lessons; held: (one of `WAYS`, value or "") by key of a control."""
    query = {LESSON_KEY: lesson, STEP_KEY: step}
    query |= {key: value for key, (way, value) in held.items() if way != FREE and value}
    for name, wanted in ((FIX_KEY, FIXED), (HIDE_KEY, HIDDEN)):
        if keys := sorted(key for key, (way, _) in held.items() if way == wanted):
            query[name] = ",".join(keys)
    return f"{base}?{urlencode(query, safe=',')}"


@st.fragment
def offer(lesson: Lesson, current: str) -> None:
    """The tool, folded. current: the step that is shown."""
    with st.expander("Link for a class", key="class-link"):
        st.markdown(LINES)
        titles = {section.id: f"{at}  {section.title}" for at, section in enumerate(lesson.sections, start=1)}
        step = st.selectbox(
            "Step",
            list(titles),
            index=list(titles).index(current),
            format_func=titles.__getitem__,
            key=f"class-step-{lesson.id}-{current}",
        )
        section = lesson.section(step)
        assert section is not None
        settings = link_settings(block.name for block in section.blocks if block.kind == "figure")
        if not settings:
            st.markdown(NONE)
        held = {key: _control(key, setting, section, f"{lesson.id}-{step}") for key, setting in settings.items()}
        st.code(link(str(st.context.url or "lesson").partition("?")[0], lesson.id, step, held), None, wrap_lines=True)


def _control(key: str, setting: Setting | None, section: Section, place: str) -> tuple[str, str]:
    """One control: (way, value)."""
    words = CONTROL_WORDS.get(key, key)
    with st.container(key=f"class-{key}-{place}", horizontal=True, vertical_alignment="bottom", gap="small"):
        ways = (FREE, HIDDEN) if key == TRAIN else WAYS
        way = st.pills(
            f"{words[0].upper()}{words[1:]}", ways, default=FREE, required=True, key=f"class-way-{key}-{place}"
        )
        if way in (None, FREE) or setting is None:
            return str(way or FREE), ""
        first, where = _begins(key, setting, section), f"class-value-{key}-{place}"
        if setting.choices:
            at = setting.choices.index(first) if first in setting.choices else 0
            return way, str(st.selectbox("Value", setting.choices, index=at, key=where, width=140))
        if key in ("temperature", "alpha", "bias"):
            step, value = (0.05 if setting.high <= 1 else 0.5), float(first)
            value = st.number_input("Value", float(setting.low), float(setting.high), value, step, key=where, width=140)
            return way, f"{value:g}"
        return way, str(st.number_input("Value", int(setting.low), int(setting.high), int(first), key=where, width=140))


def _begins(key: str, setting: Setting, section: Section) -> Any:
    """Where the step's figure begins by itself."""
    options = [block.options for block in section.blocks if block.kind == "figure"]
    names = {"class": "chosen", "scale": "log", "questions": "per_day", "setting": "cohort"}
    given = next((one[name] for one in options if (name := names.get(key, key)) in one), None)
    if isinstance(given, bool):
        return {"scale": ("linear", "log"), "squared": ("off", "on")}[key][given]
    if setting.choices:
        return given if given in setting.choices else setting.choices[0]
    return min(setting.high, max(setting.low, given if given is not None else setting.low))
