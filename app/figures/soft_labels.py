"""The figure of one image's soft labels: which images to offer, and what is known of the first. Knows no page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from app.catalog import declared
from app.catalog.available import drawable, lab_sets
from app.catalog.bugs import arm_words
from app.catalog.declared import Arm
from app.catalog.pack import PackError
from app.components.answers import answers
from app.experiments.ranking import most_ambiguous
from app.experiments.recordings import runs as recorded
from app.images import png
from app.server.api import API
from app.server.api.assets import js_base
from app.store import Store

if TYPE_CHECKING:
    from app.figures.on_stage import Stage

OFFERED = 18  # images that come with the page, as many as `chooser.js` shows at a time


@dataclass(frozen=True)
class Asked:
    """What the figure is about. run_id: the run whose students answer, if any; answered:
    whether they have done so yet; arms: how they were trained.
    """

    data: str
    teacher: str
    run_id: str | None
    answered: bool
    arms: Sequence[Arm]
    temperature: float


def soft_labels(asked: Asked, store: Store) -> None:
    """Mount the figure."""
    answers(js_base(), _data(asked, store))


def teacher_alone(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    """Mount what the teacher says about an image that is picked or drawn. options: `app.teaching.stage.Answers`."""
    data = options["data"]
    run = next((run.id for run in recorded.recorded_for(data) if run.spec.teacher == data), None)
    alone = {"alone": True, "choose": options["choose"], "first": {"image": options["image"]}}
    temperature = stage.settings["temperature"] if "temperature" in stage.fixed else options["temperature"]
    asked = Asked(data, data, run, run is not None, (), temperature)
    answers(js_base(), _data(asked, stage.store) | alone, key=key)


def _data(asked: Asked, store: Store) -> dict[str, Any]:
    kept = recorded.recorded_runs().get(asked.run_id or "")
    answered = _recorded(kept) if kept else _answered(asked.data, asked.teacher, store)
    classes, labels, here = _pictured(asked.data, kept)
    first = list(range(min(OFFERED, len(labels))))
    offered = most_ambiguous(answered)[:OFFERED] if answered is not None else first
    return {
        "api": API,
        "run": asked.run_id,
        "recorded": kept is not None,
        "answered": asked.answered,
        "teacher": asked.teacher,
        "data": asked.data,
        "arms": [asdict(arm) for arm in asked.arms],
        "methods": arm_words(),
        "temperature": asked.temperature,
        "count": len(labels),
        "offered": {"images": offered, "labels": [labels[image] for image in offered]},
        "samples": _samples(labels, len(classes)) if here and drawable(asked.data) else [],
        "first": {"image": offered[0]},
        "classes": list(classes),
        "here": here,
    }


def _recorded(run: recorded.RecordedRun) -> npt.NDArray[Any] | None:
    try:
        return run.answers().teacher
    except ValueError:
        return None  # asked for an image, the server says why


def _answered(data: str, teacher: str, store: Store) -> npt.NDArray[Any] | None:
    found = store.teacher_answers(data, teacher)
    return found.logits if found else None


def _pictured(data: str, kept: recorded.RecordedRun | None) -> tuple[Sequence[str], Sequence[int], bool]:
    """(class names, labels of the images that can be shown, whether these are on this machine)."""
    try:
        found = png.shown(data)
    except PackError:
        if kept:
            with suppress(ValueError):
                return kept.classes, kept.labels, False
        known = lab_sets().get(data)
        return tuple(map(str, range(known.classes if known else declared.CLASSES))), (0,) * OFFERED, False
    return found.classes, found.labels.tolist(), True


def _samples(labels: Sequence[int], classes: int) -> list[int]:
    """One test image of each class, to begin a drawing with; [] where a class has none."""
    return [labels.index(label) for label in range(classes)] if set(range(classes)) <= set(labels) else []
