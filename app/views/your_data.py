"""What is kept of a learner: how much of what, to take along, and to delete. Knows no lesson."""

from __future__ import annotations

import streamlit as st

from app.components.handover import handover
from app.experiments.api import API
from app.experiments.api.assets import js_base
from app.recovery import handle_of
from app.store import Store
from app.views import boundary
from app.views.kept_words import in_words

ASKS = "asks-delete"  # in the session: the first of two presses was made
NOTHING = (
    "Nothing yet. Answers, predictions, steps and runs are kept here as you make them, under a random number in a "
    "cookie of this browser. Nobody asks who you are."
)
KEPT = "Kept under a random number in a cookie of this browser: {what}. Nobody asks who you are."
SURE = (
    "This deletes {what}: answers, predictions, steps, runs with their curves and weights, sweeps, and images of your "
    "own. What trains is stopped first. Links to your runs end, your phrase and link lead nowhere, and every browser "
    "that was you becomes somebody new. It cannot be undone; take your results along first if you want them."
)


def section(store: Store, learner: str) -> None:
    """Draw it."""
    with st.container(key="your-data", gap="small"):
        st.header("What is kept of you", anchor="your-data")
        kept = store.kept(learner)
        st.markdown(KEPT.format(what=in_words(kept)) if kept else NOTHING)
        if not kept and store.learner(learner) is None:
            return
        if not st.session_state.get(ASKS):
            st.button("Delete my data", key="delete-ask", type="tertiary", on_click=_ask, args=(True,))
            return
        with st.container(key="notice-delete"):
            st.markdown(SURE.format(what=in_words(kept) if kept else "all that is kept of you"))
        with st.container(key="delete-ways", horizontal=True, gap="small"):
            said = {"handle": handle_of(learner)}
            label = "Delete everything for good"
            handover(js_base(), f"{API}/learner/forget", label=label, busy="Deleting…", said=said, key="delete")
            st.button("Keep everything", key="delete-keep", on_click=_ask, args=(False,))


@boundary.press
def _ask(asked: bool) -> None:
    st.session_state[ASKS] = asked
