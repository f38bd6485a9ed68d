"""Which classes a teacher thinks alike: mean soft labels, their likeness, and a tree.

Two classes are alike as far as their mean soft labels overlap. The tree joins the two groups that are alike most on
average, again and again (UPGMA; Sokal & Michener 1958).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from app.experiments.ranking import softened

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Join:
    """Two branches that meet. first, second: a class, or classes + the position of an earlier join; apart: 0 … 1."""

    first: int
    second: int
    apart: float


def mean_soft_labels(logits: npt.NDArray[Any], labels: Sequence[int], classes: int, temperature: float = 1) -> Floats:
    """(classes, classes): row c is the mean of softmax(logits / T) over the images labelled c.

    logits: (images, classes). temperature: > 0. Raises ValueError if a class has no image.
    """
    soft, known = softened(logits, temperature), np.asarray(labels)
    if missing := sorted(set(range(classes)) - set(known.tolist())):
        raise ValueError(f"each class needs an image, classes {missing} have none")
    return np.stack([soft[known == label].mean(axis=0) for label in range(classes)])


def likeness(mean_soft: Floats) -> Floats:
    """(classes, classes), 0 … 1: the share of two mean soft labels that overlaps, Σ min(a, b); 1 on the diagonal."""
    overlap: Floats = np.minimum(mean_soft[:, None, :], mean_soft[None, :, :]).sum(axis=-1)
    return overlap


def tree(alike: Floats) -> tuple[Join, ...]:
    """The joins, the closest first, classes − 1 of them. alike: symmetric, 0 … 1."""
    classes = len(alike)
    members = {label: [label] for label in range(classes)}
    joins: list[Join] = []
    while len(members) > 1:
        pairs = [(first, second) for first in members for second in members if first < second]
        apart = {pair: 1 - float(alike[np.ix_(members[pair[0]], members[pair[1]])].mean()) for pair in pairs}
        first, second = min(pairs, key=lambda pair: (apart[pair], pair))
        members[classes + len(joins)] = members.pop(first) + members.pop(second)
        joins.append(Join(first, second, apart[first, second]))
    return tuple(joins)


def leaves(joins: Sequence[Join], classes: int, near: Sequence[int] | None = None) -> list[int]:
    """The classes in the order of the tree’s leaves, so that no branches cross. near: an order to stay close to."""
    place = {label: at for at, label in enumerate(near if near is not None else range(classes))}
    members = {label: [label] for label in range(classes)}

    def middle(group: Sequence[int]) -> float:
        return sum(place[label] for label in group) / len(group)

    for at, join in enumerate(joins):
        pair = sorted((members.pop(join.first), members.pop(join.second)), key=middle)
        members[classes + at] = [*pair[0], *pair[1]]
    return [label for group in members.values() for label in group]


def members(joins: Sequence[Join], classes: int, branch: int) -> list[int]:
    """The classes of a branch: a class itself, or all that were joined into it."""
    if branch < classes:
        return [branch]
    join = joins[branch - classes]
    return [*members(joins, classes, join.first), *members(joins, classes, join.second)]
