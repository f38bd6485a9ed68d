from __future__ import annotations

import numpy as np

from app.figures.similarity import figure as alike
from app.teaching.checks.teacher_says import teacher_answers
from app.teaching.similarity import mean_soft_labels


def test_the_map_of_classes_comes_with_every_temperature_of_its_dial() -> None:
    found, answers = alike.softened("mnist"), teacher_answers("mnist")
    at = found["temperatures"].index(4.0)
    expected = mean_soft_labels(answers.logits, answers.labels, 10, 4.0)
    np.testing.assert_allclose(np.array(found["maps"][at]) / alike.MILLION, expected, atol=1e-6)
    for joins, order in zip(found["joins"], found["orders"], strict=True):
        assert len(joins) == 9 and sorted(order) == list(range(10))
        assert [one[2] for one in joins] == sorted((one[2] for one in joins), reverse=True), "the closest first"
