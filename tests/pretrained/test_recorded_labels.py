"""The recorded label curves: as they are shipped, reproducible, and left out where they are damaged."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from app.catalog import declared
from app.catalog.available import teachers
from app.catalog.pack import read_pack
from app.experiments.recordings import labels as recorded
from app.experiments.worker.engine import TorchEngine
from pretrained import record_labels

CURVE = "recorded-labels-mnist"


def shipped() -> recorded.RecordedLabels:
    return recorded.recorded_labels()[CURVE]


def test_what_is_shipped_is_what_the_command_records() -> None:
    assert [course.spec for course in shipped().courses] == record_labels.specs("mnist")
    assert (recorded.folder() / f"{CURVE}.json").stat().st_size < 100_000
    for course in shipped().courses:
        course.spec.check_trainable()
        assert course.updates[0] == 0 and course.updates[-1] == course.spec.updates
        assert list(course.updates) == sorted(set(course.updates))
        assert all(0 <= one <= 1 for arms in course.accuracy for seeds in arms for one in seeds)


def test_it_is_of_this_engine_and_these_images_and_teachers() -> None:
    record = shipped().record
    assert record["engine"] == declared.ENGINE
    assert record["data_digest"] == read_pack(declared.DATA["mnist"].path).digest()
    assert record["teacher_digest"] == teachers()["mnist"].sha256
    assert record["date"] and record["command"] == "python -m pretrained.record_labels mnist" and record["versions"]


def test_labels_only_hardly_gains_from_more_epochs() -> None:
    """The baseline is not badly trained: the second half of its epochs brings it little, on validation images."""
    for course in shipped().courses:
        if course.half is not None and course.validation is not None:
            later = [one - other for one, other in zip(course.validation, course.half, strict=True)]
            assert sum(later) / len(later) < 0.008, course.spec.labels


def test_labels_only_learns_the_same_whatever_the_teacher_marks() -> None:
    """Without unlabelled images and with them it is the same student, to the rounding of its sums."""
    for labels in shipped().labels:
        alone, beside = shipped().course(labels), shipped().course(labels, rest=True)
        if alone and beside:
            for one, other in zip(alone.reached[0], beside.reached[0], strict=True):
                assert abs(one - other) < 0.012, labels


def test_recording_again_gives_the_same_numbers() -> None:
    engine, spec = TorchEngine(), record_labels.dry(record_labels.specs("mnist")[1])
    assert record_labels.course(spec, engine)[0] == record_labels.course(spec, engine)[0]
    found, _ = record_labels.course(replace(spec, unlabelled=0), engine)
    assert found.half is not None and len(found.half) == len(spec.seeds)


def test_to_json_and_back() -> None:
    text = recorded.written(shipped())
    assert text == (recorded.folder() / f"{CURVE}.json").read_text(encoding="utf-8")
    assert recorded.read(text).courses == shipped().courses


@pytest.mark.parametrize(
    "change",
    [
        {"format": 0},
        {"id": "mnist"},
        {"courses": []},
        {"courses": [{}]},
        {"courses": [{"spec": {}, "updates": [0], "accuracy": [[[0.1]]]}]},
        {"courses": 3},
        {"seconds": None, "record": None, "courses": None},
    ],
)
def test_a_damaged_file_is_refused(change: dict[str, object]) -> None:
    stored = json.loads(recorded.written(shipped())) | change
    with pytest.raises(ValueError, match=r"."):
        recorded.read(json.dumps(stored))


def test_numbers_of_other_arms_or_seeds_are_refused() -> None:
    stored = json.loads(recorded.written(shipped()))
    stored["courses"][0]["accuracy"][-1] = [[0.5]]
    with pytest.raises(ValueError, match="the run with 100 labels has not the numbers of its arms and seeds"):
        recorded.read(json.dumps(stored))


def test_a_damaged_file_is_left_out_and_the_log_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "one.json").write_text("[]", encoding="utf-8")
    monkeypatch.setattr(recorded, "folder", lambda: tmp_path)
    assert recorded.recorded_labels() == {} and "one.json is left out" in caplog.text


def test_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert record_labels.main(["--dry-run", "--out", str(tmp_path)]) == 0
    assert "2 runs" in capsys.readouterr().out and not list(tmp_path.iterdir())
    with pytest.raises(SystemExit):
        record_labels.main(["cifar10"])
