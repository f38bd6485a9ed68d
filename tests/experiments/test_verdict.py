from __future__ import annotations

from dataclasses import asdict
from statistics import fmean, stdev

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.catalog.declared import Arm
from app.experiments.kinds.cohort import LABELS_ONLY
from app.experiments.kinds.cohort import cohort_verdict as verdict
from app.experiments.paired import T95
from app.experiments.verdict import EXTENDED, LOOKS, STRICT, luck, more_seeds
from tests.benchmarks.looks import beats, normal

KD = Arm("distilled", "kd", 8.0, 0.9)
ARMS = (LABELS_ONLY, KD)


def said(alone: list[float], taught: list[float], arm: Arm = KD, images: int = 1000, **kwargs: str) -> str:
    return verdict([alone, taught], images, (LABELS_ONLY, arm), **kwargs).sentence  # type: ignore[arg-type]


def test_quantiles() -> None:
    assert [round(q, 3) for q in T95] == [round(float(stats.t.ppf(0.975, df)), 3) for df in range(1, 20)]


def test_better() -> None:
    found = verdict([[0.900, 0.902, 0.898], [0.945, 0.950, 0.940]], 1000, ARMS)
    assert found.sentence == "Distilled beats labels only by 4.5 ± 0.7 points over 3 seeds, on 1,000 test images."
    assert found.kind == "better" and found.seeds == 3 and found.test_images == 1000 and found.stage == "finished"
    assert found.mean == pytest.approx(4.5) and found.low == pytest.approx(4.5 - (found.half_width or 0))


def test_worse_is_said_as_plainly() -> None:
    found = verdict([[0.945, 0.950, 0.940], [0.900, 0.902, 0.898]], 1000, ARMS)
    assert found.sentence == "Labels only beats distilled by 4.5 ± 0.7 points over 3 seeds, on 1,000 test images."
    assert found.kind == "worse" and found.mean is not None and found.mean < 0


def test_no_measurable_difference() -> None:
    sentence = said([0.90, 0.91, 0.92], [0.903, 0.912, 0.924])
    by = "Distilled beats labels only by 0.3 ± 0.2 points over 3 seeds, on 1,000 test images"
    assert sentence == f"{by}, and was better in 3 of 3 seeds."
    sentence = said([0.90, 0.91, 0.92], [0.903, 0.910, 0.926])
    expected = "No measurable difference here: −0.4 … +1.0 points (95% interval over 3 seeds, on 1,000 test images)."
    assert sentence == f"{expected} Distilled was better in 2 of 3 seeds."


@pytest.mark.parametrize(
    ("rows", "images", "chance"),
    [
        (([0.40, 0.38, 0.42], [0.31, 0.33, 0.36]), 36, 1 / 3),
        (([0.84, 0.81, 0.80], [0.80, 0.83, 0.81]), 27, 0.81),
    ],
)
def test_students_that_guess_are_said_to(rows: tuple[list[float], list[float]], images: int, chance: float) -> None:
    found = verdict(rows, images, ARMS, chance=chance)
    assert found.sentence.startswith(
        f"The students have not learned yet: none is better than guessing (chance is {chance:.0%}). More epochs"
    )
    assert (found.kind, found.more) == ("none", None) and "beats" not in found.sentence
    means = [f"{100 * fmean(row):.1f}%" for row in rows]
    assert f"Labels only has {means[0]} and distilled {means[1]} of {images} test images right" in found.sentence
    early = verdict(rows, images, ARMS, chance=chance, stage="so-far").sentence
    assert "not learned yet" in early and "help" not in early


@pytest.mark.parametrize(
    ("rows", "images", "chance"),
    [
        (([0.85, 0.70, 0.80], [0.30, 0.30, 0.31]), 36, 1 / 3),
        (([0.40, 0.38, 0.42], [0.41, 0.39, 0.36]), 10_000, 1 / 3),
    ],
)
def test_of_others_that_is_not_said(rows: tuple[list[float], list[float]], images: int, chance: float) -> None:
    said = verdict(rows, images, ARMS, chance=chance).sentence
    assert "not learned" not in said
    assert "not learned" not in verdict(rows, images, ARMS).sentence, "of images that are gone, chance is unknown"


def test_beside_a_wide_interval_stands_in_how_many_seeds_it_was_better() -> None:
    wide = verdict([[0.90, 0.90, 0.90], [0.915, 0.93, 0.93]], 1000, ARMS)
    assert wide.kind == "better" and wide.sentence.endswith("images, and was better in 3 of 3 seeds.")
    turned = verdict([[0.915, 0.93, 0.93], [0.90, 0.90, 0.90]], 1000, ARMS)
    assert (wide.ahead, turned.ahead) == (3, 0) and turned.sentence.startswith("Labels only beats distilled")
    assert turned.sentence.endswith("and was better in 3 of 3 seeds.")
    open_ = verdict([[0.90, 0.90, 0.90], [0.901, 0.904, 0.93]], 1000, ARMS, stage="so-far")
    assert open_.kind == "none" and open_.sentence.endswith("Distilled was better in 3 of 3 seeds.")
    assert "better in" not in said([0.900, 0.902, 0.898], [0.945, 0.950, 0.940]), "a narrow one says enough"


def test_the_luck_of_the_test_images_is_beside_that_of_the_seeds() -> None:
    curve = verdict([[0.890, 0.892, 0.891], [0.917, 0.915, 0.919]], 1000, ARMS)
    final = verdict([[0.8780, 0.8785, 0.8775], [0.9130, 0.9134, 0.9128]], 10_000, ARMS)
    sentences = luck(final, curve, 0.91)
    apart = f"+{curve.mean:.1f} ± {curve.half_width:.1f} points apart"
    assert f"On the 1,000 images of the curve these students are {apart}" in sentences
    assert "on the 10,000 of the verdict +3.5 ± 0.1" in sentences
    errors = [100 * stats.binom(images, 0.91).std() / images for images in (1000, 10_000)]
    assert f"error of {errors[0]:.1f} points" in sentences and f"and of {errors[1]:.1f} on 10,000." in sentences
    assert luck(final, final, 0.91) == "" and luck(curve, curve, 0.91) == ""


def test_one_seed() -> None:
    found = verdict([[0.90], [0.95]], 1000, ARMS)
    assert found.kind == "one-seed" and found.half_width is None and found.low is None
    assert found.sentence == (
        "Distilled is ahead of labels only by 5.0 points, on 1,000 test images. "
        "Only one seed: no spread, so no verdict."
    )
    assert said([0.9], [0.9]).startswith("Distilled and labels only score the same, on 1,000")


def test_what_rounds_to_nothing_is_no_lead() -> None:
    expected = "Distilled and labels only score the same to a tenth of a point, on 10,000 test images."
    assert said([0.9], [0.9001], images=10_000).startswith(expected)
    sentence = said([0.9, 0.91], [0.8996, 0.9096], images=10_000)
    assert sentence.startswith("Distilled and labels only score the same to a tenth of a point with each of 2 seeds")
    assert "by 0.1 points" in said([0.9], [0.9006], images=10_000)


def test_equal_differences_show_no_spread() -> None:
    found = verdict([[0.90, 0.91], [0.902, 0.912]], 1000, ARMS)
    assert found.kind == "no-spread" and "so no verdict" in found.sentence
    found = verdict([[0.90, 0.91], [0.90, 0.91]], 1000, ARMS)
    assert found.kind == "none" and (found.low, found.high) == (0.0, 0.0)
    assert found.sentence == "No difference at all: distilled and labels only score the same with each of 2 seeds."


def test_float32_noise_is_no_spread() -> None:
    alone = np.array([0.9, 0.91, 0.92], np.float32)
    assert verdict([alone.tolist(), (alone + np.float32(0.01)).tolist()], 1000, ARMS).kind == "no-spread"


def test_the_arms_are_named_after_what_they_do() -> None:
    smoothing, dkd = Arm("distilled", "smoothing", 8.0, 0.1), Arm("distilled", "dkd", 8.0, 0.9)
    alone, taught = [0.900, 0.902, 0.898], [0.945, 0.950, 0.940]
    assert said(alone, taught, smoothing).startswith("Label smoothing beats labels only by 4.5")
    assert said(taught, alone, dkd).startswith("Labels only beats decoupled by 4.5")
    cold = Arm("distilled", "kd", 1.0, 0.9)
    sentence = verdict([alone, taught], 1000, (cold, KD)).sentence
    assert sentence.startswith("Distilled at T = 8 beats distilled at T = 1 by 4.5")
    sentence = verdict([taught, alone], 1000, (KD, LABELS_ONLY)).sentence
    assert sentence.startswith("Distilled beats labels only"), "the order of the arms does not matter"


def test_before_the_end_nothing_beats() -> None:
    alone, taught = [0.900, 0.902, 0.898], [0.945, 0.950, 0.940]
    assert said(alone, taught, stage="so-far").startswith("So far, distilled leads labels only by 4.5")
    assert said(alone, taught, stage="stopped").startswith("Stopped early; so far, distilled leads labels only by 4.5")
    for stage in ("so-far", "stopped"):
        assert "beats" not in said(alone, taught, stage=stage) + said(taught, alone, stage=stage)
    assert said(alone, alone, stage="so-far").startswith("So far, no difference at all")


def test_an_interval_that_excludes_zero_looks_like_it() -> None:
    assert "0.14 ± 0.11" in said([0.9, 0.9, 0.9], [0.9010, 0.9013, 0.9019], images=10_000)


def test_one_arm_and_many() -> None:
    single = verdict([[0.9, 0.92]], 2000, (KD,))
    assert single.kind == "single-arm" and single.sentence.startswith("Distilled reaches 90.0 to 92.0% over 2 seeds")
    several = verdict([[0.9], [0.8], [0.7]], 1000, (LABELS_ONLY, KD, Arm("distilled", "kd", 1.0, 0.9)))
    assert several.kind == "several-arms" and several.mean is None


@pytest.mark.parametrize("wrong", [[], [[0.9]], [[0.9], [0.9, 0.8]], [[], []], [[0.9] * 21] * 2, [[float("nan")]] * 2])
def test_shapes_that_are_no_result(wrong: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="must be"):
        verdict(wrong, 1000, ARMS)


def test_json_ready() -> None:
    found = asdict(verdict([[0.9, 0.91, 0.93], [0.95, 0.94, 0.96]], 1000, ARMS))
    assert set(found) == {
        "kind", "sentence", "mean", "half_width", "low", "high", "seeds", "test_images", "stage", "ahead", "luck",
        "strict", "more"
    }  # fmt: skip


counts = st.lists(st.tuples(st.integers(0, 1000), st.integers(0, 1000)), min_size=2, max_size=10)


@given(counts)
def test_it_is_the_paired_t_interval(pairs: list[tuple[int, int]]) -> None:
    alone, taught = [[count / 1000 for count in side] for side in zip(*pairs, strict=True)]
    found = verdict([alone, taught], 1000, ARMS)
    differences = [(b - a) / 10 for a, b in pairs]
    assert found.mean == pytest.approx(fmean(differences), abs=1e-6)
    if len(set(differences)) > 1:
        half = stats.t.ppf(0.975, len(pairs) - 1) * stdev(differences) / len(pairs) ** 0.5
        assert found.half_width == pytest.approx(half, rel=1e-4)
        assert ("beats" in found.sentence) == (abs(found.mean or 0) > (found.half_width or 0))
    else:
        assert "beats" not in found.sentence


@given(counts)
def test_swapping_the_arms_turns_the_verdict_round(pairs: list[tuple[int, int]]) -> None:
    alone, taught = [[count / 1000 for count in side] for side in zip(*pairs, strict=True)]
    one, other = verdict([alone, taught], 1000, ARMS), verdict([taught, alone], 1000, ARMS)
    assert one.mean == pytest.approx(-(other.mean or 0), abs=1e-9)
    turned = {"better": "worse", "worse": "better"}
    assert other.kind == turned.get(one.kind, one.kind)


def test_of_three_arms_a_bug_is_compared_with_its_healthy_twin() -> None:
    broken = Arm("distilled", "kd", 8.0, 0.9, "no-t2")
    rows = [[0.88, 0.89, 0.90], [0.92, 0.93, 0.94], [0.90, 0.905, 0.922]]
    found = verdict(rows, 1000, (LABELS_ONLY, KD, broken))
    assert found.kind == "worse"
    expected = "Distilled beats distilled (bug: no T²) by 2.1 ± 0.9 points over 3 seeds, on 1,000 test images."
    assert found.sentence == expected
    assert verdict([rows[2], rows[0], rows[1]], 1000, (broken, LABELS_ONLY, KD)).mean == found.mean
    other = Arm("distilled", "kd", 8.0, 0.5, "no-t2")
    assert verdict(rows, 1000, (LABELS_ONLY, KD, other)).kind == "several-arms", "no twin, no verdict"
    assert verdict([*rows, rows[2]], 1000, (LABELS_ONLY, KD, broken, other)).kind == "several-arms"
    alone = verdict([rows[0], rows[2]], 1000, (LABELS_ONLY, broken))
    assert alone.sentence.startswith("Distilled (bug: no T²) beats labels only by")


# ── added seeds ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_run_that_was_extended_is_judged_more_strictly() -> None:
    rows = [[0.90] * 10, [0.902, 0.904, 0.899, 0.903, 0.905, 0.9, 0.902, 0.899, 0.901, 0.904]]
    once, added = verdict(rows, 1000, ARMS), verdict(rows, 1000, ARMS, extended=True)
    assert once.strict == "" and added.strict == STRICT and added.mean == once.mean
    assert added.half_width == pytest.approx(EXTENDED * (once.half_width or 0))
    assert once.sentence.startswith("Distilled beats labels only by 0.19 ± 0.15") and once.kind == "better"
    wider = "(wider interval over 10 seeds, some of them added, on 1,000 test images)"
    assert added.kind == "none" and wider in added.sentence and "95%" not in added.sentence
    surer = verdict([rows[0], [value + 0.01 for value in rows[1]]], 1000, ARMS, extended=True)
    assert "points over 10 seeds, some of them added, on" in surer.sentence and surer.strict == STRICT
    assert verdict([[0.9], [0.91]], 1000, ARMS, extended=True).strict == "", "one seed has no interval"


def test_looking_again_adds_less_than_one_wrong_winner_in_a_hundred() -> None:
    """5% at the first look, and these at the further ones, whatever the looks have in common."""
    beyond = [2 * float(stats.t.sf(EXTENDED * T95[seeds - 2], seeds - 1)) for seeds in LOOKS]
    assert [round(100 * one, 2) for one in beyond] == [0.56, 0.34] and sum(beyond) < 0.01


def test_how_often_it_says_beats_if_nothing_differs() -> None:
    single, *_, extended = beats(normal, 3, 1500)
    assert 4 < single <= extended < 7
    assert beats(normal, 3, 1500, plain=True)[-1] > 10, "what a plain interval at every look comes to"


def test_more_seeds_are_offered_while_they_narrow_the_interval() -> None:
    assert [more_seeds(seeds, extended=False) for seeds in (1, 3, 4, 5, 9, 10)] == [10, 10, 10, 20, 20, None]
    assert [more_seeds(seeds, extended=True) for seeds in (6, 10, 20)] == [10, 20, None]
    width = {seeds: T95[seeds - 2] / seeds**0.5 for seeds in range(2, 21)}
    for seeds in range(2, 21):
        for extended in (False, True):
            more = more_seeds(seeds, extended=extended)
            assert more is None or EXTENDED * width[more] < width[seeds] * (EXTENDED if extended else 1)
    open_ = verdict([[0.90, 0.91, 0.92], [0.903, 0.910, 0.926]], 1000, ARMS)
    assert open_.kind == "none" and open_.more == 10
    assert verdict([[0.90], [0.91]], 1000, ARMS).more == 10
    assert verdict([[0.90, 0.91, 0.92], [0.903, 0.910, 0.926]], 1000, ARMS, stage="so-far").more is None
    assert verdict([[0.90, 0.91], [0.90, 0.91]], 1000, ARMS).more is None, "equal scores show no interval"
    assert verdict([[0.900, 0.902, 0.898], [0.945, 0.950, 0.940]], 1000, ARMS).more is None
