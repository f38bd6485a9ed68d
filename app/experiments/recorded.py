"""Recorded runs, shipped in pretrained/recorded: numbers to look at where the images are not on this machine.

``python -m pretrained.record_runs`` makes them; each names its spec, date, versions and machine. Knows no store.
"""

from __future__ import annotations

import base64
import binascii
import json
import logging
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app import catalog
from app.experiments.spec import RunSpec, SpecError, is_run_id

PREFIX = "recorded-"
FORMAT = 1

Float16 = npt.NDArray[np.float16]


@dataclass(frozen=True, eq=False)
class Recorded:
    """One recorded run. images: which test images have answers; students: their final logits."""

    id: str
    title: str
    spec: RunSpec
    events: tuple[dict[str, Any], ...]
    seconds: float
    teacher_accuracy: float
    test_images: int
    classes: tuple[str, ...]
    images: tuple[int, ...]
    labels: tuple[int, ...]
    teacher: Float16  # (images, classes)
    students: Float16  # (arms, seeds, images, classes)
    record: dict[str, Any]  # date, versions, machine, digests

    @property
    def updates(self) -> int:
        """In all."""
        return int(self.events[-1]["update"])


def folder() -> Path:
    """Where the recorded runs are."""
    return catalog.PRETRAINED / "recorded"


def recorded_runs() -> dict[str, Recorded]:
    """Every recorded run by id. A file that is damaged is left out, and the log says so."""
    return _read_all(tuple((file, file.stat().st_mtime_ns) for file in sorted(folder().glob("*.json"))))


def recorded_for(data: str) -> list[Recorded]:
    """The recorded runs on images of `data`."""
    return [run for run in recorded_runs().values() if run.spec.data == data]


@lru_cache(maxsize=4)
def _read_all(files: tuple[tuple[Path, int], ...]) -> dict[str, Recorded]:
    found = {}
    for file, _written in files:
        try:
            run = read(file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            logging.getLogger(__name__).warning("recorded run %s is left out: %s", file.name, error)
        else:
            found[run.id] = run
    return found


def read(text: str) -> Recorded:
    """A recorded run from its JSON. Raises ValueError where it is damaged."""
    try:
        stored = json.loads(text)
        if stored["format"] != FORMAT:
            raise ValueError(f"format must be {FORMAT}, got {stored['format']}")
        spec = RunSpec.read(json.dumps(stored["spec"]))
        images, classes = tuple(stored["images"]), tuple(stored["classes"])
        run = Recorded(
            id=stored["id"],
            title=stored["title"],
            spec=spec,
            events=tuple(stored["events"]),
            seconds=stored["seconds"],
            teacher_accuracy=stored["teacher_accuracy"],
            test_images=stored["test_images"],
            classes=classes,
            images=images,
            labels=tuple(stored["labels"]),
            teacher=unpacked(stored["teacher"], (len(images), len(classes))),
            students=unpacked(stored["students"], (len(spec.arms), len(spec.seeds), len(images), len(classes))),
            record=stored["record"],
        )
    except (KeyError, TypeError, SpecError) as error:
        raise ValueError(f"it is not a recorded run ({error})") from error
    if not run.id.startswith(PREFIX) or not is_run_id(run.id) or not run.events or len(run.labels) != len(images):
        raise ValueError("its id, events or labels are not as they should be")
    return run


def written(run: Recorded) -> str:
    """The inverse of `read`."""
    stored = {name: getattr(run, name) for name in ("id", "title", "seconds", "teacher_accuracy", "test_images")}
    stored |= {name: list(getattr(run, name)) for name in ("events", "classes", "images", "labels")}
    stored |= {"format": FORMAT, "spec": run.spec.as_dict(), "record": run.record}
    stored |= {"teacher": packed(run.teacher), "students": packed(run.students)}
    return json.dumps(stored, separators=(",", ":"), allow_nan=False) + "\n"


def packed(array: Float16) -> str:
    """float16, little-endian, as base64."""
    return base64.b64encode(np.ascontiguousarray(array, "<f2").tobytes()).decode()


def unpacked(text: str, shape: tuple[int, ...]) -> Float16:
    """The inverse of `packed`. Raises ValueError where the length is another."""
    try:
        return np.frombuffer(base64.b64decode(text, validate=True), "<f2").reshape(shape)
    except binascii.Error as error:
        raise ValueError(f"its logits cannot be read ({error})") from error
