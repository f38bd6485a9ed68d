"""Recorded label curves, shipped in pretrained/recorded/labels: the same twins with few labelled images, and with many.

``python -m pretrained.record_labels`` makes them. At every number of labelled images there are two runs: one with these
images alone, and one in which the teacher also marks the rest of the images, whose labels nobody reads. Kept is how
accuracy went, not what was answered. Knows no store and no page.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.catalog import paths
from app.experiments.recordings.shelf import shelf
from app.experiments.spec import RunSpec, SpecError, is_run_id

PREFIX = "recorded-labels-"
FORMAT = 1

Shares = tuple[tuple[float, ...], ...]  # (arms, seeds), fractions


@dataclass(frozen=True)
class Course:
    """One run: its experiment, and its students' accuracy on the test images after some updates, ascending.

    validation: accuracy of labels only, (seeds), on images that nobody learns from nor tests on; half: the same after
    half as many epochs. None where no images are left for it.
    """

    spec: RunSpec
    updates: tuple[int, ...]
    accuracy: tuple[Shares, ...]
    validation: tuple[float, ...] | None = None
    half: tuple[float, ...] | None = None

    @property
    def reached(self) -> Shares:
        """At the end."""
        return self.accuracy[-1]


@dataclass(frozen=True, eq=False)
class RecordedLabels:
    """The runs of one curve, by rising number of labels; first without unlabelled images, then with the rest."""

    id: str
    courses: tuple[Course, ...]
    seconds: float
    teacher_accuracy: float
    test_images: int
    record: dict[str, Any]  # date, versions, machine, digests

    @property
    def labels(self) -> tuple[int, ...]:
        """The numbers of labelled images, ascending."""
        return tuple(sorted({course.spec.labels for course in self.courses}))

    def course(self, labels: int, *, rest: bool = False) -> Course | None:
        """The run with so many labelled images, and the rest marked by the teacher or not; None where there is none."""
        found = (one for one in self.courses if one.spec.labels == labels and bool(one.spec.unlabelled) == rest)
        return next(found, None)


def folder() -> Path:
    """Where the recorded curves are."""
    return paths.PRETRAINED / "recorded" / "labels"


def recorded_labels() -> dict[str, RecordedLabels]:
    """Every recorded curve by id. A file that is damaged is left out, and the log says so."""
    return shelf(folder(), read)


def read(text: str) -> RecordedLabels:
    """A recorded curve from its JSON. Raises ValueError where it is damaged."""
    try:
        stored = json.loads(text)
        if stored["format"] != FORMAT:
            raise ValueError(f"format must be {FORMAT}, got {stored['format']}")
        fields: dict[str, Any] = {name: stored[name] for name in _PLAIN}
        curve = RecordedLabels(**fields, courses=tuple(_course(one) for one in stored["courses"]))
    except (KeyError, TypeError, SpecError) as error:
        raise ValueError(f"it is not a recorded curve ({error})") from error
    if not curve.id.startswith(PREFIX) or not is_run_id(curve.id) or not curve.courses:
        raise ValueError("its id or its runs are not as they should be")
    return curve


def _course(stored: dict[str, Any]) -> Course:
    spec = RunSpec.read(json.dumps(stored["spec"]))
    moments = tuple(tuple(tuple(float(one) for one in seeds) for seeds in arms) for arms in stored["accuracy"])
    shape = (len(spec.arms), len(spec.seeds))
    if not moments or len(moments) != len(stored["updates"]) or any(_shape(arms) != shape for arms in moments):
        raise ValueError(f"the run with {spec.labels} labels has not the numbers of its arms and seeds")
    kept = {name: tuple(stored[name]) if stored.get(name) else None for name in ("validation", "half")}
    return Course(spec, tuple(int(update) for update in stored["updates"]), moments, **kept)


def _shape(arms: Shares) -> tuple[int, int]:
    return len(arms), len(arms[0]) if len({len(seeds) for seeds in arms}) == 1 else 0


def written(curve: RecordedLabels) -> str:
    """The inverse of `read`."""
    stored = {name: getattr(curve, name) for name in _PLAIN} | {"format": FORMAT}
    courses = [
        {
            "spec": course.spec.as_dict(),
            **{name: getattr(course, name) for name in ("updates", "accuracy", "validation", "half")},
        }
        for course in curve.courses
    ]
    return json.dumps(stored | {"courses": courses}, separators=(",", ":"), allow_nan=False) + "\n"


_PLAIN = ("id", "seconds", "teacher_accuracy", "test_images", "record")
