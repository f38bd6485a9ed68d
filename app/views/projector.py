"""The lab on a projector: one part, large, with the little that is needed to run it."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from app.views.lab_state import SHOWS, LabState

STYLE = Path(__file__).with_suffix(".css")
PART = "projected"  # in the session: the part that is chosen


def offer(press: Callable[..., Callable[[], None]]) -> None:
    """The way to it. press: makes a callback that changes the tab."""
    st.button(
        "Show on a projector",
        key="project",
        type="tertiary",
        help="Only the curves, large, with Train. The link in the address bar shows the same to others.",
        on_click=press(_show, next(iter(SHOWS))),
    )


def enlarge() -> None:
    """Make what follows large, and hide the masthead."""
    st.html(STYLE)


def ways_on(tab: LabState, press: Callable[..., Callable[[], None]]) -> None:
    """What else can be large, and the way back."""
    st.session_state[PART] = tab.show
    st.pills(
        "What is large",
        tuple(SHOWS),
        key=PART,
        format_func=SHOWS.__getitem__,
        required=True,
        label_visibility="collapsed",
        on_change=press(_turn),
    )
    st.button("Whole page", key="leave-projector", type="tertiary", on_click=press(_show, ""))


def _show(tab: LabState, part: str) -> None:
    tab.show = part


def _turn(tab: LabState) -> None:
    _show(tab, st.session_state.to_dict()[PART])
