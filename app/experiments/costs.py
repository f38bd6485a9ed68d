"""What teacher and students cost: counted from the architecture here, timed by the inference process. Knows no torch.

A multiply–add is one product that is added to a sum; convolutions and linear layers are counted, the rest (batch norm,
pooling, activations) is a few percent and is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from app.catalog import CLASSES, DataSet, Student, TeacherEntry

FLOAT_BYTES = 4


@dataclass(frozen=True)
class Counted:
    """Of one network: parameters; multiply-adds for an image; bytes of its weights as float32."""

    parameters: int
    multiply_adds: int
    weight_bytes: int


def of_student(student: Student, data: DataSet) -> Counted:
    """A rung of the ladder on images of `data`."""
    channels, width, side = data.channels, student.width[data.channels], data.size
    if student.kind == "mlp":
        multiply_adds = channels * side * side * width + width * data.classes
    else:
        widths = (channels, width, 2 * width) if channels == 1 else (channels, width, 2 * width, 2 * width)
        multiply_adds = 0
        for inputs, outputs in pairwise(widths):
            side //= 2
            multiply_adds += 9 * inputs * outputs * side * side
        multiply_adds += widths[-1] * side * side * data.classes
    parameters = student.parameters(data)
    return Counted(parameters, multiply_adds, FLOAT_BYTES * parameters)


def of_teacher(teacher: TeacherEntry, data: DataSet) -> Counted:
    """A shipped teacher on images of `data`. Its batch norms keep a mean and a variance beside the parameters."""
    taps = teacher.channels * teacher.patch**2
    side = data.size - teacher.patch + 1
    multiply_adds = taps * 2 * taps * side * side
    for inputs, outputs in pairwise((2 * taps, *teacher.widths)):
        multiply_adds += 9 * inputs * outputs * side * side
        side //= 2
        multiply_adds += 9 * outputs * outputs * side * side
    multiply_adds += teacher.widths[-1] * data.classes
    numbers = teacher.parameters + 4 * sum(teacher.widths)
    looks = 2 if teacher.mirror else 1  # at the image, and at its mirror image
    return Counted(teacher.parameters, looks * multiply_adds, FLOAT_BYTES * numbers)


def fact_of_student(student: Student, data: DataSet) -> str:
    """Under which name the store keeps what was timed."""
    return f"cost student {student.id} {data.channels}x{data.size}" + _for_classes(data)


def fact_of_teacher(teacher: TeacherEntry, data: DataSet) -> str:
    """Under which name the store keeps what was timed."""
    return f"cost teacher {teacher.sha256[:16]} {data.channels}x{data.size}" + _for_classes(data)


def _for_classes(data: DataSet) -> str:
    """What the usual number of classes leaves out of a name."""
    return "" if data.classes == CLASSES else f" {data.classes} classes"
