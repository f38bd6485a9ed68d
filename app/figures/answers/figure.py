"""The figure of one image's soft labels: which images to offer, and what is known of the first."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from typing import Any

import numpy.typing as npt
from pydantic import Field

from app.catalog import declared
from app.catalog.available import drawable, lab_sets
from app.catalog.bugs import arm_words
from app.catalog.pack import PackError
from app.components.mount import mount
from app.experiments.ranking import most_ambiguous
from app.experiments.recordings import runs as recorded
from app.figures.pages import Subject
from app.figures.pictures import one_of_each
from app.figures.settings import IMAGE, SCALE, Data, Image, temperature
from app.figures.stage import Stage
from app.images import png
from app.store import Store
from app.teaching.figures import Figure, Options, Setting

OFFERED = 18  # images that come with the page, as many as `chooser.js` shows at a time


class AnswersOptions(Options):
    """Which image at first. choose: others may be picked or drawn; entropy: said of the answer."""

    data: Data = "mnist"
    image: int = Image
    choose: bool = True
    entropy: bool = True
    temperature: float = Field(default=1, ge=1, le=20)


def soft_labels(subject: Subject, store: Store) -> None:
    """Mount the figure in the lab: what teacher and students say."""
    mount("answers", _data(subject, store), "answers")


def draw_a_digit(store: Store, key: str, of: Subject | None = None) -> None:
    """Mount the figure with its pad open: teacher and student answer what is drawn. of: another run's than ours."""
    data = _data(of, store) | {"alone": True, "choose": True} if of else _of_recorded("mnist", 1, True, store)
    mount("answers", data | {"source": "drawn"}, key)


def show(options: Mapping[str, Any], stage: Stage, key: str) -> None:
    temperature = stage.held("temperature", options["temperature"])
    data = _of_recorded(options["data"], temperature, options["choose"], stage.store)
    mount("answers", data | {"first": {"image": options["image"]}, "entropy": options["entropy"]}, key)


def _of_recorded(data: str, temperature: float, choose: bool, store: Store) -> dict[str, Any]:
    """The teacher of some images, beside whom a student of a recorded run answers drawings."""
    run = recorded.of_finished_teacher(data)
    arms = run.spec.arms if run and choose else ()
    subject = Subject(data, data, run.id if run else None, run is not None, arms, temperature)
    return _data(subject, store) | {"alone": True, "choose": choose}


def _data(subject: Subject, store: Store) -> dict[str, Any]:
    kept = recorded.recorded_runs().get(subject.run_id or "")
    answered = _recorded(kept) if kept else _answered(subject.data, subject.teacher, store)
    classes, labels, here = _pictured(subject.data, kept)
    first = list(range(min(OFFERED, len(labels))))
    offered = most_ambiguous(answered)[:OFFERED] if answered is not None else first
    return {
        "run": subject.run_id,
        "recorded": kept is not None,
        "answered": subject.answered,
        "teacher": subject.teacher,
        "data": subject.data,
        "arms": [asdict(arm) for arm in subject.arms],
        "methods": arm_words(),
        "temperature": subject.temperature,
        "count": len(labels),
        "offered": {"images": offered, "labels": [labels[image] for image in offered]},
        "least_sure": offered[0] if answered is not None else None,
        "samples": one_of_each(labels, len(classes)) if here and drawable(subject.data) else [],
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
    answers = store.teachers.answers(data, teacher)
    return answers.logits if answers else None


def _pictured(data: str, kept: recorded.RecordedRun | None) -> tuple[Sequence[str], Sequence[int], bool]:
    """(class names, labels of the images that can be shown, whether these are on this machine)."""
    try:
        images = png.shown_images(data)
    except PackError:
        if kept:
            with suppress(ValueError):
                return kept.classes, kept.labels, False
        known = lab_sets().get(data)
        return tuple(map(str, range(known.classes if known else declared.CLASSES))), (0,) * OFFERED, False
    return images.classes, images.labels.tolist(), True


FIGURE = Figure(
    "what the teacher says about an image that is picked or drawn",
    AnswersOptions,
    show,
    settings=(temperature(), IMAGE, SCALE, Setting("source", "test image or drawing", choices=("test", "drawn"))),
)
