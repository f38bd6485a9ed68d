"""Challenges: targets in numbers, declared as data, and whether a run meets one.

What counts is the mean over the seeds of a finished run of the learner's own, at least `SEEDS` of them, on the images
that its verdict is taken on. That each can be reached is shown by `python -m tests.benchmarks challenges`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from statistics import fmean
from typing import Any, Literal

from app.catalog.available import choice_name, lab_sets
from app.catalog.declared import CONTROLS, DATA, METHODS, STUDENTS
from app.catalog.rounding import rounded
from app.experiments.kinds.cohort import RunSpec
from app.experiments.outcome import Outcome
from app.experiments.spec import shown

SEEDS = 3  # fewer do not count
KEY = "challenge"  # the URL key

Measure = Literal["accuracy", "kept", "gain", "harm"]


@dataclass(frozen=True)
class Target:
    """The number to be reached, in percent or points.

    accuracy: of the distilled students. kept: their share of the teacher's accuracy. gain, harm: how much better or
    worse they are than labels only, if the 95% interval of the paired differences excludes 0.
    """

    measure: Measure
    least: float


@dataclass(frozen=True)
class Condition:
    """A bound on a run's setting: at most a number, or one value. key: of a control, or "parameters"."""

    key: str
    rule: Literal["at most", "is"]
    value: Any


@dataclass(frozen=True)
class Challenge:
    """One challenge. start: where a learner begins, as far as it is not the default; it does not meet the target."""

    id: str
    title: str
    words: str
    target: Target
    conditions: tuple[Condition, ...]
    start: Mapping[str, Any] = field(compare=False)


@dataclass(frozen=True)
class ChallengeResult:
    """Whether a run meets a challenge, in a sentence. value: what it reached, None if the run does not count."""

    met: bool
    sentence: str
    value: float | None = None


@dataclass(frozen=True)
class ChallengeProgress:
    """A learner's progress: with the run that met a challenge first, else the one that came closest, else none."""

    met: bool
    run: Outcome | None
    value: float | None


_SMALL = Condition("parameters", "at most", 10_000)
_MNIST = Condition("data", "is", "mnist")
_ALONE = (Condition("unlabelled", "at most", 0), Condition("shift", "at most", 0))  # the labelled images as they are

CHALLENGES: dict[str, Challenge] = {
    challenge.id: challenge
    for challenge in (
        Challenge(
            "five-hundred",
            "93% from 500 labels",
            "Reach 93% on MNIST with at most 500 labelled images, no unlabelled ones, no shift and at most 35,000 "
            "parameters.",
            Target("accuracy", 93.0),
            (_MNIST, Condition("labels", "at most", 500), *_ALONE, Condition("parameters", "at most", 35_000)),
            {"temperature": 1.0},
        ),
        Challenge(
            "three-points",
            "Three points from the teacher",
            "With at most 200 labelled images of MNIST, no unlabelled ones and no shift, let the teacher add at least "
            "3 points, and so surely that the 95% interval excludes 0.",
            Target("gain", 3.0),
            (_MNIST, Condition("labels", "at most", 200), *_ALONE),
            {"labels": 200, "epochs": 5},
        ),
        Challenge(
            "hurt",
            "Make distillation hurt",
            "Find a setting in which listening to the teacher costs at least 3 points, with a weight on it of at most "
            "0.9. Distillation does not always help.",
            Target("harm", 3.0),
            (_MNIST, Condition("alpha", "at most", 0.9)),
            {"alpha": 0.5},
        ),
        Challenge(
            "one-hundred",
            "79% from 100 labels",
            "Reach 79% on MNIST with at most 100 labelled images, no unlabelled ones and no shift.",
            Target("accuracy", 79.0),
            (_MNIST, Condition("labels", "at most", 100), *_ALONE),
            {"labels": 100},
        ),
        Challenge(
            "keep",
            "Keep 95% of the teacher",
            "Keep 95% of the teacher’s accuracy on MNIST with at most 10,000 parameters, 1,500 labelled images, "
            "no unlabelled ones and no shift: a thirtieth of its size. The teacher is the fully trained one.",
            Target("kept", 95.0),
            (_MNIST, Condition("teacher", "is", "mnist"), _SMALL, Condition("labels", "at most", 1500), *_ALONE),
            {"labels": 1500, "epochs": 5},
        ),
        Challenge(
            "fashion",
            "82% of the clothes",
            "Reach 82% on Fashion with at most 1,000 labelled images, no unlabelled ones and no shift.",
            Target("accuracy", 82.0),
            (Condition("data", "is", "fashion"), Condition("labels", "at most", 1000), *_ALONE),
            {"data": "fashion", "teacher": "fashion", "labels": 1000, "epochs": 5},
        ),
    )
}


def check(challenge: Challenge, outcome: Outcome, *, own: bool = True) -> ChallengeResult:
    """Whether a run meets a challenge, or what is missing. own: it is the learner's."""
    spec = outcome.spec
    if outcome.recorded:
        return ChallengeResult(False, "A recorded run does not count: train one of your own.")
    if not own:
        return ChallengeResult(False, "Somebody else’s run does not count: train one of your own.")
    if outcome.experiment is None:
        return ChallengeResult(False, "This run was made by another version of the app, so it cannot be checked.")
    if spec is None:
        return ChallengeResult(False, "A run of a lesson’s own experiment does not count: train one in the lab.")
    if missing := _missing(challenge, spec):
        return ChallengeResult(False, f"This run does not count: it takes {_listed(missing)}.")
    if outcome.state != "finished":
        live = outcome.stage == "so-far"
        return ChallengeResult(False, "It is checked when it has finished." if live else "Only a finished run counts.")
    value = reached(challenge.target, outcome)
    if value is None:
        return ChallengeResult(False, "This run has no numbers to check.")
    return _judged(challenge.target, outcome, value)


def challenge_progress(challenge: Challenge, outcomes: Iterable[Outcome]) -> ChallengeProgress:
    """A learner's progress with a challenge. outcomes: of the learner's own runs and recorded ones, in any order."""
    counting = [one for one in outcomes if one.spec and not one.recorded and not _missing(challenge, one.spec)]
    checked = [(outcome, result) for outcome in counting if (result := check(challenge, outcome)).value is not None]
    met = [(outcome, result) for outcome, result in checked if result.met]
    if met:
        outcome, result = min(met, key=lambda pair: pair[0].created or 0)
        return ChallengeProgress(True, outcome, result.value)
    if not checked:
        return ChallengeProgress(False, None, None)
    outcome, result = max(checked, key=lambda pair: pair[1].value or 0)
    return ChallengeProgress(False, outcome, result.value)


def reached(target: Target, outcome: Outcome) -> float | None:
    """The number that a run reached of a target, in percent or points; None if it has no such number."""
    taught = outcome.arm("distilled")
    if taught is None:
        return None
    accuracy = 100 * fmean(taught[1])
    if target.measure == "accuracy":
        return accuracy
    if target.measure == "kept":
        return accuracy / outcome.teacher_accuracy if outcome.teacher_accuracy else None
    said = outcome.gain
    if said is None or said.mean is None:
        return None
    return said.mean if target.measure == "gain" else -said.mean


def in_query(text: str) -> tuple[Challenge | None, str]:
    """(the challenge that an address names, "") or (None, a sentence)."""
    unknown = f"There is no challenge {shown(text)}; the page “Challenges” lists those there are."
    return (CHALLENGES[text], "") if text in CHALLENGES else (None, unknown)


def value_words(target: Target, value: float) -> str:
    """A value as it is said: "93.4% accuracy", "a gain of 4.2 points"; a gain is a loss turned round."""
    if target.measure == "accuracy":
        return f"{rounded(value, 1)}% accuracy"
    if target.measure == "kept":
        return f"{rounded(value, 1)}% of the teacher’s accuracy"
    noun = "gain" if (target.measure == "gain") == (value >= 0) else "loss"
    return f"a {noun} of {rounded(abs(value), 1)} points"


def short_words(target: Target, value: float) -> str:
    """What a value lacks: "0.7 points short of 93.0% accuracy"; "" if it lacks nothing."""
    short = target.least - value
    if round(short, 6) <= 0:
        return ""
    by = rounded(short, 1) if float(rounded(short, 1)) else rounded(short, 2)
    return f"{by} points short of {value_words(target, target.least)}"


def _judged(target: Target, outcome: Outcome, value: float) -> ChallengeResult:
    spec, said = outcome.spec, outcome.gain
    assert spec is not None
    measurable = target.measure in ("accuracy", "kept") or bool(
        said and said.kind == ("better" if target.measure == "gain" else "worse")
    )
    on = f"mean over {len(spec.seeds)} seeds, on {outcome.test_images:,} test images"
    told, what = f"{value_words(target, value)} ({on})", "gain" if target.measure == "gain" else "loss"
    if short := short_words(target, round(value, 6)):  # the mean of counts, without float's noise
        return ChallengeResult(False, f"Not yet: {told}, {short}.", value)
    if not measurable:
        return ChallengeResult(False, f"Not yet: {told}, but its interval includes 0: the {what} is not shown.", value)
    return ChallengeResult(True, f"Met: {told}; the target was {value_words(target, target.least)}.", value)


@lru_cache(maxsize=4096)  # of every run that a learner has
def _missing(challenge: Challenge, spec: RunSpec) -> tuple[str, ...]:
    """The conditions of a challenge that an experiment misses, in words."""
    had, images = spec.settings(), DATA.get(spec.data) or lab_sets().get(spec.data)
    if images is None:
        return ("images that are still on this machine",)
    had["parameters"] = STUDENTS[spec.student].parameters(images)
    missing = []
    for condition in challenge.conditions:
        value = had[condition.key]
        if value != condition.value and not (condition.rule == "at most" and value <= condition.value):
            missing.append(f"{condition_words(condition)} ({_written(condition.key, value)} here)")
    if not METHODS[had["method"]].uses_teacher:
        missing.append(f"a method that has a teacher ({METHODS[had['method']].name.lower()} has none)")
    if len(spec.seeds) < SEEDS:
        missing.append(f"at least {SEEDS} seeds (this run has {len(spec.seeds)})")
    return tuple(missing)


def condition_words(condition: Condition) -> str:
    """A condition in words: "at most 10,000 parameters"."""
    key, value = condition.key, _written(condition.key, condition.value)
    if condition.rule == "at most":
        noun = {"parameters": "parameters", "labels": "labelled images", "epochs": "epochs"}.get(key)
        if condition.value == 0:
            return f"no {noun or _lower(CONTROLS[key].words)}"
        return f"at most {value} {noun}" if noun else f"{_lower(CONTROLS[key].words)} at most {value}"
    return f"{_lower(CONTROLS[key].words)} {value}"


def _written(key: str, value: Any) -> str:
    return f"{value:,}" if key == "parameters" else choice_name(key, value)


def _lower(words: str) -> str:
    return words[0].lower() + words[1:]


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
