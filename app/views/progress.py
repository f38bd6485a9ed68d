"""Progress: what a learner did, and what they may do with it. Composes sections, each from a module of its own."""

from pathlib import Path

import streamlit as st

from app.server import identity
from app.store import shared
from app.views import devices, errors, mastery, your_data

STYLE = Path(__file__).with_name("lesson.css")
NO_COOKIE = (
    "Your browser sent no cookie, so it is not known what you did here, and nothing is kept when you leave. "
    f"{identity.ALLOW}"
)


@errors.page
def page() -> None:
    """Draw the page: one section below the other."""
    store = shared()
    learner = identity.learner_from(st.context.cookies)
    st.html(STYLE)
    with st.container(key="progress"):
        st.title("Progress", anchor=False)
        if learner is None:
            errors.notice([NO_COOKIE])
            return
        with st.container(key="arrived"):  # there or not, what follows keeps its place, and what is unfolded in it
            told = devices.arrived(store, learner)
        stands = mastery.standings_of(store, learner)
        with st.container(key="progress-columns"):
            with st.container(key="progress-lessons"):
                mastery.to_do(stands)
                with st.container(key="elsewhere"):
                    if not told:
                        devices.newcomer(store, learner)
                mastery.section(stands)
            with st.container(key="progress-yours"):
                your_data.section(store, learner)
                devices.section(store, learner)
                your_data.deletion(store, learner)
