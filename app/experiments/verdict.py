"""What an experiment says, in a sentence computed from its numbers.

± is the 95% t-interval of the paired per-seed differences in test accuracy: it covers the luck of the seeds, and not
that of the test images. "beats" is said only where that interval excludes 0, after the last update. Of a run that still
trains, or ended early, one arm "leads so far".

Who adds seeds to a run because its verdict is open looks again until something wins (Armitage, McPherson and Rowe
1969): with 3, 10 and 20 seeds "beats" would be said in 13 of 100 experiments in which nothing differs, and not in 5. So
the interval of a run that was extended is `EXTENDED` times as wide. The first look then errs in 5% of them, and those
at 10 and at 20 seeds in 0.56% and 0.34%: together in less than 6%, whatever the looks have in common (Bonferroni).
`python -m tests.benchmarks looks` counts it.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import Literal

from app.catalog.rounding import rounded
from app.catalog.shares import Z95
from app.experiments.paired import T95, paired


@dataclass(frozen=True)
class ArmWords:
    """What a learner calls one of the things that an experiment compares.

    role: whose colour it wears. numbers: settings by their symbols, which tell arms of the same words apart.
    """

    role: str
    words: str
    numbers: Mapping[str, float] = field(default_factory=dict)


LOOKS = (10, 20)  # seeds of a second and a third look at a run that leaves the question open
EXTENDED = 1.6  # times as wide, after these
STRICT = (
    "Seeds were added after a look at fewer, and whoever looks again until something wins finds a winner too often: so "
    f"± is {EXTENDED:g} times as wide here as after a single look."
)
WIDE = 0.5  # of its mean: an interval with more on either side leaves open how much better something is

Kind = Literal["better", "worse", "none", "no-spread", "one-seed", "single-arm", "several-arms"]
Stage = Literal["finished", "so-far", "stopped"]


@dataclass(frozen=True)
class Verdict:
    """A comparison in numbers and words. mean, half_width, low, high are percentage points, None if undefined.

    ahead: with how many seeds the arm that is spoken about was better, None if nothing is compared. luck: what the
    choice of test images may change, "" if there are no others to compare with. strict: why the interval is wider than
    that of a single look, "" if it is not. more: how many seeds a further look would have, None if there is nothing to
    look for.
    """

    kind: Kind
    sentence: str
    mean: float | None
    half_width: float | None
    low: float | None
    high: float | None
    seeds: int
    test_images: int
    stage: Stage
    ahead: int | None = None
    luck: str = ""
    strict: str = ""
    more: int | None = None


def more_seeds(seeds: int, *, extended: bool) -> int | None:
    """How many seeds a further look has: the second more than twice as many, else its wider interval is no narrower."""
    return next((count for count in LOOKS if count > (seeds if extended else 2 * seeds)), None)


def verdict(
    final: Sequence[Sequence[float]],
    test_images: int,
    arms: Sequence[ArmWords],
    pair: tuple[int, int] | None,
    *,
    stage: Stage = "finished",
    extended: bool = False,
    chance: float | None = None,
    tests: str = "test images",
) -> Verdict:
    """Compare two arms over the seeds that they share.

    final: fractions of which more is better, (arms, seeds). test_images: > 0, how many they are over. pair: places of
    the arms that are compared. stage: "so-far" while it trains, "stopped" if the run ended early; only in "finished"
    something "beats". extended: seeds were added after a look at fewer. chance: what guessing would get right, a
    fraction; None if it is unknown. tests: what `test_images` counts. Raises ValueError if the shape is wrong.
    """
    rows = [[float(value) for value in row] for row in final]
    if len(rows) != len(arms) or not rows or len({len(row) for row in rows}) != 1 or not rows[0]:
        raise ValueError(f"final must be (arms, seeds) with {len(arms)} arms, got {final!r}")
    if not all(math.isfinite(value) for row in rows for value in row):
        raise ValueError(f"final must be finite, got {final!r}")
    if not 1 <= len(rows[0]) <= len(T95) + 1:
        raise ValueError(f"seeds must be 1 to {len(T95) + 1}, got {len(rows[0])}")
    if pair is None:
        return _uncompared(rows, test_images, arms, stage)
    said = _compared([rows[at] for at in pair], test_images, [arms[at] for at in pair], stage, extended, tests)
    means = [fmean(rows[at]) for at in pair]
    if chance is None or not all(guesses(mean, chance, test_images) for mean in means):
        return said
    way_out = "" if stage == "so-far" else " More epochs, or more images, help; more seeds do not."
    reached = [rounded(100 * mean, 1) for mean in means]
    sentence = (
        f"The students have not learned yet: none is better than guessing (chance is {chance:.0%}).{way_out} "
        f"{_capital(arms[pair[0]].words)} has {reached[0]}% and {arms[pair[1]].words} {reached[1]}% of "
        f"{test_images:,} {tests} right, over {len(rows[0])} {'seed' if len(rows[0]) == 1 else 'seeds'}."
    )
    return replace(said, kind="none", sentence=sentence, more=None)


def guesses(accuracy: float, chance: float, test_images: int) -> bool:
    """Whether an accuracy on so many test images may well be that of guessing, or is worse.

    accuracy, chance: fractions. Guessing is right on more than `chance` and 1.96 standard errors in 1 of 40 test sets.
    """
    return accuracy <= chance + Z95 * math.sqrt(chance * (1 - chance) / test_images)


def _compared(
    rows: list[list[float]], test_images: int, arms: Sequence[ArmWords], stage: Stage, extended: bool, tests: str
) -> Verdict:
    taught = 0 if arms[1].role == "labels" and arms[0].role != "labels" else 1
    name, other = _names(arms[taught], arms[1 - taught])
    difference = paired(rows[taught], rows[1 - taught])
    seeds, mean = len(difference.points), difference.mean
    added = extended and seeds > 1
    on = f"on {test_images:,} {tests}"
    over = f"over {seeds} seeds{', some of them added' if added else ''}, {on}"
    ahead = sum(point > 0 for point in difference.points)

    def said(kind: Kind, sentence: str, half: float | None = None) -> Verdict:
        low, high = (None, None) if half is None else (mean - half, mean + half)
        open_ = stage == "finished" and (kind == "one-seed" or (kind == "none" and half))
        return Verdict(
            kind,
            _staged(sentence, stage),
            mean,
            half,
            low,
            high,
            seeds,
            test_images,
            stage,
            ahead,
            strict=STRICT if added and half else "",
            more=more_seeds(seeds, extended=extended) if open_ else None,
        )

    if seeds == 1:
        gap = _gap(name, other, mean)
        return said("one-seed", f"{gap}, {on}. Only one seed: no spread, so no verdict.")
    half = difference.half_width * (EXTENDED if added else 1)
    if half == 0 and mean == 0:
        return said("none", f"No difference at all: {name} and {other} score the same with each of {seeds} seeds.", 0.0)
    if half == 0:
        gap = _gap(name, other, mean)
        reason = "Equal differences show no spread, so no verdict."
        return said("no-spread", f"{gap} with each of {seeds} seeds, {on}. {reason}", 0.0)
    if abs(mean) <= half:
        interval = f"{signed(mean - half)} … {signed(mean + half)} points"
        sentence = f"No measurable difference here: {interval} ({'wider' if added else '95%'} interval {over})."
        return said("none", f"{sentence} {_capital(name)} was better in {ahead} of {seeds} seeds.", half)
    first, second = (name, other) if mean > 0 else (other, name)
    verb = "beats" if stage == "finished" else "leads"
    by = plus_minus(abs(mean), half)
    sentence = f"{first} {verb} {second} by {by} points {over}"
    if half > WIDE * abs(mean):
        sentence += f", and was better in {sum(point * mean > 0 for point in difference.points)} of {seeds} seeds"
    return said("better" if mean > 0 else "worse", f"{sentence}.", half)


def luck(final: Verdict, curve: Verdict, accuracy: float) -> str:
    """What the choice of test images may change, in sentences; "" if nothing is compared, or on the same images.

    final, curve: what the same students say on the images of the verdict, and on those of the curve. accuracy: about
    what they reach, a fraction.
    """
    if final.mean is None or curve.mean is None or final.test_images == curve.test_images:
        return ""
    errors = [100 * math.sqrt(accuracy * (1 - accuracy) / one.test_images) for one in (curve, final)]
    return (
        f"± covers the seeds: which students one happens to get. It does not cover which images they are tested on. "
        f"On the {curve.test_images:,} images of the curve these students are {_apart(curve)} points apart, on the "
        f"{final.test_images:,} of the verdict {_apart(final)}. An accuracy of {rounded(100 * accuracy, 1)}% has a "
        f"standard error of {rounded(errors[0], 1)} points if it is counted on {curve.test_images:,} images, and of "
        f"{rounded(errors[1], 1)} on {final.test_images:,}."
    )


def _apart(said: Verdict) -> str:
    return signed(said.mean or 0.0) + (f" ± {rounded(said.half_width, 1)}" if said.half_width else "")


def _uncompared(rows: list[list[float]], test_images: int, arms: Sequence[ArmWords], stage: Stage) -> Verdict:
    seeds = len(rows[0])
    on = f"on {test_images:,} test images"
    if len(rows) > 2:
        sentence = f"{len(rows)} ways to train, {on}: a verdict compares two of them."
        return Verdict("several-arms", _staged(sentence, stage), None, None, None, None, seeds, test_images, stage)
    low, high = 100 * min(rows[0]), 100 * max(rows[0])
    reach = f"{rounded(low, 1)}%" if seeds == 1 else f"{rounded(low, 1)} to {rounded(high, 1)}% over {seeds} seeds"
    sentence = f"{arms[0].words} reaches {reach}, {on}. There is nothing to compare it with."
    return Verdict("single-arm", _staged(sentence, stage), None, None, None, None, seeds, test_images, stage)


def _names(arm: ArmWords, other: ArmWords) -> tuple[str, str]:
    """What to call two arms, so that they can be told apart."""
    if arm.words != other.words:
        return arm.words, other.words
    differing = [symbol for symbol, value in arm.numbers.items() if value != other.numbers.get(symbol)]

    def told(which: ArmWords) -> str:
        return f"{which.words} at {', '.join(f'{symbol} = {which.numbers[symbol]:g}' for symbol in differing)}"

    return told(arm), told(other)


def _gap(name: str, other: str, mean: float) -> str:
    if mean == 0:
        return f"{name} and {other} score the same"
    if rounded(abs(mean), 1) == "0.0":
        return f"{name} and {other} score the same to a tenth of a point"
    first, second = (name, other) if mean > 0 else (other, name)
    return f"{first} is ahead of {second} by {rounded(abs(mean), 1)} points"


def _staged(sentence: str, stage: Stage) -> str:
    start = {"finished": "", "so-far": "so far, ", "stopped": "stopped early; so far, "}[stage]
    return _capital(start + (sentence[0].lower() + sentence[1:] if start else sentence))


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def signed(points: float) -> str:
    """A difference as it is written: +0.9, −0.3, 0.0."""
    text = rounded(abs(points), 1)
    return text if float(text) == 0 else f"{'+' if points > 0 else '−'}{text}"


def plus_minus(mean: float, half: float) -> str:
    """Both to 0.1 points, finer only where rounding would let an interval that excludes 0 seem to reach it."""
    for digits in (1, 2, 3):
        if float(rounded(mean, digits)) > float(rounded(half, digits)):
            break
    return f"{rounded(mean, digits)} ± {rounded(half, digits)}"
