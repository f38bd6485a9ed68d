"""Recordings on disk: written and read again, and left out or refused with a sentence if they are damaged."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.experiments.recordings import FinishedRun, Recording, folder, recording, recordings, write
from app.experiments.recordings.bugs import RecordedBugs
from app.experiments.recordings.labels import LabelCurve
from app.experiments.recordings.left_out import RecordedLeftOut, recorded_left_out
from app.experiments.recordings.runs import RecordedRun, recorded_for, recorded_runs
from app.experiments.recordings.sweeps import RecordedSweep
from tests.experiments.examples import spec

VIEWS: list[type[Recording]] = [RecordedRun, RecordedSweep, RecordedBugs, LabelCurve, RecordedLeftOut]
RECORD = {"seconds": 1.5, "teacher_accuracy": 0.9, "test_images": 3, "classes": ["a", "b"], "title": "Tiny"}


def made(kind: str = "run", **arrays: Any) -> Recording:
    """A run of two updates with two images, whose accuracy rises."""
    one = spec()
    shares = [[0.5] * len(one.seeds)] * len(one.arms)
    events = tuple({"seq": seq, "update": seq - 1, "accuracy": shares} for seq in (1, 2, 3))
    shape = (2, len(one.arms), len(one.seeds), 2, 2)
    kept: dict[str, Any] = {
        "moments": np.array([0, 2]),
        "teacher": np.eye(2, dtype="<f2"),
        "students": np.ones(shape, "<f2"),
        "labels": np.array([0, 1]),
        "weights.0.layer": np.zeros((*shape[1:3], 4), "<f2"),
        "weights.2.layer": np.ones((*shape[1:3], 4), "<f4"),
    }
    return Recording("recorded-tiny", kind, (FinishedRun(one, events),), kept | arrays, dict(RECORD))


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one recorded run."""
    monkeypatch.setattr(recording, "folder", lambda: tmp_path)
    write(made(), tmp_path)
    return tmp_path


def test_what_is_written_is_read_again(shelf: Path) -> None:
    run = recorded_runs()["recorded-tiny"]
    assert (run.spec, run.events, run.updates, run.title) == (spec(), made().runs[0].events, 2, "Tiny")
    assert (run.seconds, run.teacher_accuracy, run.test_images, run.classes) == (1.5, 0.9, 3, ("a", "b"))
    assert recorded_for("mnist") == [run] and recorded_for("fashion") == [] and run.labels == (0, 1)
    answers = run.answers()
    assert answers.moments == (0, 2) and answers.students.dtype == np.float16
    np.testing.assert_array_equal(answers.teacher, np.eye(2))
    assert list(recordings(Recording)) == ["recorded-tiny"] and recordings(RecordedSweep) == {}
    again = shelf / "again"
    write(run, again)
    for ending in ("json", "npz"):
        assert (again / f"recorded-tiny.{ending}").read_bytes() == (shelf / f"recorded-tiny.{ending}").read_bytes()


def test_weights_are_the_latest_that_were_kept_by_an_update(shelf: Path) -> None:
    run = recorded_runs()["recorded-tiny"]
    assert [run.weights(update).update for update in (None, 2, 1, 0, -1)] == [2, 2, 0, 0, 2]
    tensors = run.weights(1).tensors()
    assert len(tensors) == len(spec().arms) * len(spec().seeds) and not tensors["arm1.seed2.layer"].any()
    assert run.weights().tensors()["arm0.seed0.layer"].tolist() == [1.0] * 4


@pytest.mark.parametrize("damage", ["gone", "cut", "changed", "pickled"])
def test_damaged_arrays_are_a_sentence(shelf: Path, damage: str) -> None:
    run, file = recorded_runs()["recorded-tiny"], shelf / "recorded-tiny.npz"
    assert run.labels
    if damage == "gone":
        file.unlink()
    elif damage == "cut":
        file.write_bytes(file.read_bytes()[:-9])
    elif damage == "changed":
        file.write_bytes(file.read_bytes()[:-9] + b"123456789")
    else:
        np.savez(file, moments=np.array([{}], object), allow_pickle=True)
    for ask in (run.answers, run.weights, lambda: run.labels):
        with pytest.raises(ValueError, match=r"missing or damaged\. Get a fresh copy of the app"):
            ask()
    assert run.step(0) is None and run.events


def test_arrays_that_do_not_belong_together_are_a_sentence(shelf: Path) -> None:
    write(made(moments=np.array([0, 1, 2])), shelf)
    with pytest.raises(ValueError, match="missing or damaged"):
        recorded_runs()["recorded-tiny"].answers()


def _without(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda stored: stored.pop(name)


WRONG: dict[str, Callable[[dict[str, Any]], Any]] = {
    "format": lambda stored: stored.update(format=3),
    "prefix": lambda stored: stored.update(id="tiny"),
    "id": lambda stored: stored.update(id="recorded-../x"),
    "runs": lambda stored: stored.update(runs=[]),
    "no runs": lambda stored: stored.update(runs=3),
    "events": lambda stored: stored["runs"][0].update(events=[]),
    "spec": lambda stored: stored["runs"][0].update(spec={"data": "nothing"}),
    "shape": lambda stored: stored["runs"][0]["events"][1].update(accuracy=[[0.5]]),
    "seq": lambda stored: stored["runs"][0]["events"][1].pop("seq"),
    "classes": lambda stored: stored["record"].update(classes=[]),
    "seconds": lambda stored: stored["record"].pop("seconds"),
    "record": _without("record"),
    "kind": _without("kind"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_damaged_file_is_left_out_and_the_log_says_so(
    shelf: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    stored = json.loads((shelf / "recorded-tiny.json").read_text(encoding="utf-8")) | {"id": "recorded-other"}
    WRONG[name](stored)
    (shelf / "other.json").write_text(json.dumps(stored), encoding="utf-8")
    assert list(recorded_runs()) == ["recorded-tiny"] and "other.json is left out" in caplog.text


@pytest.mark.parametrize("text", ["", "{", "[]", "3"])
def test_what_is_no_recording_is_left_out(shelf: Path, text: str, caplog: pytest.LogCaptureFixture) -> None:
    (shelf / "other.json").write_text(text, encoding="utf-8")
    assert list(recorded_runs()) == ["recorded-tiny"] and "other.json is left out" in caplog.text


@pytest.mark.parametrize("view", VIEWS)
def test_a_shipped_recording_that_lost_a_run_or_a_number_is_left_out(
    view: type[Recording], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    id_, shipped = next(iter(recordings(view).items()))
    for ending in ("json", "npz"):
        if (file := folder() / f"{id_}.{ending}").exists():
            shutil.copy(file, tmp_path)
    monkeypatch.setattr(recording, "folder", lambda: tmp_path)
    assert list(recordings(view)) == [id_]
    stored = json.loads((tmp_path / f"{id_}.json").read_text(encoding="utf-8"))
    plan = {"record": stored["record"] | {"plan": "{}", "classes": []}}
    scores = {"runs": [run | {"events": [{"update": 1, "accuracy": None}]} for run in stored["runs"]]}
    for change in (plan | scores, {"runs": [stored["runs"][-1] | {"spec": {}}]}):
        (tmp_path / f"{id_}.json").write_text(json.dumps(stored | change), encoding="utf-8")
        assert recordings(view) == {}, (view, list(change))
    assert shipped.runs


def test_students_of_a_left_out_class_without_their_arrays_are_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copy(folder() / "recorded-unseen-mnist.json", tmp_path)
    monkeypatch.setattr(recording, "folder", lambda: tmp_path)
    for data in ("mnist", "fashion"):
        with pytest.raises(ValueError, match="Get a fresh copy of the app"):
            recorded_left_out(data)
