"""Numbers of recorded label curves: as one would compute them by hand from the file."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pytest

from app.experiments.kinds.cohort import LABELS_ONLY, RunSpec
from app.experiments.recordings import FinishedRun, recording, recordings, write
from app.experiments.recordings.labels import LabelCurve
from app.experiments.spec import default_settings
from app.teaching.checks import labels as found

CURVE, MADE = "recorded-labels-mnist", "recorded-labels-made"


def made() -> LabelCurve:
    """Three numbers of labels, two seeds, and accuracies that are easily computed with."""
    runs = []
    for labels, unlabelled, plain, taught in ((100, 0, 0.8, 0.9), (100, 3500, 0.8, 0.95), (1000, 0, 0.9, 0.92)):
        settings = default_settings() | {"labels": labels, "unlabelled": unlabelled}
        moments = ((0, (0.1, 0.1)), (10, (plain - 0.1, taught - 0.1)), (20, (plain, taught)))
        spec = RunSpec.two_arms(settings, (11, 12))
        events: list[dict[str, Any]] = [
            {"update": update, "accuracy": [[one - 0.01, one + 0.01] for one in moment]} for update, moment in moments
        ]
        events[-1]["validation"] = [[0.8, 0.82], [None, None]]
        runs.append(FinishedRun(spec, tuple(events)))
        if not unlabelled:
            half = {"update": 10, "validation": [[0.79, 0.82]]}
            runs.append(FinishedRun(replace(spec, epochs=spec.epochs // 2, arms=(LABELS_ONLY,)), (half,)))
    return curve_of(*runs)


def curve_of(*runs: FinishedRun) -> LabelCurve:
    record = {"seconds": 1.0, "teacher_accuracy": 0.99, "test_images": 1000}
    return LabelCurve(MADE, "labels", runs, {}, record)


@pytest.fixture
def curve(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(recording, "folder", lambda: tmp_path)
    write(made(), tmp_path)
    return MADE


def test_a_gain_is_that_of_the_verdict_and_a_moment_that_of_the_curve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs = list(made().runs)
    final = {"accuracy": [[0.69, 0.71], [0.84, 0.86]], "images": 10_000, "teacher": 0.9965}
    runs[0] = replace(runs[0], events=(*runs[0].events[:-1], runs[0].end | {"final": final}))
    monkeypatch.setattr(recording, "folder", lambda: tmp_path)
    write(curve_of(*runs), tmp_path)
    assert found.labels_accuracy(MADE, 100, "labels") == pytest.approx(70)
    assert found.labels_kept(MADE, 100) == pytest.approx(100 * 0.85 / 0.9965), "both on the same images"
    assert found.labels_gain(MADE, 100).mean == pytest.approx(15)
    assert found.labels_number(MADE, 100, "test_images") == 10_000
    assert found.labels_number(MADE, 1000, "test_images") == 1000
    assert found.labels_gain_after(MADE, 100, 20) == pytest.approx(10), "of the curve, at its end as before"


def test_accuracy_and_gain(curve: str) -> None:
    assert found.labels_accuracy(curve, 100, "labels") == pytest.approx(80)
    assert found.labels_accuracy(curve, 100, "distilled", rest=True) == pytest.approx(95)
    assert found.labels_gain(curve, 100).points == (10, 10) and found.labels_more(curve, 100).points == (5, 5)
    assert found.labels_gains(curve, [100, 1000]) == pytest.approx([10, 2])
    assert found.labels_number(curve, 100, "unlabelled", rest=True) == 3500
    assert found.labels_number(curve, 1000, "test_images") == 1000


def test_what_a_teacher_is_worth_in_labels(curve: str, tmp_path: Path) -> None:
    assert found.labels_worth(curve, 100, "labels") == 100 and found.labels_worth(curve, 100, "distilled") == 1000
    assert found.labels_worth(curve, 1000, "labels", to=300) == 900
    end = {"update": 20, "accuracy": [[1.0, 1.0]] * 2}
    half_way = [replace(run, events=(end,)) if run.spec.labels == 1000 else run for run in made().twins]
    write(curve_of(*half_way), tmp_path)
    assert found.labels_worth(curve, 100, "distilled") == round(np.exp((np.log(100) + np.log(1000)) / 2)) == 316
    write(made(), tmp_path)
    with pytest.raises(ValueError, match=r"95\.0% is outside of what labels only reach"):
        found.labels_worth(curve, 100, "distilled", rest=True)


def test_what_the_second_half_of_the_training_brought(curve: str) -> None:
    assert found.labels_half(curve, 100).points == (1, 0) and found.labels_half_most(curve) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("ask", "words"),
    [
        (lambda: found.labels_gain("nowhere", 100), "there is no recorded curve “nowhere”"),
        (lambda: found.labels_gain(MADE, 300), "made has no run with 300 labels$"),
        (lambda: found.labels_gain(MADE, 1000, rest=True), "1000 labels with the rest marked by the teacher"),
        (lambda: found.labels_accuracy(MADE, 100, "teacher"), "say labels or distilled"),
        (lambda: found.labels_number(MADE, 100, "hours"), "no number “hours”"),
        (lambda: found.labels_half(MADE, 5), "no run with 5 labels"),
    ],
)
def test_what_is_not_there_is_a_sentence(curve: str, ask: object, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        ask()  # type: ignore[operator]


def test_of_the_shipped_curve_every_number_is_that_of_its_file() -> None:
    kept = recordings(LabelCurve)[CURVE]
    for labels in kept.stops:
        run = kept.run(labels)
        assert run is not None
        plain, taught = run.reached
        assert found.labels_gain(CURVE, labels).mean == pytest.approx(100 * (fmean(taught) - fmean(plain)))
