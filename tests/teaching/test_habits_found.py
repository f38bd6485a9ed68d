"""Numbers of inherited habits and of lessons in noise: as one would compute them by hand from the recordings."""

from __future__ import annotations

from statistics import fmean

import pytest

from app.experiments.kinds.hidden_traits import BODY, BOTH, HEAD, NEITHER, HiddenTraits
from app.experiments.kinds.teachers import Teachers
from app.experiments.paired import half_width
from app.experiments.recordings import named
from app.experiments.recordings.inherited import RecordedTeachers, RecordedTraits
from app.teaching.checks import habits as found


@pytest.mark.parametrize(("shared", "arm"), [("both", BOTH), ("head", HEAD), ("body", BODY), ("neither", NEITHER)])
def test_what_a_probe_has_gained_is_counted_from_the_same_body_as_it_was_drawn(shared: str, arm: int) -> None:
    for run in named(RecordedTraits, found.TRAITS).runs:
        assert isinstance(run.experiment, HiddenTraits)
        final = run.end["final"]
        gained = 100 * (fmean(final["probe"][arm]) - fmean(final["untrained"][arm]))
        assert found.traits_grown(shared, run.experiment.outputs).mean == pytest.approx(gained, abs=1e-3)


def test_of_the_probe_the_rule_decides_nothing_since_sharing_nothing_would_pass_it() -> None:
    assert found.traits_support(3, "probe") == "either"
    start, nothing = found.traits_taught("both"), found.traits_taught("neither")
    doubled = [2 * one - other for one, other in zip(nothing.points, start.points, strict=True)]
    assert fmean(doubled) > half_width(doubled)


def test_students_without_a_teacher_are_set_beside_teachers_on_the_same_images() -> None:
    (run,) = named(RecordedTeachers, found.GROWN).runs
    assert isinstance(run.experiment, Teachers)
    beside = found.teacher_reached("labels", grown=True, official=False)
    assert beside == pytest.approx(100 * fmean(run.end["accuracy"][0]))
    assert found.teacher_reached("labels", grown=True) == pytest.approx(100 * fmean(run.reached[0]))
    images = found.teachers_number("counted_images", grown=True)
    for share in (*run.end["accuracy"][0], *run.end["teacher_right"][1]):
        assert share * images == pytest.approx(round(share * images), abs=1e-3)


def test_without_a_patch_in_their_images_students_miss_threes_and_do_not_follow_one() -> None:
    assert found.habit_gap("distilled", "labels", share=0).mean < 0
    missed = found.habit_gap("labels", "distilled", of="recall", share=0)
    assert missed.mean > missed.half_width
    assert found.habit_gap("of_second", "labels", of="net").interval[0] > 0
    assert found.habit_gap("of_twin", "labels", of="net").interval[0] > 0
