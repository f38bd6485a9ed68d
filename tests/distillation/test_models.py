"""The student ladder: sizes as declared, weights from the seed alone."""

from __future__ import annotations

from itertools import product

import pytest
import torch

from app.catalog import declared
from app.distillation.datasets import generator
from app.distillation.models import Teacher, build_student, parameter_count
from tests.distillation import small

LADDER = list(product(declared.STUDENTS.values(), (declared.DATA["mnist"], declared.DATA["cifar10"])))


@pytest.mark.parametrize(("entry", "data"), LADDER, ids=lambda value: value.id)
def test_a_student_has_the_declared_size_and_shape(entry: declared.Student, data: declared.DataSet) -> None:
    student = build_student(entry, data, generator(1, "weights"))
    assert parameter_count(student) == entry.parameters(data)
    images = torch.zeros(2, data.channels, data.size, data.size)
    assert student(images).shape == (2, 10)
    sizes = [tuple(maps.shape[1:]) for maps in student.features(images)]
    width = entry.width[data.channels]
    if not entry.has_feature_maps:
        assert sizes == [(width, 1, 1)]
    elif data.channels == 1:
        assert sizes == [(width, 14, 14), (2 * width, 7, 7)]
    else:
        assert sizes == [(width, 16, 16), (2 * width, 8, 8), (2 * width, 4, 4)]


def test_a_mirrored_teacher_answers_the_same_for_both_images_once_it_is_trained() -> None:
    images = torch.randn(6, 3, 16, 16, generator=torch.Generator().manual_seed(1))
    teacher = Teacher(3, (4, 6, 8), 2, mirror=True).eval()
    with torch.no_grad():
        answers = teacher(images)
        torch.testing.assert_close(teacher(images.flip(-1)), answers)
        torch.testing.assert_close(answers, (teacher.one_look(images) + teacher.one_look(images.flip(-1))) / 2)
        assert not torch.allclose(teacher.one_look(images), answers)
        learning = teacher.train()(images)
        torch.testing.assert_close(teacher.one_look(images), learning)


def test_the_ladder_has_the_promised_rungs() -> None:
    sizes = [
        student.parameters(declared.DATA["mnist"]) for student in declared.STUDENTS.values() if student.has_feature_maps
    ]
    for found, promised in zip(sizes, (2e3, 9e3, 35e3, 140e3), strict=False):
        assert found == pytest.approx(promised, rel=0.15)


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
