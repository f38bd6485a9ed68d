"""A class that no student learns from: it is in no batch and in no validation image, and in the test as ever."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from app.distillation.datasets import Material
from app.distillation.training import Training
from tests.distillation import small

GONE = 3
PLAN = small.SmallPlan(labels=20, unlabelled=25, epochs=3, seeds=(3, 4), left_out=GONE)


def without_by_hand(material: Material) -> Material:
    kept = [row for row, label in enumerate(material.pool_labels.tolist()) if label != GONE]
    rows = {name: getattr(material, name)[kept] for name in ("pool_images", "pool_labels", "pool_logits")}
    return dataclasses.replace(material, **rows)


@pytest.mark.parametrize("gone", range(10))
def test_no_image_of_it_is_ever_in_a_batch(material: Material, gone: int) -> None:
    """Looked up by the pixels: an image of the class is nowhere in what the students learn from."""
    training = Training(dataclasses.replace(PLAN, left_out=gone), material)
    hidden = {image.numpy().tobytes() for image in material.pool_images[material.pool_labels == gone]}
    assert hidden
    while training.update < training.updates:
        for rows in (training.rows(), training.unlabelled_rows()):
            for image in training.material.pool_images[rows.flatten()]:
                assert image.numpy().tobytes() not in hidden
        training.step()


def test_the_test_images_are_those_of_ever(material: Material) -> None:
    training, ever = Training(PLAN, material), Training(dataclasses.replace(PLAN, left_out=None), material)
    assert (material.test_labels == GONE).any()
    assert torch.equal(training.material.test_labels, ever.material.test_labels)
    assert training.test_logits().shape == ever.test_logits().shape
    assert torch.equal(training.test_logits(), ever.test_logits()), "first weights are the seed's, whatever is left out"


def test_it_is_training_on_images_that_never_had_it(material: Material) -> None:
    taken_out = small.trained(PLAN, material)
    never_there = small.trained(dataclasses.replace(PLAN, left_out=None), without_by_hand(material))
    assert small.digest(taken_out.weights()) == small.digest(never_there.weights())
    assert small.digest(taken_out.weights()) != small.digest(
        small.trained(dataclasses.replace(PLAN, left_out=None), material).weights()
    )


def test_stacked_equals_one_by_one(material: Material) -> None:
    one, other = (small.trained(PLAN, material, stacked=stacked).weights() for stacked in (True, False))
    for name, value in one.items():
        torch.testing.assert_close(value, other[name], rtol=0, atol=1e-10)


def test_a_setting_is_not_chosen_by_images_of_it(material: Material, monkeypatch: pytest.MonkeyPatch) -> None:
    """Else what nobody shows the students would still decide how they are taught."""
    monkeypatch.setattr("app.distillation.training.FEWEST_VALIDATION_IMAGES", 5)
    plan = dataclasses.replace(PLAN, unlabelled=0)
    others, among_others = without_by_hand(material), Training(plan, material).validate()
    plain = Training(dataclasses.replace(plan, left_out=None), others).validate()
    assert among_others is not None and plain is not None and torch.equal(among_others, plain)


def test_the_material_of_others_stays_whole(material: Material) -> None:
    before = material.pool_labels.clone()
    less = material.part(material.pool_labels != GONE)
    assert torch.equal(material.pool_labels, before) and len(less.pool_labels) < len(before)
    assert len(less.pool_images) == len(less.pool_labels) == len(less.pool_logits)


def test_more_images_than_remain_are_refused(material: Material) -> None:
    left = int((material.pool_labels != GONE).sum())
    with pytest.raises(ValueError, match=f"labels must be between 1 and the {left} images of the pool, got 80"):
        Training(dataclasses.replace(PLAN, labels=80, unlabelled=0), material)


@pytest.mark.parametrize("left_out", [-1, 10])
def test_a_class_that_there_is_not_is_refused(material: Material, left_out: int) -> None:
    with pytest.raises(ValueError, match=rf"left_out must be 0 to 9 \(its number\), got {left_out}"):
        Training(dataclasses.replace(PLAN, left_out=left_out), material)
