"""A recording: the runs of a finished experiment, the arrays that were kept of it, and how it was made.

In pretrained/recorded each has a JSON file with its runs and its record, and an npz file with its arrays if it has any.
"""

import hashlib
import io
import json
import logging
import os
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import numpy as np
import numpy.typing as npt

from app.catalog import paths
from app.catalog.paths import replacing
from app.experiments.final import Accuracy as Shares
from app.experiments.final import Reached, reached
from app.experiments.kinds import Experiment, read
from app.experiments.kinds.cohort import RunSpec
from app.experiments.spec import SpecError, is_run_id

PREFIX = "recorded-"  # of every id
FORMAT = 4
DAMAGED = "The numbers of this recording are missing or damaged. Get a fresh copy of the app."

Array = npt.NDArray[Any]
Written = tuple[tuple[str, int], ...]  # names of files, and when each was written


@dataclass(frozen=True)
class FinishedRun:
    """One experiment with its events, as a replay shows them: metrics are (arms, seeds), by rising update."""

    experiment: Experiment
    events: tuple[dict[str, Any], ...]

    @property
    def spec(self) -> RunSpec:
        """The experiment, if it is a cohort. Raises TypeError if it is another kind."""
        if not isinstance(self.experiment, RunSpec):
            raise TypeError(f"it is no cohort, but a {self.experiment.kind}")
        return self.experiment

    @property
    def end(self) -> dict[str, Any]:
        """The last event."""
        return self.events[-1]

    @property
    def moments(self) -> tuple[int, ...]:
        """After how many updates the students were tested, ascending."""
        return tuple(int(event["update"]) for event in self.events)

    @property
    def accuracy(self) -> tuple[Shares, ...]:
        """At each moment: (arms, seeds), fractions of the test images."""
        return tuple(tuple(map(tuple, event["accuracy"])) for event in self.events)

    @property
    def reached(self) -> Shares:
        """Accuracy at the end: (arms, seeds), fractions of the images that a verdict is taken on."""
        return reached(self.end, 0).accuracy

    @property
    def validation(self) -> Shares | None:
        """Accuracy at the end on images that nobody learned from nor tests on; None if there were none left."""
        shares = self.end.get("validation")
        return None if shares is None else tuple(map(tuple, shares))


@dataclass(frozen=True, eq=False)
class Recording:
    """A finished experiment.

    id: as links name it. kind: which view reads it. runs: in the order of its plan. arrays: by name; those of a file
    are read when one of them is asked for, and raise ValueError, a sentence, if they are missing or damaged. record:
    how it was made (command, date, engine, versions, processor, threads, digests of images and teacher).
    """

    KIND: ClassVar[str] = ""  # "" for a view of recordings of any kind
    WORDS: ClassVar[str] = "recording"

    id: str
    kind: str
    runs: tuple[FinishedRun, ...]
    arrays: Mapping[str, Array]
    record: dict[str, Any]

    def _check(self) -> None:
        """Raise ValueError, KeyError or TypeError if this is not what a view of this kind can read."""

    def array(self, name: str) -> Array:
        """One of the arrays. Raises ValueError, a sentence, if it is missing or damaged."""
        try:
            return self.arrays[name]
        except KeyError as error:
            raise ValueError(DAMAGED) from error

    @property
    def spec(self) -> RunSpec:
        """The experiment of the first run."""
        return self.runs[0].spec

    @property
    def events(self) -> tuple[dict[str, Any], ...]:
        """Of the first run."""
        return self.runs[0].events

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the images' classes."""
        return tuple(self.record["classes"])

    @property
    def title(self) -> str:
        """For a list of recordings."""
        return str(self.record.get("title", self.id))

    @property
    def seconds(self) -> float:
        """How long all runs took together."""
        return float(self.record["seconds"])

    @property
    def teacher_accuracy(self) -> float:
        """Fraction of the test images."""
        return float(self.record["teacher_accuracy"])

    @property
    def test_images(self) -> int:
        """How many the curves are drawn from."""
        return int(self.record["test_images"])

    def reached(self, run: FinishedRun | None = None) -> Reached:
        """What a verdict on one of its runs is taken on; by default the first."""
        return reached((run or self.runs[0]).end, self.test_images, self.teacher_accuracy)

    def teacher_reached(self, run: FinishedRun | None = None) -> float:
        """The teacher's accuracy on these images, or on those of the curves if it was not measured on these."""
        return self.reached(run).teacher or self.teacher_accuracy


View = TypeVar("View", bound=Recording)


class ArrayFile(Mapping[str, Array]):
    """The arrays of an npz file whose bytes have the sha256 that its record names."""

    def __init__(self, path: Path, sha256: str | None) -> None:
        self.path, self.sha256 = path, sha256

    def __getitem__(self, name: str) -> Array:
        return self._arrays()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._arrays())

    def __len__(self) -> int:
        return len(self._arrays())

    def _arrays(self) -> dict[str, Array]:
        try:
            return _arrays_of(self.path, self.sha256, self.path.stat().st_mtime_ns) if self.sha256 else {}
        except (OSError, ValueError, zipfile.BadZipFile) as error:
            logging.getLogger(__name__).warning("the arrays %s cannot be read: %s", self.path.name, error)
            raise ValueError(DAMAGED) from error


@lru_cache(maxsize=8)  # a few megabytes each
def _arrays_of(path: Path, sha256: str, _written: int) -> dict[str, Array]:
    body = path.read_bytes()
    if hashlib.sha256(body).hexdigest() != sha256:
        raise ValueError("another sha256 than its record names")
    with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
        return dict(arrays)


def folder() -> Path:
    """Where the recordings are."""
    return paths.PRETRAINED / "recorded"


def recordings(view: type[View]) -> dict[str, View]:
    """Every recording that this view reads, by id. A damaged file is left out, and the log says so."""
    place = os.fspath(folder())
    return dict(_all(view, place, _written(place)))  # type: ignore[arg-type]


def _written(place: str) -> Written:
    """The files of recordings, and when each was written; a page asks hundreds of times, so without `Path`."""
    try:
        with os.scandir(place) as files:
            return tuple(sorted((file.name, file.stat().st_mtime_ns) for file in files if file.name.endswith(".json")))
    except OSError:
        return ()


def named(view: type[View], id_: str) -> View:
    """The recording of that id. Raises ValueError, a sentence, if this view reads none."""
    known = recordings(view)
    if id_ not in known:
        raise ValueError(f"there is no {view.WORDS} “{id_}”; there are {', '.join(known)}")
    return known[id_]


@lru_cache(maxsize=16)
def _all(view: type[Recording], place: str, files: Written) -> dict[str, Recording]:
    known = {}
    for file in (Path(place, name) for name, _ in files):
        try:
            if (recording := _read(view, file)) is not None:
                known[recording.id] = recording
        except ValueError as error:
            logging.getLogger(__name__).warning("the recording %s is left out: %s", file.name, error)
    return known


def _read(view: type[View], file: Path) -> View | None:
    """None if it is of another kind. Raises ValueError if it is damaged."""
    try:
        stored = json.loads(file.read_text(encoding="utf-8"))
        if stored["format"] != FORMAT:
            raise ValueError(f"format must be {FORMAT}, got {stored['format']}")
        if view.KIND and stored["kind"] != view.KIND:
            return None
        runs = tuple(FinishedRun(read(json.dumps(run["spec"])), tuple(run["events"])) for run in stored["runs"])
        record = dict(stored["record"])
        arrays = ArrayFile(file.with_suffix(".npz"), record.get("arrays_sha256"))
        recording = view(str(stored["id"]), str(stored["kind"]), runs, arrays, record)
        if not recording.id.startswith(PREFIX) or not is_run_id(recording.id) or not runs:
            raise ValueError("its id or its runs are not as they should be")
        _check_shapes(runs)
        _ = (recording.seconds, "classes" not in record or (recording.teacher_accuracy, recording.test_images))
        recording._check()
    except (OSError, KeyError, TypeError, IndexError, AttributeError, StopIteration, SpecError) as error:
        raise ValueError(f"it is not a recording ({error!r})") from error
    return recording


def _check_shapes(runs: tuple[FinishedRun, ...]) -> None:
    for run in runs:
        names = (*(measure.key for measure in run.experiment.measures), "validation")
        values = [event[name] for event in run.events for name in names if event.get(name)]
        values += [event["final"]["accuracy"] for event in run.events if event.get("final")]
        if {np.shape(rows) for rows in values} != {(len(run.experiment.arm_words()), len(run.experiment.seeds))}:
            raise ValueError("it has no numbers, or some that are not of its arms and seeds")


def write(recording: Recording, into: Path) -> Path:
    """Write the files of a recording, and return the JSON file. The same recording gives the same bytes."""
    file, record = into / f"{recording.id}.json", dict(recording.record)
    record.pop("arrays_sha256", None)
    if recording.arrays:
        packed = io.BytesIO()
        arrays: dict[str, Any] = dict(sorted(recording.arrays.items()))
        np.savez_compressed(packed, allow_pickle=False, **arrays)
        record["arrays_sha256"] = hashlib.sha256(packed.getvalue()).hexdigest()
        _replace(file.with_suffix(".npz"), packed.getvalue())
    runs = [{"spec": json.loads(run.experiment.to_json()), "events": list(run.events)} for run in recording.runs]
    stored = {"format": FORMAT, "id": recording.id, "kind": recording.kind, "record": record, "runs": runs}
    _replace(file, (json.dumps(stored, separators=(",", ":"), allow_nan=False) + "\n").encode())
    return file


def _replace(path: Path, body: bytes) -> None:
    with replacing(path) as beside:
        beside.write_bytes(body)
