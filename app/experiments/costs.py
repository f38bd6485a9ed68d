"""What teacher and students cost: counted from the architecture here, timed by the inference process. Knows no torch.

A multiply–add is one product that is added to a sum; convolutions and linear layers are counted, the rest (batch norm,
pooling, activations) is a few percent and is not.
"""

from __future__ import annotations

from dataclasses import dataclass

from app.catalog.architecture import Layers, multiply_adds, parameters, statistics
from app.catalog.available import TeacherEntry
from app.catalog.declared import CLASSES, DataSet, Student

FLOAT_BYTES = 4


@dataclass(frozen=True)
class Counted:
    """Of one network: parameters; multiply-adds for an image; bytes of its weights as float32."""

    parameters: int
    multiply_adds: int
    weight_bytes: int


def of_student(student: Student, data: DataSet) -> Counted:
    """A rung of the ladder on images of `data`."""
    return _counted(student.layers(data))


def of_teacher(teacher: TeacherEntry, data: DataSet) -> Counted:
    """A teacher on images of `data`. Its batch norms keep a mean and a variance beside the parameters."""
    return _counted(teacher.layers(data))


def _counted(layers: Layers) -> Counted:
    numbers = parameters(layers)
    return Counted(numbers, multiply_adds(layers), FLOAT_BYTES * (numbers + statistics(layers)))


def fact_of_student(student: Student, data: DataSet) -> str:
    """Under which name the store keeps what was timed."""
    return f"cost student {student.id} {data.channels}x{data.size}" + _for_classes(data)


def fact_of_teacher(teacher: TeacherEntry, data: DataSet) -> str:
    """Under which name the store keeps what was timed."""
    return f"cost teacher {teacher.sha256[:16]} {data.channels}x{data.size}" + _for_classes(data)


def _for_classes(data: DataSet) -> str:
    """What the usual number of classes leaves out of a name."""
    return "" if data.classes == CLASSES else f" {data.classes} classes"
