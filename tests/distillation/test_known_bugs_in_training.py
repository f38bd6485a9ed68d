"""Bugs of training loops that were seen in public distillation code, each with the property that a correct one has.

As in `test_known_bugs`: the property accepts our code and rejects the bug, written out.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from torch import Tensor, nn

from app.catalog import available, declared
from app.catalog.declared import Arm
from app.distillation import losses
from app.distillation.checkpoints import tensor_digest, write_tensors
from app.distillation.datasets import SHIPPED, Material, generator, load_material, logit_cache, teacher_logits
from app.distillation.metrics import accuracy
from app.distillation.models import Network, build_student
from app.distillation.training import Training
from tests.distillation import small
from tests.distillation.small import rejects

Loss = Callable[[Tensor, Tensor, float], Tensor]  # student's logits, teacher's logits, temperature


# ── who learns, and who does not ─────────────────────────────────────────────────────────────────────────────────


def learns_from_the_teacher(loss: Loss) -> None:
    """At alpha = 1, one step changes the student and lowers its KL."""
    draw = torch.Generator().manual_seed(0)
    images, v = torch.randn(32, 12, generator=draw), 3 * torch.randn(32, 10, generator=draw)
    weight = torch.zeros(12, 10, requires_grad=True)
    optimizer = torch.optim.SGD([weight], lr=0.1)
    before = float(losses.soft_loss(images @ weight.detach(), v, 4.0))
    found = loss(images @ weight, v, 4.0)
    assert found.requires_grad
    found.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    assert float(weight.detach().abs().max()) > 0
    assert float(losses.soft_loss(images @ weight.detach(), v, 4.0)) < before


def test_07_the_students_graph_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(z: Tensor, v: Tensor, temperature: float) -> Tensor:
        return losses.soft_loss(z.detach(), v, temperature)

    learns_from_the_teacher(losses.soft_loss)
    rejects(learns_from_the_teacher, cut)

    small.declare(monkeypatch, batch=20)
    plan = small.SmallPlan(arms=(Arm("distilled", "kd", 4.0, 1.0),), epochs=1)
    training = Training(plan, small.small_material())
    rows, before = training.rows(), training.weights()
    kl = training.losses(rows)["soft"]
    training.step()
    assert bool((training.losses(rows)["soft"] < kl).all())
    heads = [name for name in before if name.endswith("head.weight")]
    assert len(heads) == 3 and all(not torch.equal(training.weights()[name], before[name]) for name in heads)


def trains_the_student_alone(train: Callable[[Network, nn.Module, Tensor], None]) -> None:
    teacher = copy.deepcopy(small.random_teacher())
    student: nn.Module = build_student(declared.STUDENTS["cnn-2k"], small.GREY, generator(0, "weights"))
    images = small.small_material().pool_images[:16]
    of_teacher, of_student = small.digest(teacher.state_dict()), small.digest(student.state_dict())
    train(teacher, student, images)
    assert small.digest(teacher.state_dict()) == of_teacher
    assert small.digest(student.state_dict()) != of_student


def distil(learner: nn.Module, guide: nn.Module, images: Tensor) -> None:
    optimizer = torch.optim.SGD(learner.requires_grad_().parameters(), lr=0.1)
    with torch.no_grad():
        target = guide(images)
    losses.soft_loss(learner(images), target, 4.0).backward()  # type: ignore[no-untyped-call]
    optimizer.step()


def test_09_the_teacher_stays_as_it_is_and_the_student_learns(monkeypatch: pytest.MonkeyPatch) -> None:
    trains_the_student_alone(lambda teacher, student, images: distil(student, teacher, images))
    rejects(trains_the_student_alone, lambda teacher, student, images: distil(teacher, student, images))

    small.declare(monkeypatch)
    material = small.small_material()
    assert material.teacher is not None
    training = Training(small.SmallPlan(arms=small.EVERY_METHOD), material)
    before = training.weights()
    for _ in range(3):
        training.step()
    assert small.digest(material.teacher.state_dict()) == material.teacher_digest
    assert small.digest(training.weights()) != small.digest(before)


# ── the teacher's answers ────────────────────────────────────────────────────────────────────────────────────────


def belong_to_their_images(cached: Tensor, teacher: Network, images: Tensor, order: Tensor) -> None:
    torch.testing.assert_close(cached[order], teacher_logits(teacher, images[order]), rtol=0, atol=1e-4)


def test_10_cached_logits_stay_with_their_images(monkeypatch: pytest.MonkeyPatch) -> None:
    small.declare(monkeypatch)
    material = small.small_material()
    assert material.teacher is not None
    images, order = material.pool_images, torch.randperm(80, generator=generator(0, "test"))
    belong_to_their_images(material.pool_logits, material.teacher, images, order)

    in_a_loaders_order = teacher_logits(material.teacher, images[torch.randperm(80, generator=generator(1, "test"))])
    rejects(belong_to_their_images, in_a_loaders_order, material.teacher, images, order)
    of_augmented_views = teacher_logits(material.teacher, images.roll(2, -1))
    rejects(belong_to_their_images, of_augmented_views, material.teacher, images, order)

    training = Training(small.SmallPlan(), material)  # what a student learns from, batch by batch
    for _ in range(training.updates):
        for rows in training.rows():
            belong_to_their_images(training._marks[0], material.teacher, training._images, rows)
        training.step()


@pytest.mark.slow
def test_10_cached_logits_are_as_right_as_the_teacher(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped teacher's: those of images that it has not seen are as right as its manifest says."""
    monkeypatch.setenv("DISTILLERY_HOME", str(tmp_path))
    said = available.teachers()["mnist"].accuracy

    def as_right_as_the_teacher(material: Material) -> None:
        assert abs(float(accuracy(material.test_logits, material.test_labels)) - said) < 0.006

    material = load_material("mnist", "mnist")
    as_right_as_the_teacher(material)
    cache = logit_cache(material.data_digest, material.teacher_digest)
    with safe_open(SHIPPED / cache.name, framework="pt") as kept:
        about, logits = kept.metadata(), kept.get_tensor("logits").roll(1, 0)
    rejects(as_right_as_the_teacher, replace(material, test_logits=logits[4000:]))
    write_tensors(cache, {"logits": logits}, about)
    as_right_as_the_teacher(load_material("mnist", "mnist"))  # such a cache is not taken


def answers_the_same_twice(teacher: Network, ask: Callable[[Network, Tensor], Tensor], images: Tensor) -> None:
    buffers = {name: value.clone() for name, value in teacher.named_buffers()}
    first = ask(teacher, images)
    torch.testing.assert_close(ask(teacher, images[:8]), first[:8], rtol=0, atol=1e-4)  # whatever else is in the batch
    assert torch.equal(first, ask(teacher, images))
    assert all(torch.equal(value, buffers[name]) for name, value in teacher.named_buffers())
    assert all(parameter.grad is None for parameter in teacher.parameters())


def test_11_the_teacher_is_in_evaluation_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    def as_it_is(teacher: Network, images: Tensor) -> Tensor:
        logits: Tensor = teacher(images)
        return logits.detach()

    material = small.small_material()
    assert material.teacher is not None
    answers_the_same_twice(material.teacher, teacher_logits, material.pool_images)
    left_in_train_mode = copy.deepcopy(material.teacher).train()
    rejects(answers_the_same_twice, left_in_train_mode, as_it_is, material.pool_images)
    with pytest.raises(ValueError, match="evaluation mode"):
        teacher_logits(left_in_train_mode, material.pool_images)

    small.declare(monkeypatch)
    training = Training(small.SmallPlan(arms=small.EVERY_METHOD), material, stacked=False)
    training.step()
    answers_the_same_twice(material.teacher, teacher_logits, material.pool_images)
    assert all(student.training for row in training.cohort.students for student in row)  # type: ignore[attr-defined]


def regressor_learns(training: Training) -> None:
    (guide,) = (guide for guide in training._guides if guide.parameters())
    before = guide.parameters()[0].detach().clone()
    training.step()
    assert not torch.equal(guide.parameters()[0], before)


def test_12_a_hints_regressor_learns_and_is_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    small.declare(monkeypatch)
    plan = small.SmallPlan(arms=(small.LABELS, Arm("distilled", "hints", 1.0, 0.9)))
    training = Training(plan, small.small_material())
    regressor_learns(training)
    forgotten = Training(plan, small.small_material())
    forgotten.optimizer = torch.optim.AdamW(forgotten.cohort.parameters(), lr=1e-3)
    rejects(regressor_learns, forgotten)

    entry = declared.STUDENTS[plan.student]
    of_one = {name: v for name, v in training.weights().items() if name.startswith("arm1.seed0.")}
    assert sum(value.numel() for value in of_one.values()) == entry.parameters(small.GREY)


# ── a fair comparison ────────────────────────────────────────────────────────────────────────────────────────────


def arms_differ_in_the_loss_alone(training: Training) -> None:
    start = training.weights()
    for s in range(len(training.plan.seeds)):
        twins = [
            {
                name.split(".", 2)[2]: tensor_digest(v)
                for name, v in start.items()
                if name.startswith(f"arm{a}.seed{s}.")
            }
            for a in range(len(training.plan.arms))
        ]
        assert all(twin == twins[0] for twin in twins)
    others = {tensor_digest(start[f"arm0.seed{s}.layers.0.weight"]) for s in range(len(training.plan.seeds))}
    assert len(others) == len(training.plan.seeds)


def test_18_arms_share_first_weights_batches_and_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    small.declare(monkeypatch)
    plan, material = small.SmallPlan(), small.small_material()
    training = Training(plan, material)
    arms_differ_in_the_loss_alone(training)
    assert len(plan.seeds) >= 3
    unfair = Training(plan, material)
    with torch.no_grad():
        unfair.cohort.parameters()[0][1] += 0.01
    rejects(arms_differ_in_the_loss_alone, unfair)

    # trained alone, each arm sees the batches and makes the steps that it makes beside its twin
    alone = [Training(small.SmallPlan(arms=(arm,)), material) for arm in plan.arms]
    for _ in range(training.updates):
        assert all(torch.equal(single.rows(), training.rows()) for single in alone)
        training.step()
        for single in alone:
            single.step()
    for a, single in enumerate(alone):
        for name, value in single.weights().items():
            torch.testing.assert_close(value, training.weights()[name.replace("arm0", f"arm{a}")])
