"""Gradients of both losses for a student that is not trained yet, from recorded answers.

With student logits z, teacher logits v, temperature T: the hard loss asks for softmax(z) − onehot, the soft loss for
T · (softmax(z/T) − softmax(v/T)), which goes to (z̃ − ṽ)/C as T grows (z̃, ṽ: logits minus their mean).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from app.experiments.ranking import Floats, softened
from app.experiments.recordings import runs as recorded
from app.teaching.checks.registry import check
from app.teaching.checks.teacher_says import class_number


@dataclass(frozen=True, eq=False)
class Untrained:
    """The first student of a recorded run before its first update, and the teacher. teacher, student: logits
    (shown, classes); labels: of the same images.
    """

    run: recorded.RecordedRun
    labels: tuple[int, ...]
    teacher: Floats
    student: Floats


def untrained(data: str) -> Untrained:
    """From the recorded run whose teacher is the finished one of `data`. Raises ValueError."""
    run = recorded.of_finished_teacher(data)
    if run is None:
        raise ValueError(f"no recorded run has the answers of a student about “{data}”")
    answers = run.answers()
    if answers.moments[0] != 0:
        raise ValueError(f"{run.id} does not begin with its untrained students")
    return Untrained(run, run.labels, answers.teacher.astype(np.float64), answers.students[0, 0, 0].astype(np.float64))


# ── gradients ────────────────────────────────────────────────────────────────────────────────────────────────────


def hard(one: Untrained) -> Floats:
    """(shown, classes)."""
    return softened(one.student, 1) - np.eye(len(one.run.classes))[list(one.labels)]


def soft(one: Untrained, temperature: float, squared: bool = True) -> Floats:
    """(shown, classes). squared: of T² · KL, else of KL alone. temperature: > 0. Raises ValueError."""
    factor = temperature if squared else 1 / temperature
    return factor * (softened(one.student, temperature) - softened(one.teacher, temperature))


def limit(one: Untrained) -> Floats:
    """What the soft gradient with T² goes to as T grows: (shown, classes)."""
    return (_centred(one.student) - _centred(one.teacher)) / len(one.run.classes)


def _centred(logits: Floats) -> Floats:
    centred: Floats = logits - logits.mean(axis=-1, keepdims=True)
    return centred


# ── what lessons say about them ──────────────────────────────────────────────────────────────────────────────────


@check(source="model")
def gradient_at(data: str, image: int, of: str, temperature: float = 0, squared: bool = True) -> float:
    """What one image asks of the logit of class `of`: the soft gradient, or the hard one at temperature 0."""
    one = untrained(data)
    gradient = soft(one, temperature, squared) if temperature else hard(one)
    return float(gradient[image, class_number(data, of)])


@check(source="model")
def gradient_ratio(data: str, image: int, temperature: float, squared: bool = True, shorter: bool = False) -> float:
    """How many times as long the soft gradient of one image is as the hard one; shorter: the other way round."""
    one = untrained(data)
    ratio = _length(soft(one, temperature, squared)[image]) / _length(hard(one)[image])
    return float(1 / ratio if shorter else ratio)


@check(source="model")
def typical_ratio(data: str, temperature: float, squared: bool = True, shorter: bool = False) -> float:
    """The same, median over all images."""
    one = untrained(data)
    ratio = np.median(_length(soft(one, temperature, squared)) / _length(hard(one)))
    return float(1 / ratio if shorter else ratio)


@check(source="model")
def soft_gradient_doubled(data: str, image: int, temperature: float) -> float:
    """What is left of the soft gradient's length without T² when the temperature is doubled: 0 … 1."""
    one = untrained(data)
    lengths = [_length(soft(one, heat, squared=False)[image]) for heat in (temperature, 2 * temperature)]
    return float(lengths[1] / lengths[0])


@check(source="formula")
def power_of_ratio(of: float, to: float, power: float) -> float:
    """(of / to) to a power: what a rule of thumb expects of a gradient from one temperature to another."""
    return float((of / to) ** power)


@check(source="formula")
def mixed_loss(hard: float, divergence: float, temperature: float, alpha: float) -> float:
    """(1 − alpha) · hard + alpha · T² · divergence: the loss of one step, in nats."""
    return (1 - alpha) * hard + alpha * temperature**2 * divergence


@check(source="formula")
def soft_part(hard: float, divergence: float, temperature: float, alpha: float) -> float:
    """How much of that loss is the soft loss, in percent."""
    whole = mixed_loss(hard, divergence, temperature, alpha)
    return 100 * alpha * temperature**2 * divergence / whole


@check(source="formula")
def even_alpha(hard: float, divergence: float, temperature: float) -> float:
    """The alpha at which both parts of that loss are the same."""
    return hard / (hard + temperature**2 * divergence)


@check(source="model")
def limit_distance(data: str, image: int, temperature: float) -> float:
    """How far the soft gradient with T² is from the limit of logit matching, in percent of the limit's length."""
    return float(_distances(untrained(data), temperature)[image])


@check(source="model")
def typical_distance(data: str, temperature: float) -> float:
    """The same, median over all images."""
    return float(np.median(_distances(untrained(data), temperature)))


def _distances(one: Untrained, temperature: float) -> Floats:
    goal = limit(one)
    distances: Floats = 100 * _length(soft(one, temperature) - goal) / _length(goal)
    return distances


def _length(vectors: npt.NDArray[Any]) -> Floats:
    return np.asarray(np.linalg.norm(vectors, axis=-1))
