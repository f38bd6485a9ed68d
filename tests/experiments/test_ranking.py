from __future__ import annotations

import numpy as np
from scipy.special import rel_entr, softmax
from scipy.stats import entropy

from app.experiments.ranking import farthest, most_ambiguous

CHANCE = np.random.default_rng(5)


def test_the_most_ambiguous_first() -> None:
    logits = CHANCE.normal(0, 3, (200, 10))
    by_scipy = entropy(softmax(logits.astype(np.float32).astype(float), axis=1), axis=1)
    order = most_ambiguous(logits)
    assert sorted(order) == list(range(200))
    assert (np.diff(by_scipy[order]) <= 1e-9).all()
    assert most_ambiguous(np.array([[9.0, 0], [1, 1], [2, 1]])) == [1, 2, 0]


def test_the_farthest_first() -> None:
    teacher, students = CHANCE.normal(0, 3, (100, 10)), CHANCE.normal(0, 3, (3, 100, 10))
    apart = rel_entr(softmax(teacher, axis=-1), softmax(students, axis=-1)).sum(-1).mean(0)
    order = farthest(teacher, students)
    assert sorted(order) == list(range(100)) and (np.diff(apart[order]) <= 1e-9).all()
    same = farthest(teacher, teacher[None] + np.eye(100)[:, :10] * 5)
    assert set(same[:10]) == set(range(10)), "those that were changed"


def test_half_precision_and_large_logits_are_no_matter() -> None:
    logits = np.array([[60000, 0], [0, 0]], np.float16)
    assert most_ambiguous(logits) == [1, 0] and farthest(logits, logits[None, ::-1]) == [1, 0]
