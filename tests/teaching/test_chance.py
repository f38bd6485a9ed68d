"""What a map shows by chance: expectations as one would compute them by hand, and the shares of drawn maps."""

import numpy as np
import pytest
from scipy import stats

from app.teaching.checks import chance
from app.teaching.checks.chance import _drawn, by_chance, chance_maps, map_likeness
from app.teaching.checks.runs import sweep_gain

MAP = "recorded-sweep-mnist-temperature-alpha"


def test_one_interval_in_twenty_misses() -> None:
    assert by_chance(40) == pytest.approx(2) and by_chance(36, 90) == pytest.approx(3.6)


@pytest.mark.parametrize("likeness", [0.0, 0.6, 1.0])
def test_the_mean_is_that_of_independent_settings_however_alike_they_are(likeness: float) -> None:
    assert _drawn(36, 5, likeness).mean() == pytest.approx(by_chance(36), abs=0.12)


def test_unrelated_settings_follow_the_binomial_distribution() -> None:
    shown = _drawn(36, 5, 0.0)
    for least in (0, 1, 3, 6):
        assert (shown >= least).mean() == pytest.approx(stats.binom.sf(least - 1, 36, 0.05), abs=0.01)


def test_equal_settings_win_or_lose_together() -> None:
    assert set(_drawn(36, 5, 1.0).tolist()) == {0, 36}


def test_a_map_has_more_empty_and_more_full_ones_than_unrelated_settings() -> None:
    none, many = chance_maps(MAP, 0, 0), chance_maps(MAP, 6)
    assert none > 100 * stats.binom.pmf(0, 36, 0.05) and many > 100 * stats.binom.sf(5, 36, 0.05)
    assert none + chance_maps(MAP, 1) == pytest.approx(100)


def test_likeness_is_the_correlation_of_the_settings_over_the_seeds(monkeypatch: pytest.MonkeyPatch) -> None:
    assert 0.3 < map_likeness(MAP) < 1
    points = [sweep_gain(MAP, [t, 0.9]).points for t in (1.0, 8.0)]
    cells = {(at,): type("Cell", (), {"accuracy": ([0.0] * 5, np.array(one) / 100)})() for at, one in enumerate(points)}
    two = type("Two", (), {"cells": cells})()
    monkeypatch.setattr(chance, "named", lambda view, id_: two)
    covariance = np.cov(points)
    assert map_likeness("two") == pytest.approx(2 * covariance[0, 1] / np.trace(covariance))
