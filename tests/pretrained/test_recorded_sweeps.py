"""The recorded sweeps: as they are shipped, reproducible, and left out where they are damaged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.catalog.available import teachers
from app.catalog.declared import ENGINE
from app.experiments.recordings import sweeps as recorded
from app.experiments.sweep import Sweep, read_out
from pretrained import record_sweeps
from tests.experiments.test_sweep import sweep
from tests.experiments.tiny_engine import TinyEngine


def tiny() -> Sweep:
    return sweep("method", labels=50, epochs=2, student="mlp-30")


def test_all_are_shipped_as_the_script_plans_them() -> None:
    shipped = {kept.id: kept.plan for kept in recorded.recorded_sweeps().values()}
    assert shipped == {f"{recorded.PREFIX}{name}": plan for name, plan in record_sweeps.plans().items()}


@pytest.mark.parametrize("sweep_id", [f"{recorded.PREFIX}{name}" for name in record_sweeps.plans()])
def test_each_is_of_this_engine_and_these_teachers(sweep_id: str) -> None:
    kept = recorded.recorded_sweeps()[sweep_id]
    teacher = teachers()[kept.plan.settings["teacher"]]
    assert kept.record["engine"] == ENGINE and kept.record["teacher_digest"] == teacher.sha256
    said = read_out(kept.plan, kept.found(), kept.test_images)
    assert all(cell["gain"] for cell in said["cells"]) and bool(said["chosen"]) == kept.plan.declared.tunes
    for accuracy in kept.accuracy:  # counts over the test images
        assert all(abs(a * kept.test_images - round(a * kept.test_images)) < 0.01 for arm in accuracy for a in arm)


def test_a_recording_is_reproducible() -> None:
    first, second = (record_sweeps.record("tiny", tiny(), TinyEngine()) for _ in range(2))
    assert first.accuracy == second.accuracy and first.validation == second.validation
    found = recorded.read(recorded.written(first))
    assert (found.plan, found.accuracy, found.record) == (first.plan, first.accuracy, first.record)


def test_damaged_ones_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = record_sweeps.record("tiny", tiny(), TinyEngine())
    text = recorded.written(made)
    changes: dict[str, Any] = {"format": 99, "id": "../etc", "accuracy": [], "plan": {"kind": "x"}, "validation": None}
    for name, value in changes.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(json.loads(text) | {name: value}), encoding="utf-8")
    (tmp_path / "cut.json").write_text(text[:200], encoding="utf-8")
    (tmp_path / "good.json").write_text(text, encoding="utf-8")
    monkeypatch.setattr(recorded, "folder", lambda: tmp_path)
    assert list(recorded.recorded_sweeps()) == ["recorded-sweep-tiny"]


def test_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(record_sweeps, "plans", lambda: {"tiny": tiny()})
    monkeypatch.setattr(record_sweeps, "TorchEngine", TinyEngine)
    assert record_sweeps.main(["--out", str(tmp_path), "--dry-run"]) == 0 and not list(tmp_path.iterdir())
    assert record_sweeps.main(["--out", str(tmp_path)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["recorded-sweep-tiny.json"]
    assert "tiny: 5 cells" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        record_sweeps.main(["nothing"])
