"""Recorded cohorts of the bug lab: healthy students and a twin with each mistake, with the diagnostics of all."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

from app.catalog.declared import Arm
from app.experiments.kinds.cohort import RunSpec
from app.experiments.recordings.recording import Recording

PREFIX = "recorded-bugs-"

Seeds = tuple[float | None, ...]  # a value for each seed, None if there is none


class RecordedBugs(Recording):
    """One cohort of the bug lab: labels only, one healthy arm, and its twins with a bug each."""

    KIND: ClassVar[str] = "bugs"
    WORDS: ClassVar[str] = "recorded cohort"

    def _check(self) -> None:
        if not self.bugs or self.spec.arms[0].role != "labels":
            raise ValueError("its arms are not as they should be")
        for bug in ("", *self.bugs):
            for measure in ("accuracy", "kl", *self.events[-1]["diagnostics"]):
                if len(self.last(measure, bug)) != len(self.spec.seeds):
                    raise ValueError(f"its {measure} is not of its seeds")

    @property
    def healthy(self) -> Arm:
        """The arm that the others are twins of."""
        return self.spec.arms[self.place("")]

    @property
    def bugs(self) -> tuple[str, ...]:
        """The bugs that were recorded."""
        return tuple(arm.bug for arm in self.spec.arms if arm.bug)

    def place(self, bug: str) -> int:
        """The position of an arm in the spec; "" is the healthy one. Raises KeyError if it was not recorded."""
        for place, arm in enumerate(self.spec.arms):
            if arm.role == "distilled" and arm.bug == bug:
                return place
        raise KeyError(bug)

    def last(self, measure: str, bug: str) -> Seeds:
        """A metric or a diagnostic of an arm at the end of the run, for each seed."""
        event = self.events[-1]
        rows = event["diagnostics"].get(measure) or event[measure]
        return tuple(rows[self.place(bug)])

    def spec_of(self, bug: str) -> RunSpec:
        """The same run as one of three arms: labels only, healthy, with this bug."""
        places = (0, self.place(""), self.place(bug))
        return replace(self.spec, arms=tuple(self.spec.arms[place] for place in places))
