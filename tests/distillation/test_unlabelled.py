"""Images that only the teacher marks: the same for every arm, and what they show is never looked up."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.declared import METHODS, Arm
from app.distillation import losses
from app.distillation.datasets import Material, labelled_subset, unlabelled_subset
from app.distillation.training import Training
from tests.distillation import small

MARKED = tuple(arm for arm in small.EVERY_METHOD if not METHODS[arm.method].labelled_only)
PLAN = small.SmallPlan(labels=20, unlabelled=30, epochs=3, seeds=(3, 4), arms=MARKED)


def of_arm(training: Training, arm: int) -> dict[str, torch.Tensor]:
    return {name: value for name, value in training.weights().items() if name.startswith(f"arm{arm}.")}


@given(st.integers(1, 40), st.integers(0, 20), st.integers(0, 20), st.integers(0, 999))
def test_unlabelled_images_are_others_and_more_of_them_hold_fewer(
    labels: int, count: int, more: int, seed: int
) -> None:
    of_pool = torch.arange(80) % 10
    labelled = labelled_subset(of_pool, labels, seed)
    drawn = unlabelled_subset(labelled, 80, count, seed).tolist()
    assert len(set(drawn)) == count and drawn == sorted(drawn)
    assert not set(drawn) & set(labelled.tolist())
    assert set(drawn) <= set(unlabelled_subset(labelled, 80, count + more, seed).tolist())


def test_more_than_there_are_is_refused(material: Material) -> None:
    with pytest.raises(ValueError, match="unlabelled must be between 0 and the 60 images without a label, got 61"):
        Training(dataclasses.replace(PLAN, unlabelled=61), material)


@pytest.mark.parametrize("method", ["dkd", "smoothing", "even"])
def test_what_needs_labels_is_refused(material: Material, method: str) -> None:
    arms = (small.LABELS, Arm("distilled", method, 2.0, 0.5))
    with pytest.raises(ValueError, match=f"unlabelled must be 0 with the method {method}, got 30"):
        Training(dataclasses.replace(PLAN, arms=arms), material)


def test_their_labels_are_never_read(material: Material) -> None:
    """Also not to validate: whatever they are said to show, every number stays what it was."""
    honest, lied_to = (Training(PLAN, small.small_material()) for _ in range(2))
    for row in torch.unique(lied_to.unlabelled):
        elsewhere = all(row not in subset for subset in lied_to.subsets)
        if elsewhere:
            lied_to.material.pool_labels[row] = (lied_to.material.pool_labels[row] + 1) % 10
    assert not torch.equal(honest.material.pool_labels, lied_to.material.pool_labels)
    for _ in range(honest.updates):
        one, other = honest.step(), lied_to.step()
        assert all(torch.equal(part, other[name]) for name, part in one.items())
    assert small.digest(honest.weights()) == small.digest(lied_to.weights())


def test_images_for_validation_are_in_neither(material: Material, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.distillation.training.FEWEST_VALIDATION_IMAGES", 10)
    training = Training(PLAN, material)
    assert training.validate() is not None
    rows: list[torch.Tensor] = []
    monkeypatch.setattr(
        "app.distillation.training._others",
        lambda taught, free, seed: rows.append(taught) or torch.arange(free),  # type: ignore[func-returns-value]
    )
    training.validate()
    assert [len(taught) for taught in rows] == [50, 50]
    monkeypatch.setattr("app.distillation.training.FEWEST_VALIDATION_IMAGES", 31)
    assert training.validate() is None


def test_labels_only_learns_the_same_with_and_without_them(material: Material) -> None:
    with_, without = small.trained(PLAN, material), small.trained(dataclasses.replace(PLAN, unlabelled=0), material)
    for name, value in of_arm(without, 0).items():
        torch.testing.assert_close(of_arm(with_, 0)[name], value, rtol=0, atol=1e-10)
    for arm in range(1, len(MARKED)):
        assert small.digest(of_arm(with_, arm)) != small.digest(of_arm(without, arm)), MARKED[arm].method


def test_stacked_equals_one_by_one(material: Material) -> None:
    ways = [Training(PLAN, material, stacked=stacked, dtype=torch.float64) for stacked in (True, False)]
    for _ in range(ways[0].updates):
        one, other = (way.step() for way in ways)
        for name, value in one.items():
            assert float((value - other[name]).abs().max()) <= 1e-10, name
    for name, value in ways[0].weights().items():
        torch.testing.assert_close(ways[1].weights()[name], value, rtol=0, atol=1e-10)


def test_the_teacher_is_heard_of_both_and_the_labels_of_the_labelled_alone(material: Material) -> None:
    """The loss of an update, written out as anyone would write it."""
    plan = dataclasses.replace(PLAN, arms=(small.LABELS, small.KD), seeds=(3,))
    training = Training(plan, material, dtype=torch.float64)
    rows, others = training.rows(), training.unlabelled_rows()
    assert rows.shape == others.shape == (1, 8)
    seen = torch.cat((rows, others), 1)
    logits = training.cohort.answer(material.pool_images[seen].double()).logits
    parts = training.losses(rows, others)
    hard = losses.hard_loss(logits[:, :, :8], material.pool_labels[rows].unsqueeze(1))
    soft = losses.soft_loss(logits[:, 1], material.pool_logits[seen].double()[:, 0:16], small.KD.temperature)
    torch.testing.assert_close(parts["hard"], hard)
    torch.testing.assert_close(parts["soft"][:, 1], soft)
    torch.testing.assert_close(parts["total"][:, 1], 0.1 * hard[:, 1] + 0.9 * soft)
    torch.testing.assert_close(parts["total"][:, 0], hard[:, 0])


def test_they_come_in_epochs_of_their_own_and_every_seed_has_its_order(material: Material) -> None:
    training = Training(dataclasses.replace(PLAN, epochs=8), material)
    batches = []
    while training.update < training.updates:
        batches.append(training.unlabelled_rows())
        training.step()
    assert {tuple(batch.shape) for batch in batches} == {(2, 8)}
    of_epoch = [torch.cat(batches[at : at + 3], 1) for at in range(0, 24, 3)]
    for epoch in of_epoch:
        for seen, drawn in zip(epoch, training.unlabelled, strict=True):
            assert len(torch.unique(seen)) == 24 and set(seen.tolist()) <= set(drawn.tolist())
    assert not torch.equal(of_epoch[0], of_epoch[1])
    assert len(torch.unique(torch.cat(of_epoch, 1)[0])) == 30, "those that were left out of one epoch come in another"


def test_fewer_than_a_batch_are_a_batch(material: Material) -> None:
    training = Training(dataclasses.replace(PLAN, unlabelled=5), material)
    training.step()
    assert training.unlabelled_rows().shape == (2, 5)


@pytest.mark.parametrize("pause_at", [1, 4, 7])
def test_a_pause_changes_nothing(material: Material, pause_at: int) -> None:
    straight, resumed = small.trained(PLAN, material), Training(PLAN, material, stacked=True, dtype=torch.float64)
    paused = Training(PLAN, material, stacked=True, dtype=torch.float64)
    for _ in range(pause_at):
        paused.step()
    resumed.restore(paused.state())
    while resumed.update < resumed.updates:
        resumed.step()
    assert small.digest(resumed.weights()) == small.digest(straight.weights())
