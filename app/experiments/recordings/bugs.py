"""Recorded runs of the bug lab, shipped in pretrained/recorded/bugs: the nine mistakes beside healthy students.

``python -m pretrained.record_bugs`` makes them; each names its spec, date, versions and machine. A run has labels only,
one healthy arm and its twins with a bug each, and of every evaluation the metrics and the diagnostics. Knows no store.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from app.catalog import paths
from app.catalog.declared import Arm
from app.experiments.recordings.shelf import shelf
from app.experiments.spec import RunSpec, SpecError, is_run_id

PREFIX = "recorded-bugs-"
FORMAT = 1

Seeds = tuple[float | None, ...]  # a value for each seed, None where there is none


@dataclass(frozen=True, eq=False)
class RecordedBugs:
    """One cohort of the bug lab."""

    id: str
    title: str
    spec: RunSpec
    events: tuple[dict[str, Any], ...]
    seconds: float
    teacher_accuracy: float
    test_images: int
    record: dict[str, Any]  # date, versions, machine, digests

    @property
    def healthy(self) -> Arm:
        """The arm that the others are twins of."""
        return next(arm for arm in self.spec.arms if arm.role == "distilled" and not arm.bug)

    @property
    def bugs(self) -> tuple[str, ...]:
        """The bugs that were recorded."""
        return tuple(arm.bug for arm in self.spec.arms if arm.bug)

    def place(self, bug: str) -> int:
        """Where an arm is among the spec's; "" is the healthy one. Raises KeyError where it is not among them."""
        for at, arm in enumerate(self.spec.arms):
            if arm.role == "distilled" and arm.bug == bug:
                return at
        raise KeyError(bug)

    def last(self, measure: str, bug: str) -> Seeds:
        """A metric or a diagnostic of an arm at the end of the run, for each seed."""
        event = self.events[-1]
        rows = event["diagnostics"].get(measure) or event[measure]
        return tuple(rows[self.place(bug)])

    def spec_of(self, bug: str) -> RunSpec:
        """The same run as one of three arms: labels only, healthy, with this bug."""
        places = (0, self.place(""), self.place(bug))
        return replace(self.spec, arms=tuple(self.spec.arms[at] for at in places))


def folder() -> Path:
    """Where they are."""
    return paths.PRETRAINED / "recorded" / "bugs"


def recorded_bugs() -> dict[str, RecordedBugs]:
    """Every recorded cohort of the bug lab by id. A file that is damaged is left out, and the log says so."""
    return shelf(folder(), read)


def read(text: str) -> RecordedBugs:
    """A recorded cohort from its JSON. Raises ValueError where it is damaged."""
    try:
        stored = json.loads(text)
        if stored["format"] != FORMAT:
            raise ValueError(f"format must be {FORMAT}, got {stored['format']}")
        fields: dict[str, Any] = {name: stored[name] for name in _PLAIN}
        run = RecordedBugs(**fields, events=tuple(stored["events"]), spec=RunSpec.read(json.dumps(stored["spec"])))
        for bug in ("", *run.bugs):
            for measure in ("accuracy", "kl", *run.events[-1]["diagnostics"]):
                if len(run.last(measure, bug)) != len(run.spec.seeds):
                    raise ValueError(f"its {measure} is not of its seeds")
    except (KeyError, TypeError, IndexError, StopIteration, AttributeError, SpecError) as error:
        raise ValueError(f"they are not recorded bugs ({error!r})") from error
    if not run.id.startswith(PREFIX) or not is_run_id(run.id) or not run.bugs or run.spec.arms[0].role != "labels":
        raise ValueError("their id or arms are not as they should be")
    return run


def written(run: RecordedBugs) -> str:
    """The inverse of `read`."""
    stored = {name: getattr(run, name) for name in _PLAIN}
    stored |= {"format": FORMAT, "spec": run.spec.as_dict(), "events": list(run.events)}
    return json.dumps(stored, separators=(",", ":"), allow_nan=False) + "\n"


_PLAIN = ("id", "title", "seconds", "teacher_accuracy", "test_images", "record")
