"""Paired differences against scipy's t-interval."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.experiments.paired import half_width, paired

ACCURACIES = st.lists(st.tuples(*[st.integers(0, 1000)] * 2), min_size=2, max_size=20)


@given(ACCURACIES)
def test_mean_and_interval_are_those_of_a_paired_t_test(counts: list[tuple[int, int]]) -> None:
    ahead, behind = ([one / 1000 for one in arm] for arm in zip(*counts, strict=True))
    difference = paired(ahead, behind)
    assert difference.points == tuple(pytest.approx((a - b) / 10) for a, b in counts)
    low, high = difference.interval
    assert low + high == pytest.approx(2 * difference.mean, abs=1e-9)
    if len(set(difference.points)) > 1:
        interval = stats.ttest_1samp(difference.points, 0).confidence_interval(0.95)
        assert difference.half_width == pytest.approx((interval.high - interval.low) / 2, rel=1e-4)


def test_noise_of_float32_is_no_difference() -> None:
    assert paired([0.30000001192092896, 0.7], [0.3, 0.69999998807]).points == (0.0, 0.0)


@pytest.mark.parametrize("values", [[], [1.0], [1.0] * 21])
def test_an_interval_needs_two_to_twenty_values(values: list[float]) -> None:
    with pytest.raises(ValueError, match=f"2 to 20 values, got {len(values)}"):
        half_width(values)


def test_arms_must_have_the_same_seeds() -> None:
    with pytest.raises(ValueError, match="zip"):
        paired([0.5, 0.6], [0.5])
