"""A race of methods: what was tried of each on validation images, and how they did on test images."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from statistics import fmean
from typing import ClassVar

from app.catalog.declared import Arm
from app.experiments.final import Accuracy
from app.experiments.paired import PairedDifference
from app.experiments.recordings.recording import Recording

BASE = "labels"  # the method that the others are set against
USUAL = "usual"  # labels only at the usual rate, if another one was chosen
# Who looks at seven intervals finds one that excludes zero by luck in up to 30% of races in which nothing differs. So
# many times as wide, all seven include it in at least 95% of them (Bonferroni, Student's t over 20 seeds).
TOGETHER = 1.44


def together(gain: PairedDifference) -> float:
    """Half of the interval that allows for all methods being looked at, in points."""
    return TOGETHER * gain.half_width


@dataclass(frozen=True)
class Entry:
    """Students of one setting. rate: share of the usual learning rate. shares: right at the end, for each seed."""

    arm: Arm
    rate: float
    shares: tuple[float, ...]


class RecordedTries(Recording):
    """All settings that were tried at a place. Shares are of validation images."""

    KIND: ClassVar[str] = "tries"
    WORDS: ClassVar[str] = "recorded tries"

    def _check(self) -> None:
        if len({len(entries) for entries in self.by_method.values()}) != 1:
            raise ValueError("not as many settings of each method were tried")

    def _of(self, at: int) -> Accuracy:
        shares = self.runs[at].validation
        if shares is None:
            raise ValueError("it has no validation images")
        return shares

    def _name(self, arm: Arm, known: Collection[str]) -> str:
        return arm.method

    @cached_property
    def by_method(self) -> Mapping[str, tuple[Entry, ...]]:
        """The settings of each method, in the order in which they are declared."""
        known: dict[str, list[Entry]] = {}
        for at, run in enumerate(self.runs):
            for arm, shares in zip(run.spec.arms, self._of(at), strict=True):
                known.setdefault(self._name(arm, known), []).append(Entry(arm, run.spec.rate, tuple(shares)))
        return {method: tuple(entries) for method, entries in known.items()}

    def entries(self, method: str) -> tuple[Entry, ...]:
        """Of one method. Raises ValueError if there is none of it."""
        if method not in self.by_method:
            raise ValueError(f"{self.id} has no method “{method}”: say one of {', '.join(self.by_method)}")
        return self.by_method[method]

    def best(self, method: str) -> Entry:
        """The setting with the highest mean; the first of equals."""
        return max(self.entries(method), key=lambda entry: round(fmean(entry.shares), 6))


class RecordedRace(RecordedTries):
    """The chosen setting of each method, and perhaps USUAL. Shares are of the images that a verdict is taken on."""

    KIND: ClassVar[str] = "race"
    WORDS: ClassVar[str] = "recorded race"

    def _check(self) -> None:
        if BASE not in self.by_method or any(len(entries) > 1 for entries in self.by_method.values()):
            raise ValueError("it must have one setting of each method, labels only among them")

    def _of(self, at: int) -> Accuracy:
        return self.runs[at].reached

    def _name(self, arm: Arm, known: Collection[str]) -> str:
        return USUAL if arm.method == BASE and BASE in known else arm.method

    def accuracy(self, method: str) -> tuple[float, ...]:
        """Of each seed."""
        return self.best(method).shares
