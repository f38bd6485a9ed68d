"""What teacher and students cost: counted from the architecture here, timed by the inference process.

A multiply–add is one product that is added to a sum; convolutions and linear layers are counted, the rest (batch norm,
pooling, activations) is a few percent and is not.
"""

from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

from app.catalog.architecture import Layers, multiply_adds, parameters, products, statistics
from app.catalog.available import TeacherEntry, lab_sets, teachers
from app.catalog.bugs import BUGS, PROBED
from app.catalog.declared import BATCH, CLASSES, METHODS, SHIFT_COPIES, STUDENTS, DataSet, Student

if TYPE_CHECKING:
    from app.experiments.kinds.cohort import RunSpec
    from app.experiments.recordings.runs import RecordedRun

FLOAT_BYTES = 4


@dataclass(frozen=True)
class NetworkCost:
    """Of one network: parameters; multiply-adds for an image; bytes of its weights as float32."""

    parameters: int
    multiply_adds: int
    weight_bytes: int


def of_student(student: Student, data: DataSet) -> NetworkCost:
    """A rung of the ladder on images of `data`."""
    return _counted(student.layers(data))


def of_teacher(teacher: TeacherEntry, data: DataSet) -> NetworkCost:
    """A teacher on images of `data`. Its batch norms keep a mean and a variance beside the parameters."""
    return _counted(teacher.layers(data))


def _counted(layers: Layers) -> NetworkCost:
    numbers = parameters(layers)
    return NetworkCost(numbers, multiply_adds(layers), FLOAT_BYTES * (numbers + statistics(layers)))


# ── before the first question ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Investment:
    """What was spent on a teacher and one student before the first question: seconds of a core, and labelled images."""

    teacher_seconds: float
    teacher_labels: int
    student_seconds: float
    student_labels: int


def invested(run: "RecordedRun") -> Investment:
    """Of a recorded run: its teacher's training as the manifest has it, and a student's share of the run's time.

    A training with several threads takes that many cores. Raises ValueError if the teacher stopped early: how long it
    took until then was not measured.
    """
    teacher, spec = teachers()[run.spec.teacher], run.spec
    if teacher.record["stage"] != "final":
        raise ValueError(f"{teacher.name}: only the time of the whole training was measured")
    students = len(spec.arms) * len(spec.seeds)
    return Investment(
        teacher_seconds=float(teacher.record["seconds"]) * int(teacher.record["threads"]),
        teacher_labels=int(teacher.record["trained_images"]),
        student_seconds=run.seconds * int(run.record["threads"]) / students,
        student_labels=spec.labels,
    )


def fact_of_student(student: Student, data: DataSet) -> str:
    """Under which name the store keeps what was timed."""
    return f"cost student {student.id} {data.channels}x{data.size}" + _for_classes(data)


def fact_of_teacher(teacher: TeacherEntry, data: DataSet) -> str:
    """Under which name the store keeps what was timed."""
    return f"cost teacher {teacher.sha256[:16]} {data.channels}x{data.size}" + _for_classes(data)


def _for_classes(data: DataSet) -> str:
    """What the usual number of classes leaves out of a name."""
    return "" if data.classes == CLASSES else f" {data.classes} classes"


# ── expected seconds ─────────────────────────────────────────────────────────────────────────────────────────────

# The reference core: one of an AMD EPYC 9004 at 2.6 GHz. Fitted to 46 cohorts (six students, MNIST and CIFAR-10, 2 and
# 6 students, 32 and 64 images): nine in ten come out within a quarter of what was measured.
UPDATE_SECONDS = 0.6e-3  # of an update of the smallest cohort
MULTIPLY_ADDS_PER_SECOND = 46e9
RUN_PER_UPDATES = 1.6  # a run takes longer than its updates in a row do: it is evaluated, and what it says is kept
MOVED_PER_SECOND = 2.1e9  # numbers that a layer gathers and gives: in small layers they take longer than the products


TRAINING_PASS = 3  # a pass forward, and one back for the weights as well as one for what goes into each layer


def pass_seconds(layers: Layers) -> float:
    """Seconds of a forward pass of one image on the reference core; a training pass is `TRAINING_PASS` of them."""
    moved = sum(count / shape[0] + prod(shape) for count, shape in products(layers))
    return multiply_adds(layers) / MULTIPLY_ADDS_PER_SECOND + moved / MOVED_PER_SECOND


def of_cohort(spec: "RunSpec", updates: int, evaluations: int = 0) -> float:
    """Seconds that so many updates and evaluations of all students of an experiment take on the reference core.

    The last evaluation also sees the official test images.

    Raises KeyError if its images or its teacher are not here.
    """
    data, batch = lab_sets()[spec.data], min(BATCH, spec.labels) + min(BATCH, spec.unlabelled)
    tested = evaluations * data.test + (data.official if evaluations else 0)
    passes = len(spec.arms) * len(spec.seeds) * (TRAINING_PASS * updates * batch + tested)
    cost = updates * UPDATE_SECONDS + passes * pass_seconds(STUDENTS[spec.student].layers(data))
    for bug in (BUGS[arm.bug] for arm in spec.arms if arm.bug and BUGS[arm.bug].asks):
        passes = updates * batch * (TRAINING_PASS if bug.learns else 1) + evaluations * min(PROBED, spec.labels)
        cost += len(spec.seeds) * passes * pass_seconds(teachers()[spec.teacher].layers(data))
    return cost + of_marks(spec)


def of_marks(spec: "RunSpec") -> float:
    """Seconds in which the teacher marks all shifted copies of the images that students learn from.

    As many as there are before any is kept. Raises as `of_cohort`.
    """
    if not spec.shift or not any(METHODS[arm.method].uses_teacher for arm in spec.arms):
        return 0
    data = lab_sets()[spec.data]
    images = min(data.pool, len(spec.seeds) * (spec.labels + spec.unlabelled))
    return SHIFT_COPIES * images * pass_seconds(teachers()[spec.teacher].layers(data))
