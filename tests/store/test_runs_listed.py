from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from app.store import NAME_LENGTH, NotYours, Store, StoreError, UnknownRun
from tests.experiments.examples import spec
from tests.store.stored import ANNE, BEN, ended_run, finished


def test_ones_own_runs_with_their_last_events_newest_first(store: Store) -> None:
    old, new = ended_run(store, ANNE, spec(), age=9), ended_run(store, ANNE, spec())
    ended_run(store, BEN, spec())
    ended_run(store, ANNE, spec(), sweep="s1")
    queued = store.runs.submit(spec(), ANNE)
    found = store.runs.listed(ANNE)
    assert [run.id for run, _ in found] == [queued, new, old]
    assert found[0][1] is None and found[1][1] is not None and found[1][1]["update"] == spec().updates
    assert [run.id for run, _ in store.runs.listed(ANNE, 1)] == [queued]
    assert {run.id for run, _ in store.runs.looked_up([old, "nobody", new])} == {old, new}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
@given(st.text(max_size=NAME_LENGTH))
def test_a_name_is_kept_on_one_line_and_short(store: Store, name: str) -> None:
    run_id = store.runs.listed(ANNE)[0][0].id if store.runs.listed(ANNE) else finished(store)
    kept = store.runs.rename(run_id, ANNE, name)
    run = store.runs.get(run_id)
    assert run is not None and run.name == kept and len(kept) <= NAME_LENGTH
    assert kept == kept.strip() and kept.isprintable() and "  " not in kept
    assert store.runs.rename(run_id, ANNE, kept) == kept


def test_only_the_owner_names_a_run_and_not_at_length(store: Store) -> None:
    run_id = finished(store)
    with pytest.raises(NotYours):
        store.runs.rename(run_id, BEN, "mine")
    with pytest.raises(UnknownRun):
        store.runs.rename("nobody", ANNE, "mine")
    with pytest.raises(StoreError, match="has 61"):
        store.runs.rename(run_id, ANNE, "x" * 61)
    assert store.runs.rename(run_id, ANNE, "  " + "x" * 60 + "\n") == "x" * 60
    assert store.runs.rename(run_id, ANNE, "") == ""


def test_many_runs_are_listed_with_as_few_statements_as_one(store: Store) -> None:
    sent: list[str] = []
    event.listen(store.database.engine, "before_cursor_execute", lambda *call: sent.append(call[2]))
    counts = []
    for age in range(300):
        ended_run(store, ANNE, spec(), age=age)
        if age in (0, 299):
            sent.clear()
            assert len(store.runs.listed(ANNE)) == age + 1
            counts.append(len(sent))
    assert counts[0] == counts[1] <= 3, sent
