from __future__ import annotations

import numpy as np
import pytest

from app.figures.softening.figure import GONE
from app.teaching.checks.teacher_says import teacher_answers
from tests.figures.staged import opened, sent


def test_it_gets_the_teachers_logits_and_what_the_lesson_asks() -> None:
    options = {"image": 8, "images": (956, 119), "temperature": 8, "highest": 1000, "logits": True, "log": True}
    data = sent(opened("softening", options))
    assert [one["image"] for one in data["images"]] == [956, 119, 8] and data["first"] == 8
    known = teacher_answers("mnist")
    for one in data["images"]:
        np.testing.assert_allclose(one["logits"], known.logits[one["image"]], atol=1e-3)
        assert one["label"] == known.labels[one["image"]]
    assert (data["temperature"], data["lowest"], data["highest"]) == (8, 0.5, 1000)
    assert data["logits"] and data["log"]


def test_more_images_than_are_usually_offered_all_come() -> None:
    wanted = (956, 164, 387, 493, 883, 934, 119)
    data = sent(opened("softening", {"image": 8, "images": wanted}))
    assert [one["image"] for one in data["images"]] == [*wanted, 8]


def test_a_temperature_that_the_link_fixes_stays() -> None:
    page = opened("softening", {"image": 8, "temperature": 8}, settings={"temperature": 3.0}, fixed=("temperature",))
    data = sent(page)
    assert data["temperature"] == 3


def test_before_the_prediction_is_saved_the_dial_ends_early_and_then_it_runs_to_what_came_out() -> None:
    options = {"image": 8, "locked": "top-8", "peek": 2, "runs_to": 8}
    data = sent(opened("softening", options, settings={"temperature": 8.0}, fixed=("temperature",)))
    assert (data["waits"], data["temperature"], data["lowest"], data["highest"]) == (True, 2, 1, 2)
    data = sent(opened("softening", options, saved={"top-8": 40}))
    assert (data["waits"], data["temperature"], data["highest"]) == (False, 8, 20)


@pytest.mark.usefixtures("no_recordings")
def test_without_recorded_answers_it_says_so() -> None:
    data = sent(opened("softening", {"image": 8}))
    assert data["trouble"] == GONE and data["images"] == []
