"""Recorded races: what was tried, what was chosen by it, and who is set against whom."""

from __future__ import annotations

import math
from statistics import fmean
from typing import Any

import pytest

from app.catalog.declared import Arm
from app.experiments.kinds.cohort import LABELS_ONLY, RunSpec
from app.experiments.paired import T95, PairedDifference
from app.experiments.recordings import FinishedRun, recordings
from app.experiments.recordings.race import TOGETHER, RecordedRace, RecordedTries, together
from app.teaching.checks.race import (
    race_accuracy,
    race_count,
    race_finding,
    race_first,
    race_gain,
    race_luck,
    race_number,
    race_place,
    race_setting,
    race_share,
    race_stands,
    race_tried,
    race_tried_gain,
    race_wide,
    race_wider,
)
from pretrained.plan import MANY_SEEDS
from pretrained.race import CHOSEN, PLACES, RACERS, TRIED_WITH, tries

KD = tuple(Arm("distilled", "kd", 4.0, alpha) for alpha in (0.1, 0.5, 0.9))
RECORD: dict[str, Any] = {"seconds": 1.0, "teacher_accuracy": 0.99, "test_images": 1000, "classes": list("0123456789")}


def made(view: type[RecordedTries], key: str, *runs: tuple[tuple[Arm, ...], list[list[float]], float]) -> RecordedTries:
    finished = []
    for arms, shares, rate in runs:
        spec = RunSpec("mnist", "mnist", "cnn-9k", 500, 16, (1, 2), arms, rate=rate)
        end = {"update": 256, "accuracy": shares} | ({key: shares} if key == "validation" else {})
        finished.append(FinishedRun(spec, (end,)))
    return view("recorded-tiny", view.KIND, tuple(finished), {}, dict(RECORD))


def test_the_best_is_named_by_validation_and_of_equals_the_first() -> None:
    rates = [((LABELS_ONLY,), [[share, share]], rate) for share, rate in ((0.8, 1.0), (0.85, 0.5), (0.85, 2.0))]
    tried = made(RecordedTries, "validation", (KD, [[0.9, 0.9], [0.91, 0.93], [0.92, 0.91]], 1.0), *rates)
    tried._check()
    assert tried.best("kd").arm.alpha == 0.5 and tried.best("labels").rate == 0.5
    with pytest.raises(ValueError, match="no method “hints”: say one of kd, labels"):
        tried.entries("hints")


def test_what_is_no_race_is_refused() -> None:
    uneven = made(RecordedTries, "validation", (KD, [[0.9, 0.9]] * 3, 1.0), ((LABELS_ONLY,), [[0.8, 0.8]], 1.0))
    with pytest.raises(ValueError, match="not as many settings"):
        uneven._check()
    with pytest.raises(ValueError, match="no validation images"):
        made(RecordedTries, "", (KD, [[0.9, 0.9]] * 3, 1.0))._check()
    for arms in (KD, (LABELS_ONLY, *KD)):
        with pytest.raises(ValueError, match="one setting of each method"):
            made(RecordedRace, "", (arms, [[0.9, 0.9]] * len(arms), 1.0))._check()


def test_seven_intervals_together_are_as_wide_as_bonferroni_has_it() -> None:
    """Student's t, by Simpson's rule: what lies beyond it is 5% shared by seven."""
    freedom, steps = len(MANY_SEEDS) - 1, 20_000
    end = TOGETHER * T95[freedom - 1]
    heights = [(1 + (at * end / steps) ** 2 / freedom) ** (-(freedom + 1) / 2) for at in range(steps + 1)]
    inside = sum(h * (1 if at in (0, steps) else 4 if at % 2 else 2) for at, h in enumerate(heights)) * end / steps / 3
    scale = math.gamma((freedom + 1) / 2) / math.sqrt(freedom * math.pi) / math.gamma(freedom / 2)
    assert 1 - 2 * scale * inside == pytest.approx(0.05 / len(RACERS), abs=1e-4)
    assert race_wider() == TOGETHER
    assert race_luck(1) == pytest.approx(5) and race_luck(7) == pytest.approx(30.2, abs=0.1)
    gain = PairedDifference((1.0, 2.0, 3.0))
    assert together(gain) == TOGETHER * gain.half_width


@pytest.mark.parametrize("place", PLACES)
def test_the_race_is_run_with_what_was_best_before_it_and_at_equal_budget(place: str) -> None:
    race, tried = (
        recordings(RecordedRace)[f"recorded-race-{place}"],
        recordings(RecordedTries)[f"recorded-tries-{place}"],
    )
    rate, chosen = CHOSEN[place]
    assert set(tried.by_method) == {"labels", *RACERS} and set(chosen) == set(RACERS)
    assert set(race.by_method) - {"usual"} == set(tried.by_method) and ("usual" in race.by_method) == (rate != 1)
    assert tried.best("labels").rate == race.best("labels").rate == rate
    for method in RACERS:
        assert tuple(entry.arm for entry in tried.entries(method)) == tries(method)
        settings = {(of.best(method).arm.temperature, of.best(method).arm.alpha) for of in (race, tried)}
        assert settings == {chosen[method]} and race.best(method).rate == 1
    assert not set(TRIED_WITH) & set(MANY_SEEDS)
    for known, seeds in ((race, MANY_SEEDS), (tried, TRIED_WITH)):
        specs = [run.spec for run in known.runs]
        assert {spec.seeds for spec in specs} == {seeds}
        assert len({(spec.data, spec.student, spec.labels, spec.updates) for spec in specs}) == 1
    assert race.reached().images == 10_000


@pytest.mark.parametrize("place", PLACES)
def test_the_lessons_numbers_are_those_of_the_race(place: str) -> None:
    race = recordings(RecordedRace)[f"recorded-race-{place}"]
    assert race_accuracy(place, "kd") == pytest.approx(100 * fmean(race.accuracy("kd")))
    gain = race_gain(place, "kd", "even")
    assert gain.mean == pytest.approx(race_accuracy(place, "kd") - race_accuracy(place, "even"), abs=1e-3)
    assert race_wide(place, "kd", "even") == pytest.approx(TOGETHER * gain.half_width)
    assert race_place(place, race_first(place)) == 1 and race_place(place, race_first(place, 8)) == 8
    assert (race_number(place, "seeds"), race_number(place, "tries"), race_number(place, "methods")) == (20, 5, 8)
    assert race_setting(place, "even", "alpha") == CHOSEN[place][1]["even"][1]
    best = max(race_tried(place, "kd", at) for at in range(1, 6))
    assert best == pytest.approx(100 * fmean(recordings(RecordedTries)[f"recorded-tries-{place}"].best("kd").shares))
    apart = race_tried(place, "hints", 4) - race_tried(place, "labels", 2)
    assert race_tried_gain(place, "hints", 4).mean == pytest.approx(apart, abs=1e-3)
    found = {method: race_stands(place, method) for method in RACERS}
    assert set(found.values()) <= {"better", "worse", "none"}
    counts = [race_count(place, finding=one) for one in ("better", "worse", "none")]
    assert sum(counts) == 6 and counts[0] == sum(one == "better" for method, one in found.items() if method != "even")
    assert race_share(place, "even") == pytest.approx(100 * race_gain(place, "even").mean / race_gain(place, "kd").mean)
    alone = {method: race_finding(place, method) for method in RACERS}
    assert all(alone[method] == one for method, one in found.items() if one != "none"), "the wide one says no more"
