"""What students say of a class that they never saw, recorded for every class of a set: pretrained/recorded/unseen.

``python -m pretrained.record_unseen`` makes it. Kept of every answer is what a bias on the class's logit needs: by how
much another logit is ahead, and which; beside that, how other students and temperatures do. Knows no store.
"""

from __future__ import annotations

import hashlib
import io
import json
import logging
import zipfile
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from app.catalog import paths
from app.experiments.left_out import Floats, Images, Unseen
from app.experiments.spec import RunSpec, SpecError

PREFIX = "recorded-unseen-"
FORMAT = 1
DAMAGED = "The recorded answers about a class that was never shown are missing or damaged. Get a fresh copy of the app."


_SHARES: tuple[Images, ...] = ("own", "others", "all")
_PARTS = ("bias", *_SHARES)


@dataclass(frozen=True)
class Scores:
    """How one kind of student does with the left-out class. Shares are fractions, a value for each seed.

    bias: what was added to the class's logit; own, others, all: shares that are right of its images, of the rest, of
    all.
    """

    bias: tuple[float, ...]
    own: tuple[float, ...]
    others: tuple[float, ...]
    all: tuple[float, ...]


@dataclass(frozen=True)
class Measured:
    """One arm of one experiment: without a bias, with the label-free one, with the best for the very test images."""

    spec: RunSpec
    arm: int
    test_images: int
    plain: Scores
    label_free: Scores
    best: Scores
    halved: Scores  # the label-free bias of one half of the test images, measured on the other


@dataclass(frozen=True, eq=False)
class RecordedUnseen:
    """Students of every left-out class of `data`, (classes, arms, seeds, shown), and `measured`: those and others.

    spec: without a left-out class; each recorded one has it besides.
    """

    id: str
    spec: RunSpec
    classes: tuple[str, ...]
    labels: npt.NDArray[np.uint8]
    margins: npt.NDArray[np.float32]
    others: npt.NDArray[np.uint8]
    measured: tuple[Measured, ...]
    seconds: float
    record: dict[str, Any]  # date, versions, machine, digests

    def of(self, left_out: int) -> Unseen:
        """The answers of students that never saw this class. Raises ValueError."""
        if not 0 <= left_out < len(self.margins):
            raise ValueError(f"left_out must be a class, 0 to {len(self.margins) - 1}, got {left_out}")
        return Unseen(left_out, self.labels, self.margins[left_out], self.others[left_out])


def folder() -> Path:
    """Where the recordings are."""
    return paths.PRETRAINED / "recorded" / "unseen"


def recorded_unseen(data: str) -> RecordedUnseen:
    """The recording on images of `data`. Raises ValueError, a sentence, where it is missing or damaged."""
    files = [folder() / f"{PREFIX}{data}{ending}" for ending in (".json", ".npz")]
    try:
        return _read(*files, *(file.stat().st_mtime_ns for file in files))
    except (OSError, ValueError, KeyError, TypeError, SpecError, zipfile.BadZipFile) as error:
        logging.getLogger(__name__).warning("the recording %s cannot be read: %s", files[0].name, error)
        raise ValueError(DAMAGED) from error


@lru_cache(maxsize=4)
def _read(text: Path, arrays: Path, _text_written: int, _arrays_written: int) -> RecordedUnseen:
    stored, body = json.loads(text.read_text(encoding="utf-8")), arrays.read_bytes()
    if stored["format"] != FORMAT or hashlib.sha256(body).hexdigest() != stored["arrays_sha256"]:
        raise ValueError("its format or checksum is another")
    with np.load(io.BytesIO(body), allow_pickle=False) as kept:
        labels, margins, others = (kept[name] for name in ("labels", "margins", "others"))
    if margins.shape != others.shape or margins.shape[-1:] != labels.shape or len(margins) != len(stored["classes"]):
        raise ValueError("its arrays do not belong together")
    return RecordedUnseen(
        id=stored["id"],
        spec=RunSpec.read(json.dumps(stored["spec"])),
        classes=tuple(stored["classes"]),
        labels=labels,
        margins=margins,
        others=others,
        measured=tuple(_measured(one) for one in stored["measured"]),
        seconds=stored["seconds"],
        record=stored["record"],
    )


def _measured(stored: dict[str, Any]) -> Measured:
    scores = {
        name: Scores(**{part: tuple(values) for part, values in stored[name].items()})
        for name in ("plain", "label_free", "best", "halved")
    }
    spec = RunSpec.read(json.dumps(stored["spec"]))
    return Measured(spec=spec, arm=stored["arm"], test_images=stored["test_images"], **scores)


def measured_of(answers: Unseen, spec: RunSpec, arm: int, prior: float) -> Measured:
    """What these answers come to. arm: of the answers and of the spec. prior: how often the class occurs, a share."""
    halves = [answers.part(slice(start, None, 2)) for start in (0, 1)]
    crossed = [_scores(one, arm, other.label_free(prior)) for one, other in (halves, halves[::-1])]
    middle = {name: [getattr(one, name) for one in crossed] for name in _PARTS}
    return Measured(
        spec=spec,
        arm=arm,
        test_images=answers.margins.shape[-1],
        plain=_scores(answers, arm, np.zeros(answers.margins.shape[:2])),
        label_free=_scores(answers, arm, answers.label_free(prior)),
        best=_scores(answers, arm, answers.best()),
        halved=Scores(**{name: _rounded(np.mean(both, axis=0)) for name, both in middle.items()}),
    )


def _scores(answers: Unseen, arm: int, bias: Floats) -> Scores:
    shares = {of: _rounded(answers.share(of, bias)[arm]) for of in _SHARES}
    return Scores(bias=_rounded(bias[arm]), **shares)


def _rounded(values: npt.NDArray[Any]) -> tuple[float, ...]:
    return tuple(round(float(value), 6) for value in values)


def written(kept: RecordedUnseen) -> dict[str, bytes]:
    """The files of a recording, by name: what `recorded_unseen` reads."""
    body = io.BytesIO()
    np.savez_compressed(body, labels=kept.labels, margins=kept.margins, others=kept.others)
    arrays = body.getvalue()
    stored = {
        "format": FORMAT,
        "id": kept.id,
        "arrays_sha256": hashlib.sha256(arrays).hexdigest(),
        "spec": kept.spec.as_dict(),
        "classes": list(kept.classes),
        "measured": [{**asdict(one), "spec": one.spec.as_dict()} for one in kept.measured],
        "seconds": kept.seconds,
        "record": kept.record,
    }
    text = json.dumps(stored, separators=(",", ":"), allow_nan=False) + "\n"
    return {f"{kept.id}.json": text.encode(), f"{kept.id}.npz": arrays}
