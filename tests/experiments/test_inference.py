"""What the networks of the inference process say: the same as in training, of the same weights. With torch."""

from __future__ import annotations

import base64
import io
import json
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from scipy import ndimage

from app.catalog import available, declared
from app.catalog.pack import PackError, read_pack
from app.distillation.checkpoints import CheckpointError, load_teacher
from app.distillation.datasets import standardised
from app.experiments import inference
from app.experiments.inference import Answering, Networks, measure, read, rounded_to_halves
from app.experiments.recordings import runs as recorded
from tests import drawing
from tests.waiting import PATIENCE

MNIST = declared.DATA["mnist"]
KEPT = "recorded-mnist-kd"


def asked(pixels: Any, *, teacher: str | None = "mnist", students: dict[str, Any] | None = None) -> dict[str, Any]:
    raw = base64.b64encode(np.asarray(pixels, np.uint8).tobytes()).decode()
    return {"data": "mnist", "pixels": raw, "teacher": teacher, "students": students}


def of_recorded(update: int | None = None) -> dict[str, Any]:
    weights = recorded.recorded_runs()[KEPT].weights(update)
    return {"student": "cnn-9k", "path": str(weights.path), "sha256": weights.sha256, "update": weights.update}


@pytest.fixture(scope="module")
def digits() -> tuple[Any, Any]:
    """(images (n, 28, 28), labels) of MNIST's test part."""
    pack = read_pack(MNIST.path)
    return pack.images[pack.test][:, 0], pack.labels[pack.test]


@pytest.fixture(scope="module")
def networks() -> Networks:
    return Networks()


def test_a_test_image_gets_the_answers_that_were_recorded(networks: Networks, digits: tuple[Any, Any]) -> None:
    run = recorded.recorded_runs()[KEPT]
    said = run.answers()
    for image in (0, 7, 321):
        found = read(networks, asked(digits[0][image], students=of_recorded()))
        np.testing.assert_allclose(found["teacher"], said.teacher[image].astype(float), atol=0.02)
        np.testing.assert_allclose(found["students"], said.students[-1][:, :, image].astype(float), atol=0.02)


def test_and_so_it_is_at_earlier_moments(networks: Networks, digits: tuple[Any, Any]) -> None:
    run = recorded.recorded_runs()[KEPT]
    said = run.answers()
    for place, update in enumerate(said.moments[:-1]):
        assert run.weights(update).update == update
        found = read(networks, asked(digits[0][5], students=of_recorded(update)))
        np.testing.assert_allclose(found["students"], said.students[place][:, :, 5].astype(float), atol=0.05)


def test_the_teacher_alone_and_the_students_alone(networks: Networks, digits: tuple[Any, Any]) -> None:
    assert read(networks, asked(digits[0][0]))["students"] is None
    found = read(networks, asked(digits[0][0], teacher=None, students=of_recorded()))
    assert found["teacher"] is None and len(found["students"]) == 2


def test_what_cannot_be_asked(networks: Networks, digits: tuple[Any, Any], tmp_path: Path) -> None:
    image = digits[0][0]
    with pytest.raises(ValueError, match="784 pixels, got 3"):
        read(networks, asked([1, 2, 3]))
    with pytest.raises(ValueError, match="no teacher nobody"):
        read(networks, asked(image, teacher="nobody"))
    gone = {"student": "cnn-9k", "path": str(tmp_path / "gone"), "sha256": None, "update": 5}
    with pytest.raises(CheckpointError, match="not on this machine any more"):
        read(networks, asked(image, students=gone))
    damaged, cut = tmp_path / "damaged", tmp_path / "cut.npz"
    for file in (damaged, cut):
        file.write_bytes(Path(of_recorded()["path"]).read_bytes()[:1000])
    with pytest.raises(CheckpointError, match="not in safetensors format"):
        read(networks, asked(image, students=gone | {"path": str(damaged)}))
    with pytest.raises(ValueError, match="missing or damaged"):
        read(networks, asked(image, students=of_recorded() | {"path": str(cut)}))
    with pytest.raises(ValueError, match="do not fit the network"):
        read(networks, asked(image, students=of_recorded() | {"student": "cnn-35k"}))


def test_few_students_stay_in_memory(digits: tuple[Any, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference, "STUDENTS_KEPT", 2)
    networks, body = Networks(), Path(of_recorded()["path"]).read_bytes()
    for name in ("a.npz", "b.npz", "c.npz", "a.npz", "b.npz"):
        (tmp_path / name).write_bytes(body)
        read(networks, asked(digits[0][0], students=of_recorded() | {"path": str(tmp_path / name)}))
    assert networks._students.cache_info().currsize == 2


# ── drawings ─────────────────────────────────────────────────────────────────────────────────────────────────────


def right(pictures: Any, labels: Any) -> float:
    """Share of pictures that the teacher reads rightly."""
    teacher = load_teacher(available.teachers()["mnist"])
    with torch.inference_mode():
        logits = teacher(standardised(np.stack(pictures)[:, None], MNIST.mean, MNIST.spread))
    return float((logits.argmax(1).numpy() == labels).mean())


@pytest.mark.parametrize("size", [0.35, 0.55, 0.8])
def test_drawn_digits_are_read(size: float) -> None:
    pictures = [drawing.prepared(drawing.inked(drawing.strokes(digit, size=size))) for digit in range(10)]
    assert right(pictures, np.arange(10)) >= 0.9


def test_digits_of_other_sizes_at_other_places_are_read_as_well_as_the_originals(digits: tuple[Any, Any]) -> None:
    images, labels = digits[0][:300], digits[1][:300]
    chance = np.random.default_rng(1)
    plain, prepared = [], []
    for image in images:
        large = ndimage.zoom(image / 255, 4 * chance.uniform(0.5, 1.1), order=1).clip(0, 1)
        large = large[ndimage.find_objects((large > 0).astype(int))[0]]
        pad = np.zeros((drawing.SIDE, drawing.SIDE))
        top, left = (chance.integers(0, drawing.SIDE - side + 1) for side in large.shape)
        pad[top : top + large.shape[0], left : left + large.shape[1]] = large
        plain.append((255 * pad.reshape(28, 4, 28, 4).mean((1, 3))).astype(np.uint8))
        prepared.append(drawing.prepared(pad))
    as_they_are = right(images, labels)
    assert right(prepared, labels) >= as_they_are - 0.015
    assert right(plain, labels) <= as_they_are - 0.05, "without the preparation they are not"


# ── costs ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_measurement_gives_way_between_two_passes(networks: Networks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inference, "SECONDS_EACH", 0.0)
    monkeypatch.setattr(inference, "FEWEST", 3)
    for network in ({"student": "cnn-9k"}, {"teacher": "mnist"}):
        said = list(measure(networks, {"data": "mnist", **network}))
        assert said[:-1] == [None] * 6
        numbers = said[-1]
        assert numbers is not None and 0 < numbers["ms"] <= numbers["ms_p95"] and numbers["per_second"] > 0
        assert numbers["passes"] == 3 and numbers["threads"] == torch.get_num_threads()


def test_drawings_are_answered_while_it_measures(digits: tuple[Any, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    class Line(io.StringIO):
        """Lines that somebody may still add to."""

        def __iter__(self) -> Any:
            yield json.dumps({"id": 1, "do": "measure", "data": "mnist", "student": "cnn-9k"})
            for number in (2, 3):
                yield json.dumps({"id": number, "do": "read", **asked(digits[0][0])})
            yield json.dumps({"id": 4, "do": "read", **asked([1])})
            yield json.dumps({"id": 5, "do": "read", "data": "nothing"})
            threading.Event().wait()  # for ever: at the end of its input, the process would end

    class Answers(io.StringIO):
        def flush(self) -> None:
            if '"id": 1,' in self.getvalue():
                done.set()

    monkeypatch.setattr(inference, "SECONDS_EACH", 0.3)
    done, said = threading.Event(), Answers()
    threading.Thread(target=Answering(Line(), said).serve, daemon=True).start()
    assert done.wait(PATIENCE)
    answers = [json.loads(line) for line in said.getvalue().splitlines()]
    ids = [answer.get("id") for answer in answers if "id" in answer]
    assert ids[-1] == 1 and set(ids) == {1, 2, 3, 4, 5} and "ready" in answers[0]
    errors = {answer["id"]: answer["error"] for answer in answers if "error" in answer}
    assert "784 pixels" in errors[4] and errors[5] == "The networks could not answer (KeyError)."


def test_what_half_as_many_digits_change_is_measured_on_test_images(
    networks: Networks, monkeypatch: pytest.MonkeyPatch
) -> None:
    of = {"data": "mnist", "students": of_recorded(), "place": [1, 2]}
    found = rounded_to_halves(networks, of)
    assert found["images"] == 1000 and 0 < found["most"] < 0.1 and found["changed"] <= 2
    again = read(networks, {**of_blank(), "students": of_recorded()})
    assert again == read(Networks(), {**of_blank(), "students": of_recorded()}), "the student itself stays as it is"
    monkeypatch.setattr(inference, "read_pack", gone)
    assert rounded_to_halves(networks, of)["images"] == 0


def of_blank() -> dict[str, Any]:
    return asked(np.zeros((28, 28)))


def gone(_path: Path) -> Any:
    raise PackError("The images are not here.")
