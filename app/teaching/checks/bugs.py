"""What the recorded bugs show: which number gives each away, what it costs, and which can be told apart."""

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from statistics import fmean, stdev

from app.catalog.bugs import BUGS
from app.catalog.rounding import rounded
from app.experiments.kinds.cohort import cohort_verdict
from app.experiments.paired import PairedDifference, paired
from app.experiments.recordings import recordings
from app.experiments.recordings.bugs import PREFIX, RecordedBugs
from app.experiments.verdict import Verdict, plus_minus, signed
from app.teaching.checks.registry import check, check_difference

MISSING = "The recorded runs of the bug lab are missing or damaged. Get a fresh copy of the app."


@dataclass(frozen=True)
class Diagnostic:
    """A row of the diagnosis.

    words: of the row; help: what it is; unit: what a value is multiplied by; digits: of a value with a mark; mark: what
    stands behind it. A value without a mark has the digits that say something.
    """

    key: str
    words: str
    help: str
    unit: float = 1
    digits: int = 2
    mark: str = ""

    def written(self, value: float) -> str:
        """A value as the table has it: "97.3%", "0.0210", "−155"."""
        shown = self.unit * value
        digits = self.digits
        if not self.mark:  # a loss: three digits that say something
            digits = max(0, min(4, 2 - math.floor(math.log10(abs(shown))))) if shown else 0
        text = rounded(abs(shown), digits, grouped=True)
        return f"{'−' if shown < 0 and float(text.replace(',', '')) else ''}{text}{self.mark}"


def _percent(key: str, words: str, about: str) -> Diagnostic:
    return Diagnostic(key, words, about, unit=100, digits=1, mark="%")


MEASURES: dict[str, Diagnostic] = {
    measure.key: measure
    for measure in (
        Diagnostic("soft", "soft loss", "On training images, before it is weighted; with T² where the program has it."),
        Diagnostic("hard", "hard loss", "On training images, before it is weighted."),
        _percent(
            *("share", "teacher’s share of the pull"),
            "Of the gradient at the student’s logits, what comes from the soft loss.",
        ),
        _percent(
            *("right_targets", "targets that agree with the label"),
            "How often the likeliest class of the target that was used is the image’s label.",
        ),
        _percent("confidence", "largest confidence", "The surest answer that the hard loss was given."),
        _percent("drift", "teacher’s drift", "How far the teacher’s numbers moved, as a part of their size."),
        Diagnostic("kl", "KL to the teacher", "On test images, at a temperature of one."),
        _percent("accuracy", "accuracy", "On test images."),
    )
}
IMPOSSIBLE: dict[str, Callable[[list[float]], bool]] = {  # what no healthy run can have, over the seeds
    "drift": lambda values: bool(values) and min(values) > 0,
    "soft": lambda values: bool(values) and max(values) < 0,
    "right_targets": lambda values: bool(values) and max(values) < 0.5,
    "share": lambda values: not values or max(values) == 0,
}


def known(run: str) -> RecordedBugs:
    """A recorded cohort by its name without the prefix. Raises ValueError, a sentence, if it is not there."""
    recording = recordings(RecordedBugs).get(PREFIX + run)
    if recording is None:
        raise ValueError(MISSING)
    return recording


# ── two arms beside each other ───────────────────────────────────────────────────────────────────────────────────


def numbers(run: RecordedBugs, measure: str, bug: str) -> list[float]:
    """A measure of an arm at the end, for each seed that has one."""
    return [value for value in run.last(measure, bug) if value is not None]


def mean_of(run: RecordedBugs, measure: str, bug: str) -> float | None:
    """Its mean over the seeds, None if there is none."""
    values = numbers(run, measure, bug)
    return fmean(values) if values else None


def shown(run: RecordedBugs, measure: str, bug: str) -> str:
    """Its mean as the table has it."""
    mean = mean_of(run, measure, bug)
    return "–" if mean is None else MEASURES[measure].written(mean)


def _beside(run: RecordedBugs, one: str, other: str) -> tuple[RecordedBugs, RecordedBugs]:
    """The cohorts of two arms; the healthy one is that of the other's cohort."""
    return run.cohort(one or other), run.cohort(other or one)


def apart(run: RecordedBugs, measure: str, one: str, other: str) -> bool:
    """Whether a measure tells two arms apart: all seeds of one lie beyond all of the other, and one can see it."""
    of_one, of_other = _beside(run, one, other)
    a, b = numbers(of_one, measure, one), numbers(of_other, measure, other)
    if not a or not b:
        return bool(a) != bool(b)
    beyond = max(a) < min(b) or max(b) < min(a)
    return beyond and shown(of_one, measure, one) != shown(of_other, measure, other)


def separation(run: RecordedBugs, measure: str, one: str, other: str) -> float:
    """How far apart two arms are, in spreads over the seeds; zero if the measure does not tell them apart."""
    if not apart(run, measure, one, other):
        return 0.0
    of_one, of_other = _beside(run, one, other)
    a, b = numbers(of_one, measure, one), numbers(of_other, measure, other)
    if not a or not b:
        return math.inf
    spread = max(math.hypot(stdev(a), stdev(b)), 1e-3 * max(abs(value) for value in (*a, *b)))
    return abs(fmean(a) - fmean(b)) / spread


def telling(run: RecordedBugs, one: str, other: str = "", measures: Collection[str] = tuple(MEASURES)) -> list[str]:
    """Which of these measures tell two arms apart, the clearest first."""
    far = {measure: separation(run, measure, one, other) for measure in measures}
    return sorted((measure for measure in far if far[measure]), key=lambda measure: -far[measure])


def gives_away(run: RecordedBugs, bug: str, measures: Collection[str] = tuple(MEASURES)) -> str | None:
    """Which of these measures tells a bug from its healthy twin most clearly, None if none does.

    Before all others comes what no healthy run can have: a drifting teacher, a negative divergence, no pull at all.
    """
    clearest = telling(run, bug, "", measures)
    impossible = [one for one, holds in IMPOSSIBLE.items() if one in clearest and holds(numbers(run, one, bug))]
    return next(iter((*impossible, *clearest)), None)


# ── findings ─────────────────────────────────────────────────────────────────────────────────────────────────────


def accuracy_verdict(run: RecordedBugs, bug: str) -> Verdict:
    """The buggy arm against its healthy twin."""
    cohort = run.cohort(bug)
    rows = [numbers(cohort, "accuracy", one) for one in ("", bug)]
    arms = [cohort.spec.arms[cohort.place(one)] for one in ("", bug)]
    return cohort_verdict(rows, cohort.reached().images, arms)


def teacher_brings(run: RecordedBugs) -> PairedDifference:
    """By how many points the healthy arm of a cohort is above labels only: all that a quieter teacher can cost."""
    return paired(numbers(run, "accuracy", ""), run.runs[0].reached[0])


def cost_of(run: RecordedBugs, bug: str) -> PairedDifference:
    """How many points of accuracy a bug costs."""
    return paired(*(numbers(run.cohort(bug), "accuracy", one) for one in ("", bug)))


def cost_words(run: RecordedBugs, bug: str) -> str:
    """That with its ±, to 0.1 points, finer only if rounding would hide what is there."""
    cost = cost_of(run, bug)
    mean, half = cost.mean, cost.half_width or 0.0
    if accuracy_verdict(run, bug).kind == "worse":
        return plus_minus(mean, half)
    digits = 1 if half >= 0.1 else 2
    return f"{rounded(mean, digits).replace('-', '−')} ± {rounded(half, digits)}"


def cost_share(run: RecordedBugs, bug: str) -> float:
    """What part of what the teacher brings a bug costs: 0 if no cost was shown, 1 if it costs all that or more."""
    shown_cost = accuracy_verdict(run, bug).kind == "worse"
    return max(0.0, min(1.0, cost_of(run, bug).mean / teacher_brings(run.cohort(bug)).mean)) if shown_cost else 0.0


def finding(run: RecordedBugs, bug: str) -> str:
    """What a bug did here beside what the teacher brings, what gives it away, and, if it did nothing, what fits."""
    run = run.cohort(bug)
    effect, key = accuracy_verdict(run, bug), gives_away(run, bug)
    beside = f"over {effect.seeds} seeds; the teacher brings {signed(teacher_brings(run).mean)}"
    away = (
        "No number of this table tells it from the healthy run."
        if key is None
        else f"What gives it away: {MEASURES[key].words}, {shown(run, key, bug)} instead of {shown(run, key, '')}."
    )
    if effect.kind == "worse" and effect.mean is not None and effect.half_width is not None:
        return f"It costs {plus_minus(-effect.mean, effect.half_width)} points of accuracy ({beside}). {away}"
    if effect.kind == "better" and effect.mean is not None and effect.half_width is not None:
        return f"It even gains {plus_minus(effect.mean, effect.half_width)} points of accuracy ({beside}). {away}"
    low, high = (signed(value) for value in (effect.low or 0.0, effect.high or 0.0))
    return (
        f"No measurable effect on the accuracy: {low} … {high} points ({beside}). What fits: {_fits(run, bug)} {away}"
    )


def _fits(run: RecordedBugs, bug: str) -> str:
    """What in the numbers fits with a bug that cannot be seen in the accuracy."""
    alpha = run.healthy.alpha
    share, healthy_share = mean_of(run, "share", bug), mean_of(run, "share", "")
    if bug == "alpha" and alpha == 0.5:
        return "with half the weight on each side, changing places changes nothing."
    if bug in ("mean", "no-t2") and alpha == 1:
        return (
            "with all the weight on the teacher, the loss is only smaller as a whole, and in AdamW’s formula a factor "
            "on the whole loss cancels."
        )
    if share is not None and healthy_share is not None and round(healthy_share - share, 2) > 0:
        return (
            f"the teacher’s share of the pull falls from {rounded(100 * healthy_share)}% to {rounded(100 * share)}%, "
            f"{'and it still leads' if share > 0.5 else 'and a little of a teacher goes a long way'}."
        )
    if bug == "train-mode":
        right, healthy = shown(run, "right_targets", bug), shown(run, "right_targets", "")
        return (
            f"a batch is a fair sample of the images, so its statistics are nearly the stored ones; the targets still "
            f"agree with the label on {right} of the images ({healthy} without the bug)."
        )
    return "what it changes is smaller than the luck of the seeds."


# ── which can be asked about ─────────────────────────────────────────────────────────────────────────────────────


def distinct(run: RecordedBugs) -> tuple[str, ...]:
    """Arms of which every two can be told apart by some measure, "" for the healthy one: as many as there are.

    If two look the same, the one that can be told from more of the others stays.
    """
    arms = ["", *run.bugs]
    alike = {one: {other for other in arms if other != one and not telling(run, one, other)} for one in arms}
    while any(alike.values()):
        worst = max((arm for arm in arms if arm), key=lambda arm: (len(alike[arm]), arms.index(arm)))
        if not alike[worst]:
            worst = next(arm for arm in arms if arm and alike[arm])
        arms.remove(worst)
        del alike[worst]
        for others in alike.values():
            others.discard(worst)
    return tuple(arms)


def looks_like(run: RecordedBugs, bug: str) -> tuple[str, ...]:
    """The arms that no measure tells a bug from."""
    return tuple(other for other in ("", *run.bugs) if other != bug and not telling(run, bug, other))


# ── as numbers of lessons ────────────────────────────────────────────────────────────────────────────────────────


@check_difference
def bug_cost(run: str, bug: str) -> PairedDifference:
    """How many points of accuracy a bug costs."""
    return cost_of(known(run), bug)


@check(source="model")
def bug_measure(run: str, bug: str, of: str) -> float:
    """A measure of an arm as the table has it: percent, or nats. bug: "" for the healthy arm."""
    mean = mean_of(known(run), of, bug)
    if mean is None:
        raise ValueError(f"{run} has no {of} of “{bug}”")
    return MEASURES[of].unit * mean


@check_difference
def bug_teacher(run: str, bug: str = "") -> PairedDifference:
    """By how many points the healthy twin of a bug is above labels only: the control of what a bug costs."""
    return teacher_brings(known(run).cohort(bug))


@check(source="model")
def bug_seeds(run: str, bug: str = "") -> float:
    """With how many seeds a bug was recorded. bug: "" for the most."""
    return float(len(known(run).cohort(bug).spec.seeds))


@check(source="model")
def bug_effect(run: str, bug: str) -> str:
    """What a bug did to the accuracy, in a word: harm, gain or none."""
    return {"worse": "harm", "better": "gain"}.get(accuracy_verdict(known(run), bug).kind, "none")


@check(source="model")
def bugs_counted(run: str, of: str) -> float:
    """How many of a cohort's bugs: all, worse (they cost accuracy), none (no measurable effect), told (a measure tells
    them from the healthy arm), distinct (can be told from each other as well).
    """
    cohort = known(run)
    match of:
        case "all":
            return float(len(cohort.bugs))
        case "worse" | "none":
            effect = "harm" if of == "worse" else of
            return float(sum(bug_effect(run, bug) == effect for bug in cohort.bugs))
        case "told":
            return float(sum(bool(telling(cohort, bug)) for bug in cohort.bugs))
        case "distinct":
            return float(sum(bool(arm) for arm in distinct(cohort)))
    raise ValueError(f"of must be all, worse, none, told or distinct, got {of}")


@check(source="catalog")
def bug_title(bug: str) -> str:
    """What a bug is called."""
    return BUGS[bug].title
