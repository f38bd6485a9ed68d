from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from app.catalog.available import teachers
from app.catalog.declared import DATA, ENGINE, METRICS, POINTS
from app.catalog.pack import PackError
from app.experiments.recordings import runs as recorded
from app.experiments.recordings.runs import Recorded, read, recorded_for, recorded_runs, written
from app.experiments.spec import RunSpec
from pretrained import record_runs
from pretrained.made import write
from pretrained.record_runs import MOMENTS, Recording, dry, main, recordings, some
from tests.experiments.examples import spec
from tests.experiments.tiny_engine import SHOWN, TEACHER, TinyEngine

Made = tuple[Recorded, dict[str, bytes]]


@pytest.fixture(scope="module")
def both() -> Made:
    return record_runs.record(Recording("tiny", "A tiny run", spec(epochs=20)), TinyEngine(), quiet=True)


@pytest.fixture
def made(both: Made) -> Recorded:
    return both[0]


@pytest.fixture
def shipped(made: Recorded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of recorded runs with one good file and damaged ones."""
    (tmp_path / "tiny.json").write_text(written(made), encoding="utf-8")
    (tmp_path / "empty.json").write_text("", encoding="utf-8")
    (tmp_path / "cut.json").write_text(written(made)[:1000], encoding="utf-8")
    monkeypatch.setattr(recorded, "folder", lambda: tmp_path)
    return tmp_path


def test_a_recording_is_reproducible(both: Made) -> None:
    made, body = both
    again, body_again = record_runs.record(Recording("tiny", "A tiny run", spec(epochs=20)), TinyEngine(), quiet=True)
    numbers = [{k: e[k] for k in METRICS} for e in made.events]
    assert numbers == [{k: e[k] for k in METRICS} for e in again.events]
    assert body == body_again and made.answers_sha256 == again.answers_sha256
    assert made.weights_sha256 == again.weights_sha256 and made.snapshots == again.snapshots
    assert made.record["command"] == "python -m pretrained.record_runs tiny"
    assert {"date", "versions", "engine", "threads", "platform", "teacher_digest"} <= set(made.record)


def test_it_survives_its_files(both: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made, files = both
    found = read(written(made))
    assert found.spec == made.spec and found.events == made.events and found.labels == made.labels
    assert found.id == "recorded-tiny" and found.updates == 40 and len(found.events) <= POINTS
    assert [event["seq"] for event in found.events] == list(range(1, len(found.events) + 1))
    monkeypatch.setattr(recorded, "folder", lambda: tmp_path)
    for name, body in files.items():
        write(tmp_path / name, body)
    answers = found.answers()
    assert (answers.teacher == TEACHER).all() and len(found.labels) == SHOWN
    assert answers.students.shape == (len(answers.moments), 2, 3, SHOWN, 10)
    end, early = found.weights(), found.weights(5)
    assert end.update == 40 and end.read() == files["recorded-tiny.safetensors"]
    assert early.update == 4 and early.read() == files["recorded-tiny/4.safetensors"]
    assert found.weights(-1) == found.weights(40) == end
    end.path.write_bytes(end.read()[:-1])
    with pytest.raises(ValueError, match="weights of this recorded run are missing or damaged"):
        end.read()
    assert answers.moments[0] == 0 and answers.moments[-1] == 40 and len(answers.moments) <= MOMENTS


def test_damaged_files_are_left_out(shipped: Path, made: Recorded, caplog: pytest.LogCaptureFixture) -> None:
    assert list(recorded_runs()) == ["recorded-tiny"]
    assert [run.id for run in recorded_for("mnist")] == ["recorded-tiny"] and recorded_for("cifar10") == []
    assert "cut.json is left out" in caplog.text and "empty.json is left out" in caplog.text


WRONG: list[dict[str, Any]] = [
    {"format": 99},
    {"id": "tiny"},
    {"id": "recorded-../x"},
    {"events": []},
    {"labels": []},
    {"classes": 3},
    {"spec": {"data": "nothing"}},
    {"labels": None},
    {"snapshots": ["0"]},
    {"snapshots": {"../../key": "x"}},
]


@pytest.mark.parametrize("change", WRONG)
def test_what_is_no_recorded_run(made: Recorded, change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read(json.dumps(json.loads(written(made)) | change))


def test_moments_are_few_and_keep_the_ends() -> None:
    assert some([0, 3, 9], 10) == (0, 3, 9)
    assert some(list(range(0, 330, 10)), 4) == (0, 110, 210, 320)


def test_every_recording_has_its_own_name_and_can_be_tried_in_seconds() -> None:
    entries = recordings()
    assert len({entry.name for entry in entries}) == len(entries)
    assert {entry.spec.data for entry in entries} >= {"mnist", "fashion", "cifar10"}
    assert all(dry(entry).spec.updates <= 2 for entry in entries)


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(record_runs, "TorchEngine", TinyEngine)
    assert main(["mnist-kd", "--dry-run", "--out", str(tmp_path / "dry")]) == 0
    assert not (tmp_path / "dry").exists() and "test images" in capsys.readouterr().out
    assert main(["mnist-kd", "--out", str(tmp_path)]) == 0
    name = "recorded-mnist-kd"
    assert {file.name for file in tmp_path.iterdir()} == {
        name,
        *(f"{name}.{e}" for e in ("json", "npz", "safetensors")),
    }
    read((tmp_path / "recorded-mnist-kd.json").read_text(encoding="utf-8"))
    with pytest.raises(SystemExit):
        main(["nobody"])


def test_images_that_are_not_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Without(TinyEngine):
        def begin(self, spec: RunSpec) -> Any:
            raise PackError("The image pack cifar10.npz is not on this machine.")

    monkeypatch.setattr(record_runs, "TorchEngine", Without)
    assert main(["cifar10-kd", "--out", str(tmp_path)]) == 1
    assert "not on this machine" in capsys.readouterr().err


def test_what_is_shipped_can_be_read() -> None:
    files = sorted(file.stem for file in recorded.folder().glob("*.json"))
    assert sorted(recorded_runs()) == files
    for run in recorded_runs().values():
        assert len(run.events) <= POINTS and run.spec.data in DATA and len(run.spec.seeds) >= 3
        answers = run.answers()
        assert answers.moments[-1] == run.updates
        assert run.weights().read()
        assert bool(run.snapshots) == (run.spec.data == "mnist")
        for update in run.snapshots:
            assert run.weights(int(update)).read() and run.weights(int(update)).update == int(update)
        right = answers.students[-1].argmax(-1) == np.array(run.labels)  # (arms, seeds, shown)
        if len(run.labels) == run.test_images:
            np.testing.assert_allclose(right.mean(-1), run.events[-1]["accuracy"], atol=2e-3)  # float16 may make a tie


def test_every_recording_is_shipped_and_is_what_the_command_would_make() -> None:
    shipped = recorded_runs()
    assert set(shipped) == {f"recorded-{entry.name}" for entry in recordings()}
    for entry in recordings():
        run = shipped[f"recorded-{entry.name}"]
        assert run.spec == entry.spec and run.title == entry.title
        assert run.updates == run.spec.updates and run.record["engine"] == ENGINE
        assert run.record["teacher_digest"] == teachers()[run.spec.teacher].sha256
