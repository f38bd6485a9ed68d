"""What is kept of a learner: how much of what. Knows no lesson."""

from __future__ import annotations

import streamlit as st

from app.store import Store
from app.store.learners import Kept

NOTHING = (
    "Nothing yet. Answers, predictions, steps and runs are kept here as you make them, under a random number in a "
    "cookie of this browser. Nobody asks who you are."
)
KEPT = "Kept under a random number in a cookie of this browser: {what}. Nobody asks who you are."


def section(store: Store, learner: str) -> None:
    """Draw it."""
    with st.container(key="your-data"):
        st.header("What is kept of you", anchor="your-data")
        kept = store.kept(learner)
        st.markdown(KEPT.format(what=in_words(kept)) if kept else NOTHING)


def in_words(kept: Kept) -> str:
    """As in “12 answers, 3 predictions and 1 run”; “nothing” where there is none."""
    counts = (
        (kept.answers, "answer"),
        (kept.predictions, "prediction"),
        (kept.steps, "step"),
        (kept.runs, "run"),
        (kept.sweeps, "sweep"),
        (kept.image_sets, "set of images", "sets of images"),
    )
    said = [f"{count:,} {names[0] if count == 1 else (*names, f'{names[0]}s')[1]}" for count, *names in counts if count]
    return " and ".join(filter(None, (", ".join(said[:-1]), *said[-1:]))) or "nothing"
