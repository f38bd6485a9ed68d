"""A link to a step for a class: which step, what its figures are set to, which controls are fixed or not shown."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from app.teaching.figures import Setting, controls_of
from app.teaching.lessons import Lesson, Section
from app.views import share
from app.views.lesson_state import FIX_KEY, HIDE_KEY, LESSON_KEY, STEP_KEY

FREE, SET, FIXED, HIDDEN = "as it is", "set", "fixed", "not shown"
WAYS = (FREE, SET, FIXED, HIDDEN)
LINES = (
    "An exercise is a link: choose a step and what its controls may do, copy the link, and give it to your class. "
    "*Set* only begins there; *fixed* is seen but cannot be turned, not even by the text; "
    "*not shown* is fixed and gone."
)
PAGE = "lesson"  # the page's address
NONE = "This step has no controls that a link could hold."


def link(lesson: str, step: str, held: Mapping[str, tuple[str, str]]) -> str:
    """The address below the app's own. held: (one of `WAYS`, value or "") by key of a control."""
    query = {LESSON_KEY: lesson, STEP_KEY: step}
    query |= {key: value for key, (way, value) in held.items() if way != FREE and value}
    for name, wanted in ((FIX_KEY, FIXED), (HIDE_KEY, HIDDEN)):
        if keys := sorted(key for key, (way, _) in held.items() if way == wanted):
            query[name] = ",".join(keys)
    return f"{PAGE}?{urlencode(query, safe=',')}"


@st.fragment
def offer(lesson: Lesson, current: str) -> None:
    """The tool, in a menu for those who teach. current: the step that is shown."""
    with st.popover("For teachers", key="class-link", type="tertiary"):
        st.markdown("**Link for a class**")
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
        controls, above = controls_of(section.figures), st.container(key="class-link-made", gap="small")
        if not controls:
            st.markdown(NONE)
        held = {key: _control(setting, section, f"{lesson.id}-{step}") for key, setting in controls.items()}
        with above:
            share.draw(link(lesson.id, step, held), "class-share")


def _control(setting: Setting, section: Section, place: str) -> tuple[str, str]:
    key, words = setting.key, setting.words
    with st.container(key=f"class-{key}-{place}", horizontal=True, vertical_alignment="bottom", gap="small"):
        ways = (FREE, HIDDEN) if setting.held else WAYS
        way = st.pills(
            f"{words[0].upper()}{words[1:]}", ways, default=FREE, required=True, key=f"class-way-{key}-{place}"
        )
        if way in (None, FREE) or setting.held:
            return str(way or FREE), ""
        begins = setting.begins(block.options for block in section.blocks if block.kind == "figure")
        shown: dict[str, Any] = {"label": "Value", "key": f"class-value-{key}-{place}", "width": 140}
        if setting.choices:
            return way, str(st.selectbox(options=setting.choices, index=setting.choices.index(begins), **shown))
        kind = int if setting.step == int(setting.step) else float
        low, high, value, step = (kind(number) for number in (setting.low, setting.high, begins, setting.step))
        return way, f"{st.number_input(min_value=low, max_value=high, value=value, step=step, **shown):.10g}"
