"""The learner's latest runs: the way back to one after a closed tab."""

import re
import time
from collections.abc import Callable

import streamlit as st

from app.catalog import available
from app.catalog.declared import METHODS, STUDENTS
from app.experiments.kinds.cohort import RunSpec
from app.experiments.outcome import experiment_of
from app.figures.run_source import GONE, spec_of
from app.images.image_classes import class_name
from app.store import ENDED, Run, Store
from app.views import errors, routes
from app.views.lab_state import LabState

LISTED = 6
_MARKUP, _ESCAPED = re.compile(r"([\\\\`*_{}\[\]()<>#+.!|~:$^=&-])"), r"\\\1"
STATES = {"queued": "waiting", "running": "training", "failed": "failed", "interrupted": "interrupted"}


def your_runs(
    store: Store, learner: str | None, shown: str | None, acted: Callable[[], LabState], all_runs: dict[str, str]
) -> None:
    """A list that opens a run on this page, with the controls as it had them. Nothing if there are none.

    shown: the run that the page shows. acted: called on a press, gives the tab that opens the run.
    all_runs: the address of the page of all runs.
    """
    runs = [run for run, _ in store.runs.listed(learner, LISTED)] if learner else []
    if not runs:
        return
    with st.expander("Your latest runs"), st.container(gap=None):
        for run in runs:
            words = in_words(run, shown=run.id == shown)
            with st.container(key=f"row-{run.id}", horizontal=True, vertical_alignment="center", gap="small"):
                st.button(words, key=f"open-{run.id}", type="tertiary", on_click=_open, args=(run.id, store, acted))
                if run.state in ENDED:
                    _offer_to_remove(run, store, acted)
        st.page_link(routes.to("runs"), label="All runs, in a table", query_params=all_runs)


def _offer_to_remove(run: Run, store: Store, acted: Callable[[], LabState]) -> None:
    """Asked twice: what is removed does not come back."""
    with st.popover("Remove", type="tertiary", key=f"removing-{run.id}"):
        st.markdown("Its curves, answers and weights go for good, and links to it end here.")
        arguments = (run.id, run.learner, store, acted)
        st.button("Remove this run", key=f"remove-{run.id}", on_click=_remove, args=arguments)


@errors.press
def _remove(run_id: str, learner: str, store: Store, acted: Callable[[], LabState]) -> None:
    tab = acted()
    store.runs.remove(run_id, learner)
    tab.forget(run_id)


@errors.press
def _open(run_id: str, store: Store, acted: Callable[[], LabState]) -> None:
    tab, run = acted(), store.runs.get(run_id)
    if run:
        tab.adopt(run)
    else:
        tab.notice = GONE


def in_words(run: Run, *, shown: bool) -> str:
    """A run in a line: "2 minutes ago · MNIST, 500 labelled · 9 k · soft labels, T 8, weight 0.9 · finished"."""
    spec = spec_of(run)
    if spec is None:
        experiment, state = experiment_of(run), STATES.get(run.state, run.state)
        made = [experiment.in_short(), state] if experiment else ["made by another version"]
        return " · ".join([*([named(run.name)] if run.name else []), _ago(time.time() - run.created), *made])
    had = spec.settings()
    parts = [
        *([named(run.name)] if run.name else []),
        _ago(time.time() - run.created),
        f"{available.choice_name('data', spec.data)}, {spec.labels:,} labelled{_and_unlabelled(spec.unlabelled)}"
        f"{_changed(spec)}",
        STUDENTS[spec.student].name,
        f"{METHODS[had['method']].name.lower()}, T {had['temperature']:g}, weight {had['alpha']:g}"
        f"{', with a control' if any(arm.role == 'control' for arm in spec.arms) else ''}",
        "shown above" if shown else STATES.get(run.state, run.state),
    ]
    return " · ".join(parts)


def _and_unlabelled(count: int) -> str:
    return f" and {count:,} unlabelled" if count else ""


def _changed(spec: RunSpec) -> str:
    shift = f", shifted by {available.choice_name('shift', spec.shift)}" if spec.shift else ""
    return shift + ("" if spec.left_out is None else f", none of class {class_name(spec.data, spec.left_out)}")


def named(name: str) -> str:
    """A name as Markdown shows it: its markup is text."""
    return f"“{_MARKUP.sub(_ESCAPED, name)}”"


def _ago(seconds: float) -> str:
    if seconds < 60:
        return "just now"
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = int(seconds // size)
            return f"{count} {name}{'s' if count > 1 else ''} ago"
    return ""
