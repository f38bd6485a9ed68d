"""Kinds of experiments: what each of them promises, and how a stored text finds its kind.

A kind is two files: ``kinds/NAME.py`` here declares it, ``worker/kinds/NAME.py`` runs it. Both are found by their name.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from statistics import fmean
from typing import Any, ClassVar, Literal, Protocol, Self

from app.experiments.final import on_curve, reached
from app.experiments.spec import SpecError
from app.experiments.verdict import ArmWords, Stage, Verdict, luck, verdict
from app.images.image_classes import chance
from app.store import Work

FIRST = "cohort"  # the kind of a text that names none, as all did before there were others

_NAME = re.compile(r"[a-z]\w{0,31}", re.ASCII)


@dataclass(frozen=True)
class Measure:
    """What is measured of every arm and seed. A share is written in percent, and differences of it are points.

    key: in events. digits: after the decimal point, as it is written. better: which way.
    """

    key: str
    words: str
    unit: Literal["%", "nats", "multiply–adds", ""]
    digits: int
    better: Literal["higher", "lower", ""] = ""


@dataclass(frozen=True)
class Pair:
    """What a verdict speaks about: the second arm against the first, on a share of which more is better.

    tested: over how many `tests` the share is, 0 for the test images that a run's events and record name.
    """

    first: int
    second: int
    measure: str
    tested: int = 0
    tests: str = "test images"


class Experiment(Protocol):
    """What a run is made of. Making one checks its structure alone and raises SpecError: no disk is read."""

    kind: ClassVar[str]  # in its JSON; absent there: FIRST
    measures: ClassVar[tuple[Measure, ...]]

    @property
    def data(self) -> str:
        """Id of the images."""

    @property
    def seeds(self) -> tuple[int, ...]: ...

    @property
    def extended(self) -> bool:
        """Whether seeds were added because a look at fewer left the question open."""

    @property
    def engine(self) -> int | str:
        """The version of what computes its numbers: the same experiment and version give the same numbers."""

    def to_json(self) -> str:
        """Canonical JSON: the same experiment gives the same text."""

    @classmethod
    def from_fields(cls, fields: Mapping[str, Any]) -> Self:
        """The inverse of `to_json`, of its parsed fields without "kind". Raises SpecError."""

    def check_trainable(self) -> None:
        """Raise NotTrainable if this machine lacks now what the experiment needs."""

    def work(self) -> Work:
        """What it asks of a worker. Raises NotTrainable."""

    def arm_words(self) -> tuple[ArmWords, ...]:
        """The arms, in the order in which every measure has them."""

    def compared(self) -> tuple[Pair, ...]:
        """What a verdict speaks about; nothing if there is no such pair."""

    def in_short(self) -> str:
        """The experiment in a few words."""


@cache
def kinds() -> tuple[str, ...]:
    """The names of all kinds."""
    return tuple(sorted(module.name for module in iter_modules(__path__)))


def class_of(kind: str) -> type[Experiment]:
    """The class of a kind. Raises SpecError if there is none of that name."""
    if not isinstance(kind, str) or not _NAME.fullmatch(kind) or kind not in kinds():
        raise SpecError("kind", kind, f"must be one of {', '.join(kinds())}")
    known: type[Experiment] = import_module(f"{__name__}.{kind}").KIND
    return known


def read(text: str) -> Experiment:
    """A stored experiment, to show it. Raises SpecError if the text is none."""
    try:
        fields = json.loads(text)
        kind = fields.pop("kind", FIRST)
    except (ValueError, TypeError, AttributeError, RecursionError) as error:
        raise SpecError("spec", text, f"is not an experiment ({type(error).__name__})") from error
    return class_of(kind).from_fields(fields)


def read_trainable(text: str) -> Experiment:
    """The same, to run it. Raises SpecError, NotTrainable."""
    experiment = read(text)
    experiment.check_trainable()
    return experiment


def verdict_of(
    experiment: Experiment, event: Mapping[str, Any], test_images: int | None, stage: Stage = "finished"
) -> Verdict:
    """What an experiment's numbers at an event say of its first pair. Raises KeyError, ValueError if some are missing.

    Without a pair, of its first measure; the sentence is that of all pairs. test_images: of the curve, None
    without any; those of the verdict are in the event, if others.
    """
    arms, pairs = experiment.arm_words(), experiment.compared()
    key = pairs[0].measure if pairs else experiment.measures[0].key
    places: list[tuple[int, int] | None] = [(pair.first, pair.second) for pair in pairs] or [None]
    images = pairs[0].tested if pairs and pairs[0].tested else test_images
    if images is None:
        raise ValueError("nothing is said of how many test images there were")
    end, curve = reached(event, images, key=key), on_curve(event, images, key=key)
    told: dict[str, Any] = {"stage": stage, "extended": experiment.extended}
    if pairs:
        told["tests"] = pairs[0].tests
    if key == "accuracy":
        told["chance"] = chance(experiment.data)
    first, *rest = (verdict(end.accuracy, end.images, arms, place, **told) for place in places)
    if rest:
        said = (_named(one, arms, pair) for one, pair in zip((first, *rest), pairs, strict=True))
        first = replace(first, sentence=" ".join(said))
    if key != "accuracy":
        return first
    on_curves = verdict(curve.accuracy, curve.images, arms, places[0], **told)
    return replace(first, luck=luck(first, on_curves, fmean(end.accuracy[places[0][1] if places[0] else 0])))


def _named(said: Verdict, arms: Sequence[ArmWords], pair: Pair) -> str:
    """A verdict's sentence that also says of whom it is."""
    if said.kind in ("better", "worse"):
        return said.sentence
    both = f"{arms[pair.second].words} and {arms[pair.first].words}"
    return f"{both[0].upper()}{both[1:]}: {said.sentence[0].lower()}{said.sentence[1:]}"
