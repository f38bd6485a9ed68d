"""The lab: two students, one teacher. Controls on the left, the run in the middle, one image on the right."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import streamlit as st

from app.catalog import available
from app.catalog.available import lab_sets
from app.components.bench import pressed
from app.components.dials import turned
from app.experiments.spec import SpecError
from app.figures.answers.figure import soft_labels
from app.figures.costs.figure import what_each_costs
from app.figures.pages import Subject, challenge_line, who_is_right
from app.figures.run_bench import Situation, run_bench
from app.figures.run_source import NO_COOKIE, RunSource, run_source
from app.server import identity
from app.store import Store, shared
from app.teaching.lessons import lessons
from app.views import actions, address, controls, download, errors, next_step, projector, routes
from app.views.lab_state import LabState, open_address
from app.views.pins import PINS, link_to
from app.views.sweep_state import SweepState
from app.views.your_runs import your_runs

WITH_BUG = (
    "Some of its students were trained with a mistake, on purpose: see the lesson “Nine wrong lines”. "
    "Train trains without it."
)
AGAIN = "Train takes new seeds. It stops a run of yours that still goes on here."
TAB = "lab"  # in the session
PURPOSE = "Same first weights, same images in the same order. One reads the labels, one listens to the teacher."
ALONE = ("temperature", "alpha", "labels", "epochs")  # controls of which the rest of the page shows nothing but a note


@errors.page
def page() -> None:
    """Draw the page and keep the address in step."""
    store = shared()
    tab = _current_tab(store)
    if query := address.leave(TAB):
        st.switch_page(routes.to("sweeps"), query_params=query)
    learner = identity.learner_from(st.context.cookies)
    tab.own = tuple(images.id for images in store.images.of(learner)) if learner else ()
    shown = _shown(tab, store)
    missing = not lab_sets()[tab.settings["data"]].here
    disabled = why_disabled(tab)
    tab.drawn = tab.looks(but=ALONE)
    why = _why_nothing(missing, disabled)
    if tab.show:
        projector.enlarge()
    with st.container(key="lab"):
        with st.container(key="head", gap="xxsmall"):
            st.title("Two students, one teacher", anchor=False)
            if not tab.show:
                st.markdown(PURPOSE)
            errors.notice([*tab.sentences, *([] if learner else [NO_COOKIE])])
            if tab.challenge:
                challenge_line(tab.challenge, shown, learner, store, on_leave=_leave_challenge)
            if missing:
                download.offer(tab.settings["data"], store)
        if tab.show:
            with st.container(key=f"show-{tab.show}", horizontal=True, vertical_alignment="center", gap="small"):
                _train(store, learner, disabled)
                projector.parts(tab, TAB)
                projector.way_out(TAB, tab.show)
        else:
            _side(tab, shown, store, learner, disabled, why)
        with st.container(key="run"):
            beside = _beside(tab, shown, why)
            situation = Situation(
                learner=learner,
                fresh=shown.run is not None and shown.run.id in tab.started,
                note=beside["note"],
                link=beside["link"],
                disabled=disabled,
                data=tab.settings["data"],
                teacher=tab.settings["teacher"],
                updates=tab.updates,
                projected=bool(tab.show),
                control=True,
            )
            run_bench(shown, situation, store, on_action=lambda: _pressed(store, learner))
            if not tab.show:
                with st.container(key="to-compare", horizontal=True, vertical_alignment="center", gap="medium"):
                    if shown.id:
                        _to_compare(shown.id)
                    _to_sweep()
                    projector.offer(TAB)
                    _to_course(store, learner)
        if tab.show in ("", "image", "all"):
            with st.container(key="image"):
                if tab.show:
                    _dial(shown)
                soft_labels(_subject(tab, shown), store)
        if tab.show in ("", "who", "all"):
            with st.container(key="who"):
                who_is_right(_subject(tab, shown))
        if not tab.show:
            with st.container(key="cost"):
                what_each_costs(_subject(tab, shown))
            with st.container(key="yours"):
                your_runs(store, learner, tab.run_id, acted, link_to(st.session_state.get(PINS)))
    address.write(TAB)


def _current_tab(store: Store) -> LabState:
    """This browser tab's state: from the session, or from the address on a first visit or a step in the history."""

    def opened(params: dict[str, str], before: LabState | None) -> LabState:
        tab = open_address(params, store)
        tab.started |= before.started if before else set()
        tab.turned = turned(st.session_state, controls.DIALS)[0]
        return tab

    tab = address.current(TAB, opened)
    if tab.settings["data"] not in lab_sets():  # they were imported once, and deleted while this tab was open
        tab.leave_images()
    return tab


def _side(tab: LabState, shown: RunSource, store: Store, learner: str | None, disabled: str, why: str) -> None:
    with st.container(key="side"):
        with st.container(key="controls", gap="small"):
            _controls(shown, why)
        with st.container(key="act", horizontal=True, gap="small"):
            _train(store, learner, disabled)
            with st.container(key="jump", width="content"):
                st.markdown("[Settings](#settings)", width="content")
        if why or tab.started:
            with st.container(key="why"):
                st.markdown(why or f":violet[{AGAIN}]")
        with st.container(key="lesser", horizontal=True, gap="small"):
            _lesser(tab, store, learner, disabled)


@st.fragment
def _controls(shown: RunSource, why_nothing: str) -> None:
    """The controls. A turn of one that changes nothing else on the page draws them alone: a class turns many.

    Also a press elsewhere may arrive with the turn, and then only this is drawn at first.
    """
    tab = _drawn_alone()
    with st.container(key="learn", gap="xsmall"):
        controls.what_they_learn_from(tab, acted)
    with st.container(key="speak", gap="xsmall"):
        controls.how_the_teacher_speaks(tab, acted, _beside(tab, shown, why_nothing))
    with st.container(key="student", gap="xsmall"):
        controls.the_student(tab, acted)
    address.write(TAB)


@st.fragment
def _dial(shown: RunSource) -> None:
    """The temperature alone, on a projector."""
    tab = _drawn_alone()
    controls.temperature(tab, acted, _beside(tab, shown, ""))
    address.write(TAB)


def _drawn_alone() -> LabState:
    """The tab, if nothing but the controls has to be drawn anew; else everything is."""
    tab: LabState = st.session_state[TAB]
    if tab.looks(but=ALONE) != tab.drawn:
        st.rerun()
    return tab


# ── what is shown ────────────────────────────────────────────────────────────────────────────────────────────────


def why_disabled(tab: LabState) -> str:
    """Why nothing can be trained with these settings; "" if it can."""
    data = lab_sets()[tab.settings["data"]]
    if not data.here:
        return download.why_not_here(data)
    if tab.settings["teacher"] not in available.teachers_if_readable():
        return f"There is no teacher for {data.in_a_sentence} in this copy of the app."
    try:
        tab.spec(tab.seeds or tuple(range(tab.settings["seeds"])))
    except SpecError as error:
        return str(error)
    return ""


def _shown(tab: LabState, store: Store) -> RunSource:
    data = tab.settings["data"]
    shown = run_source(tab.run_id, data, store, tab.settings)
    if shown.lost:
        tab.shown.pop(data, None)
        tab.notice = shown.lost
    return shown


def _to_compare(run_id: str) -> None:
    query = link_to(st.session_state.get(PINS), run_id)
    st.page_link(routes.to("runs"), label="Compare this run with another", query_params=query)


def _to_sweep() -> None:
    st.button(
        "Sweep temperature and alpha",
        key="to-sweep",
        type="tertiary",
        help="The same settings at 36 temperatures and alphas, as a map on a page of its own.",
        on_click=_press(_leave_for_sweep),
    )


def _to_course(store: Store, learner: str | None) -> None:
    if known := list(lessons().values()):
        label, place = next_step.way_in(known, store.lessons.progress(learner) if learner else [])
        st.page_link(routes.to("lesson"), label=label, query_params=place)


def _leave_for_sweep(tab: LabState) -> None:
    tab.leave_for = SweepState(settings=dict(tab.settings)).query()


def _subject(tab: LabState, shown: RunSource) -> Subject:
    temperature = tab.settings["temperature"]
    if shown.spec is None:
        return Subject(tab.settings["data"], tab.settings["teacher"], None, False, (), temperature)
    answered = shown.run.seq > 0 if shown.run else True
    return Subject(shown.spec.data, shown.spec.teacher, shown.id, answered, shown.spec.arms, temperature)


def _why_nothing(missing: bool, disabled: str) -> str:
    """Beside the buttons and the empty verdict. Of images that are missing the offer to fetch them speaks already."""
    return "" if missing else disabled


def _beside(tab: LabState, shown: RunSource, why_nothing: str) -> dict[str, str]:
    """What the bench says beside the run: the address of this state, and a note beside the verdict."""
    return {
        "link": "?" + urlencode(tab.query()) if shown.run else "",
        "note": _note(tab, shown) if shown.spec else why_nothing,
    }


def _note(tab: LabState, shown: RunSource) -> str:
    """Beside the verdict: that the controls stand elsewhere than this run had them."""
    assert shown.spec is not None
    had = shown.spec.settings()
    changed = [controls.in_words(key, had[key], had["data"]) for key in tab.differences(shown.spec)]
    if changed:
        return f"This run had {', '.join(changed)}. Train to see your settings."
    seeds, yours = len(shown.spec.seeds), tab.settings["seeds"]
    if shown.kept and seeds != yours:  # of one's own it is known, and more of them are no other experiment
        return f"Recorded with {seeds} seeds; Train takes {yours}."
    return WITH_BUG if any(arm.bug for arm in shown.spec.arms) else ""


# ── presses ──────────────────────────────────────────────────────────────────────────────────────────────────────


def acted() -> LabState:
    """The state of the lab, in which the learner has just done something."""
    tab: LabState = address.acted(TAB, controls.gather)
    return tab


def _press(action: Callable[..., None], *args: Any, **more: Any) -> Callable[[], None]:
    return errors.press(lambda: action(acted(), *args, **more))


def _train(store: Store, learner: str | None, disabled: str) -> None:
    st.button(
        "**Train**" if disabled else ":yellow[**Train**]",  # yellow: what is written on ink
        key="train",
        type="primary",
        width="stretch",
        help=disabled or None,  # else it would lie over the run
        disabled=bool(disabled),
        on_click=_press(actions.train, store, learner),
    )


def _lesser(tab: LabState, store: Store, learner: str | None, disabled: str) -> None:
    st.button(
        "One step",
        key="step",
        type="tertiary",
        disabled=bool(disabled),
        help="Starts a new run and pauses it after its first update.",
        on_click=_press(actions.train, store, learner, start="step"),
    )
    st.button(
        "Repeat these seeds",
        key="repeat",
        type="tertiary",
        disabled=bool(disabled) or tab.seeds is None,
        help="The seeds in the address once more: with the same settings, the same numbers.",
        on_click=_press(actions.repeat, store, learner),
    )
    st.button(
        "Reset",
        key="reset",
        type="tertiary",
        help="Back to the first settings. A run that was started here and still goes on is stopped.",
        on_click=_press(actions.reset, store, learner),
    )


@errors.press
def _leave_challenge() -> None:
    acted().challenge = None


@errors.press
def _pressed(store: Store, learner: str | None) -> None:
    tab, press = acted(), pressed(st.session_state.to_dict())
    if press is None:
        return
    action, run_id = press
    if action == "again":
        actions.again(tab, store, learner, run_id)
    elif action == "more":
        actions.more(tab, store, learner, run_id)
    elif action == "control-of":
        actions.control(tab, store, learner, run_id)
    else:
        actions.ask(tab, store, learner, run_id, action)
