"""The training of teachers: its parts, its files, and a dry run from the command line."""

from __future__ import annotations

import dataclasses
import io
import json
import subprocess
import sys
import zipfile
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from app.catalog.declared import DATA
from app.catalog.pack import image_hashes, read_pack
from app.catalog.shares import interval
from app.distillation.teaching import (
    Muon,
    Recipe,
    TeacherTraining,
    augmented,
    falling,
    orthogonalised,
    recompressed,
    train,
)
from pretrained import train_teachers
from pretrained.courses import Course, copy_words, full_course, locate, tiny_course
from pretrained.exports import check_folder
from pretrained.train_teachers import RECIPES, candidates, shortened, standardiser, store
from tests.distillation.small import Ended, end_after

TOLD = {"command": "python -m …", "seed": 1, "threads": 1, "date": "2026-01-01"}
SMALL = Recipe("mnist", (8, 8, 8), 3, epochs=1, mirror=False, batch=8, stages=True)


@pytest.fixture(scope="module")
def course() -> Course:
    return tiny_course("mnist", 14 * 8)


@pytest.fixture(scope="module")
def folder(course: Course, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a small teacher and its stages."""
    out = tmp_path_factory.mktemp("teachers")
    trained = train(SMALL, course.images, course.labels, 1, standardiser("mnist"))
    store(out, "mnist", SMALL, trained, course, TOLD)
    return out


# ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_orthogonalised_brings_singular_values_close_to_one() -> None:
    for shape in ((16, 40), (40, 16)):
        matrix = torch.randn(shape, generator=torch.Generator().manual_seed(1))
        values = torch.linalg.svdvals(orthogonalised(matrix))
        assert 0.3 < values.min() <= values.max() < 1.4


def test_muon_changes_weights_against_the_gradient_and_keeps_their_norm() -> None:
    weight = nn.Parameter(torch.randn(8, 4, 3, 3, generator=torch.Generator().manual_seed(1)))
    optimizer = Muon([weight], lr=0.1, momentum=0.9)
    weight.grad = weight.detach().clone()
    before = weight.detach() * (8**0.5 / weight.norm())
    optimizer.step()
    assert ((weight - before) * weight.grad).sum() < 0
    assert weight.detach().norm().item() == pytest.approx(8**0.5, rel=0.2)


def test_the_learning_rate_rises_then_falls() -> None:
    rates = [falling(update, 100) for update in range(100)]
    assert rates.index(max(rates)) in range(8, 12)
    assert rates[0] < 0.2
    assert rates[-1] == pytest.approx(0.02, abs=0.02)
    assert all(a > b for a, b in pairwise(rates[15:]))


def test_augmentation_shifts_each_image_by_itself_and_keeps_the_shape() -> None:
    images = torch.arange(20.0).view(20, 1, 1, 1) + torch.zeros(20, 3, 9, 9)
    images[:, :, 4, 4] = 100.0
    recipe = dataclasses.replace(RECIPES["fashion"], erase=0)
    changed = augmented(images, recipe, torch.Generator().manual_seed(1))
    assert changed.shape == images.shape
    spots = {tuple(spot.tolist()) for image in changed for spot in torch.nonzero(image[0] == 100.0)}
    assert len(spots) > 5
    assert all(2 <= row <= 6 and 2 <= column <= 6 for row, column in spots)


def test_blanked_squares_have_the_size_that_the_recipe_says() -> None:
    images = torch.ones(50, 1, 28, 28)
    recipe = dataclasses.replace(SMALL, erase=5, shift=0)
    blank = (augmented(images, recipe, torch.Generator().manual_seed(1)) == 0).sum(dim=(1, 2, 3))
    assert blank.max() == 25
    assert blank.min() >= 9  # in a corner


def test_a_random_part_of_each_image_is_seen() -> None:
    places = torch.arange(81.0).view(1, 1, 9, 9).expand(40, 1, 9, 9)
    seen = augmented(places, dataclasses.replace(SMALL, shift=0), torch.Generator().manual_seed(1), crop=7)
    assert seen.shape == (40, 1, 7, 7)
    corners = {int(image[0, 0, 0]) for image in seen}
    assert corners == {row * 9 + column for row in range(3) for column in range(3)}
    assert all(torch.equal(image[0] - image[0, 0, 0], places[0, 0, :7, :7]) for image in seen)


@pytest.mark.parametrize("data", ["mnist", "cifar10"])
def test_a_training_that_was_ended_goes_on_to_the_same_weights(
    data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = dataclasses.replace(RECIPES[data], widths=(8, 8, 8), batch=8, epochs=3)
    course, file = tiny_course(data, 5 * 8), tmp_path / "progress.safetensors"
    learn = partial(train, recipe, course.images, course.labels, 1, standardiser(data))
    whole = learn()
    with monkeypatch.context() as patched:
        end_after(12, patched)  # in the third epoch of five updates
        with pytest.raises(Ended):
            learn(progress=file)
    with monkeypatch.context() as patched:
        end_after(5, patched)  # so it does not begin anew
        resumed = learn(progress=file)
    assert_same(resumed.teacher.state_dict(), whole.teacher.state_dict())
    assert resumed.stages.keys() == whole.stages.keys()
    for stage, weights in whole.stages.items():
        assert_same(resumed.stages[stage], weights)
    assert not file.exists()


def test_the_progress_of_another_training_is_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    course, file = tiny_course("mnist", 16), tmp_path / "progress.safetensors"
    recipe = dataclasses.replace(SMALL, stages=False, epochs=2)
    learn = partial(train, recipe, course.images, course.labels, standardise=standardiser("mnist"))
    expected = learn(seed=2).teacher.state_dict()
    with monkeypatch.context() as patched:
        end_after(3, patched)
        with pytest.raises(Ended):
            learn(seed=1, progress=file)
    assert_same(learn(seed=2, progress=file).teacher.state_dict(), expected)
    file.write_bytes(b"damaged")
    assert_same(learn(seed=2, progress=file).teacher.state_dict(), expected)


def assert_same(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> None:
    assert found.keys() == expected.keys()
    assert all(torch.equal(found[name], value) for name, value in expected.items())


def test_recompression_changes_some_images_a_little() -> None:
    images = tiny_course("cifar10", 100).images
    changed = recompressed(images, np.random.default_rng(1))
    different = (changed != images).any(axis=(1, 2, 3))
    assert 15 < different.sum() < 45
    assert np.abs(changed.astype(int) - images).mean() < 10


# ── what it learns from ──────────────────────────────────────────────────────────────────────────────────────────


def test_embedded_test_images_are_left_out_by_content(tmp_path: Path) -> None:
    sample = read_pack(DATA["mnist"].path)
    write_idx(tmp_path / "MNIST" / "raw", sample.images, sample.labels)
    course = full_course("mnist", tmp_path)
    assert course.left_out == len(sample.test)
    assert len(course.images) == len(sample.pool)
    assert not np.isin(image_hashes(sample.images[sample.test]), image_hashes(course.images)).any()
    assert np.array_equal(course.labels, sample.labels[sample.pool])


def test_a_set_is_found_below_a_folder_that_holds_several(tmp_path: Path) -> None:
    (tmp_path / "MNIST" / "raw").mkdir(parents=True)
    (tmp_path / "fashion-mnist").mkdir()
    assert locate("mnist", tmp_path) == tmp_path / "MNIST" / "raw"
    assert locate("fashion", tmp_path) == tmp_path / "fashion-mnist"
    assert locate("cifar10", tmp_path) == tmp_path


@pytest.mark.parametrize("quality", [60, 75, 90])
def test_a_jpeg_copy_is_known_by_its_quality(tmp_path: Path, quality: int) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (32, 32), "green").save(picture, "JPEG", quality=quality)
    with zipfile.ZipFile(tmp_path / "copy.zip", "w") as archive:
        archive.writestr("train/frog/1.jpg", picture.getvalue())
    assert copy_words(tmp_path / "copy.zip") == f"JPEG copy, quality {quality}"
    assert copy_words(tmp_path) == ""


# ── what it leaves behind ────────────────────────────────────────────────────────────────────────────────────────


def test_a_folder_of_teachers_is_whole(folder: Path) -> None:
    assert check_folder(folder) == []
    entries = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["teachers"]
    assert [entry["id"] for entry in entries] == ["mnist", "mnist-early", "mnist-middle"]
    card = (folder / "mnist.md").read_text(encoding="utf-8")
    assert entries[0]["sha256"] in card
    assert f"{100 * entries[0]['accuracy']:.2f}%" in card


def test_a_teacher_that_is_stored_again_keeps_its_place(folder: Path, course: Course) -> None:
    trained = train(SMALL, course.images, course.labels, 1, standardiser("mnist"))
    before = (folder / "manifest.json").read_bytes(), (folder / "mnist.safetensors").read_bytes()
    trained.seconds = 0.0
    store(folder, "mnist", SMALL, trained, course, TOLD)
    entries = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["teachers"]
    assert [entry["id"] for entry in entries] == ["mnist", "mnist-early", "mnist-middle"]
    assert (folder / "mnist.safetensors").read_bytes() == before[1]  # the same seed, the same weights


@pytest.mark.parametrize("victim", ["mnist.safetensors", "mnist.trained_on.npy", "mnist-early.md"])
def test_a_changed_or_missing_file_is_named(folder: Path, victim: str) -> None:
    content = (folder / victim).read_bytes()
    try:
        (folder / victim).write_bytes(content[:-1])
        assert any(victim in problem for problem in check_folder(folder))
        (folder / victim).unlink()
        assert any(victim in problem for problem in check_folder(folder))
    finally:
        (folder / victim).write_bytes(content)


def test_a_smoothed_teacher_says_so() -> None:
    recipe = RECIPES["mnist-smoothed"]
    images = np.zeros((50, 1, 28, 28), np.uint8)
    trained = TeacherTraining(recipe, images, 1, standardiser("mnist"))
    (candidate,) = candidates("mnist-smoothed", recipe, trained, TOLD)
    assert "smoothed by 0.1" in candidate.note
    assert candidate.training["smoothing"] == 0.1


def test_the_interval_is_wilsons() -> None:
    assert interval(0.5, 100) == pytest.approx([0.40383, 0.59617], abs=1e-4)  # published example
    low, high = interval(1.0, 10_000)
    assert low == pytest.approx(0.99962, abs=1e-4)
    assert high == pytest.approx(1.0)


# ── the command line ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.slow
def test_a_dry_run_trains_writes_and_checks_everything() -> None:
    command = [sys.executable, "-m", "pretrained.train_teachers", "mnist", "--dry-run", "--threads", "1"]
    ended = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    for teacher in ("mnist", "mnist-early", "mnist-middle"):
        assert f"\n{teacher}: " in "\n" + ended.stdout
    assert "Checked: every file in the temporary folder" in ended.stdout


def test_colour_teachers_take_the_same_way(tmp_path: Path) -> None:
    recipe = dataclasses.replace(shortened(RECIPES["cifar10"]), widths=(8, 8, 8), batch=8)
    course = tiny_course("cifar10", 24)
    trained = train(recipe, course.images, course.labels, 1, standardiser("cifar10"))
    store(tmp_path, "cifar10", recipe, trained, dataclasses.replace(course, original=False), TOLD)
    assert check_folder(tmp_path) == []
    assert "unmeasured" in (tmp_path / "cifar10.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["mnist"], "--data is needed"),
        (["mnist", "--data", "nowhere-at-all"], "does not exist"),
        (["mnist", "--dry-run", "--threads", "0"], "at least 1, got 0"),
        (["svhn"], "invalid choice"),
    ],
)
def test_a_wrong_command_line_is_answered_with_a_sentence(
    argv: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        train_teachers.main(argv)
    assert words in capsys.readouterr().err


def write_idx(
    folder: Path,
    images: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
    labels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]],
) -> None:
    """The same images as official training and test files."""
    folder.mkdir(parents=True)
    for part in ("train", "t10k"):
        for name, array in (("images-idx3", images[:, 0]), ("labels-idx1", labels)):
            head = bytes((0, 0, 8, array.ndim)) + np.array(array.shape, ">u4").tobytes()
            (folder / f"{part}-{name}-ubyte").write_bytes(head + array.tobytes())
