from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from app.figures.microscope.figure import MISSING
from app.teaching.checks.gradients import gradient_at, gradient_ratio, hard, limit, limit_distance, soft, untrained
from tests.figures.staged import opened, sent


def test_it_gets_the_logits_of_a_student_that_has_learned_nothing() -> None:
    data = sent(opened("microscope", {"image": 956, "temperature": 8, "squared": False}))
    known = untrained("mnist")
    assert (data["first"]["image"], data["first"]["label"]) == (956, known.labels[956])
    np.testing.assert_allclose(data["first"]["teacher"], known.teacher[956])
    assert max(map(abs, data["first"]["student"])) < 0.2 < max(map(abs, data["first"]["teacher"]))
    assert (data["temperature"], data["squared"], data["count"]) == (8, False, 1000)
    assert "before its first update" in data["student"] and f"seed {known.run.spec.seeds[0]}" in data["student"]


def test_a_temperature_that_the_link_fixes_is_the_one_of_the_link() -> None:
    page = opened("microscope", {"image": 8, "temperature": 8}, settings={"temperature": 3.0}, fixed=("temperature",))
    data = sent(page)
    assert data["temperature"] == 3


@pytest.mark.usefixtures("no_recordings")
def test_without_recorded_answers_it_says_so() -> None:
    page = opened("microscope", {"image": 8})
    assert [one.value for one in page.markdown] == [MISSING] and not page.get("bidi_component")


def test_the_formula_is_there_without_a_figure() -> None:
    assert opened("softmax").get("bidi_component")


# ── what lessons say about the gradients ─────────────────────────────────────────────────────────────────────────


def test_the_hard_gradient_raises_the_label_alone() -> None:
    known = untrained("mnist")
    found = hard(known)
    np.testing.assert_allclose(found.sum(axis=1), 0, atol=1e-9)
    assert ((found < 0).sum(axis=1) == 1).all() and (found.argmin(axis=1) == np.array(known.labels)).all()


def test_the_soft_gradient_is_the_slope_of_the_soft_loss() -> None:
    known, temperature, small = untrained("mnist"), 5.0, 1e-5
    z, v = known.student[8], known.teacher[8]

    def loss(logits: Any) -> float:
        log_q = logits / temperature - np.log(np.exp(logits / temperature).sum())
        p = np.exp(v / temperature) / np.exp(v / temperature).sum()
        return float((p * (np.log(p) - log_q)).sum())

    slope = [(loss(z + small * one) - loss(z - small * one)) / (2 * small) for one in np.eye(10)]
    np.testing.assert_allclose(soft(known, temperature, squared=False)[8], slope, atol=1e-8)
    np.testing.assert_allclose(soft(known, temperature)[8], 25 * np.array(slope), atol=1e-6)


def test_at_a_very_high_temperature_it_is_logit_matching() -> None:
    known = untrained("mnist")
    np.testing.assert_allclose(soft(known, 1e6), limit(known), atol=1e-4)
    assert limit_distance("mnist", 8, 1000) < 1 < limit_distance("mnist", 8, 100)


def test_ratios_turn_round_and_wrong_questions_are_refused() -> None:
    assert gradient_ratio("mnist", 8, 8, shorter=True) == pytest.approx(1 / gradient_ratio("mnist", 8, 8))
    for wrong in ({"of": "ten"}, {"of": "3", "temperature": -1}):
        with pytest.raises(ValueError, match=r"there is no class|temperature must be > 0"):
            gradient_at("mnist", 8, **wrong)
    with pytest.raises(ValueError, match="no recorded run"):
        untrained("birds")
