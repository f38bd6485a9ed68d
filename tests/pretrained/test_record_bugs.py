"""The recorded bug lab: as the script plans it, of this engine, and reproducible."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.catalog.available import teachers
from app.catalog.bugs import BUGS
from app.catalog.declared import ENGINE
from app.experiments.recordings import bugs as recorded_bugs
from app.experiments.worker.engine import TorchEngine
from pretrained import record_bugs

pytestmark = pytest.mark.filterwarnings("ignore:reduction. .mean. divides:UserWarning")


def test_all_are_shipped_as_the_script_plans_them() -> None:
    shipped = {id_: run.spec for id_, run in recorded_bugs.recorded_bugs().items()}
    assert shipped == {f"{recorded_bugs.PREFIX}{plan.name}": plan.spec for plan in record_bugs.recordings()}
    assert {bug for run in recorded_bugs.recorded_bugs().values() for bug in run.bugs} == set(BUGS)


def test_each_is_of_this_engine_and_these_teachers() -> None:
    for run in recorded_bugs.recorded_bugs().values():
        assert run.record["engine"] == ENGINE and run.record["teacher_digest"] == teachers()["mnist"].sha256
        assert run.record["command"] == f"python -m pretrained.record_bugs {run.id.removeprefix(recorded_bugs.PREFIX)}"
        assert run.events[-1]["update"] == run.spec.updates and len(run.spec.seeds) >= 5


def test_labels_only_and_healthy_are_those_of_the_recorded_run() -> None:
    """The same experiment in another cohort, so equal but for rounding."""
    from app.experiments.recordings.runs import recorded_runs

    lab = recorded_bugs.recorded_bugs()["recorded-bugs-t8"]
    kept = recorded_runs()["recorded-mnist-kd"]
    assert kept.spec.arms == lab.spec.arms[:2] and kept.spec.seeds == lab.spec.seeds
    for arm in range(2):
        assert lab.events[-1]["accuracy"][arm] == pytest.approx(kept.events[-1]["accuracy"][arm], abs=0.01)


def test_a_recording_is_reproducible(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path))
    engine, plan = TorchEngine(), record_bugs.dry(record_bugs.recordings()[1])
    first, second = (record_bugs.record(plan, engine) for _ in range(2))
    for one, other in zip(first.events, second.events, strict=True):
        assert {**one, "seconds": 0} == {**other, "seconds": 0}
    found = recorded_bugs.read(recorded_bugs.written(first))
    assert (found.spec, found.record, found.events) == (first.spec, first.record, first.events)


def test_a_name_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        record_bugs.main(["t99"])
    assert "there is no recording t99; there are t8, t20, a1" in capsys.readouterr().err
