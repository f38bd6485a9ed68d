"""Two runs side by side: which settings differ, and what may be said about the difference.

The difference is paired by seed only where a seed means the same in both runs: the same images, the same labelled ones
among them, the same first weights. Else each run keeps its own interval.
"""

from dataclasses import dataclass
from statistics import fmean
from typing import Any, Literal

from app.catalog.available import choice_name
from app.catalog.declared import CONTROLS, METHODS
from app.catalog.rounding import rounded
from app.experiments.kinds.cohort import RunSpec, arm_words, data_name
from app.experiments.outcome import Outcome
from app.experiments.paired import half_width, paired
from app.experiments.verdict import plus_minus, signed
from app.images.image_classes import class_name

Kind = Literal["ahead", "none", "not-paired", "incomparable", "nothing-yet"]

HOW_TO_PAIR = (
    "To pair them, open one of the two in the lab, set what shall differ, and press “Repeat these seeds”: "
    "both then have the same images and first weights."
)


@dataclass(frozen=True)
class SettingPair:
    """A setting in words, with its value in A and in B."""

    words: str
    a: str
    b: str


@dataclass(frozen=True)
class Comparison:
    """What differs, what is shared, and a sentence on it. mean, half_width: points, B minus A, where paired."""

    kind: Kind
    sentence: str
    aside: str
    differences: tuple[SettingPair, ...]
    shared: tuple[SettingPair, ...]
    mean: float | None = None
    half_width: float | None = None


def compared(a: Outcome, b: Outcome) -> Comparison:
    """Compare two runs whose experiments this version can read. Raises ValueError if it cannot."""
    if a.final and b.final and a.final.images != b.final.images:  # one was not looked at on the official test images
        a, b = a.on_curve(), b.on_curve()
    if a.spec is None or b.spec is None:
        raise ValueError("both runs must have an experiment that this version can read")
    settings = _settings(a, a.spec, b, b.spec)
    differences = tuple(setting for setting in settings if setting.a != setting.b)
    shared = tuple(setting for setting in settings if setting.a == setting.b)
    return Comparison(**_said(a, b), differences=differences, shared=shared)


def _settings(a: Outcome, spec_a: RunSpec, b: Outcome, spec_b: RunSpec) -> list[SettingPair]:
    had_a, had_b = spec_a.settings(), spec_b.settings()
    temperature = [METHODS[had["method"]].uses_temperature for had in (had_a, had_b)]
    settings = []
    for key, control in CONTROLS.items():
        if control.unsaid and had_a[key] == had_b[key] == control.default:
            continue
        values = [_value(key, had[key], had["data"]) for had in (had_a, had_b)]
        if key == "seeds":
            values = [", ".join(map(str, sorted(spec.seeds))) for spec in (spec_a, spec_b)]
        if key == "temperature":
            if not any(temperature):
                continue
            values = [value if used else "not used" for value, used in zip(values, temperature, strict=True)]
        settings.append(SettingPair(control.words, *values))
    if a.engine and b.engine and a.engine != b.engine:
        settings.append(SettingPair("Engine", str(a.engine), str(b.engine)))
    return settings


def _value(key: str, value: Any, data: str) -> str:
    if key == "left_out":
        return class_name(data, value)
    return data_name(str(value)) if key == "data" else choice_name(key, value)


def _said(a: Outcome, b: Outcome) -> dict[str, Any]:
    """kind, sentence, aside, and of a paired difference its mean and half_width."""
    assert a.spec is not None and b.spec is not None
    without = [letter for letter, outcome in (("A", a), ("B", b)) if not _taught(outcome)]
    if without:
        verb = "has" if len(without) == 1 else "have"
        return {"kind": "nothing-yet", "sentence": f"{' and '.join(without)} {verb} no numbers yet.", "aside": ""}
    if a.spec.data != b.spec.data or _differ(a.data_digest, b.data_digest) or _differ(a.test_images, b.test_images):
        sentence = "A and B are tested on different images, so their accuracies cannot be set against each other."
        return {"kind": "incomparable", "sentence": sentence, "aside": "What each of them says on its own still holds."}
    reasons = why_not_paired(a, b)
    return _unpaired(a, b, reasons) if reasons else _paired(a, b)


def why_not_paired(a: Outcome, b: Outcome) -> list[str]:
    """Why a seed does not mean the same in both runs; empty if it does. Both on the same images."""
    assert a.spec is not None and b.spec is not None
    reasons = []
    if set(a.spec.seeds) != set(b.spec.seeds):
        reasons.append("other seeds")
    if a.spec.labels != b.spec.labels:
        reasons.append("other numbers of labelled images")
    if a.spec.left_out != b.spec.left_out:
        reasons.append("another class left out")
    if a.spec.student != b.spec.student:
        reasons.append("students of other sizes, so other first weights")
    if a.engine != b.engine:
        reasons.append("another version of the training")
    return reasons


def _paired(a: Outcome, b: Outcome) -> dict[str, Any]:
    by_seed = [_by_seed(outcome) for outcome in (a, b)]
    seeds = sorted(by_seed[0])
    difference = paired(*([one[seed] for seed in seeds] for one in by_seed[::-1]))
    mean, on = difference.mean, f"on {a.test_images:,} test images"
    if len(seeds) == 1:
        sentence = (
            f"{_students('A', a)} and B’s are {rounded(abs(mean), 1)} points apart with the one seed they share, {on}."
        )
        return _stated(a, b, "none", sentence, "One seed has no spread, so this is no verdict.", mean)
    half = difference.half_width
    over = f"paired over {len(seeds)} seeds, {on}"
    if half == 0:
        apart = f"{rounded(abs(mean), 1)} points apart" if mean else "the same"
        sentence = f"{_students('A', a)} and B’s are {apart} with each of {len(seeds)} seeds, {on}."
        return _stated(a, b, "none", sentence, "Equal differences have no spread." if mean else "", mean, 0.0)
    if abs(mean) <= half:
        interval = f"{signed(mean - half)} … {signed(mean + half)} points"
        sentence = f"No measurable difference between A and B: {interval} from A to B (95% interval, {over})."
        return _stated(a, b, "none", sentence, "", mean, half)
    (first, ahead), other = (("B", b), "A") if mean > 0 else (("A", a), "B")
    final = a.stage == b.stage == "finished"
    by = plus_minus(abs(mean), half)
    sentence = f"{_students(first, ahead)} {'beat' if final else 'lead'} {other}’s by {by} points, {over}."
    return _stated(a, b, "ahead", sentence, "", mean, half)


def _unpaired(a: Outcome, b: Outcome, reasons: list[str]) -> dict[str, Any]:
    reached = [_reached(outcome) for outcome in (a, b)]
    said = [f"{_students(letter, one)} reach {_interval(one)}" for letter, one in (("A", a), ("B", b))]
    sentence = f"{said[0]}, {said[1]} ({_over(a, b)}, on {a.test_images:,} test images)."
    aside = f"Not paired: {', '.join(reasons)}."
    if all(half is not None for _, half in reached):
        (mean_a, half_a), (mean_b, half_b) = [(mean, half or 0.0) for mean, half in reached]
        overlap = abs(mean_a - mean_b) <= half_a + half_b
        aside += " The two intervals overlap." if overlap else " The two intervals do not overlap."
    if reasons == ["other seeds"]:
        aside += f" {HOW_TO_PAIR}"
    return _stated(a, b, "not-paired", sentence, aside)


def _stated(
    a: Outcome, b: Outcome, kind: Kind, sentence: str, aside: str, mean: float | None = None, half: float | None = None
) -> dict[str, Any]:
    final = a.stage == b.stage == "finished"
    start = "" if final else "So far: "
    return {"kind": kind, "sentence": start + sentence, "aside": aside, "mean": mean, "half_width": half}


def _taught(outcome: Outcome) -> tuple[float, ...] | None:
    """Accuracy over the seeds of the students that a run is about: its distilled ones, else its only ones."""
    taught = outcome.arm("distilled") or outcome.arm("labels")
    return taught[1] if taught else None


def _by_seed(outcome: Outcome) -> dict[int, float]:
    return dict(zip(outcome.spec.seeds if outcome.spec else (), _taught(outcome) or (), strict=True))


def _reached(outcome: Outcome) -> tuple[float, float | None]:
    """Mean accuracy in percent, and half its 95% interval; None for one seed."""
    values = [100 * value for value in _taught(outcome) or ()]
    return fmean(values), half_width(values) if len(values) > 1 else None


def _interval(outcome: Outcome) -> str:
    mean, half = _reached(outcome)
    return f"{rounded(mean, 1)}%" if half is None else f"{rounded(mean, 1)} ± {rounded(half, 1)}%"


def _over(a: Outcome, b: Outcome) -> str:
    counts = [len(outcome.spec.seeds) if outcome.spec else 0 for outcome in (a, b)]
    if counts == [1, 1]:
        return "one seed each"
    over = f"{counts[0]} seeds each" if counts[0] == counts[1] else f"{counts[0]} and {counts[1]} seeds"
    return f"95% intervals over {over}" if min(counts) > 1 else over


def _students(letter: str, outcome: Outcome) -> str:
    taught = outcome.arm("distilled") or outcome.arm("labels")
    assert taught is not None
    return f"{letter}’s {arm_words(taught[0]).words} students"


def _differ(one: object, other: object) -> bool:
    """True if both are known and not the same."""
    return bool(one) and bool(other) and one != other
