"""A page on a projector: as large as the screen allows, with the little that is needed to run it, and a way back."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import streamlit as st

from app.components.mount import mount
from app.views.address import PageState
from app.views.errors import pressing

STYLE = Path(__file__).with_suffix(".css")
PART = "projected"  # in the session: the part that is chosen


def offer(state: str) -> None:
    """The way to it. state: the key of the page's state in the session."""
    st.button("Projector", key="project", type="tertiary", on_click=pressing(state, show))


def enlarge() -> None:
    """Make what follows large, and hide the masthead."""
    st.html(STYLE)


def parts(tab: PageState, state: str) -> None:
    """What else of the page can be large."""
    st.session_state[PART] = tab.show
    st.pills(
        "What is large",
        tuple(tab.shows),
        key=PART,
        format_func=tab.shows.__getitem__,
        required=True,
        label_visibility="collapsed",
        on_change=pressing(state, _turn),
    )


def way_out(state: str, of: str) -> None:
    """Back to the page; Escape presses it, too. Before it, a way through a text that is too long to be seen at once.
    of: names what is shown; another one is fitted anew.
    """
    mount("projector", {"of": of}, "projector")
    st.button("Leave the projector", key="leave-projector", on_click=pressing(state, leave))


def show(tab: PageState, _session: Mapping[str, Any], what: str = "") -> None:
    """Show one of the views that a page has beside itself; "": the first."""
    tab.show = what or next(iter(tab.shows))


def _turn(tab: PageState, session: Mapping[str, Any]) -> None:
    tab.show = session[PART]


def leave(tab: PageState, _session: Mapping[str, Any]) -> None:
    """Back to the page."""
    tab.show = ""
