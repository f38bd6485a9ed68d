"""The page of sweeps: every kind, recorded and run, stopped, removed, opened by address, and what cannot be run."""

from __future__ import annotations

import re
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from app.components import sweep as component
from app.experiments.sweep import SWEEPS, Sweep
from app.server import identity
from app.store import Store
from app.views import routes, sweeps
from app.views.sweep_state import SWEEP_STATE, SweepState
from tests.views.conftest import ME, SOMEBODY, Opened, address, press, sent, words

Answer = dict[str, Any]


def to_sweeps(page: AppTest, **params: str) -> AppTest:
    """Go to the page of sweeps. AppTest switches to files only, and the pages are functions."""
    page._page_hash = routes.to("sweeps")._script_hash
    for key in list(page.query_params):
        del page.query_params[key]
    page.query_params.update(params)
    page.run()
    assert not page.exception
    return page


def answer(page: AppTest) -> Answer:
    """What the figure was mounted with."""
    return dict(sent(page, "sweep")["answer"])


def tab_of(page: AppTest) -> SweepState:
    found = page.session_state[SWEEP_STATE]
    assert isinstance(found, SweepState)
    return found


def submitted(store: Store, learner: str, kind: str = "method") -> str:
    tab = SweepState(kind=kind)
    plan = tab.plan((21, 22, 23))
    return store.sweeps.submit(plan.to_json(), plan.parcels(), learner)


@pytest.mark.parametrize("kind", SWEEPS)
def test_every_kind_opens_on_a_recorded_sweep(opened: Opened, kind: str) -> None:
    said = answer(to_sweeps(opened(), kind=kind))
    assert said["recorded"] and said["kind"] == kind and said["cells"] and said["state"] == "ended"
    assert all(cell["gain"] for cell in said["cells"])


def test_images_without_a_recorded_sweep_show_an_empty_form(opened: Opened) -> None:
    said = answer(to_sweeps(opened(), kind="labels", data="fashion"))
    assert said["state"] == "none" and {cell["state"] for cell in said["cells"]} == {"missing"}


def test_controls_that_are_varied_are_not_offered(opened: Opened) -> None:
    page = to_sweeps(opened())
    assert {slider.key for slider in page.slider} == set()
    page = to_sweeps(opened(), kind="labels")
    assert {slider.key for slider in page.slider} == {"sweep-temperature", "sweep-alpha"}
    assert "sweep-labels" not in {slider.key for slider in page.select_slider}


def test_a_press_on_run(opened: Opened, store: Store) -> None:
    page = press(to_sweeps(opened(), kind="method", labels="100"), "sweep-run")
    found = store.sweeps.of(ME)[0]
    plan = Sweep.read(found.plan)
    assert (plan.kind, plan.settings["labels"], len(plan.seeds)) == ("method", 100, 3)
    said = answer(page)
    assert said["id"] == found.id and said["state"] == "live" and said["mine"]
    assert address(page)["sweep"] == found.id and address(page)["kind"] == "method"
    assert len(store.sweeps.runs(found.id)) == len(plan.cells())


def test_a_second_press_while_it_goes_on_is_a_sentence(opened: Opened, store: Store) -> None:
    page = press(press(to_sweeps(opened(), kind="method"), "sweep-run"), "sweep-run")
    assert "A sweep of yours still goes on" in words(page) and len(store.sweeps.of(ME)) == 1


def test_a_link_shows_the_sweep_with_its_settings_to_others(opened: Opened, store: Store) -> None:
    sweep = submitted(store, SOMEBODY, "labels")
    page = to_sweeps(opened(), sweep=sweep)
    said = answer(page)
    assert said["id"] == sweep and not said["mine"] and said["kind"] == "labels"
    assert tab_of(page).seeds == (21, 22, 23) and address(page)["sweep"] == sweep


def test_changed_controls_are_told_beside_the_sweep(opened: Opened) -> None:
    page = to_sweeps(opened(), kind="method", labels="100")
    assert sent(page, "sweep")["note"] == "This sweep had labelled images 500. Run to see your settings."


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"kind": "<b>"}, "is not on offer, so Temperature × alpha is taken"),
        ({"sweep": "abcdefgh2345"}, "This sweep is no longer here"),
        ({"sweep": "<script>"}, "is not a sweep's id"),
        ({"run": "abcdefgh2345"}, "A run is opened in the lab"),
        ({"student": "huge"}, "Student: “huge” is not on offer"),
        ({"nonsense": "1"}, "has a setting that does not exist"),
    ],
)
def test_what_the_address_has_wrong_is_told(opened: Opened, params: dict[str, str], sentence: str) -> None:
    page = to_sweeps(opened(), **params)
    assert sentence in words(page) and answer(page)["cells"]


def test_what_cannot_be_swept_says_why(opened: Opened) -> None:
    page = to_sweeps(opened(), method="hints")
    assert page.button(key="sweep-run").disabled and "Hints trains without a temperature" in words(page)
    page = to_sweeps(opened(), data="cifar10")
    assert page.button(key="sweep-run").disabled


def test_without_a_cookie_nothing_is_kept(
    opened: Opened, store: Store, monkeypatch: pytest.MonkeyPatch, learner: str
) -> None:
    page = to_sweeps(opened(), kind="method")
    monkeypatch.setattr(identity, "learner_from", lambda _cookies: None)
    assert words(page.run()).count("sent no cookie") == 1
    assert words(press(page, "sweep-run")).count("sent no cookie") == 1 and store.sweeps.of(ME) == []


def test_ones_own_sweeps_are_listed_opened_and_removed(opened: Opened, store: Store) -> None:
    sweep = submitted(store, ME)
    page = to_sweeps(opened())
    assert answer(page)["recorded"]
    page = press(page, f"sweep-{sweep}")
    assert answer(page)["id"] == sweep and tab_of(page).kind == "method"
    assert "Stop it first" in words(press(page, f"sweep-remove-{sweep}"))
    store.sweeps.stop(sweep, ME)
    page = press(page, f"sweep-remove-{sweep}")
    assert store.sweeps.get(sweep) is None and answer(page)["recorded"]


def sends(monkeypatch: pytest.MonkeyPatch, tab: SweepState, **action: Any) -> None:
    """What the browser would have sent from the figure of this tab."""
    monkeypatch.setattr(sweeps, "acted", lambda: tab)
    monkeypatch.setattr(sweeps, "pressed", lambda _state: component.pressed({"sweep": {"action": action}}))


def test_a_press_on_stop_stops_the_sweep(opened: Opened, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    sweep = submitted(store, ME)
    tab = tab_of(to_sweeps(opened(), sweep=sweep))
    sends(monkeypatch, tab, action="stop", sweep=sweep)
    sweeps._pressed(store, None)
    assert "cookie" in tab.notice and store.sweeps.runs(sweep)[0][0].state == "queued"
    sweeps._pressed(store, ME)
    assert {run.state for run, _ in store.sweeps.runs(sweep)} == {"stopped"}


def test_a_cell_without_a_run_takes_its_settings_to_the_lab(
    opened: Opened, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = to_sweeps(opened(), kind="temperature-alpha")
    tab, cell = tab_of(page), answer(page)["cells"][7]
    sends(monkeypatch, tab, action="open", sweep=answer(page)["id"], cell=7)
    sweeps._pressed(store, ME)
    assert tab.leave_for is not None
    assert [float(tab.leave_for[key]) for key in ("temperature", "alpha")] == cell["at"]
    assert tab.leave_for["seeds"] == "11.12.13.14.15", "pressing Repeat there gives the recorded numbers"
    tab.leave_for = None
    sends(monkeypatch, tab, action="open", sweep="gone2345abcd", cell=999)
    sweeps._pressed(store, ME)
    assert tab.leave_for is None


def test_a_press_on_a_cell_leads_to_its_run_in_the_lab(opened: Opened, store: Store) -> None:
    sweep = submitted(store, ME)
    page = to_sweeps(opened(), sweep=sweep)
    run = store.sweeps.runs(sweep)[1][0]
    tab = tab_of(page)
    tab.leave_for = {"run": run.id}
    page.run()
    assert not page.exception and address(page)["run"] == run.id and sent(page, "bench")["run"] == run.id


@pytest.mark.parametrize(
    "sent_by_a_browser",
    [None, {}, [], "open", {"action": "steal"}, {"action": "open", "cell": "x"}, {"action": "open", "run": [1]}],
)
def test_nonsense_from_a_browser_is_no_press(sent_by_a_browser: Any) -> None:
    assert component.pressed({"sweep": {"action": sent_by_a_browser}}) is None
    assert component.pressed({}) is None


def test_the_lab_leads_to_a_sweep_of_its_settings(opened: Opened) -> None:
    page = press(opened(labels="200", student="cnn-2k"), "to-sweep")
    tab = tab_of(page)
    assert (tab.kind, tab.settings["labels"], tab.settings["student"]) == ("temperature-alpha", 200, "cnn-2k")
    assert answer(page)["kind"] == "temperature-alpha"


def test_a_fresh_machine_says_no_seconds_before_it_has_measured_its_pace(opened: Opened, store: Store) -> None:
    page = to_sweeps(opened())
    assert "students compared" in words(page) and "nobody else" not in words(page)
    store.machines.renew("here", 1)
    store.runs.note_pace(10.0)
    assert re.search(r"about \d+ min if nobody else trains", words(to_sweeps(opened())))
