"""Recorded cohorts of the bug lab: healthy students and a twin with each mistake, with the diagnostics of all."""

from dataclasses import replace
from typing import ClassVar, Literal, Self, get_args

from app.catalog.declared import Arm
from app.experiments.kinds.cohort import RunSpec
from app.experiments.recordings.recording import Recording

PREFIX = "recorded-bugs-"

Cohort = Literal["t8", "t20", "a1"]  # the recorded ones, by their ids without the prefix
COHORTS: tuple[str, ...] = get_args(Cohort)

Seeds = tuple[float | None, ...]  # a value for each seed, None if there is none


class RecordedBugs(Recording):
    """Cohorts of the bug lab that differ in seeds and bugs: labels only, one healthy arm, its twins with a bug each."""

    KIND: ClassVar[str] = "bugs"
    WORDS: ClassVar[str] = "recorded cohort"

    def _check(self) -> None:
        if not self.bugs or any(run.spec.arms[0].role != "labels" for run in self.runs):
            raise ValueError("its arms are not as they should be")
        for cohort in (replace(self, runs=(run,)) for run in self.runs):
            for bug in ("", *cohort.bugs):
                for measure in ("accuracy", "kl", *cohort.events[-1]["diagnostics"]):
                    if len(cohort.last(measure, bug)) != len(cohort.spec.seeds):
                        raise ValueError(f"its {measure} is not of its seeds")

    def cohort(self, bug: str) -> Self:
        """The cohort of a bug alone, with the healthy arm that is its twin; the first one for "". Raises KeyError."""
        for run in self.runs:
            if bug in (arm.bug for arm in run.spec.arms):
                return replace(self, runs=(run,))
        raise KeyError(bug)

    @property
    def healthy(self) -> Arm:
        """The arm that the others are twins of."""
        return self.spec.arms[self.place("")]

    @property
    def bugs(self) -> tuple[str, ...]:
        """The bugs that were recorded."""
        return tuple(arm.bug for run in self.runs for arm in run.spec.arms if arm.bug)

    def place(self, bug: str) -> int:
        """The position of an arm in its cohort; "" is the healthy one. Raises KeyError if it was not recorded."""
        for place, arm in enumerate(self.cohort(bug).spec.arms):
            if arm.role == "distilled" and arm.bug == bug:
                return place
        raise KeyError(bug)

    def last(self, measure: str, bug: str) -> Seeds:
        """A metric or a diagnostic of an arm at the end of its cohort, for each seed."""
        (run,) = self.cohort(bug).runs
        rows = run.end["diagnostics"].get(measure) or (run.reached if measure == "accuracy" else run.end[measure])
        return tuple(rows[self.place(bug)])

    def spec_of(self, bug: str) -> RunSpec:
        """The same run as one of three arms: labels only, healthy, with this bug."""
        cohort = self.cohort(bug)
        places = (0, cohort.place(""), cohort.place(bug))
        return replace(cohort.spec, arms=tuple(cohort.spec.arms[place] for place in places))
