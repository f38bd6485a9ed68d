"""Recorded runs, shipped in pretrained/recorded: numbers to look at where the images are not on this machine.

``python -m pretrained.record_runs`` makes them; each names its spec, date, versions and machine. A run is a
JSON with its events, an npz with the answers of teacher and students, which is read when somebody asks for them, and
the students' weights; where one can draw an image, also those of earlier moments. Knows no store.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import zipfile
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.catalog import paths
from app.experiments.recordings.shelf import shelf
from app.experiments.spec import RunSpec, SpecError, is_run_id

PREFIX = "recorded-"
FORMAT = 3
NO_ANSWERS = "The answers of this recorded run are missing or damaged. Get a fresh copy of the app."
NO_WEIGHTS = "The weights of this recorded run are missing or damaged. Get a fresh copy of the app."

Float16 = npt.NDArray[np.float16]


@dataclass(frozen=True, eq=False)
class Answers:
    """What teacher and students said about the first test images, at some moments of the run: logits."""

    moments: tuple[int, ...]  # updates, ascending, the last one the run's end
    teacher: Float16  # (shown, classes)
    students: Float16  # (moments, arms, seeds, shown, classes)


@dataclass(frozen=True)
class Weights:
    """A file with the weights of all students after `update` updates, and the sha256 of its bytes."""

    path: Path
    sha256: str
    update: int

    def read(self) -> bytes:
        """The file. Raises ValueError, a sentence, where it is gone or damaged."""
        try:
            body = self.path.read_bytes()
        except OSError as error:
            raise ValueError(NO_WEIGHTS) from error
        if hashlib.sha256(body).hexdigest() != self.sha256:
            raise ValueError(NO_WEIGHTS)
        return body


@dataclass(frozen=True, eq=False)
class Recorded:
    """One recorded run. labels: of the test images that have answers; answers_sha256: of the npz with them;
    weights_sha256: of the students' weights; snapshots: update → sha256 of the students' weights then.
    """

    id: str
    title: str
    spec: RunSpec
    events: tuple[dict[str, Any], ...]
    seconds: float
    teacher_accuracy: float
    test_images: int
    classes: tuple[str, ...]
    labels: tuple[int, ...]
    answers_sha256: str
    weights_sha256: str
    snapshots: dict[str, str]
    record: dict[str, Any]  # date, versions, machine, digests

    @property
    def updates(self) -> int:
        """In all."""
        return int(self.events[-1]["update"])

    def answers(self) -> Answers:
        """What was said. Raises ValueError, a sentence, where the file is gone or damaged."""
        return _answers(folder() / f"{self.id}.npz", self.answers_sha256, len(self.labels), len(self.classes))

    def weights(self, update: int | None = None) -> Weights:
        """The students' weights at the end, or the latest that were kept by `update`."""
        kept = [int(one) for one in self.snapshots if update is not None and int(one) <= update]
        if update is None or update >= self.updates or not kept:
            return Weights(folder() / f"{self.id}.safetensors", self.weights_sha256, self.updates)
        then = max(kept)
        return Weights(folder() / self.id / f"{then}.safetensors", self.snapshots[str(then)], then)


def folder() -> Path:
    """Where the recorded runs are."""
    return paths.PRETRAINED / "recorded"


def recorded_runs() -> dict[str, Recorded]:
    """Every recorded run by id. A file that is damaged is left out, and the log says so."""
    return shelf(folder(), read)


def recorded_for(data: str) -> list[Recorded]:
    """The recorded runs on images of `data`."""
    return [run for run in recorded_runs().values() if run.spec.data == data]


def read(text: str) -> Recorded:
    """A recorded run from its JSON. Raises ValueError where it is damaged."""
    try:
        stored = json.loads(text)
        if stored["format"] != FORMAT:
            raise ValueError(f"format must be {FORMAT}, got {stored['format']}")
        fields: dict[str, Any] = {name: stored[name] for name in _PLAIN}
        fields |= {name: tuple(stored[name]) for name in _LISTS}
        run = Recorded(**fields, spec=RunSpec.read(json.dumps(stored["spec"])))
    except (KeyError, TypeError, SpecError) as error:
        raise ValueError(f"it is not a recorded run ({error})") from error
    if (
        not run.id.startswith(PREFIX)
        or not is_run_id(run.id)
        or not run.events
        or not run.labels
        or not _kept(run.snapshots)
    ):
        raise ValueError("its id, events or labels are not as they should be")
    return run


def _kept(snapshots: object) -> bool:
    return isinstance(snapshots, dict) and all(str(one).isdigit() for one in snapshots)


def written(run: Recorded) -> str:
    """The inverse of `read`."""
    stored = {name: getattr(run, name) for name in _PLAIN} | {name: list(getattr(run, name)) for name in _LISTS}
    stored |= {"format": FORMAT, "spec": run.spec.as_dict()}
    return json.dumps(stored, separators=(",", ":"), allow_nan=False) + "\n"


_PLAIN = (
    "id",
    "title",
    "seconds",
    "teacher_accuracy",
    "test_images",
    "answers_sha256",
    "weights_sha256",
    "snapshots",
    "record",
)
_LISTS = ("events", "classes", "labels")


def packed(answers: Answers) -> bytes:
    """The npz of these answers; the same answers give the same bytes."""
    body = io.BytesIO()
    np.savez_compressed(
        body,
        moments=np.asarray(answers.moments, np.int64),
        teacher=np.asarray(answers.teacher, "<f2"),
        students=np.asarray(answers.students, "<f2"),
    )
    return body.getvalue()


@lru_cache(maxsize=8)  # a few megabytes each
def _answers(file: Path, sha256: str, shown: int, classes: int) -> Answers:
    try:
        body = file.read_bytes()
        if hashlib.sha256(body).hexdigest() != sha256:
            raise ValueError("its checksum is another")
        with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
            moments, teacher, students = (arrays[name] for name in ("moments", "teacher", "students"))
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        logging.getLogger(__name__).warning("the answers %s cannot be read: %s", file.name, error)
        raise ValueError(NO_ANSWERS) from error
    if teacher.shape != (shown, classes) or students.shape[-2:] != teacher.shape or len(students) != len(moments):
        raise ValueError(NO_ANSWERS)
    return Answers(tuple(int(update) for update in moments), teacher, students)
