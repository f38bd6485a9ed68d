"""Shifted copies: the images, who sees which, what the teacher says of them, and what is kept of that."""

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from app.catalog.declared import METHODS, SHIFT_COPIES, Arm, Method
from app.catalog.variants import DataVariant
from app.distillation import shifts
from app.distillation.datasets import Material, teacher_logits
from app.distillation.shifts import Copies, offsets, shifted
from app.distillation.training import Training
from tests.distillation import small
from tests.distillation.test_cohort import assert_equal_training

BY_LOGITS = tuple(arm for arm in small.EVERY_METHOD if not METHODS[arm.method].as_they_are)
PLAN = small.SmallPlan(shift=2)


@pytest.fixture(autouse=True)
def small_world(monkeypatch: pytest.MonkeyPatch) -> None:
    small.declare(monkeypatch)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many images the teacher is asked about, each time that it is asked about copies."""
    counts: list[int] = []

    def counted(teacher: Any, images: Tensor) -> Tensor:
        counts.append(len(images))
        return teacher_logits(teacher, images)

    monkeypatch.setattr(shifts, "teacher_logits", counted)
    return counts


def losses_of(training: Training, updates: int | None = None) -> list[dict[str, list[Any]]]:
    return [{name: part.tolist() for name, part in training.step().items()} for _ in range(updates or training.updates)]


def copies(material: Material, taught: Tensor, **settings: Any) -> Copies:
    return Copies(material, 2, taught, torch.float32, **{"marked": True, "keep": True} | settings)


# ── the images ───────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.integers(1, 3), st.integers(0, 10**6))
def test_a_pixel_comes_from_where_it_was_and_edges_are_repeated(pixels: int, seed: int) -> None:
    draw = torch.Generator().manual_seed(seed)
    images = torch.randn(3, 2, 6, 8, generator=draw)
    by = torch.randint(-pixels, pixels + 1, (3, 2), generator=draw)
    for image, moved, (down, right) in zip(images, shifted(images, by, pixels), by.tolist(), strict=True):
        rows, columns = (torch.arange(6) - down).clamp(0, 5), (torch.arange(8) - right).clamp(0, 7)
        assert torch.equal(moved, image[:, rows][:, :, columns])


@pytest.mark.parametrize("pixels", [1, 2, 3])
def test_the_copies_of_an_image_differ_and_all_shifts_occur(pixels: int) -> None:
    drawn = offsets(500, pixels)
    assert drawn.shape == (SHIFT_COPIES, 500, 2) and int(drawn.abs().max()) == pixels
    each = [set(map(tuple, drawn[:, image].tolist())) for image in range(500)]
    assert all(len(places) == SHIFT_COPIES for places in each)
    assert len(set().union(*each)) == (2 * pixels + 1) ** 2
    assert torch.equal(drawn, offsets(500, pixels)) and drawn.double().mean().abs() < 0.1


# ── who sees which ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("data", [small.GREY, small.COLOUR])
def test_stacked_equals_one_by_one_on_shifted_images(data: Any) -> None:
    plan = small.SmallPlan(labels=12, epochs=20, seeds=(3, 4), arms=BY_LOGITS, data=data.id, shift=2)
    assert_equal_training(plan, data, 16)
    beside = dataclasses.replace(plan, arms=(small.LABELS, small.KD), unlabelled=20, shift=1)
    assert_equal_training(beside, data, 16)


def test_the_same_plan_gives_the_same_numbers_and_shifts_change_them() -> None:
    material = small.small_material()
    first, again = (losses_of(Training(PLAN, material)) for _ in range(2))
    assert first == again
    assert first != losses_of(Training(dataclasses.replace(PLAN, shift=0), material))
    assert first != losses_of(Training(dataclasses.replace(PLAN, shift=1), material))


def test_shifts_change_neither_who_is_shown_nor_the_order_and_every_epoch_shows_other_copies() -> None:
    material = small.small_material()
    plain, moved = (Training(dataclasses.replace(PLAN, shift=shift, epochs=4), material) for shift in (0, 2))
    count, epochs = len(material.pool_images), list[dict[int, int]]()
    for update in range(plain.updates):
        rows = moved.rows()
        assert torch.equal(rows % count, plain.rows()) and int(rows.min()) >= count
        if update % plain.per_epoch == 0:
            epochs.append({})
        epochs[-1] |= dict(zip((rows[0] % count).tolist(), (rows[0] // count).tolist(), strict=True))
        plain.update = moved.update = update + 1
    assert all(sorted(epoch) == sorted(epochs[0]) for epoch in epochs) and epochs[0] != epochs[1]
    assert {copy for epoch in epochs for copy in epoch.values()} == set(range(1, SHIFT_COPIES + 1))


def test_the_teacher_marks_what_the_students_see() -> None:
    material = small.small_material()
    training = Training(dataclasses.replace(PLAN, unlabelled=20), material, dtype=torch.float64)
    assert training._copies and material.teacher
    batch = training.batch(training.rows(), training.unlabelled_rows())
    seen = training._copies.images(batch.rows).float()
    for images, said in zip(seen, batch.teacher_logits.squeeze(1), strict=True):
        torch.testing.assert_close(said.float(), material.teacher(images), rtol=0, atol=1e-4)
    labelled = batch.rows[:, : batch.labels.shape[-1]] % len(material.pool_labels)
    assert torch.equal(batch.labels.squeeze(1), material.pool_labels[labelled])


def test_validation_and_test_images_stay_as_they_are() -> None:
    material = small.small_material()
    plain, moved = (Training(dataclasses.replace(PLAN, shift=shift), material) for shift in (0, 2))
    assert torch.equal(plain.test_logits(), moved.test_logits())
    rows, others = (training.validation_rows() for training in (moved, plain))
    assert rows is not None and others is not None
    assert torch.equal(rows, others) and int(rows.max()) < len(material.pool_images)


def test_a_training_goes_on_as_if_there_had_been_no_break() -> None:
    material = small.small_material()
    whole, first, second = (Training(PLAN, material) for _ in range(3))
    expected = losses_of(whole)
    begun = losses_of(first, 3)
    second.restore(first.state())
    assert begun + losses_of(second, second.updates - 3) == expected


# ── what is asked and kept ───────────────────────────────────────────────────────────────────────────────────────


def test_an_answer_does_not_depend_on_who_else_is_asked_about() -> None:
    material, rows = small.small_material(), torch.arange(80)
    one, all_of_them = (copies(material, rows, keep=False) for _ in range(2))
    positions = 80 * torch.arange(1, SHIFT_COPIES + 1).unsqueeze(1) + rows
    expected = all_of_them.logits(positions)
    for row in (7, 0, 79):
        assert torch.equal(one.logits(positions[:, row]), expected[:, row])


def test_each_copy_is_marked_once_and_kept_for_other_runs(asked: list[int], own_home: Path) -> None:
    material = small.small_material()
    first = losses_of(training := Training(PLAN, material))
    assert asked == [SHIFT_COPIES] * len(torch.unique(training.taught))
    (file,) = (own_home / "cache").glob("*-shift-2.safetensors")
    asked.clear()
    assert losses_of(Training(PLAN, material)) == first
    assert asked == [SHIFT_COPIES] * shifts.CHECKED, "a sample alone"
    file.write_bytes(file.read_bytes()[:-8])
    asked.clear()
    assert losses_of(Training(PLAN, material)) == first and len(asked) == len(torch.unique(training.taught))


def test_answers_of_another_teacher_or_of_changed_images_are_not_taken(asked: list[int], own_home: Path) -> None:
    material = small.small_material()
    losses_of(Training(PLAN, material))
    other = small.random_teacher(seed=1)
    asked.clear()
    training = Training(PLAN, dataclasses.replace(material, teacher=other))  # under the same name
    training.step()
    assert training._copies and len(asked) > shifts.CHECKED
    rows = training.rows()
    torch.testing.assert_close(
        training._copies.logits(rows[0]), other(training._copies.images(rows[0])), rtol=0, atol=1e-4
    )
    files = len(list((own_home / "cache").iterdir()))
    losses_of(Training(dataclasses.replace(PLAN, variants=(DataVariant("noise", 0.2),)), material))
    assert len(list((own_home / "cache").iterdir())) == files


def test_without_a_method_that_listens_nobody_is_asked(asked: list[int]) -> None:
    alone = dataclasses.replace(small.small_material(), teacher=None)
    smoothing = Arm("distilled", "smoothing", 1.0, 0.1)
    training = Training(dataclasses.replace(PLAN, arms=(small.LABELS, smoothing)), alone)
    assert all(torch.tensor(one["total"]).isfinite().all() for one in losses_of(training)) and asked == []
    with pytest.raises(ValueError, match="must be a teacher to mark shifted copies"):
        Training(PLAN, alone)


@pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
def test_every_method_trains_on_shifted_images_or_refuses_them(method: Method) -> None:
    arm = small.LABELS if method.id == "labels" else Arm("distilled", method.id, 2.0, 0.5)
    plan = dataclasses.replace(PLAN, arms=(arm,))
    if method.as_they_are:
        with pytest.raises(ValueError, match="shift must be 0"):
            Training(plan, small.small_material())
        return
    training = Training(plan, small.small_material())
    assert all(torch.tensor(one["total"]).isfinite().all() for one in losses_of(training))


def test_a_bug_is_made_on_images_as_they_are() -> None:
    arms = (small.LABELS, dataclasses.replace(small.KD, bug="cut"))
    with pytest.raises(ValueError, match="shift must be 0"):
        Training(dataclasses.replace(PLAN, arms=arms), small.small_material())
