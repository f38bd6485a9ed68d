"""What is kept of a learner: how much of what, to take along, and to delete."""

from collections.abc import Mapping

import streamlit as st

from app.components.handover import handover
from app.components.prose import prose
from app.server.api import API
from app.server.recovery import handle_of
from app.store import Store
from app.views import errors

ASKS = "asks-delete"  # in the session: the first of two presses was made
NOTHING = (
    "Nothing yet. Answers, predictions, steps and runs are kept here as you make them, under a random number in a "
    "cookie of this browser. Nobody asks who you are."
)
KEPT = "Kept under a random number in a cookie of this browser: {what}. Nobody asks who you are."
RESULTS = (
    '<p>Take your results along: <a href="api/learner/results.csv" download>as a table (CSV)</a> or '
    '<a href="api/learner/results.json" download>as JSON</a>. A run’s curves and weights are beside it, in the lab.</p>'
)
CARDS = (
    '<p>The questions of all lessons are <a href="api/questions/anki.txt" download>flashcards for Anki</a>, too: '
    "File, Import; a later copy updates the same cards.</p>"
)
OUT = "Everything that is kept of you, at once and for good. You are asked once more."
SURE = (
    "This deletes {what}, with curves, weights and files. What trains is stopped first. Links to your runs end, your "
    "phrase and link lead nowhere, and every browser that was you becomes somebody new. **It cannot be undone**; take "
    "your results along first if you want them."
)

NAMES = {  # of one and of several, by table
    "answers": ("answer", "answers"),
    "predictions": ("prediction", "predictions"),
    "progress": ("step", "steps"),
    "runs": ("run", "runs"),
    "sweeps": ("sweep", "sweeps"),
    "image_sets": ("set of images", "sets of images"),
}


def section(store: Store, learner: str) -> None:
    """Say what is kept, and offer it as files."""
    with st.container(key="your-data", gap="small"):
        st.header("What is kept of you", anchor="your-data")
        kept = store.learners.kept(learner)
        st.markdown(KEPT.format(what=in_words(kept)) if kept else NOTHING)
        if kept:
            prose(RESULTS, {}, key="take-results")
        prose(CARDS, {}, key="take-cards")


def deletion(store: Store, learner: str) -> None:
    """The way out: asked once, then done."""
    kept = store.learners.kept(learner)
    if not kept and store.learners.get(learner) is None:
        return
    with st.container(key="delete-data", gap="small"):
        st.header("Delete my data", anchor="delete")
        asks = bool(st.session_state.get(ASKS))
        with st.container(key="notice-delete" if asks else "delete-words"):
            st.markdown(SURE.format(what=in_words(kept) if kept else "all that is kept of you") if asks else OUT)
        with st.container(key="delete-ways", horizontal=True, gap="small"):
            # One button in one place: who pressed it by keyboard stays on it, and a second press takes it back.
            st.button(
                "Keep everything" if asks else "Delete my data", key="delete-ask", on_click=_ask, args=(not asks,)
            )
            if asks:
                said, label = {"handle": handle_of(learner)}, "Delete everything for good"
                handover(f"{API}/learner/forget", label=label, busy="Deleting…", said=said, key="delete")


@errors.press
def _ask(asked: bool) -> None:
    st.session_state[ASKS] = asked


def in_words(kept: Mapping[str, int]) -> str:
    """As in “12 answers, 3 predictions and 1 run”; “nothing” if there is none. kept: see `Learners.kept`."""
    said = [f"{count:,} {NAMES[table][count != 1]}" for table, count in kept.items()]
    return " and ".join(filter(None, (", ".join(said[:-1]), *said[-1:]))) or "nothing"
