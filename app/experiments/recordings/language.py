"""Students that read a few sentences, as text or with what a teacher says of them."""

from collections.abc import Sequence
from statistics import fmean
from typing import ClassVar, Literal

from app.experiments.kinds.language import Language
from app.experiments.paired import PairedDifference
from app.experiments.recordings.recording import FinishedRun, Recording

Moment = Literal["end", "best"]


class RecordedLanguage(Recording):
    """A run for each number of sentences. Its arms are called as in `kinds.language.ARMS`."""

    KIND: ClassVar[str] = "language"
    WORDS: ClassVar[str] = "recording of next words"

    def _check(self) -> None:
        for run in self.runs:
            for arm in experiment_of(run).arms:
                self.kl(run, arm)

    def at(self, sentences: int) -> FinishedRun:
        """The run with so many sentences. Raises ValueError if there is none."""
        known = {experiment_of(run).sentences: run for run in self.runs}
        if sentences not in known:
            raise ValueError(
                f"{self.id} has no run with {sentences} sentences: say one of {', '.join(map(str, known))}"
            )
        return known[sentences]

    def values(self, run: FinishedRun, arm: str, measure: str, update: int) -> tuple[float, ...]:
        """A measure of an arm after so many updates, for each seed. Raises ValueError if there is no such number."""
        arms = experiment_of(run).arms
        found = next((event for event in run.events if event["update"] == update), None)
        if found is None or arm not in arms or measure not in found:
            raise ValueError(f"{self.id} has no {measure} of {arm} after {update} updates, only of {', '.join(arms)}")
        return tuple(found[measure][arms.index(arm)])

    def kl(self, run: FinishedRun, arm: str, moment: Moment = "end") -> tuple[float, ...]:
        """KL(truth ‖ student) in nats a word, for each seed: at the end, or when it was best on average over the seeds.

        Nobody who trains knows that moment: it is as good as stopping early can be.
        """
        return self.values(run, arm, "kl", self.moment(run, arm, moment))

    def moment(self, run: FinishedRun, arm: str, moment: Moment) -> int:
        """After how many updates that is."""
        if moment == "end":
            return run.moments[-1]
        return min(run.moments, key=lambda update: fmean(self.values(run, arm, "kl", update)))


def experiment_of(run: FinishedRun) -> Language:
    """The experiment. Raises TypeError if it is another kind."""
    if not isinstance(run.experiment, Language):
        raise TypeError(f"it is of the kind {run.experiment.kind}")
    return run.experiment


def nearer(ahead: Sequence[float], behind: Sequence[float]) -> PairedDifference:
    """By how many nats `ahead` is nearer to the truth than `behind`, seed by seed."""
    return PairedDifference(tuple(round(b - a, 6) for a, b in zip(ahead, behind, strict=True)))
