"""What the page asks of a sweep: live, ended, recorded, gone, of another version."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import update

from app.experiments.recordings import recordings
from app.experiments.recordings.sweeps import RecordedSweep
from app.experiments.spec import default_settings
from app.experiments.sweep import SHARED, Sweep
from app.experiments.worker.stretch import Stretch
from app.server import identity
from app.store import Store
from app.store.tables import sweeps
from tests.asgi import Ask
from tests.experiments.tiny_engine import TinyEngine

ANNE = "a" * 24


@pytest.fixture
def plan(monkeypatch: pytest.MonkeyPatch) -> Sweep:
    """Five cells in two cohorts."""
    monkeypatch.setattr("app.experiments.sweep.COHORT_CELLS", 3)
    shared = default_settings() | {"labels": 50, "epochs": 5, "student": "mlp-30"}
    return Sweep("method", {key: shared[key] for key in SHARED}, (11, 12, 13))


@pytest.fixture
def sweep(store: Store, plan: Sweep) -> str:
    return store.sweeps.submit(plan.to_json(), plan.parcels(), ANNE)


def told(ask: Ask, sweep_id: str, **more: Any) -> dict[str, Any]:
    answer = ask(f"/api/sweeps/{sweep_id}", **more)
    assert answer.status == 200
    return dict(json.loads(answer.body))


def train_one_cohort(store: Store) -> None:
    lead = store.runs.take("w")
    assert lead is not None
    Stretch(store.runs.together(lead), store, TinyEngine()).train()


def test_a_sweep_from_its_first_moment_to_its_end(ask: Ask, store: Store, sweep: str, plan: Sweep) -> None:
    first = told(ask, sweep)
    assert (first["state"], first["seconds"], first["kind"]) == ("live", 0.0, "method")
    assert [cell["state"] for cell in first["cells"]] == ["queued"] * len(plan.cells())
    train_one_cohort(store)
    middle = told(ask, sweep)
    assert middle["state"] == "live" and middle["left"] is not None and middle["chosen"] is None
    assert middle["cells"][0]["gain"]["sentence"] and middle["cells"][-1]["gain"] is None
    train_one_cohort(store)
    last = told(ask, sweep)
    assert last["state"] == "ended" and last["left"] is None and last["test_images"] == 1000
    assert {cell["state"] for cell in last["cells"]} == {"finished"} and last["chosen"] is not None
    for cell, (run, _) in zip(last["cells"], store.sweeps.runs(sweep), strict=True):
        assert cell["run"] == run.id
        assert cell["accuracy"] == [[round(a, 6) for a in arm] for arm in store.runs.events(run.id, 0)[-1]["accuracy"]]


def test_whose_sweep_it_is(ask: Ask, sweep: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert told(ask, sweep)["mine"] is False
    monkeypatch.setattr(identity, "learner_from", lambda _cookies: ANNE)
    assert told(ask, sweep)["mine"] is True


def test_the_runner_tells_why_nothing_happens(ask: Ask, store: Store, sweep: str) -> None:
    store.facts.note("runner", "The training process is still starting.")
    assert told(ask, sweep)["message"] == "The training process is still starting."


def test_what_failed_says_so(ask: Ask, store: Store, sweep: str) -> None:
    lead = store.runs.take("w")
    assert lead is not None
    for run in store.runs.together(lead):
        store.runs.end(run.id, "interrupted", "The worker ended.", worker="w")
    said = told(ask, sweep)
    assert said["message"] == "The worker ended." and said["cells"][0]["state"] == "interrupted"


def test_cells_that_made_room_are_missing(ask: Ask, store: Store, sweep: str) -> None:
    train_one_cohort(store)
    run = store.sweeps.runs(sweep)[0][0]
    store.runs.remove(run.id, ANNE)
    assert [cell["state"] for cell in told(ask, sweep)["cells"]][:2] == ["missing", "finished"]


def test_every_recorded_sweep_is_told(ask: Ask) -> None:
    assert recordings(RecordedSweep)
    for sweep_id in recordings(RecordedSweep):
        said = told(ask, sweep_id)
        assert said["recorded"] and said["state"] == "ended" and said["date"]
        assert all(cell["gain"] for cell in said["cells"])


@pytest.mark.parametrize("sweep_id", ["abcdefgh", "recorded-sweep-none", "..", "A B", "%00", "x" * 400])
def test_what_is_not_there(ask: Ask, sweep_id: str) -> None:
    answer = ask(f"/api/sweeps/{sweep_id}")
    assert answer.status == 404 and "message" in json.loads(answer.body)


def test_a_plan_of_another_version(ask: Ask, store: Store, sweep: str) -> None:
    with store.database.write() as db:
        db.execute(update(sweeps).values(plan='{"kind":"of the future"}'))
    answer = ask(f"/api/sweeps/{sweep}")
    assert answer.status == 404 and "another version" in json.loads(answer.body)["message"]
