from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import squareform
from scipy.special import softmax

from app.teaching.checks.teacher_says import first_split, split_from, split_redrawn, teacher_answers
from app.teaching.similarity import Floats, leaves, likeness, mean_soft_labels, members, tree


def alike(classes: int, seed: int) -> Floats:
    """Likenesses of random mean soft labels."""
    return likeness(softmax(np.random.default_rng(seed).normal(0, 2, (classes, classes)), axis=-1))


def test_mean_soft_labels_are_the_mean_of_each_class() -> None:
    logits, labels = np.random.default_rng(3).normal(0, 4, (40, 5)), [at % 5 for at in range(40)]
    found = mean_soft_labels(logits, labels, 5, 3)
    soft: Floats = softmax(logits / 3, axis=1)
    expected: Floats = np.stack([soft[np.asarray(labels) == label].mean(axis=0) for label in range(5)])
    np.testing.assert_allclose(found, expected)
    np.testing.assert_allclose(found.sum(axis=1), 1)


@pytest.mark.parametrize(("labels", "temperature", "words"), [([0, 0], 1, "have none"), ([0, 1], 0, "must be > 0")])
def test_what_cannot_be_averaged_is_refused(labels: list[int], temperature: float, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        mean_soft_labels(np.zeros((2, 2)), labels, 2, temperature)


def test_likeness_is_the_shared_part() -> None:
    found = likeness(np.array([[0.7, 0.3, 0.0], [0.4, 0.6, 0.0], [0.0, 0.0, 1.0]]))
    np.testing.assert_allclose(found, np.array([[1, 0.7, 0], [0.7, 1, 0], [0, 0, 1]]))


@given(st.integers(2, 12), st.integers(0, 999))
def test_the_tree_is_scipys_average_linkage(classes: int, seed: int) -> None:
    known = alike(classes, seed)
    expected = linkage(squareform(1 - known, checks=False), "average")
    joins = tree(known)
    np.testing.assert_allclose([join.apart for join in joins], expected[:, 2])
    assert [{join.first, join.second} for join in joins] == [{int(a), int(b)} for a, b in expected[:, :2]]


@given(st.integers(2, 12), st.integers(0, 999))
def test_no_branches_cross_in_the_order_of_the_leaves(classes: int, seed: int) -> None:
    joins = tree(alike(classes, seed))
    near = list(np.random.default_rng(seed).permutation(classes))
    for order in (leaves(joins, classes), leaves(joins, classes, near)):
        assert sorted(order) == list(range(classes))
        for at in range(classes, classes + len(joins)):
            places = sorted(order.index(label) for label in members(joins, classes, at))
            assert places == list(range(places[0], places[0] + len(places)))


def test_leaves_stay_where_the_tree_lets_them() -> None:
    joins = tree(alike(6, 1))
    order = leaves(joins, 6)
    assert leaves(joins, 6, order) == order
    assert leaves(joins, 6, order[::-1]) == order[::-1]


def test_the_teacher_of_photographs_parts_vehicles_from_animals() -> None:
    """What lesson 2 asks to predict, computed again with scipy."""
    answers = teacher_answers("cifar10")
    known = likeness(mean_soft_labels(answers.logits, answers.labels, 10, 20))
    joins = linkage(squareform(1 - known, checks=False), "average")
    parts = [{0, 1, 8, 9}, {2, 3, 4, 5, 6, 7}]
    sizes = sorted(int(joins[int(at) - 10, 3]) if at >= 10 else 1 for at in joins[-1, :2])
    assert sizes == sorted(map(len, parts))
    assert first_split("cifar10", "ship", temperature=20) == "airplane, automobile and truck"
    assert first_split("cifar10", "ship") == "airplane, bird, cat, deer, dog, frog and horse"
    turns = split_from("cifar10", "ship", temperature=20)
    assert first_split("cifar10", "ship", temperature=turns) == first_split("cifar10", "ship", temperature=20)
    assert first_split("cifar10", "ship", temperature=turns - 0.5) == first_split("cifar10", "ship")


def test_trees_of_other_draws_of_photographs_split_elsewhere() -> None:
    cold, hot = (split_redrawn("cifar10", "ship", "bird", 20, temperature) for temperature in (1, 20))
    assert 20 > cold > 10 > hot
