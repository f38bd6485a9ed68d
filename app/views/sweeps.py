"""Sweeps: the same comparison at many settings. Controls on the left, a map or curves that fill in on the right."""

from functools import partial

import streamlit as st

from app.catalog.available import lab_sets
from app.components.sweep import pressed
from app.experiments import spec
from app.experiments.spec import SpecError, unsaid_settings
from app.experiments.sweep import SWEEPS, Sweep
from app.figures.run_source import NO_COOKIE
from app.figures.sweep_figure import SweepSource, sweep_figure, sweep_source
from app.server import identity, origin
from app.store import Store, StoreError, shared
from app.views import address, controls, download, errors, projector, routes, sweep_controls
from app.views.lab_state import open_address as open_lab
from app.views.sweep_state import SWEEP_STATE, SweepState, open_address


@errors.page
def page() -> None:
    """Draw the page and keep the address in step."""
    store = shared()
    tab = address.current(SWEEP_STATE, lambda params, _: open_address(params, store))
    if query := address.leave(SWEEP_STATE):
        st.switch_page(routes.to("lab"), query_params=query)
    if tab.settings["data"] not in lab_sets():  # they were imported once, and deleted while this tab was open
        tab.leave_images()
    learner = identity.learner_from(st.context.cookies)
    tab.own = tuple(images.id for images in store.images.of(learner)) if learner else ()
    plan, why = _plan(tab)
    shown = sweep_source(tab.sweep_id, plan, store)
    if shown.lost:
        tab.shown.pop(f"{tab.kind} {tab.settings['data']}", None)
        tab.notice = shown.lost
    if tab.show:
        _large(tab, plan, why, shown, store, learner)
        address.write(SWEEP_STATE)
        return
    with st.container(key="sweeps"):
        with st.container(key="sweeps-head", gap="xxsmall"):
            st.title("What a setting does", anchor=False)
            st.markdown("Every cell is a comparison of its own: the same twins, the same seeds, one setting turned.")
            errors.notice([*tab.sentences, *([] if learner else [NO_COOKIE])])
            if not lab_sets()[tab.settings["data"]].here:
                download.offer(tab.settings["data"], store)
        with st.container(key="sweeps-side", gap="small"):
            with st.container(key="sweeps-controls", gap="xsmall"):
                sweep_controls.draw(tab, acted)
            with st.container(key="sweeps-act", gap="xxsmall"):
                _run(plan, why, store, learner)
        with st.container(key="sweeps-figure"):
            _figure(tab, shown, store, learner, why)
            projector.offer(SWEEP_STATE)
        with st.container(key="sweeps-yours"):
            _yours(store, learner, shown.id)
    address.write(SWEEP_STATE)


def _large(tab: SweepState, plan: Sweep, why: str, shown: SweepSource, store: Store, learner: str | None) -> None:
    """The figure on a projector, and what all its runs share."""
    projector.enlarge()
    with st.container(key="sweeps-large", gap="xsmall"):
        st.title("What a setting does", anchor=False)
        errors.notice(tab.sentences)
        st.markdown(f":violet[{_in_words(shown.plan, 'temperature', 'alpha', 'epochs')}]")
        _figure(tab, shown, store, learner, why)
        with st.container(key=f"show-{tab.show}", horizontal=True, vertical_alignment="center", gap="small"):
            _button(plan, why, store, learner)
            projector.way_out(SWEEP_STATE, f"{tab.kind} {shown.id}")


def _figure(tab: SweepState, shown: SweepSource, store: Store, learner: str | None, why: str) -> None:
    note = _note(tab, shown)
    fresh = shown.id in tab.started
    press = partial(_pressed, store, learner)
    sweep_figure(shown, store, learner, note=note, disabled=why, fresh=fresh, on_action=press)


def _plan(tab: SweepState) -> tuple[Sweep, str]:
    """The sweep that the controls describe, and why it cannot be run; "" if it can."""
    plan = tab.plan()
    data = lab_sets()[tab.settings["data"]]
    if not data.here:
        return plan, download.why_not_here(data)
    try:
        plan.check_trainable()
    except SpecError as error:
        return plan, str(error)
    return plan, ""


def _note(tab: SweepState, shown: SweepSource) -> str:
    """Beside the headline: that the controls stand elsewhere than this sweep had them."""
    if shown.id is None:
        return ""
    had = shown.plan.settings
    changed = [controls.in_words(key, had[key], had["data"]) for key in tab.differing(shown.plan)]
    return f"This sweep had {', '.join(changed)}. Run to see your settings." if changed else ""


def _button(plan: Sweep, why: str, store: Store, learner: str | None) -> None:
    st.button(
        "**Run this sweep**" if why else ":yellow[**Run this sweep**]",  # yellow: what is written on ink
        key="sweep-run",
        type="primary",
        width="stretch",
        disabled=bool(why),
        help=why or "With new seeds. It trains beside single runs, which go first.",
        on_click=_start,
        args=(store, learner),
    )


def _run(plan: Sweep, why: str, store: Store, learner: str | None) -> None:
    _button(plan, why, store, learner)
    cells = len(plan.cells())
    students = cells * 2 * len(plan.seeds)
    span = "" if why else _span(store.runs.time_of_all([parcel.work for parcel in plan.parcels()]))
    st.markdown(why or f":violet[:small[{cells} settings, {students} students compared{span}]]")


def _span(value: float | None) -> str:
    """How long a sweep takes, in words; nothing while nobody knows how fast this machine is."""
    if value is None:
        return ""
    return f"; {_seconds(value)} if nobody else trains"


def _seconds(value: float) -> str:
    if value >= 3600:
        return "more than an hour"
    if value < 90:
        return f"about {max(5, 5 * round(value / 5))} s"
    return f"about {round(value / 60)} min"


def _yours(store: Store, learner: str | None, shown: str | None) -> None:
    sweeps = store.sweeps.of(learner)[:6] if learner else []
    if not sweeps:
        return
    with st.expander("Your latest sweeps"), st.container(gap=None):
        for sweep in sweeps:
            try:
                plan = Sweep.read(sweep.plan)
            except SpecError:
                continue
            words = _in_words(plan) + (" · shown" if sweep.id == shown else "")
            with st.container(key=f"sweeprow-{sweep.id}", horizontal=True, vertical_alignment="center", gap="small"):
                st.button(words, key=f"sweep-{sweep.id}", type="tertiary", on_click=_open, args=(sweep.id, store))
                with st.popover("Remove", type="tertiary", key=f"sweep-removing-{sweep.id}"):
                    st.markdown("All its runs go for good, and links to them end here.")
                    arguments = (sweep.id, store, learner)
                    st.button("Remove this sweep", key=f"sweep-remove-{sweep.id}", on_click=_remove, args=arguments)


def _in_words(plan: Sweep, *also: str) -> str:
    """A sweep in a line: what it varies and what its runs share. also: keys of settings that are told, too."""
    told = ["data", "student", "labels", "method", *also]
    told += [key for key, default in unsaid_settings().items() if plan.settings[key] != default]
    had = {key: controls.in_words(key, plan.settings[key], plan.settings["data"]) for key in told}
    shared_ones = [words for key, words in had.items() if key not in SWEEPS[plan.kind].axes]
    return f"{SWEEPS[plan.kind].name} · {', '.join(shared_ones)} · {len(plan.seeds)} seeds"


# ── presses ──────────────────────────────────────────────────────────────────────────────────────────────────────


def acted() -> SweepState:
    """The state of this page, on which the learner has just done something."""
    tab: SweepState = address.acted(SWEEP_STATE, sweep_controls.gather)
    return tab


@errors.press
def _start(store: Store, learner: str | None) -> None:
    tab = acted()
    if learner is None:
        tab.notice = NO_COOKIE
        return
    seeds = spec.fresh_seeds(tab.settings["seeds"], avoid=tab.seeds or ())
    try:
        plan = tab.plan(seeds)
        plan.check_trainable()
        sweep_id = store.sweeps.submit(plan.to_json(), plan.parcels(), learner, origin.here())
    except (SpecError, StoreError) as error:
        tab.notice = str(error)
        return
    tab.seeds = seeds
    tab.started.add(sweep_id)
    tab.put_up(sweep_id)


@errors.press
def _open(sweep_id: str, store: Store) -> None:
    tab, stored = acted(), store.sweeps.get(sweep_id)
    if stored:
        tab.adopt_plan(Sweep.read(stored.plan), sweep_id)


@errors.press
def _remove(sweep_id: str, store: Store, learner: str) -> None:
    tab = acted()
    if not store.sweeps.remove(sweep_id, learner):
        tab.notice = "This sweep still goes on. Stop it first, then remove it."
        return
    tab.shown = {key: shown for key, shown in tab.shown.items() if shown != sweep_id}


@errors.press
def _pressed(store: Store, learner: str | None) -> None:
    tab, press = acted(), pressed(st.session_state.to_dict())
    if press is None:
        return
    if press.action == "stop" and press.sweep:
        if learner is None:
            tab.notice = NO_COOKIE
        else:
            store.sweeps.stop(press.sweep, learner)
    elif press.action == "open" and press.run and store.runs.get(press.run):
        tab.leave_for = open_lab({spec.RUN_KEY: press.run}, store).query()
    elif press.action == "open":  # a recorded cell, or one that is not trained: its settings, with its seeds
        shown = sweep_source(press.sweep, tab.plan(), store)
        cells = shown.plan.cells()
        if press.cell < len(cells):
            chosen = cells[press.cell].spec
            tab.leave_for = open_lab(spec.query_from(chosen.settings(), chosen.seeds, None), store).query()
