"""Gradients of both losses for a student that is not trained yet, from recorded answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from app.teaching.checks.registry import check
from app.teaching.gradients import Floats, Untrained, hard, limit, soft, untrained


@check(source="model")
def gradient_at(data: str, image: int, of: str, temperature: float = 0, squared: bool = True) -> float:
    """What one image asks of the logit of class `of`: the soft gradient, or the hard one at temperature 0."""
    one = untrained(data)
    if of not in one.classes:
        raise ValueError(f"there is no class “{of}” in {data}; there are {', '.join(one.classes)}")
    gradient = soft(one, temperature, squared) if temperature else hard(one)
    return float(gradient[image, one.classes.index(of)])


@check(source="model")
def gradient_ratio(data: str, image: int, temperature: float, squared: bool = True, shorter: bool = False) -> float:
    """How many times as long the soft gradient of one image is as the hard one; shorter: the other way round."""
    one = untrained(data)
    ratio = _length(soft(one, temperature, squared)[image]) / _length(hard(one)[image])
    return float(1 / ratio if shorter else ratio)


@check(source="model")
def soft_gradient_change(data: str, image: int, first: float, second: float) -> float:
    """How long the soft gradient without T² is at the second temperature, as a share of its length at the first."""
    one = untrained(data)
    lengths = [_length(soft(one, temperature, squared=False)[image]) for temperature in (first, second)]
    return float(lengths[1] / lengths[0])


@check(source="formula")
def power_of_ratio(of: float, to: float, power: float) -> float:
    """(of / to) to a power: what a rule of thumb expects of a gradient from one temperature to another."""
    return float((of / to) ** power)


@check(source="formula")
def mixed_loss(hard: float, divergence: float, temperature: float, alpha: float) -> float:
    """(1 − alpha) · hard + alpha · T² · divergence: the loss of one step, in nats."""
    return (1 - alpha) * hard + alpha * temperature**2 * divergence


@check(source="model")
def typical_ratio(data: str, temperature: float, squared: bool = True, shorter: bool = False) -> float:
    """The same, median over all images."""
    one = untrained(data)
    ratio = np.median(_length(soft(one, temperature, squared)) / _length(hard(one)))
    return float(1 / ratio if shorter else ratio)


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
