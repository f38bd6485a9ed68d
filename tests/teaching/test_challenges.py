from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.catalog.declared import CONTROLS
from app.experiments.final import Reached
from app.experiments.kinds.cohort import RunSpec
from app.experiments.kinds.rules import Rules
from app.experiments.outcome import Outcome
from app.experiments.spec import default_settings
from app.teaching.challenges import (
    CHALLENGES,
    Challenge,
    challenge_progress,
    check,
    condition_words,
    in_query,
    short_words,
    value_words,
)
from tests.benchmarks.challenges import WINNERS

FIVE_HUNDRED, GAIN, HARM, KEEP = (CHALLENGES[id_] for id_ in ("five-hundred", "three-points", "hurt", "keep"))
EVERY = pytest.mark.parametrize("challenge", CHALLENGES.values(), ids=list(CHALLENGES))


def outcome(plain: list[float], taught: list[float], **settings: Any) -> Outcome:
    """A finished run with these final accuracies in percent."""
    spec = RunSpec.two_arms(default_settings() | settings, tuple(range(11, 11 + len(plain))))
    accuracy = (tuple(value / 100 for value in plain), tuple(value / 100 for value in taught))
    return Outcome("r", "", "finished", spec, 5.0, 256, 256, 1.9, Reached(accuracy, 1000, 0.997))


# ── as declared ──────────────────────────────────────────────────────────────────────────────────────────────────


@EVERY
def test_a_challenge_can_be_tried_and_is_winnable_within_the_controls(challenge: Challenge) -> None:
    for settings in (challenge.start, {k: v for k, v in WINNERS[challenge.id].items() if k != "seeds"}):
        spec = RunSpec.two_arms(default_settings() | dict(settings), (11, 12, 13))
        spec.check_trainable()
        run = Outcome("r", "", "finished", spec, 1.0, 1, 1, 1.0, Reached(((0.5,) * 3,) * 2, 1000, 0.997))
        if settings is not challenge.start:
            assert "does not count" not in check(challenge, run).sentence, "its winner keeps every condition"
    assert set(challenge.start) <= set(CONTROLS)
    assert all(condition.key in CONTROLS or condition.key == "parameters" for condition in challenge.conditions)


@EVERY
def test_a_challenge_says_its_numbers(challenge: Challenge) -> None:
    said = f"{challenge.title} {challenge.words}"
    assert f"{challenge.target.least:g}" in said or {3.0: "three"}[challenge.target.least] in said.lower()
    for condition in challenge.conditions:
        if condition.key in ("labels", "parameters"):
            assert f"{condition.value:,}" in challenge.words, condition_words(condition)


@EVERY
@given(better=st.floats(0, 5), data=st.data())
def test_what_meets_a_challenge_still_does_when_it_is_better(
    challenge: Challenge, better: float, data: st.DataObject
) -> None:
    settings = {k: v for k, v in WINNERS[challenge.id].items() if k != "seeds"}
    one = st.integers(700, 930).map(lambda value: value / 10)
    plain, taught = ([data.draw(one) for _ in range(3)] for _ in range(2))
    step = -round(better, 1) if challenge.target.measure == "harm" else round(better, 1)
    before = check(challenge, outcome(plain, taught, **settings))
    after = check(challenge, outcome(plain, [value + step for value in taught], **settings))
    assert after.met or not before.met


# ── what counts ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_mean_over_the_seeds_counts_and_the_sentence_says_of_what() -> None:
    met = check(FIVE_HUNDRED, outcome([90, 90, 90], [92.5, 93, 93.5]))
    assert met.met and met.value == pytest.approx(93)
    assert (
        met.sentence == "Met: 93.0% accuracy (mean over 3 seeds, on 1,000 test images); the target was 93.0% accuracy."
    )
    short = check(FIVE_HUNDRED, outcome([90, 90, 90], [92, 92, 92.9]))
    assert not short.met and short.sentence.startswith("Not yet: 92.3% accuracy (mean over 3 seeds")
    assert short.sentence.endswith("0.7 points short of 93.0% accuracy.")
    hair = check(FIVE_HUNDRED, outcome([90, 90, 90], [93, 93, 92.9]))
    assert not hair.met and "0.03 points short" in hair.sentence


def test_what_a_run_lacks_is_said_all_at_once() -> None:
    said = check(FIVE_HUNDRED, outcome([97, 97], [98, 98], labels=1000, student="cnn-140k"))
    assert not said.met and said.value is None
    assert said.sentence == (
        "This run does not count: it takes at most 500 labelled images (1,000 here), at most 35,000 parameters "
        "(137,226 here) and at least 3 seeds (this run has 2)."
    )
    other = check(KEEP, outcome([97] * 3, [98] * 3, teacher="mnist-early"))
    assert "teacher MNIST, fully trained (MNIST, stopped early here)" in other.sentence
    smoothed = check(FIVE_HUNDRED, outcome([90] * 3, [95] * 3, method="smoothing"))
    assert "a method that has a teacher" in smoothed.sentence


def test_only_a_finished_run_of_ones_own_counts() -> None:
    run = outcome([90, 90, 90], [95, 95, 95])
    assert check(FIVE_HUNDRED, run).met
    for state, part in (("running", "checked when it has finished"), ("stopped", "Only a finished run")):
        assert part in check(FIVE_HUNDRED, replace(run, state=state)).sentence
    assert "recorded run does not count" in check(FIVE_HUNDRED, replace(run, recorded=True)).sentence
    assert "Somebody else’s" in check(FIVE_HUNDRED, run, own=False).sentence
    assert "another version" in check(FIVE_HUNDRED, replace(run, experiment=None)).sentence
    assert "lesson’s own" in check(FIVE_HUNDRED, replace(run, experiment=Rules(2, 500, (1,)))).sentence
    assert "no numbers" in check(FIVE_HUNDRED, replace(run, final=None)).sentence


def test_a_gain_must_be_measurable() -> None:
    few = {"labels": 200}
    assert check(GAIN, outcome([80, 81, 82], [84, 85.1, 86], **few)).met
    noisy = check(GAIN, outcome([80, 81, 82], [80, 88, 91], **few))
    assert not noisy.met and "its interval includes 0: the gain is not shown." in noisy.sentence
    assert "points short" in check(GAIN, outcome([80, 81, 82], [82, 83.1, 84], **few)).sentence
    backwards = check(GAIN, outcome([84, 85.1, 86], [80, 81, 82], **few))
    assert (
        not backwards.met
        and "a loss of 4.0 points (mean" in backwards.sentence
        and "7.0 points short of a gain of 3.0" in backwards.sentence
    )


def test_harm_is_a_loss_that_can_be_measured() -> None:
    assert check(HARM, outcome([84, 85.1, 86], [80, 81, 82])).met
    assert not check(HARM, outcome([80, 81, 82], [84, 85.1, 86])).met


def test_kept_is_a_share_of_this_runs_teacher() -> None:
    run = outcome([90] * 3, [94.8, 94.7, 94.7])
    assert run.final and check(KEEP, run).met
    better = replace(run, final=replace(run.final, teacher=0.999))
    assert not check(KEEP, better).met
    assert check(KEEP, replace(run, final=replace(run.final, teacher=None))).value is None


# ── how far one is ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_first_run_that_met_it_stands_else_the_best() -> None:
    low, high = outcome([90] * 3, [91] * 3), outcome([90] * 3, [92] * 3)
    first, later = (replace(outcome([90] * 3, [94] * 3), id=id_, created=at) for id_, at in (("x", 9.0), ("y", 99.0)))
    assert challenge_progress(FIVE_HUNDRED, [low, later, first, high]).run == first
    best = challenge_progress(FIVE_HUNDRED, [low, high, replace(later, recorded=True)])
    assert (best.met, best.run) == (False, high) and best.value == pytest.approx(92)
    assert challenge_progress(FIVE_HUNDRED, [replace(low, state="running")]).run is None


def test_the_address_names_a_challenge_or_gets_a_sentence() -> None:
    assert in_query("keep") == (KEEP, "")
    found, said = in_query("<b>x</b>")
    assert found is None and said == "There is no challenge “?b?x??b?”; the page “Challenges” lists those there are."


def test_values_in_words() -> None:
    said = [(GAIN, 3.25), (GAIN, -1), (HARM, 3.25), (HARM, -2.3), (KEEP, 95.1), (FIVE_HUNDRED, 93)]
    assert [value_words(challenge.target, value) for challenge, value in said] == [
        "a gain of 3.3 points",
        "a loss of 1.0 points",
        "a loss of 3.3 points",
        "a gain of 2.3 points",
        "95.1% of the teacher’s accuracy",
        "93.0% accuracy",
    ]
    assert short_words(HARM.target, -2.3) == "5.3 points short of a loss of 3.0 points"
    assert not short_words(GAIN.target, 3.0)
