"""Gradients of both losses for a student that is not trained yet, from recorded answers.

With student logits z, teacher logits v, temperature T: the hard loss asks for softmax(z) − onehot, the soft loss for
T · (softmax(z/T) − softmax(v/T)), which goes to (z̃ − ṽ)/C as T grows (z̃, ṽ: logits minus their mean).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.catalog.available import data_sets
from app.catalog.declared import STUDENTS
from app.experiments.ranking import log_softmax
from app.experiments.recordings import runs as recorded

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Untrained:
    """The first student of a recorded run before its first update, and the teacher. teacher, student: logits
    (shown, classes); labels: of the same images; seed: of the student's weights.
    """

    run: str
    title: str
    seed: int
    parameters: int
    classes: tuple[str, ...]
    labels: tuple[int, ...]
    teacher: Floats
    student: Floats


def untrained(data: str) -> Untrained:
    """From the recorded run whose teacher is the finished one of `data`. Raises ValueError."""
    run = next((run for run in recorded.recorded_for(data) if run.spec.teacher == data), None)
    if run is None:
        raise ValueError(f"no recorded run has the answers of a student about “{data}”")
    answers = run.answers()
    if answers.moments[0] != 0:
        raise ValueError(f"{run.id} does not begin with its untrained students")
    return Untrained(
        run=run.id,
        title=run.title,
        seed=run.spec.seeds[0],
        parameters=STUDENTS[run.spec.student].parameters(data_sets()[data]),
        classes=run.classes,
        labels=run.labels,
        teacher=answers.teacher.astype(np.float64),
        student=answers.students[0, 0, 0].astype(np.float64),
    )


# ── gradients ────────────────────────────────────────────────────────────────────────────────────────────────────


def hard(one: Untrained) -> Floats:
    """(shown, classes)."""
    return _softmax(one.student, 1) - np.eye(len(one.classes))[list(one.labels)]


def soft(one: Untrained, temperature: float, squared: bool = True) -> Floats:
    """(shown, classes). squared: of T² · KL, else of KL alone. temperature: > 0. Raises ValueError."""
    factor = temperature if squared else 1 / temperature
    return factor * (_softmax(one.student, temperature) - _softmax(one.teacher, temperature))


def limit(one: Untrained) -> Floats:
    """What the soft gradient with T² goes to as T grows: (shown, classes)."""
    return (_centred(one.student) - _centred(one.teacher)) / len(one.classes)


def _softmax(logits: Floats, temperature: float) -> Floats:
    if not temperature > 0:
        raise ValueError(f"temperature must be > 0, got {temperature}")
    probabilities: Floats = np.exp(log_softmax(logits / temperature))
    return probabilities


def _centred(logits: Floats) -> Floats:
    centred: Floats = logits - logits.mean(axis=-1, keepdims=True)
    return centred
