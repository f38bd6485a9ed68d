import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.catalog.declared import Arm
from app.experiments.kinds.cohort import LABELS_ONLY, RunSpec
from app.experiments.paired import paired
from app.experiments.recordings import FinishedRun, Recording, recording, recordings, write
from app.experiments.recordings.arms import RecordedArms
from app.figures.what_teaches.figure import GONE, KEPT, contents
from app.teaching.checks.arms import arms_gain, arms_number, arms_share
from tests.figures.staged import opened, sent

NAME = "recorded-what-teaches"
ARMS = (LABELS_ONLY, *(Arm("distilled", method, 8.0, 0.1 if method == "smoothing" else 0.9) for method in KEPT))


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> RecordedArms:
    """Three seeds, of which every arm gains a point less than the one before; one image, a five."""
    spec = RunSpec("mnist", "mnist", "cnn-9k", 500, 16, (11, 12, 13), ARMS)
    gains = (0, *range(5, 0, -1))
    reached = [[0.85 + gain / 100 + seed / 1000 * (gain + 1) for seed in range(3)] for gain in gains]
    logits = np.array([[0, 1, 2, 6, 1, 12, 3, 0, 5, 2]], np.float16)
    arrays = {"teacher": logits, "shuffled": logits[:, ::-1].copy(), "equal": np.clip(logits, 2, 12)}
    arrays |= {"labels": np.array([5]), "margin": np.array(11.8)}
    record: dict[str, Any] = {"seconds": 1.0, "teacher_accuracy": 0.99, "test_images": 1000}
    record |= {"classes": list("0123456789"), "title": "What teaches?"}
    run = FinishedRun(spec, ({"update": 256, "accuracy": reached},))
    write(Recording(NAME, "arms", (run,), arrays, record), tmp_path)
    monkeypatch.setattr(recording, "folder", lambda: tmp_path)
    return recordings(RecordedArms)[NAME]


def test_each_row_has_its_soft_label_and_its_gain(made_up: RecordedArms) -> None:
    shown = contents(made_up, 0)
    rows = {row["method"]: row for row in shown["rows"]}
    assert list(rows) == list(KEPT) and shown["label"] == 5
    for method, row in rows.items():
        assert sum(row["soft"]) == pytest.approx(1, abs=1e-4)
        gain = paired(made_up.accuracy(method), made_up.accuracy("labels"))
        assert (row["mean"], row["half"]) == (gain.mean, gain.half_width)
    even, smoothed = rows["even"]["soft"], rows["smoothing"]["soft"]
    assert len(set(even)) == len(set(smoothed)) == 2 and even.index(max(even)) == smoothed.index(max(smoothed)) == 5
    assert max(smoothed) == pytest.approx(0.91) and max(even) < 0.4, "T = 8 is far softer than a tenth"
    assert max(even) / min(even) == pytest.approx(np.exp(11.8 / 8), rel=1e-3)


@pytest.mark.usefixtures("made_up")
def test_the_lessons_numbers_are_those_of_the_arms() -> None:
    assert arms_gain(NAME, "kd").mean == pytest.approx(5.5) and arms_gain(NAME, "kd", "even").mean > 0
    assert arms_share(NAME, "even") == pytest.approx(100 * arms_gain(NAME, "even").mean / 5.5)
    assert (arms_number(NAME, "seeds"), arms_number(NAME, "labels")) == (3, 500)
    with pytest.raises(ValueError, match="has no arm “hints”: say one of labels, kd"):
        arms_gain(NAME, "hints")
    with pytest.raises(ValueError, match="there is no number “t”"):
        arms_number(NAME, "t")


@pytest.mark.usefixtures("made_up", "store")
def test_the_figure_is_mounted_or_says_what_is_missing() -> None:
    data = sent(opened("what-teaches", {"image": 0, "arm": "even"}))
    assert data["arm"] == "even" and len(data["rows"]) == 5 and data["trouble"] == ""
    assert sent(opened("what-teaches", {"image": 4}))["trouble"] == GONE
    assert sent(opened("what-teaches", {"arms": "recorded-nothing"}))["trouble"] == GONE
    json.dumps(data)


def test_a_cohort_without_a_teacher_or_with_two_arms_of_a_method_is_no_such_recording(made_up: RecordedArms) -> None:
    for arms in (ARMS[:1], ARMS[2:], (*ARMS[:2], Arm("distilled", "kd", 2.0, 0.9))):
        spec = RunSpec("mnist", "mnist", "cnn-9k", 500, 16, (11, 12), arms)
        run = FinishedRun(spec, ({"update": 1, "accuracy": [[0.5, 0.5]] * len(arms)},))
        with pytest.raises(ValueError, match="its arms"):
            RecordedArms(NAME, "arms", (run,), {}, made_up.record)._check()
