from __future__ import annotations

import numpy as np

from app.figures import hunt as hunting
from app.figures import similarity as alike
from app.figures.on_stage import MOUNT
from app.teaching.checks.teacher_says import teacher_answers
from app.teaching.similarity import mean_soft_labels
from app.teaching.stage import FIGURES, FORMULAS


def test_what_lessons_may_name_is_what_pages_can_mount() -> None:
    assert set(MOUNT) == set(FIGURES) | set(FORMULAS)
    assert not set(FIGURES) & set(FORMULAS)


def test_the_map_of_classes_comes_with_every_temperature_of_its_dial() -> None:
    found, answers = alike.softened("mnist"), teacher_answers("mnist")
    at = found["temperatures"].index(4.0)
    expected = mean_soft_labels(answers.logits, answers.labels, 10, 4.0)
    np.testing.assert_allclose(np.array(found["maps"][at]) / alike.MILLION, expected, atol=1e-6)
    for joins, order in zip(found["joins"], found["orders"], strict=True):
        assert len(joins) == 9 and sorted(order) == list(range(10))
        assert [one[2] for one in joins] == sorted((one[2] for one in joins), reverse=True), "the closest first"


def test_every_sheet_of_the_hunt_has_one_least_sure_image_and_many_sure_ones() -> None:
    found = hunting.sheets("mnist")
    images = [one["image"] for sheet in found["sheets"] for one in sheet]
    assert len(set(images)) == len(images) == hunting.SHEETS * len(hunting.PLACES)
    for sheet in found["sheets"]:
        shares = [np.exp(max(one["logits"])) / np.exp(one["logits"]).sum() for one in sheet]
        places = [one["place"] for one in sheet]
        assert places.index(min(places)) == int(np.argmin(shares))
        assert sum(share > 0.99 for share in shares) > len(sheet) / 3
    assert min(one["place"] for one in found["sheets"][0]) == 1
