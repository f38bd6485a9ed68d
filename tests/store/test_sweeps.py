"""Sweeps: into the queue as cohorts, taken together, behind single runs, stopped, removed, pruned."""

from __future__ import annotations

import pytest

from app.store import NotYours, QueueFull, Store, UnknownRun
from tests.experiments.examples import json_of, parcels
from tests.store.stored import ANNE, BEN, SPEC, logits, point

COHORTS = [[json_of(temperature=t) for t in (2.0, 4.0)], [json_of(temperature=8.0)], [json_of(labels=100)]]


def test_a_cohort_is_taken_together(store: Store) -> None:
    sweep = store.sweeps.submit("{}", parcels(COHORTS), ANNE)
    first = store.runs.take("one")
    assert first is not None and first.sweep == sweep
    together = store.runs.together(first)
    assert len(together) == 2 and {run.worker for run in together} == {"one"} and together[0].id == first.id
    second = store.runs.take("two")
    assert second is not None and store.runs.together(second) == [second]
    assert store.runs.take("three") is not None and store.runs.take("four") is None


def test_the_runs_stand_in_the_order_of_the_cells_with_their_latest_event(store: Store) -> None:
    sweep = store.sweeps.submit("{}", parcels(COHORTS), ANNE)
    assert [run.spec_json for run, _ in store.sweeps.runs(sweep)] == [spec for cohort in COHORTS for spec in cohort]
    first = store.runs.take("w")
    assert first is not None
    store.runs.append(first.id, point(0), logits(0))
    store.runs.append(first.id, point(3), None)
    found = store.sweeps.runs(sweep)
    assert found[0][1] is not None and '"update":3' in found[0][1] and found[1][1] is None


def test_single_runs_of_the_learner_go_first_and_others_are_served_between(store: Store) -> None:
    store.sweeps.submit("{}", parcels(COHORTS), ANNE)
    own, other = store.runs.submit(SPEC, ANNE), store.runs.submit(SPEC, BEN)
    order = []
    while run := store.runs.take("w"):
        order.append(run.id if run.sweep is None else "cell")
        for one in store.runs.together(run):
            store.runs.end(one.id, "finished")
    assert order.index(own) < order.index("cell") and set(order[:2]) == {own, other}


def test_a_place_in_the_queue_counts_cohorts(store: Store) -> None:
    sweep = store.sweeps.submit("{}", parcels(COHORTS), ANNE)
    store.machines.renew("here", 1)
    store.runs.note_pace(2.0)
    places = [store.runs.place(run.id) for run, _ in store.sweeps.runs(sweep)]
    assert [place[0] for place in places if place] == [1, 1, 2, 3]
    waits = [place[1] for place in places if place and place[1] is not None]
    assert len(waits) == 4 and waits == sorted(waits) and waits[-1] > 0


def test_one_sweep_at_a_time_for_each_learner(store: Store) -> None:
    sweep = store.sweeps.submit("{}", parcels(COHORTS), ANNE)
    with pytest.raises(QueueFull, match="still goes on"):
        store.sweeps.submit("{}", parcels(COHORTS), ANNE)
    store.sweeps.submit("{}", parcels(COHORTS), BEN)
    for _ in range(5):
        store.runs.submit(SPEC, ANNE)  # the cells take no place from single runs
    assert store.sweeps.stop(sweep, ANNE) == 4
    store.sweeps.submit("{}", parcels(COHORTS), ANNE)


def test_stopping_asks_what_runs_and_ends_what_waits(store: Store) -> None:
    sweep = store.sweeps.submit("{}", parcels(COHORTS), ANNE)
    first = store.runs.take("w")
    assert first is not None
    assert store.sweeps.stop(sweep, ANNE) == 4
    states = [run.state for run, _ in store.sweeps.runs(sweep)]
    assert states == ["running", "running", "stopped", "stopped"]
    assert set(store.runs.requests().values()) == {"stop"} and len(store.runs.requests()) == 2


def test_a_cell_cannot_be_paused(store: Store) -> None:
    sweep = store.sweeps.submit("{}", parcels(COHORTS), ANNE)
    cell = store.sweeps.runs(sweep)[0][0]
    assert not store.runs.request(cell.id, ANNE, "pause")
    store.runs.take("w")
    assert not store.runs.request(cell.id, ANNE, "step")
    assert store.runs.request(cell.id, ANNE, "stop")


def test_only_the_owner_stops_and_removes(store: Store) -> None:
    sweep = store.sweeps.submit("{}", parcels(COHORTS), ANNE)
    for action in (store.sweeps.stop, store.sweeps.remove):
        with pytest.raises(NotYours, match="somebody else"):
            action(sweep, BEN)
        with pytest.raises(UnknownRun, match="no such sweep"):
            action("nothing", ANNE)
    assert not store.sweeps.remove(sweep, ANNE), "while it goes on"
    store.sweeps.stop(sweep, ANNE)
    assert store.sweeps.remove(sweep, ANNE)
    assert store.sweeps.get(sweep) is None and store.sweeps.runs(sweep) == []


def test_cells_are_not_listed_among_the_runs(store: Store) -> None:
    sweep = store.sweeps.submit("{}", parcels(COHORTS), ANNE)
    own = store.runs.submit(SPEC, ANNE)
    assert [run.id for run in store.runs.of(ANNE)] == [own]
    assert [found.id for found in store.sweeps.of(ANNE)] == [sweep] and store.sweeps.of(BEN) == []


def test_a_sweep_whose_runs_made_room_is_forgotten(store: Store) -> None:
    sweep = store.sweeps.submit('{"a":1}', parcels(COHORTS), ANNE)
    found = store.sweeps.get(sweep)
    assert found is not None and (found.plan, found.learner) == ('{"a":1}', ANNE)
    store.sweeps.stop(sweep, ANNE)
    store.quota.prune(cap=0)
    assert store.sweeps.get(sweep) is None
