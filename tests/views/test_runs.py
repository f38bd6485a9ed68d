from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import pytest
from streamlit.testing.v1 import AppTest

from app.components.overview import TableAction, pressed
from app.experiments.kinds import Experiment
from app.experiments.kinds.cohort import RunSpec
from app.experiments.kinds.habit import Habit
from app.experiments.kinds.hidden_traits import HiddenTraits
from app.experiments.kinds.rules import Rules
from app.experiments.spec import default_settings
from app.server import identity
from app.store import NotYours, Store, StoreError
from app.store.runs import Runs
from app.views import routes
from app.views.lab_state import LabState
from app.views.pins import Pins, from_address, link_to, look_up
from app.views.runs import NO_COOKIE, act
from tests.store.stored import ended_run
from tests.views.conftest import ME, SOMEBODY, Opened, address, run_of, sent, words

SPEC = RunSpec.two_arms(default_settings(), (12, 33, 904))


def to_runs(page: AppTest, **params: str) -> AppTest:
    """Go to the page of runs. AppTest switches to files only, and the pages are functions."""
    page._page_hash = routes.to("runs")._script_hash
    for key in list(page.query_params):
        del page.query_params[key]
    page.query_params.update(params)
    page.run()
    assert not page.exception
    return page


def rows(page: AppTest) -> list[dict[str, Any]]:
    """The rows of the table."""
    data = sent(page, "overview")
    return [dict(zip(data["keys"], row, strict=True)) for row in data["rows"]]


# ── the table ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_run_of_ones_own_the_recorded_ones_are_there_and_the_way_to_the_first(opened: Opened) -> None:
    page = to_runs(opened())
    assert rows(page) and all(row["recorded"] for row in rows(page))
    assert "a press on Train away" in words(page) and address(page) == {}


def test_ones_own_runs_come_first_and_the_cells_of_sweeps_and_others_runs_not_at_all(
    opened: Opened, store: Store
) -> None:
    old, new = ended_run(store, ME, SPEC, age=60), ended_run(store, ME, SPEC)
    ended_run(store, ME, SPEC, sweep="s")
    ended_run(store, SOMEBODY, SPEC)
    page = to_runs(opened())
    assert [row["id"] for row in rows(page) if not row["recorded"]] == [new, old]
    assert "press on Train away" not in words(page)
    found = rows(page)[0]
    assert (found["name"], found["named"], found["verdict"]) == (SPEC.in_short(), False, "better")
    assert found["gain_points"] == pytest.approx(4.1) and found["parameters"] == 9098


def test_without_a_cookie_only_recorded_runs_are_listed_and_why(opened: Opened, monkeypatch: Any, store: Store) -> None:
    ended_run(store, ME, SPEC)
    monkeypatch.setattr(identity, "learner_from", lambda _cookies: None)
    page = to_runs(opened())
    assert all(row["recorded"] for row in rows(page)) and NO_COOKIE in words(page)
    with pytest.raises(StoreError, match="no cookie"):
        act(TableAction("delete", ("abcd2345",)), Pins(), store, None, None)


def test_a_run_of_another_version_and_one_without_images_are_listed(opened: Opened, store: Store) -> None:
    ended_run(store, ME, SPEC, spec='{"data": "mnist", "teacher": "none"}', age=5)
    gone = RunSpec.read(SPEC.to_json().replace('"data":"mnist"', '"data":"own-birds"'))
    ended_run(store, ME, gone)
    first, second = rows(to_runs(opened()))[:2]
    assert first["images"] == "own-birds" and not first["here"] and first["readable"]
    assert not second["readable"] and not second["compared"] and second["gain_points"] is None


@pytest.mark.parametrize(
    ("experiment", "lesson", "step"),
    [
        (Rules(2, 500, (5, 6)), "rules-and-facts", "lost"),
        (Rules(2, 500, (5, 6), ("labels", "even")), "rules-and-facts", "lost"),
        (Habit((5, 6)), "inherited", "remedy"),
        (HiddenTraits((5, 6)), "noise", "heads"),
    ],
)
def test_a_run_of_a_lesson_is_listed_and_opens_there(
    opened: Opened, store: Store, experiment: Experiment, lesson: str, step: str
) -> None:
    run_id = ended_run(store, ME, SPEC, spec=experiment.to_json())
    row = rows(to_runs(opened()))[0]
    assert row["readable"] and row["here"] and not row["compared"] and row["seeds"] == 2
    assert row["name"] == experiment.in_short()
    pins = Pins(at={"a": run_id})
    act(TableAction("open", (run_id,)), pins, store, ME, None)
    there = {"lesson": lesson, "step": step, "run": run_id}
    assert pins.leave_for == there
    link = f"lesson?{urlencode(there)}"
    assert look_up(pins, store) == {} and link in pins.problems[-1]
    page = opened(run=run_id)
    assert link in words(page) and "another version" not in words(page)
    listed = [button.label for button in page.button if str(button.key) == f"open-{run_id}"]
    assert listed == [f"just now · {experiment.in_short()} · finished"]


def test_live_runs_say_how_far_they_are(opened: Opened, store: Store) -> None:
    run_of(store, ME, "running")
    run_of(store, ME, "queued")
    states = {row["state"]: row for row in rows(to_runs(opened())) if not row["recorded"]}
    assert states["running"]["verdict"] == "so far" and states["queued"]["gain_points"] is None


def test_a_store_that_is_away_is_a_sentence(opened: Opened, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    page = opened()

    def away(*_args: object) -> None:
        raise StoreError("The store is away.")

    monkeypatch.setattr(Runs, "listed", away)
    assert "The store is away." in words(to_runs(page))


# ── pins and the address ─────────────────────────────────────────────────────────────────────────────────────────


def test_two_runs_are_pinned_and_a_third_takes_the_second_ones_place() -> None:
    pins = Pins()
    for run_id in ("one1", "one1", "two2", "three"):
        pins.pin(run_id)
    assert pins.query() == {"a": "one1", "b": "three"}
    pins.unpin("one1")
    assert pins.query() == {"b": "three"}
    pins.pin("four")
    assert pins.query() == {"a": "four", "b": "three"}


def test_the_lab_leads_to_a_comparison_with_what_is_pinned() -> None:
    assert link_to(None, "run1") == {"a": "run1"}
    assert link_to(Pins({"a": "run1", "b": "run2"}), "run3") == {"a": "run1", "b": "run3"}
    assert link_to(Pins({"a": "run1", "b": "run2"}), "run1") == {"a": "run1"}
    assert link_to(Pins({"a": "run1", "b": "run2"})) == {"a": "run1", "b": "run2"}


def test_a_bad_address_gives_sentences_and_a_page(opened: Opened, store: Store) -> None:
    mine = ended_run(store, ME, SPEC)
    other = ended_run(store, ME, SPEC, spec="{}")
    page = to_runs(opened(), a="<b>x</b>", b="abcd2345efgh", c="1")
    for part in ("“?b?x??b?”", "There is no run “abcd2345efgh”", "“c”"):
        assert part in words(page)
    assert address(page) == {}
    assert from_address({"a": mine, "b": mine}).problems == [
        "The address names the same run twice: pin another one to compare it with."
    ]
    unreadable = from_address({"a": other, "b": "recorded-none"})
    assert look_up(unreadable, store) == {} and unreadable.at == {} and len(unreadable.problems) == 2
    assert list(look_up(from_address({"a": mine, "b": "recorded-mnist-kd"}), store)) == ["a", "b"]


def test_a_page_switch_keeps_the_pins(opened: Opened, store: Store) -> None:
    mine = ended_run(store, ME, SPEC)
    page = to_runs(opened(), a=mine)
    assert sent(page, "overview")["pins"] == {"a": mine}
    assert address(to_runs(page)) == {"a": mine}


# ── two side by side ─────────────────────────────────────────────────────────────────────────────────────────────


def test_two_pinned_runs_stand_side_by_side_with_what_differs(opened: Opened, store: Store) -> None:
    a = ended_run(store, ME, SPEC, name="first")
    b = ended_run(store, SOMEBODY, RunSpec.two_arms(default_settings() | {"temperature": 2.0}, (12, 33, 904)))
    data = sent(to_runs(opened(), a=a, b=b), "compare")
    assert data["titles"][0] == "first" and data["titles"][1].startswith("MNIST 500, 9 k, soft labels T 2, of ")
    assert data["link"] == f"?a={a}&b={b}"
    assert [answer["id"] for answer in data["answers"]] == [a, b]
    assert [setting["words"] for setting in data["comparison"]["differences"]] == ["Temperature"]
    assert "the same with each of 3 seeds" in data["comparison"]["sentence"]
    assert len(data["answers"][0]["events"]) == 2


def test_a_recorded_and_a_live_run_stand_side_by_side_too(opened: Opened, store: Store) -> None:
    live = run_of(store, ME, "queued")
    data = sent(to_runs(opened(), a="recorded-mnist-kd", b=live), "compare")
    assert data["comparison"]["sentence"] == "B has no numbers yet."
    assert [answer["state"] for answer in data["answers"]] == ["finished", "queued"]


def test_a_pinned_run_that_is_removed_meanwhile_is_a_sentence(opened: Opened, store: Store) -> None:
    a, b = ended_run(store, ME, SPEC), ended_run(store, ME, SPEC)
    page = to_runs(opened(), a=a, b=b)
    store.runs.remove(b, ME)
    page.run()
    assert not page.exception and address(page) == {"a": a}
    assert "it may have been removed. Pin another one as B." in words(page)


# ── presses ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_the_browser_sends_is_read_with_care() -> None:
    def read(sent: object) -> TableAction | None:
        return pressed({"overview": {"action": sent}})

    assert read({"action": "rename", "runs": ["r"], "name": "n"}) == TableAction("rename", ("r",), "n")
    assert pressed({}) is None
    refused: list[object] = [None, {}, {"action": "explode", "runs": ["r"]}, {"action": "open", "runs": []}]
    refused += [{"action": "open"}, {"action": "open", "runs": [1]}, {"action": "rename", "runs": ["r"], "name": 3}]
    assert [read(sent) for sent in refused] == [None] * len(refused)


def test_a_run_opens_in_the_lab_with_the_controls_as_it_had_them(opened: Opened, store: Store) -> None:
    run_id = ended_run(store, ME, RunSpec.two_arms(default_settings() | {"labels": 200}, (1, 2)))
    page = to_runs(opened())
    act(TableAction("open", (run_id,)), page.session_state["pins"], store, ME, None)
    page.run()
    assert not page.exception
    assert sent(page, "bench")["run"] == run_id and page.session_state["lab"].settings["labels"] == 200
    assert sent(to_runs(page, a=run_id), "overview")["pins"] == {"a": run_id}, "the way back, with a run to pin"


def test_names_are_shown_in_the_lab_as_text(opened: Opened, store: Store) -> None:
    run_id = ended_run(store, ME, SPEC)
    act(TableAction("rename", (run_id,), " **my**\n  <i>run</i> "), Pins(), store, ME, None)
    run = store.runs.get(run_id)
    assert run is not None and run.name == "**my** <i>run</i>"
    [label] = [button.label for button in opened().button if button.key == f"open-{run_id}"]
    assert label.startswith(r"“\*\*my\*\* \<i\>run\</i\>” ·")


def test_runs_are_deleted_and_forgotten_everywhere_and_the_others_stay(store: Store) -> None:
    first, second, live = ended_run(store, ME, SPEC), ended_run(store, ME, SPEC), run_of(store, ME, "running")
    pins, tab = Pins({"a": first, "b": live}), LabState(shown={"mnist": first})
    act(TableAction("delete", (first, second, live, "nobody22")), pins, store, ME, tab)
    assert [run.id for run, _ in store.runs.listed(ME)] == [live]
    assert pins.query() == {"b": live} and tab.run_id is None
    assert [sentence.split(":")[0] for sentence in pins.problems] == [
        "A run that still goes on was left",
        "There is no run nobody22 here. It may have been removed to make room for others.",
    ]


def test_nobody_renames_or_deletes_somebody_elses_run(store: Store) -> None:
    theirs = ended_run(store, SOMEBODY, SPEC)
    with pytest.raises(NotYours):
        act(TableAction("rename", (theirs,), "mine"), Pins(), store, ME, None)
    pins = Pins()
    act(TableAction("delete", (theirs,)), pins, store, ME, None)
    assert store.runs.get(theirs) and pins.problems


def test_a_name_has_a_limit(store: Store) -> None:
    run_id = ended_run(store, ME, SPEC)
    with pytest.raises(StoreError, match="60 characters at most; this one has 61"):
        act(TableAction("rename", (run_id,), "x" * 61), Pins(), store, ME, None)
