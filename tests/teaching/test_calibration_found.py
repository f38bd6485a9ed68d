"""Numbers of calibration, before and after temperature scaling: as one would read them off the record."""

from pathlib import Path
from typing import Any

import pytest

from app.experiments.kinds.cohort import RunSpec
from app.experiments.recordings import FinishedRun, Recording, recording, write
from app.experiments.spec import default_settings
from app.teaching.checks import calibration as found

MADE = "recorded-made"


def made(**arrays: Any) -> Recording:
    """Labels only and distilled, two seeds."""
    both = [[0.9, 0.9], [0.92, 0.94]]
    measured = {"ece": [[0.04, 0.06], [0.02, 0.02]], "nll": [[0.5, 0.7], [0.3, 0.3]]}
    events = (
        {"update": 0, "accuracy": both, **measured},
        {"update": 10, "accuracy": both, **measured, **({"arrays": arrays} if arrays else {})},
    )
    record = {"seconds": 1.0, "teacher_accuracy": 0.99, "test_images": 1000}
    return Recording(MADE, "bugs", (FinishedRun(RunSpec.two_arms(default_settings(), (11, 12)), events),), {}, record)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(recording, "folder", lambda: tmp_path)
    scaled = {"scaled_ece": [[0.01, 0.01], [0.02, 0.01]], "scaled_nll": [[0.4, 0.4], [0.3, 0.2]]}
    write(made(**scaled, scaling_temperature=[[1.5, 2.5], [1.0, 0.8]]), tmp_path)
    return MADE


def test_points_and_nats_before_and_after(run: str) -> None:
    assert found.calibration(run, "labels", "ece") == pytest.approx(5)
    assert found.calibration(run, "labels", "ece", scaled=True) == pytest.approx(1)
    assert found.calibration(run, "distilled", "nll") == pytest.approx(0.3)
    assert found.calibration(run, "distilled", "nll", scaled=True) == pytest.approx(0.25)
    assert found.scaling_temperature(run, "labels") == pytest.approx(2)


def test_what_was_not_recorded_is_said(run: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="of must be ece or nll, got brier"):
        found.calibration(run, "labels", "brier")
    with pytest.raises(ValueError, match="no arm “teacher”: say one of labels, distilled"):
        found.calibration(run, "teacher", "ece")
    write(made(), tmp_path)
    with pytest.raises(ValueError, match="does not tell scaled ece"):
        found.calibration(run, "labels", "ece", scaled=True)
    with pytest.raises(ValueError, match="does not tell scaling temperature"):
        found.scaling_temperature(run, "labels")
