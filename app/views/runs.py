"""Runs so far: all of a learner's runs and the recorded ones in a table, and two of them side by side."""

from dataclasses import asdict
from urllib.parse import urlencode

import streamlit as st

from app.components import overview as component
from app.experiments import runs_table
from app.experiments.outcome import Outcome
from app.experiments.spec import RUN_KEY
from app.figures.pages import two_runs
from app.figures.run_source import way_to
from app.server import identity
from app.server.api import API
from app.server.api.table import outcome_of, outcomes_for
from app.store import NAME_LENGTH, Store, StoreError, shared
from app.views import address, errors, lab, projector, routes
from app.views.lab_state import LabState, open_address
from app.views.lesson_state import LESSON_KEY
from app.views.pins import PINS, PLACES, Pins, from_address, look_up

NONE_YET = "You have no run of your own yet: the first is a press on Train away."
NO_COOKIE = (
    "Your browser sent no cookie, so it is not known which runs are yours, and only the recorded ones are listed. "
    f"{identity.ALLOW}"
)

FEW = "A comparison on a projector needs two runs: pin them in the table, then press Projector."


@errors.page
def page() -> None:
    """Draw the page and keep the address in step."""
    store = shared()
    pins = address.current(PINS, lambda params, _: from_address(params))
    if query := address.leave(PINS):
        st.switch_page(routes.to("lesson" if LESSON_KEY in query else "lab"), query_params=query)
    pinned = look_up(pins, store)
    learner = identity.learner_from(st.context.cookies)
    if pins.show and len(pinned) < len(PLACES):
        pins.show = ""
        pins.problems.append(FEW)
    if pins.show:
        _large(pins, pinned, learner, store)
        address.write(PINS)
        return
    with st.container(key="runs"):
        with st.container(key="runs-head", gap="xxsmall"):
            st.title("Runs so far", anchor=False)
            st.markdown("Sort them by any column, pin two to compare them, give them names, take them away.")
            errors.notice([*pins.problems, *([] if learner else [NO_COOKIE])])
        with st.container(key="side-by-side"):
            if len(pinned) == len(PLACES):
                _two(pins, pinned, learner, store)
                projector.offer(PINS)
        outcomes = outcomes_for(learner, store)
        with st.container(key="runs-ways", horizontal=True, vertical_alignment="center", gap="medium"):
            if learner and all(outcome.recorded for outcome in outcomes):
                st.markdown(NONE_YET, width="content")
                st.page_link(routes.to("lab"), label="To the lab", query_params=address.written(lab.TAB))
            st.page_link(routes.to("challenges"), label="Challenges to train for")
        with st.container(key="table"):
            data = {
                "api": API,
                "columns": [asdict(column) for column in runs_table.COLUMNS],
                **runs_table.records(runs_table.table(outcomes)),
                "pins": pins.at,
                "nameLength": NAME_LENGTH,
            }
            component.overview(data, lambda: _pressed(store, learner))
    address.write(PINS)


def _large(pins: Pins, pinned: dict[str, Outcome], learner: str | None, store: Store) -> None:
    """The comparison on a projector."""
    projector.enlarge()
    with st.container(key="runs-large", gap="xsmall"):
        st.title("Runs so far", anchor=False)
        errors.notice(pins.problems)
        _two(pins, pinned, learner, store)
        with st.container(key=f"show-{pins.show}", horizontal=True, vertical_alignment="center", gap="small"):
            projector.way_out(PINS, " ".join(pins.at.values()))


def _two(pins: Pins, pinned: dict[str, Outcome], learner: str | None, store: Store) -> None:
    link = "?" + urlencode(pins.query())
    two_runs(pinned["a"], pinned["b"], link, learner, store, on_close=_closed)


# ── presses ──────────────────────────────────────────────────────────────────────────────────────────────────────


@errors.press
def _closed() -> None:
    pins, _ = address.noted(PINS)
    pins.at = {}


@errors.press
def _pressed(store: Store, learner: str | None) -> None:
    pins, session = address.noted(PINS)
    if press := component.pressed(session):
        act(press, pins, store, learner, session.get(lab.TAB))


def act(press: component.TableAction, pins: Pins, store: Store, learner: str | None, tab: LabState | None) -> None:
    """Do what was pressed. tab: the lab's, if it was open. Raises StoreError."""
    run_id = press.runs[0]
    if press.action == "open":
        outcome = outcome_of(run_id, store)
        way = way_to(run_id, outcome.experiment) if outcome else {}
        pins.leave_for = way or open_address({RUN_KEY: run_id}, store).query()
    elif press.action == "pin":
        pins.pin(run_id)
    elif press.action == "unpin":
        pins.unpin(run_id)
    elif learner is None:
        raise StoreError(NO_COOKIE)
    elif press.action == "rename":
        store.runs.rename(run_id, learner, press.name)
    else:
        _delete(press.runs, learner, store, pins, tab)


def _delete(run_ids: tuple[str, ...], learner: str, store: Store, pins: Pins, tab: LabState | None) -> None:
    """Delete runs; what cannot be deleted stays, and the page says why."""
    left: list[str] = []
    for run_id in run_ids:
        try:
            if not store.runs.remove(run_id, learner):
                left.append("A run that still goes on was left: it can be deleted when it has ended.")
                continue
        except StoreError as error:
            left.append(str(error))
            continue
        pins.unpin(run_id)
        if tab:
            tab.forget(run_id)
    pins.problems = list(dict.fromkeys(left))
