"""The lab: two students, one teacher. Controls on the left, the run in the middle, one image on the right."""

from __future__ import annotations

from urllib.parse import urlencode

import streamlit as st

from app import identity
from app.catalog import DATA
from app.components.bench import pressed
from app.experiments import api as routes
from app.experiments import recorded
from app.experiments.spec import LABELS_ONLY, RunSpec, SpecError, query_from, default_settings
from app.figures.run_bench import run_bench
from app.figures.soft_labels import Asked, soft_labels
from app.store import LIVE, Run, Store, shared
from app.views import actions, controls, download
from app.views.tab import Tab, open_address

API = "/api"
TAB = "lab"  # in the session
ACTED = "lab-acted"  # this run of the script answers to a press


def page() -> None:
    """Draw the page and keep the address in step."""
    store = shared()
    tab = current_tab(store)
    learner = identity.learner_from(st.context.cookies)
    run, kept = _shown(tab, store)
    missing = not DATA[tab.settings["data"]].here
    disabled = download.why_not_here(DATA[tab.settings["data"]]) if missing else ""
    with st.container(key="lab"):
        with st.container(key="head", gap="xxsmall"):
            st.title("Two students, one teacher", anchor=False)
            st.markdown("Same first weights, same images in the same order. One reads the labels, one listens to the teacher.")
            _notices(tab)
            if missing:
                download.offer(tab.settings["data"], store)
        with st.container(key="side"):
            with st.container(key="controls", gap="small"):
                with st.container(key="learn", gap="xsmall"):
                    controls.what_they_learn_from(tab, _acted)
                with st.container(key="speak", gap="xsmall"):
                    controls.how_the_teacher_speaks(tab, _acted, routes.js_base())
                with st.container(key="student", gap="xsmall"):
                    controls.the_student(tab, _acted)
            with st.container(key="act", gap="xsmall"):
                _buttons(tab, store, learner, run, disabled)
        with st.container(key="run"):
            run_bench(
                run,
                kept,
                store,
                learner,
                api=API,
                fresh=run is not None and run.id in tab.started,
                link="?" + urlencode(tab.query()) if run else "",
                note=_note(tab, run, kept),
                disabled=disabled,
                teacher=(tab.settings["data"], tab.settings["teacher"]),
                on_action=lambda: _pressed(tab, store, learner),
            )
        with st.container(key="image"):
            soft_labels(_asked(tab, run, kept), store, api=API, base=routes.js_base())
    _write_address(tab)


def current_tab(store: Store) -> Tab:
    """This browser tab's state: from the session, or from the address on a first visit or a step in the history."""
    params = dict(st.query_params)
    tab: Tab | None = st.session_state.get(TAB)
    acted = st.session_state.pop(ACTED, False)
    # An address that is not the one written last is the learner's (back, forward), unless they just pressed something:
    # then the browser had not yet heard of the newest address.
    if tab is None or (params and not acted and params != tab.written):
        started = tab.started if tab else set()
        tab = open_address(params, store)
        tab.started |= started
        tab.written = params
        st.session_state[TAB] = tab
    return tab


def address() -> dict[str, str]:
    """The lab's address as it was written last, for links to it from other pages."""
    tab: Tab | None = st.session_state.get(TAB)
    return dict(tab.written) if tab else {}


def _write_address(tab: Tab) -> None:
    query = tab.query()
    plain = query == query_from(default_settings(), None, None)
    if dict(st.query_params) != query and (st.query_params or not plain):
        st.query_params.from_dict(query)
    tab.written = dict(st.query_params)


def _shown(tab: Tab, store: Store) -> tuple[Run | None, recorded.Recorded | None]:
    """The run to show: the tab's, else a recorded one on the same images."""
    run_id = tab.run_id
    if run_id and not run_id.startswith(recorded.PREFIX):
        run = store.run(run_id)
        if run:
            return run, None
        tab.shown.pop(tab.settings["data"])
        tab.notice = "This run is no longer here: old runs make room for new ones."
    kept = recorded.recorded_runs().get(run_id or "")
    return None, kept or next(iter(recorded.recorded_for(tab.settings["data"])), None)


def _asked(tab: Tab, run: Run | None, kept: recorded.Recorded | None) -> Asked:
    found = RunSpec.from_json(run.spec_json) if run else kept.spec if kept else None
    if found is None:
        arms = _arms(tab)
        return Asked(tab.settings["data"], tab.settings["teacher"], None, False, arms, tab.settings["temperature"])
    run_id = run.id if run else kept.id if kept else None
    answered = run.seq > 0 if run else True
    return Asked(found.data, found.teacher, run_id, answered, found.arms, tab.settings["temperature"])


def _arms(tab: Tab) -> tuple:  # type: ignore[type-arg]
    try:
        return tab.spec((0,)).arms
    except SpecError:
        return (LABELS_ONLY,)


# ── notices ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _notices(tab: Tab) -> None:
    """One calm notice for everything that could not be read or done."""
    sentences = [*tab.problems, *([tab.notice] if tab.notice else [])]
    if sentences:
        with st.container(key="notice"):
            st.markdown("\n".join(f"- {text}" for text in sentences) if len(sentences) > 1 else sentences[0])


def _note(tab: Tab, run: Run | None, kept: recorded.Recorded | None) -> str:
    """Beside the verdict: that the controls stand elsewhere than this run had them."""
    found = RunSpec.from_json(run.spec_json) if run else kept.spec if kept else None
    if found is None:
        return ""
    had = found.settings()
    changed = [f"{controls.said(key, had[key])}" for key in tab.differences(found)]
    return f"This run had {', '.join(changed)}. Train to see your settings." if changed else ""


# ── presses ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _buttons(tab: Tab, store: Store, learner: str | None, run: Run | None, disabled: str) -> None:
    live = run is not None and run.learner == learner and run.state in LIVE
    help_ = "Trains with new seeds. A run of this page that is still going is stopped first; its numbers are kept."
    st.button(
        "**Train**" if disabled else ":yellow[**Train**]",
        key="train",
        type="primary",
        width="stretch",
        help=disabled or help_,
        disabled=bool(disabled),
        on_click=_do(actions.train, tab, store, learner),
    )
    if disabled:
        st.markdown(f":violet[:small[{disabled}]]")
    with st.container(key="lesser", horizontal=True, gap="small"):
        st.button(
            "One step",
            type="tertiary",
            disabled=bool(disabled) or live,
            help="Starts a run and pauses it after its first update.",
            on_click=_do(actions.train, tab, store, learner, start="step"),
        )
        st.button(
            "Repeat these seeds",
            type="tertiary",
            disabled=bool(disabled) or tab.seeds is None,
            help="The seeds in the address once more: with the same settings, the same numbers.",
            on_click=_do(actions.repeat, tab, store, learner),
        )
        st.button("Reset", type="tertiary", help="Back to the first settings.", on_click=_do(_reset, tab))


def _do(action, *args, **more):  # type: ignore[no-untyped-def]
    def press() -> None:
        _acted()
        action(*args, **more)

    return press


def _reset(tab: Tab) -> None:
    tab.reset()


def _acted() -> None:
    st.session_state[ACTED] = True
    tab: Tab = st.session_state[TAB]
    tab.problems, tab.notice = [], ""


def _pressed(tab: Tab, store: Store, learner: str | None) -> None:
    """Something on the bench's transport."""
    found = pressed(st.session_state)
    if found is None:
        return
    _acted()
    action, run_id = found
    if action == "again":
        actions.again(tab, store, learner, run_id)
    else:
        actions.ask(tab, store, learner, run_id, action)  # type: ignore[arg-type]
