"""What else than a teacher may make the difference: small students with their controls beside them."""

from collections.abc import Sequence
from dataclasses import replace

from app.experiments.kinds.cohort import RunSpec
from app.experiments.kinds.language import ARMS as OF_LANGUAGE
from app.experiments.kinds.language import SENTENCES, Language
from app.experiments.kinds.rules import ARMS, LEAK, WIDTHS, Rules

WITH_CONTROLS, OF_TEXTS = 100, ("text", "soft")  # sentences; arms of other numbers of them


def with_controls(spec: RunSpec, *temperatures: float) -> RunSpec:
    """The same with what else may make the difference: softness without a teacher, T without softness, and other T."""
    taught = spec.arms[1]
    untaught = (replace(taught, method=method) for method in ("even", "certain"))
    return replace(spec, arms=(*spec.arms, *untaught, *(replace(taught, temperature=one) for one in temperatures)))


def small_students(plain: Sequence[RunSpec]) -> list[RunSpec]:
    """Students by rising size, with all controls; the smallest two also with units that cannot die, and slower."""
    runs = [with_controls(spec, 1.0) for spec in plain]
    runs += [replace(spec, arms=with_controls(spec).arms[:3], slope=LEAK) for spec in plain[:2]]
    return runs + [replace(spec, rate=1 / 3) for spec in plain[:2]]


def alive(plain: Sequence[RunSpec]) -> list[RunSpec]:
    """Students whose units cannot die."""
    return [replace(spec, slope=LEAK) for spec in plain]


def assisted(plain: Sequence[RunSpec], between: str) -> list[RunSpec]:
    """Students, and beside them others whose teacher teaches one of the size `between` first, which teaches them."""
    return [replace(spec, arms=(*spec.arms, replace(spec.arms[1], by=between))) for spec in plain]


def rules(seeds: tuple[int, ...]) -> tuple[tuple[Rules], ...]:
    """Rules and facts, in networks of every width, with all controls.

    Of some widths also with four times as many updates, of the narrowest also with units that cannot die.
    """
    cohorts = [Rules(width, 500, seeds, tuple(ARMS)) for width in WIDTHS]
    cohorts += [Rules(width, 2000, seeds) for width in (2, 8)]
    cohorts += [Rules(width, 500, seeds, slope=LEAK) for width in (1, 2)]
    return tuple((one,) for one in cohorts)


def next_words(seeds: tuple[int, ...]) -> tuple[tuple[Language], ...]:
    """Students that read few sentences or many, as text or with soft words; of a hundred with all
    controls.
    """
    arms = dict.fromkeys(SENTENCES, OF_TEXTS) | {WITH_CONTROLS: tuple(OF_LANGUAGE)}
    return tuple((Language(sentences, seeds, arms[sentences]),) for sentences in SENTENCES)
