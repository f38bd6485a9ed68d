"""A stacked cohort and the same students one by one: the same losses and the same weights."""

from __future__ import annotations

from itertools import product

import pytest
import torch
import torch.nn.functional as F

from app.catalog import declared
from app.distillation.cohort import (
    SeparateCohort,
    StackedCohort,
    StridedConvolution,
    Workspace,
    can_be_stacked,
    gather_patches,
    scatter_patches,
    stacks_well,
)
from app.distillation.datasets import generator
from app.distillation.models import Network, build_student
from app.distillation.training import Training
from tests.distillation import small

CLOSE = 1e-10
WITHOUT_MAPS = tuple(arm for arm in small.EVERY_METHOD if arm.method != "attention")


def assert_equal_training(plan: small.SmallPlan, data: declared.DataSet, updates: int) -> None:
    """Both ways give the same losses at every update and the same weights after the last, in float64."""
    material = small.small_material(data)
    ways = [Training(plan, material, stacked=stacked, dtype=torch.float64) for stacked in (True, False)]
    assert [type(way.cohort) for way in ways] == [StackedCohort, SeparateCohort]
    for _ in range(updates):
        stacked, separate = (way.step() for way in ways)
        for name, value in stacked.items():
            assert float((value - separate[name]).abs().max()) <= CLOSE, name
    stacked, separate = (way.weights() for way in ways)
    assert list(stacked) == list(separate)
    assert max(float((stacked[name] - separate[name]).abs().max()) for name in stacked) <= CLOSE
    torch.testing.assert_close(ways[0].test_logits(), ways[1].test_logits(), rtol=0, atol=1e-9)


@pytest.mark.parametrize("data", [small.GREY, small.COLOUR])
@pytest.mark.parametrize(
    "student",
    [
        pytest.param(name, marks=[pytest.mark.slow] if name == "cnn-large" else [])
        for name in sorted(declared.STUDENTS.keys() - {"cnn-400"})
    ],
)
def test_stacked_equals_one_by_one_for_every_student_and_method(
    student: str, data: declared.DataSet, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.declare(monkeypatch, batch=6)
    arms = small.EVERY_METHOD if student.startswith("cnn") else WITHOUT_MAPS
    well = stacks_well(declared.STUDENTS[student].layers(declared.DATA["mnist"]))
    seeds, updates = ((3, 4), 16) if well else ((3,), 3)  # the product trains large ones one by one
    plan = small.SmallPlan(student, labels=10, epochs=50, seeds=seeds, arms=arms, data=data.id)
    assert_equal_training(plan, data, updates)


@pytest.mark.parametrize("student", ["cnn-1k", "mlp-30"])
def test_stacked_equals_one_by_one_with_a_leak_and_a_smaller_rate(
    student: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    small.declare(monkeypatch, batch=6)
    plan = small.SmallPlan(student, labels=10, epochs=20, seeds=(3, 4), slope=0.1, rate=0.25)
    assert_equal_training(plan, small.GREY, 20)
    plain, other = (Training(one, small.small_material()) for one in (small.SmallPlan(student), plan))
    assert other.rate == plain.rate / 4
    for one in (plain, other):
        for name, value in zip(one.cohort.names, one.cohort.layers, strict=True):  # type: ignore[attr-defined]
            value.data[..., -1] = -100 if name != "head" else 0  # every hidden unit is far below zero
    images = torch.randn(1, 5, 1, 12, 12)
    dead, leaking = (one.cohort.answer(images).logits for one in (plain, other))
    assert not dead.any() and leaking.any()


def test_float32_agrees_too(monkeypatch: pytest.MonkeyPatch) -> None:
    small.declare(monkeypatch)
    ways = [Training(small.SmallPlan(), small.small_material(), stacked=stacked) for stacked in (True, False)]
    for way in ways:
        for _ in range(way.updates):
            way.step()
    torch.testing.assert_close(ways[0].test_logits(), ways[1].test_logits(), rtol=1e-3, atol=1e-3)


def test_no_student_feels_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a student whose loss explodes, the others learn the same as without it."""
    small.declare(monkeypatch)
    material = small.small_material()
    wild = declared.Arm("distilled", "logits", 1.0, 1.0)
    material.pool_logits[0] = 1e6  # only the arm that matches logits feels it
    beside = Training(small.SmallPlan(arms=(small.LABELS, wild)), material)
    alone = Training(small.SmallPlan(arms=(small.LABELS,)), material)
    for _ in range(alone.updates):
        beside.step(), alone.step()
    for name, value in alone.weights().items():
        torch.testing.assert_close(beside.weights()[name], value, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("channels", [1, 3])
def test_strided_convolution_is_the_usual_one(channels: int) -> None:
    draw = torch.Generator().manual_seed(0)
    images = torch.randn(2, 5, channels, 8, 12, generator=draw, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(2, 4, 9 * channels + 1, generator=draw, dtype=torch.float64, requires_grad=True)
    result = StridedConvolution.apply(images.movedim(1, -1), weight, Workspace(), "layer", 0.0).movedim(-1, 1)  # type: ignore[no-untyped-call]
    usual = torch.stack(
        [
            F.relu(F.conv2d(x, w[:, :-1].view(4, channels, 3, 3), w[:, -1], stride=2, padding=1))
            for x, w in zip(images, weight, strict=True)
        ]
    )
    torch.testing.assert_close(result, usual)
    towards = torch.randn(usual.shape, generator=draw, dtype=torch.float64)
    ours, theirs = (torch.autograd.grad((way * towards).sum(), (images, weight)) for way in (result, usual))
    torch.testing.assert_close(ours, theirs)


def test_scattering_patches_transposes_gathering() -> None:
    """⟨gather(x), y⟩ = ⟨x, scatter(y)⟩."""
    draw = torch.Generator().manual_seed(0)
    x, y = torch.randn(2, 3, 6, 6, 4, generator=draw), torch.randn(2, 27, 9 * 4, generator=draw)
    patches, pixels = torch.full((2, 28, 9 * 4), torch.nan), torch.full(x.shape, torch.nan)
    gather_patches(x, torch.full((2, 3, 7, 7, 4), torch.nan), patches)
    scatter_patches(y, pixels)
    assert bool((patches[:, -1] == 1).all())
    torch.testing.assert_close((patches[:, :-1] * y).sum(), (x * pixels).sum())


def test_a_test_batch_does_not_disturb_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Evaluations share buffers with training and leave no trace in it."""
    small.declare(monkeypatch)
    watched, alone = (Training(small.SmallPlan(), small.small_material()) for _ in range(2))
    for _ in range(4):
        watched.evaluate()
        assert {n: v.tolist() for n, v in watched.step().items()} == {n: v.tolist() for n, v in alone.step().items()}


def test_weights_load_into_an_ordinary_student(monkeypatch: pytest.MonkeyPatch) -> None:
    small.declare(monkeypatch)
    training = Training(small.SmallPlan(), small.small_material())
    training.step()
    data = training.material.test_images
    for a, s in product(range(2), range(3)):
        student = Network(declared.STUDENTS["cnn-2k"].layers(small.GREY))
        prefix = f"arm{a}.seed{s}."
        found = {n.removeprefix(prefix): v for n, v in training.weights().items() if n.startswith(prefix)}
        student.load_state_dict(found)
        torch.testing.assert_close(student(data), training.test_logits()[a, s], rtol=1e-4, atol=1e-5)


def test_uneven_arms_are_refused() -> None:
    def student() -> Network:
        return build_student(declared.STUDENTS["cnn-2k"], small.GREY, generator(1, "weights"))

    with pytest.raises(ValueError, match="same arms for every seed"):
        StackedCohort([[student(), student()], [student()]])


def test_small_students_are_stacked_and_large_ones_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    small.declare(monkeypatch)
    for data, entry in product((declared.DATA["mnist"], declared.DATA["cifar10"]), declared.STUDENTS.values()):
        assert stacks_well(entry.layers(data)) == (entry.id not in ("cnn-400", "cnn-140k", "cnn-large"))
        assert can_be_stacked(entry.layers(data)) == (entry.id != "cnn-400"), "one convolution more halves an odd side"
    large = Training(small.SmallPlan("cnn-large", seeds=(1,)), small.small_material())
    assert isinstance(large.cohort, SeparateCohort)
