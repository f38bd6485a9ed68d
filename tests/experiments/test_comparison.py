from __future__ import annotations

import math
from dataclasses import replace
from statistics import fmean, stdev
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.experiments.comparison import HOW_TO_PAIR, Comparison, compared
from app.experiments.final import Reached
from app.experiments.kinds.cohort import RunSpec
from app.experiments.outcome import Outcome
from app.experiments.spec import default_settings

SEEDS = (12, 33, 904)
SHARES = st.integers(0, 1000).map(lambda right: right / 1000)


def outcome(
    distilled: tuple[float, ...] = (0.92, 0.93, 0.94), seeds: tuple[int, ...] = SEEDS, **settings: Any
) -> Outcome:
    """A finished run of the lab with these final accuracies; labels only is right on 88%."""
    spec = RunSpec.two_arms(default_settings() | settings, seeds)
    end = Reached(((0.88,) * len(seeds), distilled), 1000, 0.997)
    return Outcome("r", "", "finished", spec, 1.0, 256, 256, 2.0, end, end, engine=3, data_digest="d")


def words(said: Comparison) -> dict[str, tuple[str, str]]:
    return {setting.words: (setting.a, setting.b) for setting in said.differences}


# ── what differs ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_what_differs_is_named_and_the_rest_is_shared() -> None:
    said = compared(outcome(), outcome(temperature=4.0, teacher="mnist-early"))
    assert words(said) == {"Temperature": ("8", "4"), "Teacher": ("MNIST, fully trained", "MNIST, stopped early")}
    assert len(said.shared) == 7 and all(setting.a == setting.b for setting in said.shared)
    more = compared(outcome(), outcome(unlabelled=2000))
    assert words(more) == {"Unlabelled images": ("0", "2,000")} and len(more.shared) == 9


def test_a_temperature_that_a_method_does_not_use_is_no_difference() -> None:
    assert words(compared(outcome(method="logits"), outcome(method="logits", temperature=2.0))) == {}
    mixed = words(compared(outcome(), outcome(method="logits", temperature=2.0)))
    assert mixed["Temperature"] == ("8", "not used") and mixed["How the teacher teaches"][1] == "Logit matching"


def test_seeds_and_engine_are_settings_too() -> None:
    said = compared(outcome(), replace(outcome(seeds=(1, 2, 3)), engine=2))
    assert words(said) == {"Seeds": ("12, 33, 904", "1, 2, 3"), "Engine": ("3", "2")}


# ── paired ───────────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.lists(st.tuples(SHARES, SHARES), min_size=3, max_size=3))
def test_a_paired_difference_is_the_t_interval_of_the_differences(pairs: list[tuple[float, float]]) -> None:
    a, b = (tuple(pair[at] for pair in pairs) for at in (0, 1))
    points = [100 * (after - before) for before, after in pairs]
    said = compared(outcome(a), outcome(b, temperature=4.0))
    half = stats.t.ppf(0.975, 2) * stdev(points) / math.sqrt(3)
    assert said.mean == pytest.approx(fmean(points), abs=1e-6)
    assert said.half_width == pytest.approx(half, rel=1e-4, abs=1e-3)
    if abs(abs(fmean(points)) - half) > 0.01:
        assert (said.kind == "ahead") == (0.001 < half < abs(fmean(points)))
    assert "beat" not in said.sentence or said.kind == "ahead"
    mirrored = compared(outcome(b, temperature=4.0), outcome(a))
    assert mirrored.kind == said.kind and mirrored.mean == pytest.approx(-said.mean)  # type: ignore[operator]


def test_seeds_are_matched_by_their_number_and_not_by_their_place() -> None:
    said = compared(outcome((0.90, 0.92, 0.94)), outcome((0.95, 0.93, 0.905), seeds=(904, 33, 12), temperature=4.0))
    assert said.mean == pytest.approx((0.5 + 1 + 1) / 3, abs=1e-6)


def test_the_sentences_of_a_paired_difference() -> None:
    first = outcome((0.92, 0.93, 0.94))
    ahead = compared(first, outcome((0.94, 0.951, 0.959), temperature=4.0))
    assert (
        ahead.sentence
        == "B’s distilled students beat A’s by 2.0 ± 0.2 points, paired over 3 seeds, on 1,000 test images."
    )
    behind = compared(outcome((0.94, 0.951, 0.959), temperature=4.0), first)
    assert behind.sentence.startswith("A’s distilled students beat B’s by 2.0")
    none = compared(first, outcome((0.95, 0.92, 0.93), temperature=4.0))
    assert none.kind == "none" and none.sentence.startswith("No measurable difference between A and B: −")
    going_on = compared(replace(first, state="running"), outcome((0.94, 0.951, 0.959), temperature=4.0))
    assert going_on.sentence.startswith("So far: B’s distilled students lead A’s by")
    same = compared(first, outcome((0.92, 0.93, 0.94), temperature=4.0))
    assert same.kind == "none" and "the same with each of 3 seeds" in same.sentence


def test_one_shared_seed_is_no_verdict() -> None:
    said = compared(outcome((0.9,), seeds=(12,)), outcome((0.95,), seeds=(12,), temperature=4.0))
    assert said.kind == "none" and "no verdict" in said.aside and said.half_width is None


# ── not paired ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("other", "reason"),
    [
        (outcome(seeds=(1, 2, 3)), "other seeds"),
        (outcome(labels=100), "other numbers of labelled images"),
        (outcome(student="cnn-35k"), "students of other sizes"),
        (replace(outcome(), engine=2), "another version of the training"),
    ],
)
def test_where_a_seed_means_something_else_each_keeps_its_own_interval(other: Outcome, reason: str) -> None:
    said = compared(outcome(), other)
    assert said.kind == "not-paired" and said.mean is None and said.half_width is None
    assert f"Not paired: {reason}" in said.aside and "beat" not in said.sentence
    assert said.sentence.count("93.0 ± 2.5%") == 2 and "The two intervals overlap." in said.aside
    assert (HOW_TO_PAIR in said.aside) == (reason == "other seeds")


def test_intervals_that_lie_apart_are_said_to() -> None:
    said = compared(outcome((0.9, 0.901, 0.902)), outcome((0.95, 0.951, 0.952), seeds=(1, 2, 3)))
    assert "do not overlap" in said.aside and said.kind == "not-paired"
    uneven = compared(outcome(), outcome((0.95,), seeds=(1,)))
    assert "(3 and 1 seeds" in uneven.sentence and "overlap" not in uneven.aside


def test_other_images_cannot_be_set_against_each_other() -> None:
    for other in (outcome(data="fashion", teacher="fashion"), replace(outcome(), data_digest="other")):
        assert compared(outcome(), other).kind == "incomparable"


def test_a_run_that_was_tested_on_more_images_is_compared_on_those_that_both_saw() -> None:
    newer = outcome((0.95, 0.96, 0.97))
    newer = replace(newer, final=Reached(((0.80,) * 3, (0.81, 0.82, 0.83)), 10_000, 0.9965))
    for pair in ((newer, outcome()), (outcome(), newer)):
        said = compared(*pair)
        assert "on 1,000 test images" in said.sentence and abs(said.mean or 0) == pytest.approx(3.0)
    both = compared(newer, replace(newer, final=Reached(((0.80,) * 3, (0.83, 0.84, 0.86)), 10_000, 0.9965)))
    assert "on 10,000 test images" in both.sentence and both.mean == pytest.approx(2.3333, abs=1e-3)


def test_runs_without_numbers_say_so() -> None:
    waiting = replace(outcome(), state="queued", final=None)
    assert compared(outcome(), waiting).sentence == "B has no numbers yet."
    assert compared(waiting, waiting).sentence == "A and B have no numbers yet."
    with pytest.raises(ValueError, match="must have an experiment"):
        compared(outcome(), replace(outcome(), experiment=None))
