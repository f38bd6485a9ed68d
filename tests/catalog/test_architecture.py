"""Architectures as data: what is counted without torch equals what real networks hold and do."""

from __future__ import annotations

from itertools import product

import pytest

from app.catalog import available, declared
from app.catalog.architecture import (
    Conv,
    Flatten,
    Image,
    Linear,
    MaxPool,
    Norm,
    multiply_adds,
    output,
    parameters,
    placed,
    products,
    statistics,
)

SMALL = (
    Image(3, 9),
    Conv("a", 4, filter=2, stride=2),  # 4 × 4 × 4
    MaxPool(),  # 4 × 2 × 2
    Norm("n"),
    Conv("b", 5, filter=3, padding=1, bias=False),  # 5 × 2 × 2
    Flatten(),
    Linear("head", 7),
)


def test_a_small_network_is_counted_by_hand() -> None:
    shapes = [shape for _, shape in placed(SMALL)]
    assert shapes == [(), (3, 9, 9), (4, 4, 4), (4, 2, 2), (4, 2, 2), (5, 2, 2), (20,)]
    assert parameters(SMALL) == 4 * (3 * 4 + 1) + 8 + 5 * 4 * 9 + 7 * 21
    assert statistics(SMALL) == 8
    first, second, head = 4 * 4 * 4 * 3 * 4, 5 * 2 * 2 * 4 * 9, 20 * 7
    assert multiply_adds(SMALL) == first + second + head
    assert products(SMALL) == [(first, (4, 4, 4)), (second, (5, 2, 2)), (head, (7,))]
    mirrored = (Image(3, 9, mirror=True), *SMALL[1:])
    assert multiply_adds(mirrored) == 2 * multiply_adds(SMALL)


LADDER = list(product(declared.STUDENTS.values(), (declared.DATA["mnist"], declared.DATA["cifar10"])))


@pytest.mark.parametrize(("student", "data"), LADDER, ids=lambda value: value.id)
def test_the_ladder_ends_in_a_logit_for_each_class(student: declared.Student, data: declared.DataSet) -> None:
    layers = student.layers(data)
    last, shape = list(placed(layers))[-1]
    assert output(last, shape) == (data.classes,)
    assert student.parameters(data) == parameters(layers)


@pytest.mark.parametrize("teacher", list(available.teachers().values()), ids=lambda entry: entry.id)
def test_a_teacher_has_as_many_parameters_as_were_recorded(teacher: available.TeacherEntry) -> None:
    data = declared.DATA[teacher.family]
    assert parameters(teacher.layers(data)) == teacher.parameters
    assert multiply_adds(teacher.layers(data)) == teacher.record["multiply_adds"]
