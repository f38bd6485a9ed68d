"""Networks from their layers: bit for bit what the same networks are when they are written out; weights by the seed."""

from __future__ import annotations

from itertools import pairwise, product
from math import ceil
from typing import cast

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from app.catalog import declared
from app.catalog.architecture import Conv, Flatten, Image, Linear, Norm, Relu, whitened
from app.distillation.cohort import StackedCohort, can_be_stacked
from app.distillation.datasets import generator
from app.distillation.models import Network, build_student
from app.distillation.training import Training
from tests.distillation import small

LADDER = list(product(declared.STUDENTS.values(), (declared.DATA["mnist"], declared.DATA["cifar10"])))


class WrittenStudent(nn.Module):
    """A student of the ladder, by hand."""

    def __init__(self, entry: declared.Student, data: declared.DataSet) -> None:
        super().__init__()
        first = entry.width[data.channels]
        if entry.has_feature_maps:
            more = (1 if data.channels == 1 else 2) + (entry.id == "cnn-400")
            widths = (data.channels, first, *[2 * first] * more)
            made: list[nn.Module] = [nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairwise(widths)]
            outputs = widths[-1] * ceil(data.size / 2 ** len(made)) ** 2
        else:
            made, outputs = [nn.Linear(data.channels * data.size**2, first)], first
        self.layers = nn.ModuleList(made)
        self.head = nn.Linear(outputs, data.classes)

    def forward(self, maps: Tensor) -> Tensor:
        for layer in self.layers:
            maps = F.relu(layer(maps if isinstance(layer, nn.Conv2d) else maps.flatten(1)))
        logits: Tensor = self.head(maps.flatten(1))
        return logits


class WrittenTeacher(nn.Module):
    """The teachers' network, by hand."""

    def __init__(self, channels: int, widths: tuple[int, int, int], patch: int) -> None:
        super().__init__()
        directions = 2 * channels * patch * patch
        self.whiten = nn.Conv2d(channels, directions, patch)
        self.whiten.weight.requires_grad_(False)
        self.blocks = nn.ModuleList()
        for inputs, outputs in pairwise((directions, *widths)):
            block = {
                "conv1": nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
                "norm1": nn.BatchNorm2d(outputs),
                "conv2": nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
                "norm2": nn.BatchNorm2d(outputs),
            }
            self.blocks.append(nn.ModuleDict(block))
        self.head = nn.Linear(widths[-1], 10, bias=False)

    def forward(self, images: Tensor) -> Tensor:
        maps = F.gelu(self.whiten(images))
        for block in cast("list[nn.ModuleDict]", self.blocks):
            maps = F.gelu(block["norm1"](F.max_pool2d(block["conv1"](maps), 2)))
            maps = F.gelu(block["norm2"](block["conv2"](maps)))
        logits: Tensor = self.head(maps.amax(dim=(2, 3))) * (1 / 9)
        return logits


@pytest.mark.parametrize(("entry", "data"), LADDER, ids=lambda value: value.id)
def test_a_student_is_bit_for_bit_the_written_one(entry: declared.Student, data: declared.DataSet) -> None:
    student, written = build_student(entry, data, generator(1, "weights")), WrittenStudent(entry, data)
    assert list(student.state_dict()) == list(written.state_dict()), "weights that are stored have these names"
    written.load_state_dict(student.state_dict())
    images = torch.randn(3, data.channels, data.size, data.size, generator=torch.Generator().manual_seed(1))
    said, expected = student(images), written(images)
    assert torch.equal(said, expected)
    torch.autograd.backward([said.sum(), expected.sum()])
    for ours, theirs in zip(student.parameters(), written.parameters(), strict=True):
        assert torch.equal(ours.grad, theirs.grad)  # type: ignore[arg-type]
    assert sum(value.numel() for value in student.parameters()) == entry.parameters(data)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_teacher_is_bit_for_bit_the_written_one(channels: int) -> None:
    torch.manual_seed(3)
    teacher = Network(whitened(Image(channels, 28), (4, 6, 8), 2, 10))
    torch.manual_seed(3)
    written = WrittenTeacher(channels, (4, 6, 8), 2)
    assert list(teacher.state_dict()) == list(written.state_dict())
    assert small.digest(teacher.state_dict()) == small.digest(written.state_dict()), "first weights"
    images = torch.randn(5, channels, 28, 28)
    said, expected = teacher(images), written(images)
    assert torch.equal(said, expected)
    torch.autograd.backward([said.sum(), expected.sum()])
    for (name, ours), theirs in zip(teacher.named_parameters(), written.parameters(), strict=True):
        assert ours.requires_grad == theirs.requires_grad == (name != "whiten.weight")
        assert ours.grad is None or torch.equal(ours.grad, theirs.grad)  # type: ignore[arg-type]
    assert torch.equal(teacher.eval()(images), written.eval()(images)), "the norms' statistics, too"


def test_features_are_what_comes_out_of_every_relu_and_every_block() -> None:
    images = torch.zeros(2, 3, 32, 32)
    cifar = declared.DATA["cifar10"]

    def shapes(network: Network) -> list[tuple[int, ...]]:
        return [tuple(maps.shape[1:]) for maps in network.features(images)]

    draw = generator(1, "weights")
    assert shapes(build_student(declared.STUDENTS["mlp-30"], cifar, draw)) == [(30, 1, 1)]
    assert shapes(build_student(declared.STUDENTS["cnn-2k"], cifar, draw)) == [(4, 16, 16), (8, 8, 8), (8, 4, 4)]
    assert shapes(small.random_teacher(3)) == [(4, 15, 15), (6, 7, 7), (8, 3, 3)]


def test_a_mirrored_teacher_answers_the_same_for_both_images_once_it_is_trained() -> None:
    images = torch.randn(6, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    teacher = Network(whitened(Image(3, 16, mirror=True), (4, 6, 8), 2, 10)).eval()
    with torch.no_grad():
        answers = teacher(images)
        torch.testing.assert_close(teacher(images.flip(-1)), answers)
        torch.testing.assert_close(answers, (teacher.look(images)[0] + teacher.look(images.flip(-1))[0]) / 2)
        assert not torch.allclose(teacher.look(images)[0], answers)
        learning = teacher.train()(images)
        torch.testing.assert_close(teacher.look(images)[0], learning)


def test_students_of_another_kind_are_trained_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A new student is a declaration; where its layers cannot be stacked, nobody has to say so."""
    usual = declared.STUDENTS["cnn-2k"].layers(small.GREY)
    normed = (*usual[:2], Norm("norm"), *usual[2:])
    even = (Image(1, 12), Conv("c", 4, padding=1), Relu(), Flatten(), Linear("head", 10))
    assert can_be_stacked(usual) and not can_be_stacked(normed) and not can_be_stacked(even)
    assert not can_be_stacked(declared.STUDENTS["cnn-2k"].layers(declared.DATA["mnist"])[:-1])
    with pytest.raises(ValueError, match="layers that can be stacked"):
        StackedCohort([[Network(normed)]])
    small.declare(monkeypatch)
    other = declared.Student("normed", "With norms", lambda *_: normed, {1: 2})
    monkeypatch.setitem(declared.STUDENTS, "normed", other)
    training = Training(small.SmallPlan("normed"), small.small_material())
    before = training.test_logits()
    training.step()
    assert not torch.equal(training.test_logits(), before)
    assert any(name.endswith("norm.weight") for name in training.weights())
    assert training.evaluate().accuracy.shape == (2, 3)


def test_the_ladder_has_the_promised_rungs() -> None:
    ladder = [entry for entry in declared.STUDENTS.values() if entry.has_feature_maps]
    for entry, promised in zip(ladder, (400, 1e3, 2e3, 9e3, 35e3, 140e3), strict=False):
        assert entry.parameters(declared.DATA["mnist"]) == pytest.approx(promised, rel=0.15)


def test_first_weights_come_from_the_seed_alone() -> None:
    def weights(seed: int) -> str:
        student = build_student(declared.STUDENTS["cnn-2k"], small.GREY, generator(seed, "weights"))
        return small.digest(student.state_dict())

    torch.manual_seed(1)
    first, state = weights(5), torch.get_rng_state()
    assert torch.equal(state, torch.get_rng_state())  # and the global state is left alone
    torch.manual_seed(2)
    assert weights(5) == first
    assert weights(6) != first


def test_streams_of_one_seed_are_unrelated() -> None:
    purposes = [("weights", 0), ("subset", 0), ("order", 0), ("order", 1), ("regressor", 0)]
    drawn = {torch.rand(1, generator=generator(1, *purpose)).item() for purpose in purposes}
    assert len(drawn) == len(purposes)
    assert torch.rand(1, generator=generator(1, "order", 1)).item() in drawn
